/*
 * The status of a repository with very many files. The limit: git itself, asked for the
 * same in the same place.
 */
#include "config.h"

#include "t/bench/bench.h"
#include "t/bench/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READ_BYTES = 64 * 1024, FOLDERS = 300, CHANGED = 50 };

/* Runs git in the repository, and reads what it says to the end. */
static void
run_git(const char *dir, const char *const *words, int in)
{
	const char *argv[16] = {"git", "-C", dir};
	char piece[READ_BYTES];
	int n = 3, out[2], status = 0;
	for (; *words; words++)
		argv[n++] = *words;
	if (pipe2(out, 0) != 0)
		fail("cannot make a pipe");
	pid_t pid = start_program(argv, in, out[1], true);
	close(out[1]);
	while (read(out[0], piece, sizeof piece) > 0)
		;
	close(out[0]);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		fail("git %s failed", argv[3]);
}

/* The stream of `git fast-import`: a file for each number, in many folders. */
static void
write_import(FILE *file, int files)
{
	fprintf(file,
		"commit refs/heads/main\ncommitter Bench <b@example.org> 0 +0000\n"
		"data 5\nMany\n");
	for (int i = 0; i < files; i++)
		fprintf(file, "M 644 inline folder %d/file %d\ndata 7\n%06d\n\n",
			i % FOLDERS, i, i % 1000000);
}

static void
make_repository(const char *dir, int files)
{
	static const char *const init[] = {"init", "-q", "-b", "main", NULL};
	static const char *const import[] = {"fast-import", "--quiet", NULL};
	static const char *const checkout[] = {"reset", "-q", "--hard", NULL};
	FILE *file = tmpfile();
	if (mkdir(dir, 0700) != 0 || !file)
		fail("cannot make %s", dir);
	run_git(dir, init, -1);
	write_import(file, files);
	rewind(file);
	run_git(dir, import, fileno(file));
	fclose(file);
	run_git(dir, checkout, -1);
	for (int i = 0; i < CHANGED && i < files; i++) {
		char *path = xasprintf("%s/folder %d/file %d", dir, i % FOLDERS, i);
		FILE *changed = fopen(path, "w");
		if (!changed || fputs("changed\n", changed) < 0 || fclose(changed) != 0)
			fail("cannot change %s", path);
		free(path);
	}
}

static void
make_workspace(struct client *client, const char *dir, char id[ID_SIZE])
{
	char *body = xasprintf("{\"path\":\"%s\"}", dir);
	if (client_request(client, "POST", "workspaces", body) != 201)
		fail("cannot make a workspace: %s", client->answer.data);
	const char *at = strstr(client->answer.data, "\"id\":\"");
	snprintf(id, ID_SIZE, "%s", at ? at + 6 : "");
	free(body);
}

static double
time_bare(const char *dir)
{
	static const char *const status[] = {"--no-optional-locks", "status",
		"--porcelain=v2", "-z", "--branch", "--untracked-files=normal", NULL};
	double began = now_us();
	run_git(dir, status, -1);
	return (now_us() - began) / 1000;
}

static double
time_ours(struct client *client, const char *path)
{
	double began = now_us();
	if (client_request(client, "GET", path, NULL) != 200 ||
		!strstr(client->answer.data, "\"unstaged\":50"))
		fail("there is no status: %.200s", client->answer.data);
	return (now_us() - began) / 1000;
}

void
bench_git(struct bench *b)
{
	struct instance in;
	struct client client;
	struct row took, peak;
	char id[ID_SIZE], path[96];
	char *dir = xasprintf("%s/repository", b->folder);
	char *roots = xasprintf("workspace.roots=%s", b->folder);
	const char *const settings[] = {roots, NULL};
	make_repository(dir, b->size->git_files);
	bench_open(b, &in, "git", settings);
	client_open(&client, &in);
	make_workspace(&client, dir, id);
	snprintf(path, sizeof path, "git/status?workspace=%s", id);
	row_init(&took, "ms", "status of %d files", b->size->git_files);
	row_init(&peak, "MB", "... peak memory, sum of all processes");
	processes_reset_peak(instance_look(&in));
	for (int round = 0; round < b->size->rounds; round++) {
		row_add(&took, LIMIT, time_bare(dir));
		row_add(&took, OURS, time_ours(&client, path));
	}
	row_add(&peak, OURS, processes_peak(instance_look(&in)) / 1024);
	report_row(&b->report, &took);
	report_row(&b->report, &peak);
	client_close(&client);
	bench_close(&in);
	free(roots);
	free(dir);
}
