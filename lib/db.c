/*
 * One SQLite connection; see db.h.
 *
 * Every connection is opened the same way, by open_settings(): what a program may do to a
 * database is decided here and nowhere else. The statement cache is a short array
 * searched by address; a program has a few dozen literals.
 */
#include "config.h"

#include "lib/db.h"

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/db_vfs.h"
#include "lib/path.h"

#include <sqlite3.h>

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	MAX_STATEMENTS = 128,
	KEPT_MAX = 256 * 1024, /* bytes of a text; a longer one is not kept */
	SHORT_WAITS = 20,      /* for another's lock, before the long ones */
	SHORT_WAIT_NS = 100 * 1000,
	LONG_WAIT_NS = 1000 * 1000,
};

/* See db_recall(). The version is older than the text or of the same age, so that a text
 * is at most forgotten too early. */
struct kept {
	const char *name; /* NULL: nothing is kept */
	char *arg;
	int64_t version,
		asked; /* of the database: when it was kept, at the last question */
	struct buf text;
};

struct db {
	sqlite3 *handle;
	enum db_sync sync;
	int count;
	struct {
		const char *sql;
		sqlite3_stmt *stmt;
	} cache[MAX_STATEMENTS];
	struct kept kept;
	int wait_ms; /* for a lock */
	int64_t waits_since;
};

int
db_error(struct db *db, struct err *e)
{
	const char *words = sqlite3_errmsg(db->handle);
	int system = sqlite3_system_errno(db->handle);
	int code = sqlite3_errcode(db->handle) & 0xff;
	if (code == SQLITE_IOERR && (system == ENOSPC || system == EDQUOT))
		code = SQLITE_FULL; /* the index of the log could not grow, say */
	switch (code) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_set(e, 503, "db.busy", "The database is busy; try again.");
	case SQLITE_FULL:
		return err_set(e, 507, "storage.full", "The disk is full.");
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return err_set(e, 503, "storage.io", "The database cannot be used: %s.",
			words);
	default:
		return err_set(e, 500, "db.error", "The database reports: %s.", words);
	}
}

static int
script(struct db *db, const char *sql, struct err *e)
{
	if (sqlite3_exec(db->handle, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return db_error(db, e);
}

/*
 * A lock is nearly always given back within a fraction of a millisecond, and a key that
 * someone has pressed may wait for it: SQLite's own handler begins with a whole one.
 */
static int
wait_for_lock(void *arg, int tries)
{
	struct db *db = arg;
	const struct timespec pause = {
		.tv_nsec = tries < SHORT_WAITS ? SHORT_WAIT_NS : LONG_WAIT_NS};
	int64_t now = clock_monotonic();
	if (tries == 0)
		db->waits_since = now;
	if (now - db->waits_since >= db->wait_ms)
		return 0;
	nanosleep(&pause, NULL);
	return 1;
}

/* For all connections of the process, before the first. The many of the handlers are
 * idle most of the time: they take memory as they need it, and nobody asks how much. */
static void
configure(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 128, 64);
	sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0);
	db_vfs_register();
}

static int
open_settings(struct db *db, enum db_mode mode, int wait_ms, struct err *e)
{
	sqlite3 *h = db->handle;
	sqlite3_extended_result_codes(h, 1);
	db->wait_ms = wait_ms;
	sqlite3_busy_handler(h, wait_for_lock, db);
	sqlite3_db_config(h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(h, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(h, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
	sqlite3_db_config(h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_db_config(h, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(h, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_limit(h, SQLITE_LIMIT_ATTACHED, 0);
	if (mode == DB_CREATE &&
		script(db, "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL",
			e) != 0)
		return -1;
	/* The log is read once and written once, and all else fits: more would only be
	 * kept. */
	if (script(db, "PRAGMA cache_size=-512", e) != 0)
		return -1;
	if (mode == DB_READ)
		return script(db, "PRAGMA query_only=1", e);
	/* A migration may change more than memory holds. */
	if (mode == DB_WRITE && script(db, "PRAGMA cache_spill=0", e) != 0)
		return -1;
	return script(db,
		"PRAGMA wal_autocheckpoint=0; PRAGMA synchronous=NORMAL;"
		"PRAGMA journal_size_limit=268435456; PRAGMA cell_size_check=1;"
		"PRAGMA secure_delete=FAST",
		e);
}

/* SQLite would make the file with the umask's mode; secrets want 0600 from the first
 * byte. */
static void
create_private(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
}

int
db_open(struct db **out, const char *dir, const char *name, enum db_mode mode,
	int wait_ms, struct err *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	pthread_once(&once, configure);
	struct db *db = xcalloc(1, sizeof *db);
	char *path = path_join(dir, name);
	*out = NULL;
	if (mode == DB_CREATE)
		create_private(path);
	/* A reader of a WAL database needs to write its -shm file, so even DB_READ opens
	 * for writing and is held back by query_only. */
	int rc = sqlite3_open_v2(path, &db->handle,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
		mode == DB_CREATE ? NULL : DB_VFS);
	if (rc != SQLITE_OK && access(path, F_OK) != 0)
		err_set(e, 500, "db.missing",
			"There is no database %s; run \"dispatch migrate\".", path);
	else if (rc != SQLITE_OK)
		db_error(db, e);
	else if (open_settings(db, mode, wait_ms, e) == 0)
		*out = db;
	free(path);
	if (*out)
		return 0;
	db_close(db);
	return -1;
}

void
db_set_wait(struct db *db, int wait_ms)
{
	db->wait_ms = wait_ms;
}

void
db_close(struct db *db)
{
	if (!db)
		return;
	for (int i = 0; i < db->count; i++)
		sqlite3_finalize(db->cache[i].stmt);
	sqlite3_close(db->handle);
	free(db->kept.arg);
	buf_free(&db->kept.text);
	free(db);
}

static sqlite3_stmt *
prepare(struct db *db, const char *sql)
{
	for (int i = 0; i < db->count; i++)
		if (db->cache[i].sql == sql)
			return db->cache[i].stmt;
	sqlite3_stmt *stmt = NULL;
	int rc = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt,
		NULL);
	if (rc == SQLITE_ERROR || db->count == MAX_STATEMENTS) {
		fprintf(stderr, "dispatch: broken SQL: %s: %s\n",
			sqlite3_errmsg(db->handle), sql);
		abort();
	}
	if (rc != SQLITE_OK)
		return NULL;
	db->cache[db->count].sql = sql;
	db->cache[db->count++].stmt = stmt;
	return stmt;
}

static void
bind_all(sqlite3_stmt *stmt, const char *types, va_list args)
{
	for (int i = 1; *types; types++, i++) {
		const void *bytes;
		switch (*types) {
		case 'i':
			sqlite3_bind_int64(stmt, i, va_arg(args, int64_t));
			break;
		case 't':
			sqlite3_bind_text(stmt, i, va_arg(args, const char *), -1,
				SQLITE_STATIC);
			break;
		case 'b':
			bytes = va_arg(args, const void *);
			sqlite3_bind_blob64(stmt, i, bytes ? bytes : "",
				va_arg(args, size_t), SQLITE_STATIC);
			break;
		case 'z':
			sqlite3_bind_null(stmt, i);
			break;
		default:
			abort();
		}
	}
}

static sqlite3_stmt *
query(struct db *db, const char *sql, const char *types, va_list args)
{
	sqlite3_stmt *stmt = prepare(db, sql);
	if (!stmt)
		return NULL;
	sqlite3_reset(stmt);
	sqlite3_clear_bindings(stmt);
	bind_all(stmt, types, args);
	return stmt;
}

struct sqlite3_stmt *
db_query(struct db *db, const char *sql, const char *types, ...)
{
	va_list args;
	va_start(args, types);
	sqlite3_stmt *stmt = query(db, sql, types, args);
	va_end(args);
	return stmt;
}

int
db_step(struct db *db, struct sqlite3_stmt *stmt, struct err *e)
{
	int rc = stmt ? sqlite3_step(stmt) : SQLITE_ERROR;
	if (rc == SQLITE_ROW)
		return 1;
	if (rc == SQLITE_DONE)
		return 0;
	return db_error(db, e);
}

void
db_done(struct sqlite3_stmt *stmt)
{
	if (stmt)
		sqlite3_reset(stmt);
}

int
db_exec(struct db *db, struct err *e, const char *sql, const char *types, ...)
{
	va_list args;
	va_start(args, types);
	sqlite3_stmt *stmt = query(db, sql, types, args);
	va_end(args);
	int rc = db_step(db, stmt, e);
	db_done(stmt);
	return rc < 0 ? -1 : sqlite3_changes(db->handle);
}

int
db_int(struct db *db, int64_t *value, struct err *e, const char *sql, const char *types,
	...)
{
	va_list args;
	va_start(args, types);
	sqlite3_stmt *stmt = query(db, sql, types, args);
	va_end(args);
	int rc = db_step(db, stmt, e);
	if (rc > 0 && sqlite3_column_type(stmt, 0) == SQLITE_NULL)
		rc = 0;
	if (rc > 0)
		*value = sqlite3_column_int64(stmt, 0);
	db_done(stmt);
	return rc;
}

static int
run(struct db *db, struct err *e, const char *sql)
{
	return db_exec(db, e, sql, "") < 0 ? -1 : 0;
}

int
db_begin(struct db *db, enum db_sync sync, struct err *e)
{
	if (sync != db->sync) {
		const char *pragma = sync == DB_DURABLE ? "PRAGMA synchronous=FULL"
							: "PRAGMA synchronous=NORMAL";
		if (script(db, pragma, e) != 0)
			return -1;
		db->sync = sync;
	}
	return run(db, e, "BEGIN IMMEDIATE");
}

int
db_begin_read(struct db *db, struct err *e)
{
	return run(db, e, "BEGIN");
}

int
db_commit(struct db *db, struct err *e)
{
	if (run(db, e, "COMMIT") == 0)
		return 0;
	db_rollback(db);
	return -1;
}

void
db_rollback(struct db *db)
{
	if (!sqlite3_get_autocommit(db->handle))
		run(db, NULL, "ROLLBACK");
}

int64_t
db_last_id(struct db *db)
{
	return sqlite3_last_insert_rowid(db->handle);
}

int64_t
db_version(struct db *db)
{
	int64_t version = 0;
	db_int(db, &version, NULL, "PRAGMA data_version", "");
	return version;
}

bool
db_recall(struct db *db, const char *name, const char *arg, struct buf *out)
{
	struct kept *kept = &db->kept;
	kept->asked = db_version(db);
	if (kept->name != name || kept->version != kept->asked ||
		strcmp(kept->arg, arg) != 0)
		return false;
	buf_add(out, kept->text.data, kept->text.len);
	return true;
}

void
db_keep(struct db *db, const char *name, const char *arg, const struct buf *text)
{
	struct kept *kept = &db->kept;
	kept->name = NULL;
	if (kept->asked == 0 || text->len > KEPT_MAX)
		return;
	free(kept->arg);
	kept->name = name;
	kept->arg = xstrdup(arg);
	kept->version = kept->asked;
	buf_clear(&kept->text);
	buf_add(&kept->text, text->data, text->len);
}

int
db_script(struct db *db, const char *sql, struct err *e)
{
	return script(db, sql, e);
}

char *
db_text(struct sqlite3_stmt *stmt, int column)
{
	const char *text = (const char *)sqlite3_column_text(stmt, column);
	return text ? xstrndup(text, (size_t)sqlite3_column_bytes(stmt, column)) : NULL;
}

int
db_hold(struct db *db, struct err *e)
{
	int64_t count;
	if (db_begin_read(db, e) != 0)
		return -1;
	if (db_int(db, &count, e, "SELECT count(*) FROM sqlite_schema", "") > 0)
		return 0;
	db_rollback(db);
	return -1;
}

int
db_checkpoint(struct db *db, bool shorten, struct db_log *log, struct err *e)
{
	int mode = shorten ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
	int pages = 0, copied = 0;
	int rc = sqlite3_wal_checkpoint_v2(db->handle, NULL, mode, &pages, &copied);
	*log = (struct db_log){pages < 0 ? 0 : pages, copied < 0 ? 0 : copied};
	return rc == SQLITE_OK || (rc & 0xff) == SQLITE_BUSY ? 0 : db_error(db, e);
}

int
db_sync(struct db *db, struct err *e)
{
	sqlite3_file *file = NULL;
	sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_FILE_POINTER, &file);
	if (file && file->pMethods &&
		file->pMethods->xSync(file, SQLITE_SYNC_NORMAL) == SQLITE_OK)
		return 0;
	return err_set(e, 503, "storage.io",
		"The database could not be brought to disk.");
}

static int
copy_all(struct db *db, struct db *to, struct err *e)
{
	sqlite3_backup *copy =
		sqlite3_backup_init(to->handle, "main", db->handle, "main");
	if (copy)
		sqlite3_backup_step(copy, -1);
	return copy && sqlite3_backup_finish(copy) == SQLITE_OK ? 0 : db_error(to, e);
}

/* The new file gets no log of changes, which nobody would copy into it. */
int
db_copy(struct db *db, const char *dir, const char *name, struct err *e)
{
	struct db to = {0};
	char *path = path_join(dir, name);
	create_private(path);
	int rc = sqlite3_open_v2(path, &to.handle,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL);
	rc = rc == SQLITE_OK ? copy_all(db, &to, e) : db_error(&to, e);
	sqlite3_close(to.handle);
	free(path);
	return rc;
}

int
db_check(struct db *db, struct err *e)
{
	sqlite3_stmt *stmt = db_query(db, "PRAGMA quick_check(1)", "");
	int rc = db_step(db, stmt, e);
	const char *words = rc > 0 ? (const char *)sqlite3_column_text(stmt, 0) : NULL;
	if (words && strcmp(words, "ok") != 0)
		rc = err_set(e, 500, "db.damaged", "The database is damaged: %s.", words);
	db_done(stmt);
	return rc < 0 ? -1 : 0;
}
