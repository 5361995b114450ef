/*
 * dispatch-job: work on files that takes a while, run as a job; see runner/job.h.
 *
 *	dispatch-job copy --dir=DIR --root=WORKSPACE --workspace=ID [--replace] -- FROM TO
 *
 * FROM and TO are path texts beneath the workspace. It tells its progress on standard
 * output as git does, and why it failed on standard error: a stable code, a blank, a
 * sentence. A signal to end has it take away what is half made.
 */
#include "config.h"

#include "fcgi/file_change.h"
#include "lib/tree.h"
#include "lib/beneath.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/crypt.h"
#include "lib/path_text.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TELL_MS = 200 };

/* Signals and the copying have no other way to it. */
static volatile sig_atomic_t cancelled;

struct work {
	struct tree_limit limit; /* first: see tell() */
	int64_t bytes, entries;  /* that there are */
	int64_t told_at;
};

struct options {
	const char *dir, *root, *workspace;
	bool replace;
	const char *from, *to;
};

static void
on_signal(int number)
{
	(void)number;
	cancelled = 1;
}

static void
tell(const struct work *work, bool done)
{
	long long bytes = done ? work->bytes : INT64_MAX - work->limit.bytes;
	long long all = work->bytes > bytes ? work->bytes : bytes;
	long long percent = all ? (long long)((double)bytes / (double)all * 100) : 100;
	printf("Copying: %3lld%% (%lld/%lld), %.1f MB%s\n", percent, bytes, all,
		(double)bytes / 1e6, done ? ", done." : "");
	fflush(stdout);
}

static bool
goes_on(const struct tree_limit *limit)
{
	struct work *work = (struct work *)limit;
	int64_t now = clock_monotonic();
	if (now - work->told_at >= TELL_MS) {
		work->told_at = now;
		tell(work, false);
	}
	return !cancelled;
}

static int
copy(const struct beneath *b, const struct options *options, struct err *e)
{
	struct tree_limit size = {INT64_MAX, INT64_MAX, NULL, NULL};
	struct work work = {.limit = {INT64_MAX, INT64_MAX, b, goes_on}};
	struct beneath_entry entry = BENEATH_ENTRY_INIT;
	char *from = path_text_relative(options->from, strlen(options->from), "from", e);
	char *to = from ? path_text_relative(options->to, strlen(options->to), "to", e)
			: NULL;
	char *at = NULL;
	int result = to ? beneath_entry(b, from, &entry, e) : -1;
	if (result == 0) {
		work.bytes = tree_size(entry.parent, entry.name, &size);
		const struct file_change change = {.b = b,
			.workspace = options->workspace,
			.path = from,
			.to = to,
			.replace = options->replace,
			.now = clock_now(),
			.at = &at,
			.limit = &work.limit};
		result = file_copy(&change, e);
	}
	if (result == 0)
		tell(&work, true);
	beneath_entry_close(&entry);
	free(from);
	free(to);
	free(at);
	return result;
}

static bool
take_options(struct options *options, int argc, char **argv)
{
	static const struct option names[] = {{"dir", required_argument, NULL, 'd'},
		{"root", required_argument, NULL, 'r'},
		{"workspace", required_argument, NULL, 'w'},
		{"replace", no_argument, NULL, 'x'}, {0}};
	int c;
	if (argc < 2 || strcmp(argv[1], "copy") != 0)
		return false;
	argc--, argv++; /* the work comes first, and then options */
	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1)
		switch (c) {
		case 'd':
			options->dir = optarg;
			break;
		case 'r':
			options->root = optarg;
			break;
		case 'w':
			options->workspace = optarg;
			break;
		case 'x':
			options->replace = true;
			break;
		default:
			return false;
		}
	if (argc - optind != 2)
		return false;
	options->from = argv[optind];
	options->to = argv[optind + 1];
	return options->dir && options->root && options->workspace;
}

int
main(int argc, char **argv)
{
	const struct sigaction action = {.sa_handler = on_signal};
	struct options options = {0};
	struct beneath b = BENEATH_INIT;
	struct err e = {0};
	crypt_open();
	sigaction(SIGHUP, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	if (!take_options(&options, argc, argv)) {
		fputs("usage: dispatch-job copy --dir=DIR --root=DIR --workspace=ID "
		      "[--replace] -- FROM TO\n",
			stderr);
		return 2;
	}
	int result = beneath_open(&b, options.root, options.dir, &e);
	if (result == 0)
		result = copy(&b, &options, &e);
	beneath_close(&b);
	if (result != 0)
		fprintf(stderr, "%s %s\n", e.code, e.text);
	return result == 0 ? 0 : 1;
}
