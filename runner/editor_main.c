/*
 * dispatch-editor: see editor.h and dispatch-editor(8).
 *
 *	dispatch-editor --dir=DIR --root=WORKSPACE --workspace=ID
 *
 * One thing at a time, in the order in which it was asked. The end of standard input, or
 * SIGTERM or SIGHUP, ends the program when what it was doing is done and told.
 */
#include "config.h"

#include "runner/editor.h"

#include "lib/clock.h"
#include "lib/crypt.h"
#include "lib/json.h"
#include "lib/json_read.h"
#include "lib/path_text.h"
#include "runner/os_inotify.h"

#include <json-c/json.h>

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *name;
	int (*run)(struct editor *ed, struct request *r);
} ops[] = {
	{"close", editor_close},
	{"create", editor_create},
	{"delete", editor_delete},
	{"open", editor_open},
	{"rename", editor_rename},
	{"restore", editor_restore},
	{"save", editor_save},
	{"watch", editor_watch},
};

static volatile sig_atomic_t told_to_end;

static void
on_signal(int number)
{
	(void)number;
	told_to_end = 1;
}

/* ---- a line ---- */

static int
run_op(struct editor *ed, struct request *r)
{
	const char *path = json_member_text(r->json, "path");
	r->path = path ? path_text_relative(path, strlen(path), "path", &r->e) : NULL;
	if (!path)
		err_field(&r->e, "path", "A path is missing.");
	if (!r->path)
		return -1;
	for (size_t i = 0; i < sizeof ops / sizeof *ops; i++)
		if (strcmp(ops[i].name, r->op) == 0)
			return ops[i].run(ed, r);
	return err_set(&r->e, 400, "request.invalid", "There is no such operation.");
}

static void
take_line(struct editor *ed, const char *text, size_t len)
{
	struct request r = {0};
	struct err e;
	if (json_parse(&r.json, text, len, &e) != 0) {
		say_bad_line(e.text, text, len);
		return;
	}
	r.op = json_member_text(r.json, "op");
	r.id = json_member_text(r.json, "id");
	if (r.op && strcmp(r.op, "run") == 0)
		say_run(json_member_int(r.json, "run", 0));
	else if (!r.op)
		say_bad_line("It does not say what is to be done.", text, len);
	else if (run_op(ed, &r) != 0)
		say_refused(&r);
	json_object_put(r.json);
	buf_free(&r.more);
	free(r.path);
}

/* ---- lines in ---- */

struct input {
	struct buf text;
	size_t looked; /* bytes of it that have no newline */
	bool skipping; /* the rest of a line that is too long */
};

/* Takes the lines that are whole. */
static void
take_lines(struct editor *ed, struct input *in)
{
	char *newline;
	size_t from = 0;
	while (!told_to_end && in->text.len > from &&
		(newline = memchr(in->text.data + from + in->looked, '\n',
			 in->text.len - from - in->looked))) {
		size_t end = (size_t)(newline - in->text.data);
		*newline = '\0';
		if (!in->skipping)
			take_line(ed, in->text.data + from, end - from);
		in->skipping = false;
		in->looked = 0;
		from = end + 1;
	}
	memmove(in->text.data, in->text.data + from, in->text.len - from);
	in->text.len -= from;
	in->looked = in->text.len;
	if (in->text.len <= EDITOR_LINE_MAX)
		return;
	if (!in->skipping)
		say_bad_line("It is too long.", in->text.data, in->text.len);
	in->skipping = true;
	buf_free(&in->text);
	in->looked = 0;
}

/* False: there is no more. */
static bool
read_input(struct editor *ed, struct input *in)
{
	enum { PIECE = 256 * 1024 };
	ssize_t n = read(STDIN_FILENO, buf_room(&in->text, PIECE), PIECE);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	in->text.len += (size_t)n;
	if (n > 0)
		take_lines(ed, in);
	return n > 0;
}

/* ---- waiting ---- */

/* How long nothing is to be done; -1: until something happens. */
static int
patience(const struct editor *ed)
{
	return ed->noticed ? EDITOR_GATHER_MS : files_unwatched(ed) ? EDITOR_LOOK_MS : -1;
}

static void
run(struct editor *ed)
{
	struct input in = {0};
	int64_t due = 0;
	sigset_t none;
	sigemptyset(&none);
	while (!told_to_end) {
		struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
			{.fd = ed->inotify, .events = POLLIN}};
		int wait = patience(ed);
		if (wait >= 0 && !due)
			due = clock_monotonic() + wait;
		int64_t left = wait < 0 ? 0 : due - clock_monotonic();
		left = left < 0 ? 0 : left;
		const struct timespec time = {left / 1000, left % 1000 * 1000000};
		int n = ppoll(fds, 2, wait < 0 ? NULL : &time, &none);
		if (n > 0 && fds[1].revents)
			files_notice(ed);
		if (n > 0 && fds[0].revents && !read_input(ed, &in))
			break;
		if (due && clock_monotonic() >= due) {
			files_look(ed, true);
			due = 0;
		}
		if (patience(ed) < 0)
			due = 0;
	}
	buf_free(&in.text);
}

/* Signals come only while it waits. */
static void
catch_signals(void)
{
	static const int ending[] = {SIGTERM, SIGHUP, SIGINT};
	const struct sigaction action = {.sa_handler = on_signal};
	sigset_t set;
	sigemptyset(&set);
	for (size_t i = 0; i < sizeof ending / sizeof *ending; i++) {
		sigaction(ending[i], &action, NULL);
		sigaddset(&set, ending[i]);
	}
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* ---- the command line ---- */

static int
usage(void)
{
	fputs("usage: dispatch-editor --dir=DIR --root=WORKSPACE --workspace=ID\n",
		stderr);
	return 2;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
		{"dir", required_argument, NULL, 'd'},
		{"root", required_argument, NULL, 'r'},
		{"workspace", required_argument, NULL, 'w'},
		{0},
	};
	struct editor ed = {.b = BENEATH_INIT};
	const char *dir = NULL, *root = NULL;
	struct err e = {0};
	int option;
	crypt_open();
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (option == 'd')
			dir = optarg;
		else if (option == 'r')
			root = optarg;
		else if (option == 'w')
			ed.workspace = optarg;
		else
			return usage();
	if (!dir || !root || !ed.workspace || optind < argc)
		return usage();
	if (beneath_open(&ed.b, root, dir, &e) != 0) {
		fprintf(stderr, "dispatch-editor: %s\n", e.text);
		return 1;
	}
	LIST_INIT(&ed.files);
	ed.inotify = os_inotify_open();
	catch_signals();
	run(&ed);
	files_close_all(&ed);
	if (ed.inotify >= 0)
		close(ed.inotify);
	beneath_close(&ed.b);
	return 0;
}
