/*
 * dispatch backup: a copy of the state directory while everything runs, which is a state
 * directory itself: to go back to it, or to move to another machine, put it in place of
 * the other one.
 *
 * state.db comes first: a command that is still in it, and whose effect is in events.db
 * already, is known there and not done again; the other way round it would be lost. The
 * directory has its name only when all of it is written, checked and on the disk.
 */
#include "config.h"

#include "cli/cli.h"

#include "lib/buf.h"
#include "lib/db.h"
#include "lib/migrate.h"
#include "lib/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum {
	BUSY_MS = 5000, /* wait for another process's lock */
	CHUNK = 65536,
};

struct backup {
	struct conf_args args;
	struct conf conf;
	const char *to; /* from the command line */
	char *part;     /* where it is made */
	bool with_secrets;
};

static int
copy_database(const struct backup *b, const char *name, struct err *e)
{
	struct db *from = NULL, *copy = NULL;
	int rc = db_open(&from, b->conf.dir, name, DB_WRITE, BUSY_MS, e);
	if (rc == 0)
		rc = db_copy(from, b->part, name, e);
	db_close(from);
	if (rc == 0)
		rc = db_open(&copy, b->part, name, DB_CREATE, 0, e);
	if (rc == 0)
		rc = db_check(copy, e);
	if (rc == 0)
		rc = db_sync(copy, e);
	db_close(copy);
	return rc;
}

static int
copy_bytes(int from, int to)
{
	char chunk[CHUNK];
	ssize_t n;
	while ((n = read(from, chunk, sizeof chunk)) > 0)
		if (write(to, chunk, (size_t)n) != n)
			return -1;
	return n == 0 ? fsync(to) : -1;
}

/* What is not there is left out. */
static int
copy_file(const struct backup *b, const char *name, struct err *e)
{
	char *source = path_join(b->conf.dir, name), *target = path_join(b->part, name);
	int from = open(source, O_RDONLY | O_CLOEXEC);
	bool absent = from < 0 && errno == ENOENT;
	int to = from < 0 ? -1
			  : open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int rc = absent || (to >= 0 && copy_bytes(from, to) == 0)
		? 0
		: err_errno(e, errno, 500, "backup.failed", "Cannot copy %s", source);
	if (from >= 0)
		close(from);
	if (to >= 0)
		close(to);
	free(source);
	free(target);
	return rc;
}

static int
copy_secret(const struct backup *b, const char *name, struct err *e)
{
	return b->with_secrets ? copy_file(b, name, e) : 0;
}

/* What a copy consists of, in its order. */
static const struct {
	const char *name;
	int (*copy)(const struct backup *b, const char *name, struct err *e);
} parts[] = {
	{"state.db", copy_database},
	{"events.db", copy_database},
	{"dispatch.conf", copy_file},
	{"github.secret", copy_secret},
	{"secret.key", copy_secret},
};

/* Removes what one that did not get ready has left. */
static void
discard(const char *dir)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
	for (size_t i = 0; i < COUNT(parts) * COUNT(suffixes); i++) {
		char *path = xasprintf("%s/%s%s", dir, parts[i / COUNT(suffixes)].name,
			suffixes[i % COUNT(suffixes)]);
		unlink(path);
		free(path);
	}
	rmdir(dir);
}

/* Brings the names in a directory to the disk. */
static int
sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;
	if (fd < 0)
		return -1;
	rc = fsync(fd);
	close(fd);
	return rc;
}

static int
sync_parent(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *dir = !slash ? xstrdup(".")
			   : xstrndup(path, slash == path ? 1 : (size_t)(slash - path));
	int rc = sync_dir(dir);
	free(dir);
	return rc;
}

static int
cannot(const struct backup *b, struct err *e)
{
	return err_errno(e, errno, 500, "backup.failed", "Cannot make %s", b->to);
}

static int
begin(const struct backup *b, struct err *e)
{
	struct stat st;
	if (lstat(b->to, &st) == 0)
		return err_set(e, 500, "backup.exists",
			"%s is there already; a backup gets a directory of its own.",
			b->to);
	discard(b->part);
	return mkdir(b->part, 0700) == 0 ? 0 : cannot(b, e);
}

static int
finish(const struct backup *b, struct err *e)
{
	if (sync_dir(b->part) == 0 && rename(b->part, b->to) == 0 &&
		sync_parent(b->to) == 0)
		return 0;
	return cannot(b, e);
}

static int
back_up(const struct backup *b, struct err *e)
{
	if (begin(b, e) != 0)
		return -1;
	for (size_t i = 0; i < COUNT(parts); i++)
		if (parts[i].copy(b, parts[i].name, e) != 0)
			return -1;
	return finish(b, e);
}

static int
take_words(struct backup *b, int argc, char **argv, struct err *e)
{
	for (int i = 1; i < argc; i++) {
		int taken = conf_argument(&b->args, argc, argv, &i, e);
		if (taken < 0)
			return -1;
		if (taken > 0)
			continue;
		if (strcmp(argv[i], "--with-secrets") == 0)
			b->with_secrets = true;
		else if (argv[i][0] == '-')
			return err_set(e, 500, "usage", "there is no option '%s'.",
				argv[i]);
		else if (b->to)
			return err_set(e, 500, "usage", "'%s' is one word too many.",
				argv[i]);
		else
			b->to = argv[i];
	}
	return b->to && *b->to ? 0 : err_set(e, 500, "usage", "say where to.");
}

static int
run_backup(const struct subcommand *self, int argc, char **argv)
{
	struct backup b = {0};
	struct err e = {0};
	int code = EXIT_FAILURE;
	if (take_words(&b, argc, argv, &e) != 0) {
		code = cli_usage(self, "%s", e.text);
		goto out;
	}
	b.part = xasprintf("%s.unfinished", b.to);
	if (conf_load(&b.conf, &b.args, &e) != 0 || migrate_check(b.conf.dir, &e) != 0) {
		cli_fail(&e);
	} else if (back_up(&b, &e) != 0) {
		discard(b.part);
		cli_fail(&e);
	} else {
		code = EXIT_SUCCESS;
	}
out:
	free(b.part);
	conf_free(&b.conf);
	free(b.args.settings);
	return code;
}

const struct subcommand subcommand_backup = {
	.name = "backup",
	.synopsis = "TO [--with-secrets] [--dir DIR]",
	.summary = "Copy the state directory to TO, while everything runs.",
	.options = "  --with-secrets   secret.key and github.secret, too\n",
	.run = run_backup,
};
