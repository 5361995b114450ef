/*
 * See migrate.h. The list of files is read from the data directory, sorted by name; their
 * numbers are contiguous from 0001 and never reused, so the position in the list is the
 * version and nothing else has to be kept in step.
 */
#include "config.h"

#include "lib/migrate.h"

#include "lib/crypt.h"
#include "lib/db.h"
#include "lib/path.h"
#include "lib/store/migration.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct file {
	char *name; /* "0001-initial" */
	char *sql;
	uint8_t hash[SHA256_SIZE];
};

struct files {
	const char *database; /* "state" or "events" */
	struct file *list;
	int count;
};

static const char *const databases[] = {"state", "events"};
enum { DATABASES = 2, BUSY_MS = 5000 };

static int
is_sql(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);
	return n > 9 && strspn(entry->d_name, "0123456789") == 4 &&
		strcmp(entry->d_name + n - 4, ".sql") == 0;
}

static int
read_file(const char *dir, const char *name, struct file *file, struct err *e)
{
	char *path = path_join(dir, name), chunk[8192];
	FILE *f = fopen(path, "re");
	struct buf text = BUF_INIT;
	size_t n;
	if (!f) {
		err_errno(e, errno, 500, "migrate.failed", "Cannot read %s", path);
		free(path);
		return -1;
	}
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
		buf_add(&text, chunk, n);
	fclose(f);
	free(path);
	crypt_sha256(text.data, text.len, file->hash);
	file->name = xstrndup(name, strlen(name) - 4);
	file->sql = buf_take(&text);
	return 0;
}

static void
files_free(struct files *files)
{
	for (int i = 0; i < files->count; i++) {
		free(files->list[i].name);
		free(files->list[i].sql);
	}
	free(files->list);
}

static int
files_read(struct files *files, const char *database, struct err *e)
{
	char *sql = path_data("sql"), *dir = path_join(sql, database);
	struct dirent **entries = NULL;
	int n = scandir(dir, &entries, is_sql, alphasort), result = 0;
	*files = (struct files){.database = database};
	if (n <= 0)
		result = err_set(e, 500, "migrate.failed",
			"There are no migrations in %s.", dir);
	else
		files->list = xcalloc((size_t)n, sizeof *files->list);
	for (int i = 0; i < n; i++) {
		if (result == 0) {
			result = read_file(dir, entries[i]->d_name, &files->list[i], e);
			files->count++;
		}
		free(entries[i]);
	}
	free(entries);
	free(sql);
	free(dir);
	return result;
}

/* Compares the database's record with our files. Returns how many of ours are applied. */
static int
count_applied(struct db *db, const struct files *files, struct err *e)
{
	struct migration *rows = NULL;
	int count = migration_list(db, &rows, e), applied = count;
	for (int i = 0; i < count && applied >= 0; i++) {
		if (i >= files->count || strcmp(rows[i].name, files->list[i].name) != 0)
			applied = err_set(e, 500, "migrate.newer",
				"%s.db was made by another version of Dispatch (it has "
				"%s); "
				"install that version or a newer one.",
				files->database, rows[i].name);
		else if (memcmp(rows[i].hash, files->list[i].hash, SHA256_SIZE) != 0)
			applied = err_set(e, 500, "migrate.changed",
				"The file %s.sql of %s.db was changed after it was "
				"applied.",
				rows[i].name, files->database);
	}
	free(rows);
	return applied;
}

static int
apply_one(struct db *db, const struct files *files, int i, struct err *e)
{
	const struct file *file = &files->list[i];
	struct err why = {0};
	if (db_begin(db, DB_DURABLE, e) != 0)
		return -1;
	if (count_applied(db, files, e) > i) { /* another program was quicker */
		db_rollback(db);
		return 0;
	}
	if (db_script(db, file->sql, &why) == 0 &&
		migration_insert(db, file->name, file->hash, &why) == 0 &&
		db_commit(db, &why) == 0)
		return 1;
	db_rollback(db);
	return err_set(e, 500, "migrate.failed", "%s/%s.sql: %s", files->database,
		file->name, why.text);
}

static int
apply_database(const char *dir, const char *database, struct buf *out, struct err *e)
{
	struct files files;
	struct db *db = NULL;
	char *name = xasprintf("%s.db", database);
	int total = -1;
	if (files_read(&files, database, e) != 0 ||
		db_open(&db, dir, name, DB_CREATE, BUSY_MS, e) != 0 ||
		migration_table(db, e) != 0)
		goto out;
	int done = count_applied(db, &files, e);
	for (int i = done, sum = 0; done >= 0 && i <= files.count; i++) {
		int n = i < files.count ? apply_one(db, &files, i, e) : 0;
		total = n < 0 ? -1 : (sum += n);
		if (n < 0)
			break;
		if (n && out)
			buf_printf(out, "%s %s\n", database, files.list[i].name);
	}
out:
	free(name);
	db_close(db);
	files_free(&files);
	return total;
}

int
migrate_apply(const char *dir, struct buf *applied, struct err *e)
{
	int total = 0;
	for (int i = 0; i < DATABASES; i++) {
		int n = apply_database(dir, databases[i], applied, e);
		if (n < 0)
			return -1;
		total += n;
	}
	return total;
}

static int
open_existing(struct db **db, struct files *files, const char *dir, const char *database,
	struct err *e)
{
	char *name = xasprintf("%s.db", database);
	int result = files_read(files, database, e);
	*db = NULL;
	if (result == 0)
		result = db_open(db, dir, name, DB_READ, BUSY_MS, e);
	free(name);
	return result;
}

static int
status_database(const char *dir, const char *database, struct buf *out, struct err *e)
{
	struct files files;
	struct db *db;
	struct migration *rows = NULL;
	int count = -1;
	if (open_existing(&db, &files, dir, database, e) == 0)
		count = migration_list(db, &rows, e);
	else if (strcmp(e->code, "db.missing") == 0)
		count = 0; /* everything is pending */
	for (int i = 0; count >= 0 && i < (count > files.count ? count : files.count);
		i++) {
		const char *name = i < count ? rows[i].name : files.list[i].name;
		buf_printf(out, "%s %s %s%s\n", database, name,
			i < count ? "applied " : "pending",
			i < count ? rows[i].applied : "");
	}
	free(rows);
	db_close(db);
	files_free(&files);
	return count < 0 ? -1 : 0;
}

int
migrate_status(const char *dir, struct buf *out, struct err *e)
{
	for (int i = 0; i < DATABASES; i++)
		if (status_database(dir, databases[i], out, e) != 0)
			return -1;
	return 0;
}

static int
check_database(const char *dir, const char *database, struct err *e)
{
	struct files files;
	struct db *db;
	int applied = -1;
	if (open_existing(&db, &files, dir, database, e) == 0)
		applied = count_applied(db, &files, e);
	int missing = applied < 0 ? 0 : files.count - applied;
	db_close(db);
	files_free(&files);
	if (applied < 0)
		return -1;
	if (missing > 0)
		return err_set(e, 500, "migrate.pending",
			"%s.db is older than this version; run \"dispatch migrate --dir "
			"%s\".",
			database, dir);
	return 0;
}

int
migrate_check(const char *dir, struct err *e)
{
	for (int i = 0; i < DATABASES; i++)
		if (check_database(dir, databases[i], e) != 0)
			return -1;
	return 0;
}
