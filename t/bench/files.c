/*
 * Files: a directory with very many entries, a search in very much text, and one large
 * file up and down. The limits: reading names and states, rg itself (where it is
 * installed), writing a file to the disk, and nginx answering with a file of the same
 * size.
 */
#include "config.h"

#include "t/bench/bench.h"
#include "t/bench/client.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	READ_BYTES = 64 * 1024,
	PIECE = 1 << 20,
	TEXT_FILES = 200, /* that are searched */
	PART = 10000,     /* entries in a part of a list */
};

struct files_bench {
	struct instance in;
	struct client client;
	char *dir; /* of the workspace */
	char workspace[ID_SIZE];
	char *piece; /* of PIECE bytes of text, the word searched for not in it */
};

/* ---- what is there ---- */

static char *
make_folder(const char *above, const char *name)
{
	char *path = xasprintf("%s/%s", above, name);
	if (mkdir(path, 0700) != 0)
		fail("cannot make %s", path);
	return path;
}

static void
make_file(const char *path, const char *piece, size_t len, const char *end)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		fail("cannot make %s", path);
	for (size_t left = len; left;) {
		size_t n = left < PIECE ? left : PIECE;
		write_all(fd, piece, n);
		left -= n;
	}
	write_all(fd, end, strlen(end));
	close(fd);
}

static void
make_entries(const struct files_bench *f, int count)
{
	char *folder = make_folder(f->dir, "many");
	for (int i = 0; i < count; i++) {
		char *path = xasprintf("%s/entry %d.txt", folder, i);
		make_file(path, "", 0, "");
		free(path);
	}
	free(folder);
}

static void
make_text(const struct files_bench *f, size_t bytes)
{
	char *folder = make_folder(f->dir, "text");
	for (int i = 0; i < TEXT_FILES; i++) {
		char *path = xasprintf("%s/file%d.txt", folder, i);
		make_file(path, f->piece, bytes / TEXT_FILES,
			i % 20 ? "" : "\nhere stands the needle\n");
		free(path);
	}
	free(folder);
}

static void
open_bench(struct bench *b, struct files_bench *f)
{
	static const char line[] =
		"What is in a line of a text that is searched through.\n";
	char *roots = xasprintf("workspace.roots=%s", b->folder), *body;
	const char *settings[] = {roots, NULL};
	bench_open(b, &f->in, "files", settings);
	client_open(&f->client, &f->in);
	f->dir = make_folder(b->folder, "work");
	f->piece = xcalloc(1, PIECE);
	for (size_t i = 0; i < PIECE; i++)
		f->piece[i] = line[i % (sizeof line - 1)];
	body = xasprintf("{\"path\":\"%s\"}", f->dir);
	if (client_request(&f->client, "POST", "workspaces", body) != 201)
		fail("cannot make a workspace: %s", f->client.answer.data);
	const char *id = strstr(f->client.answer.data, "\"id\":\"");
	snprintf(f->workspace, sizeof f->workspace, "%s", id ? id + 6 : "");
	free(body);
	free(roots);
}

/* ---- a directory ---- */

static double
list_bare(const char *dir)
{
	char *path = xasprintf("%s/many", dir);
	double began = now_us();
	DIR *open = opendir(path);
	struct dirent *entry;
	struct stat st;
	while (open && (entry = readdir(open)))
		fstatat(dirfd(open), entry->d_name, &st, AT_SYMLINK_NOFOLLOW);
	double took = now_us() - began;
	if (open)
		closedir(open);
	free(path);
	return took;
}

/* The cursor of the next part, as it stands in the answer; names have blanks. */
static bool
next_part(const struct files_bench *f, char *after, size_t size)
{
	const char *at = strstr(f->client.answer.data, "\"next\":\"");
	size_t n = 0;
	if (!at)
		return false;
	for (at += 8; *at && *at != '"' && n + 4 < size; at++)
		n += (size_t)snprintf(after + n, size - n, *at == ' ' ? "%%20" : "%c",
			*at);
	after[n] = '\0';
	return true;
}

/* `whole`: part after part; else what a person sees first. */
static double
list_ours(struct files_bench *f, bool whole)
{
	char after[256] = "";
	double began = now_us();
	do {
		char *path = xasprintf("files?workspace=%s&path=many&limit=%d%s%s",
			f->workspace, PART, *after ? "&after=" : "", after);
		if (client_request(&f->client, "GET", path, NULL) != 200)
			fail("cannot list: %s", f->client.answer.data);
		free(path);
	} while (whole && next_part(f, after, sizeof after));
	return now_us() - began;
}

static void
measure_list(struct bench *b, struct files_bench *f)
{
	int count = b->size->files;
	struct row first, all;
	make_entries(f, count);
	row_init(&first, "ms", "folder of %d entries, the first %d", count,
		count < PART ? count : PART);
	row_init(&all, "ms", "folder of %d entries, all", count);
	list_ours(f, true);
	for (int round = 0; round < b->size->rounds; round++) {
		row_add(&all, LIMIT, list_bare(f->dir) / 1000);
		row_add(&all, OURS, list_ours(f, true) / 1000);
		row_add(&first, OURS, list_ours(f, false) / 1000);
	}
	report_row(&b->report, &first);
	report_row(&b->report, &all);
}

/* ---- searching ---- */

static bool
has_rg(void)
{
	const char *argv[] = {"rg", "--version", NULL};
	int status = -1;
	pid_t pid = start_program(argv, -1, -1, true);
	return waitpid(pid, &status, 0) == pid && status == 0;
}

static double
search_bare(const char *dir)
{
	const char *argv[] = {"rg", "--no-config", "--json", "--fixed-strings", "needle",
		dir, NULL};
	char bytes[READ_BYTES];
	int out[2];
	if (pipe2(out, O_CLOEXEC) != 0)
		fail("cannot make a pipe");
	double began = now_us();
	pid_t pid = start_program(argv, -1, out[1], true);
	close(out[1]);
	while (read(out[0], bytes, sizeof bytes) > 0)
		;
	waitpid(pid, NULL, 0);
	close(out[0]);
	return now_us() - began;
}

static double
search_ours(struct files_bench *f)
{
	char *path = xasprintf("search?workspace=%s&text=needle", f->workspace);
	double began = now_us();
	if (client_request(&f->client, "GET", path, NULL) != 200 ||
		!strstr(f->client.answer.data, "needle"))
		fail("cannot search: %.200s", f->client.answer.data);
	free(path);
	return now_us() - began;
}

static void
measure_search(struct bench *b, struct files_bench *f)
{
	bool rg = has_rg();
	struct row row;
	make_text(f, b->size->search_bytes);
	row_init(&row, "ms", "search in %zu MB", b->size->search_bytes / 1000000);
	search_ours(f);
	for (int round = 0; round < b->size->rounds; round++) {
		if (rg)
			row_add(&row, LIMIT, search_bare(f->dir) / 1000);
		row_add(&row, OURS, search_ours(f) / 1000);
	}
	report_row(&b->report, &row);
	if (!rg)
		report_note("rg is not installed: our own search was measured");
}

/* ---- one large file ---- */

static double
write_bare(const struct files_bench *f, size_t bytes)
{
	char *path = xasprintf("%s/bare", f->dir);
	double began = now_us();
	make_file(path, f->piece, bytes, "");
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) != 0)
		fail("cannot write %s", path);
	close(fd);
	double took = now_us() - began;
	unlink(path);
	free(path);
	return took;
}

/* Sends a request and reads the head of its answer, which must have this status. Returns
 * how many bytes of the body came with it. */
static size_t
begin_answer(int fd, int expected, struct buf *head)
{
	char *end;
	buf_clear(head);
	do {
		head->len += read_some(fd, buf_room(head, READ_BYTES), READ_BYTES);
		head->data[head->len] = '\0';
	} while (!(end = strstr(head->data, "\r\n\r\n")));
	errno = 0;
	if (strtol(head->data + 9, NULL, 10) != expected)
		fail("a file: %.300s", head->data);
	return head->len - (size_t)(end + 4 - head->data);
}

static double
upload(const struct files_bench *f, size_t bytes)
{
	struct buf b = BUF_INIT;
	char *path = xasprintf("files?workspace=%s&path=large", f->workspace);
	char *more = xasprintf("Content-Type: application/octet-stream\r\n"
			       "Content-Length: %zu\r\nIf-Match: *\r\n",
		bytes);
	int fd = connect_tcp(f->in.port);
	char *large = xasprintf("%s/large", f->dir);
	make_file(large, "", 0, "");
	free(large);
	client_head(&f->in, &b, "PUT", path, 1, more);
	double began = now_us();
	write_all(fd, b.data, b.len);
	for (size_t left = bytes; left;) {
		size_t n = left < PIECE ? left : PIECE;
		write_all(fd, f->piece, n);
		left -= n;
	}
	begin_answer(fd, 200, &b);
	double took = now_us() - began;
	close(fd);
	buf_free(&b);
	free(path);
	free(more);
	return took;
}

static double
download(const struct files_bench *f, size_t bytes)
{
	static char piece[READ_BYTES];
	struct buf b = BUF_INIT;
	char *path = xasprintf("files?workspace=%s&path=large", f->workspace);
	int fd = connect_tcp(f->in.port);
	client_head(&f->in, &b, "GET", path, 1, "");
	double began = now_us();
	write_all(fd, b.data, b.len);
	for (size_t done = begin_answer(fd, 200, &b); done < bytes;)
		done += read_some(fd, piece, sizeof piece);
	double took = now_us() - began;
	close(fd);
	buf_free(&b);
	free(path);
	return took;
}

static double
speed(size_t bytes, double us)
{
	return (double)bytes / us;
}

static void
measure_large(struct bench *b, struct files_bench *f)
{
	size_t bytes = b->size->file_bytes;
	struct row up, down, memory;
	row_init(&up, "MB/s", "upload of %zu MB, to the disk", bytes / 1000000);
	row_init(&down, "MB/s", "download of %zu MB", bytes / 1000000);
	row_init(&memory, "MB", "... most memory that all of it took more");
	memory.worst = true;
	front_file(&b->front, bytes);
	for (int round = 0; round < b->size->rounds; round++) {
		const struct processes *all = instance_look(&f->in);
		processes_reset_peak(all);
		double before = processes_peak(all);
		row_add(&up, LIMIT, speed(bytes, write_bare(f, bytes)));
		row_add(&up, OURS, speed(bytes, upload(f, bytes)));
		row_add(&down, LIMIT, speed(bytes, front_fetch(&b->front, bytes)));
		row_add(&down, OURS, speed(bytes, download(f, bytes)));
		row_add(&memory, OURS, (processes_peak(all) - before) / 1000);
	}
	report_row(&b->report, &up);
	report_row(&b->report, &down);
	report_row(&b->report, &memory);
}

void
bench_files(struct bench *b)
{
	struct files_bench f = {0};
	open_bench(b, &f);
	measure_list(b, &f);
	measure_search(b, &f);
	measure_large(b, &f);
	client_close(&f.client);
	bench_close(&f.in);
	free(f.piece);
	free(f.dir);
}
