/*
 * Measures Dispatch beside the physical limit, in one run: both take turns, so that
 * whatever else the machine does hits both.
 *
 *	bench [--quick] [--json FILE] [GROUP...]	all groups, or those
 *	bench --groups					lists them
 *
 * Everything goes through nginx, as it does for a browser, with sign-in, shim and log.
 */
#include "config.h"

#include "t/bench/bench.h"

#include "lib/buf.h"
#include "t/bench/child.h"
#include "t/bench/keeper.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define MB 1000000u

static const struct group {
	const char *name;
	void (*run)(struct bench *b);
	const char *what;
} groups[] = {
	{"echo", bench_echo, "Key to echo, nothing else going on"},
	{"flood", bench_flood, "Key to echo, while another session floods a viewer"},
	{"checkpoint", bench_checkpoint, "Key to echo, during a checkpoint"},
	{"throughput", bench_throughput, "Coloured text to one viewer"},
	{"attach", bench_attach, "From attaching until the screen is right"},
	{"viewers", bench_viewers, "Many viewers of one session"},
	{"sessions", bench_sessions, "Many sessions with a viewer each"},
	{"memory", bench_memory, "Idle memory (PSS)"},
	{"rest", bench_rest, "The list of sessions over REST"},
	{"start", bench_start, "Cold start"},
	{"kill", bench_kill, "kill -9 of the runner while a program prints 20 MB/s"},
	{"git", bench_git, "Git, beside git itself"},
	{"files", bench_files, "Files, beside the bare system"},
	{"claude", bench_claude, "Claude, beside the bare program"},
};

static const struct size whole = {
	.rounds = 5,
	.keys = 2000,
	.loaded_keys = 1000,
	.text_bytes = 100 * MB,
	.log_bytes = 64u << 20,
	.histories = {1 * MB, 10 * MB, 100 * MB, 1000 * MB},
	.replay_most = 10 * MB,
	.attaches = 7,
	.viewers = {1, 10, 100, 200},
	.shared_bytes = 10 * MB,
	.sharing = 100,
	.sessions = 200,
	.loud = 20,
	.idle_sessions = {0, 10, 100},
	.load_us = 1500000,
	.starts = 4,
	.kills = 10,
	.kill_rate = 20 * MB,
	.pieces = 2000,
	.git_files = 100000,
	.files = 100000,
	.search_bytes = 1000 * MB,
	.file_bytes = 1000 * MB,
};

static const struct size quick = {
	.rounds = 1,
	.keys = 100,
	.loaded_keys = 50,
	.text_bytes = 4 * MB,
	.log_bytes = 17u << 20,
	.histories = {1 * MB},
	.replay_most = 1 * MB,
	.attaches = 2,
	.viewers = {1, 10},
	.shared_bytes = MB / 2,
	.sharing = 10,
	.sessions = 10,
	.loud = 2,
	.idle_sessions = {0, 5},
	.load_us = 100000,
	.starts = 1,
	.kills = 1,
	.kill_rate = MB,
	.pieces = 100,
	.git_files = 1000,
	.files = 2000,
	.search_bytes = 8 * MB,
	.file_bytes = 16 * MB,
};

void
bench_open(struct bench *b, struct instance *in, const char *name,
	const char *const *settings)
{
	char *dir = xasprintf("%s/%s", b->folder, name);
	instance_start(in, dir, settings);
	free(dir);
}

void
bench_close(struct instance *in)
{
	char *dir = xstrdup(in->dir);
	instance_stop(in);
	remove_folder(dir);
	free(dir);
}

static void
prepare(struct bench *b, char *folder)
{
	static char self[PATH_MAX];
	struct buf programs = BUF_INIT;
	if (readlink("/proc/self/exe", self, sizeof self - 1) <= 0)
		fail("cannot find myself");
	b->program = self;
	b->folder = folder;
	b->text = xasprintf("%s/text", folder);
	b->text_len = child_write_text(b->text, b->size->text_bytes);
	buf_printf(&programs,
		"case $1 in\n"
		"echo) %s ;;\n"
		"flood) exec yes ;;\n"
		"text) cat %s; exec sleep 1000 ;;\n"
		"esac\n",
		child_echo, b->text);
	char *front = xasprintf("%s/front", folder);
	front_start(&b->front, front, programs.data);
	buf_free(&programs);
	free(front);
}

static bool
is_wanted(const char *name, char **wanted, int count)
{
	for (int i = 0; i < count; i++)
		if (strcmp(name, wanted[i]) == 0)
			return true;
	return count == 0;
}

static int
run(struct bench *b, char *folder, const char *json, char **wanted, int count)
{
	signal(SIGPIPE, SIG_IGN);
	prepare(b, folder);
	report_begin(&b->report);
	if (!b->front.ttyd)
		report_note("ttyd is not installed; its column stays empty");
	for (size_t i = 0; i < COUNT(groups); i++) {
		if (!is_wanted(groups[i].name, wanted, count))
			continue;
		report_group(groups[i].what);
		groups[i].run(b);
	}
	report_end(&b->report, json);
	front_stop(&b->front);
	free(b->text);
	return 0;
}

static int
usage(void)
{
	fputs("usage: bench [--quick] [--json FILE] [GROUP...] | --groups\n", stderr);
	return 2;
}

static bool
is_group(const char *name)
{
	for (size_t i = 0; i < COUNT(groups); i++)
		if (strcmp(groups[i].name, name) == 0)
			return true;
	return false;
}

/* What it is in a session or beside one. */
static int
run_child(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "print") == 0)
		return child_print(strtod(argv[2], NULL), strtoll(argv[3], NULL, 10));
	if (argc == 2 && strcmp(argv[1], "answer") == 0)
		return child_answer();
	if (argc != 2 || strcmp(argv[1], "--groups") != 0)
		return -1;
	for (size_t i = 0; i < COUNT(groups); i++)
		printf("%-12s %s\n", groups[i].name, groups[i].what);
	return 0;
}

int
main(int argc, char **argv)
{
	struct bench b = {.size = &whole};
	const char *json = "results.json";
	int first = 1, status = run_child(argc, argv);
	if (status >= 0)
		return status;
	for (; first < argc && strncmp(argv[first], "--", 2) == 0; first++) {
		if (strcmp(argv[first], "--quick") == 0)
			b.size = &quick;
		else if (strcmp(argv[first], "--json") == 0 && first + 1 < argc)
			json = argv[++first];
		else
			return usage();
	}
	for (int i = first; i < argc; i++)
		if (!is_group(argv[i]))
			return usage();
	char *folder = keeper_start(&status);
	if (folder) {
		status = run(&b, folder, json, argv + first, argc - first);
		free(folder);
		return status;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
