/*
 * dispatch backup: a copy of the state directory while everything runs, which is a state
 * directory itself: to go back to it, or to move to another machine, put it in place of
 * the other one.
 *
 * Both databases are copied as they were at one moment: while nobody may write state.db,
 * no command comes or goes, and events.db knows of those that are not there any more.
 * The directory has its name only when all of it is written, checked and on the disk.
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

static const char *const databases[] = {"state.db", "events.db"};
enum { DATABASES = COUNT(databases) };

/* Which of the other files come along. */
static const struct {
	const char *name;
	bool secret;
} files[] = {
	{"dispatch.conf", false},
	{"github.secret", true},
	{"secret.key", true},
};

struct backup {
	struct conf_args args;
	struct conf conf;
	struct db *from[DATABASES];
	const char *to; /* from the command line */
	char *part;     /* where it is made */
	bool with_secrets;
};

/* What is copied, as it is from now on until it is closed. */
static int
open_moment(struct backup *b, struct err *e)
{
	struct db *lock = NULL;
	int rc = db_open(&lock, b->conf.dir, "state.db", DB_WRITE, BUSY_MS, e);
	if (rc == 0)
		rc = db_begin(lock, DB_NORMAL, e);
	for (size_t i = 0; i < DATABASES && rc == 0; i++) {
		rc = db_open(&b->from[i], b->conf.dir, databases[i], DB_READ, BUSY_MS, e);
		if (rc == 0)
			rc = db_hold(b->from[i], e);
	}
	if (lock)
		db_rollback(lock);
	db_close(lock);
	return rc;
}

static int
copy_database(const struct backup *b, size_t i, struct err *e)
{
	struct db *copy = NULL;
	int rc = db_copy(b->from[i], b->part, databases[i], e);
	if (rc == 0)
		rc = db_open(&copy, b->part, databases[i], DB_CREATE, 0, e);
	if (rc == 0)
		rc = db_check(copy, e);
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

static void
discard_file(const char *dir, const char *name, const char *suffix)
{
	char *path = xasprintf("%s/%s%s", dir, name, suffix);
	unlink(path);
	free(path);
}

/* Removes what did not get ready. */
static void
discard(const char *dir)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
	for (size_t i = 0; i < DATABASES; i++)
		for (size_t k = 0; k < COUNT(suffixes); k++)
			discard_file(dir, databases[i], suffixes[k]);
	for (size_t i = 0; i < COUNT(files); i++)
		discard_file(dir, files[i].name, "");
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
	if (mkdir(b->part, 0700) == 0)
		return 0;
	return errno != EEXIST
		? cannot(b, e)
		: err_set(e, 500, "backup.unfinished",
			  "%s is there: another backup is under way, or was broken off; "
			  "then remove it.",
			  b->part);
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
back_up(struct backup *b, struct err *e)
{
	if (open_moment(b, e) != 0)
		return -1;
	for (size_t i = 0; i < DATABASES; i++)
		if (copy_database(b, i, e) != 0)
			return -1;
	for (size_t i = 0; i < COUNT(files); i++)
		if ((b->with_secrets || !files[i].secret) &&
			copy_file(b, files[i].name, e) != 0)
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
	if (conf_load(&b.conf, &b.args, &e) != 0 || migrate_check(b.conf.dir, &e) != 0 ||
		begin(&b, &e) != 0) {
		cli_fail(&e);
	} else if (back_up(&b, &e) != 0) {
		discard(b.part);
		cli_fail(&e);
	} else {
		code = EXIT_SUCCESS;
	}
out:
	for (size_t i = 0; i < DATABASES; i++)
		db_close(b.from[i]);
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
