/*
 * runner/checkpoint against writers that keep a sum: several processes write to one
 * database while another makes checkpoints as fast as it can and is killed now and then.
 * All are stopped again and again, and what a crash would leave at that moment is
 * examined. CHECKPOINT_SECONDS says how long (3).
 */
#include "config.h"

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/db.h"
#include "lib/log.h"
#include "lib/path.h"
#include "runner/checkpoint.h"
#include "t/unit/databases.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { WRITERS = 4, CELLS = 400, LONGEST = 3000, TURN_US = 10000 };

static const char name[] = "state.db";
static const struct log quiet = {"test", LOG_LEVEL_ERROR};
static const struct checkpoint_limits eager = {
	.tick_ms = 1,
	.small = 4 << 10,
	.large = 16 << 10,
	.begin = 128 << 10,
	.hold = 2 << 20,
	.cap = 128 << 20, /* a fifth of what is written */
};

static const char schema[] =
	"CREATE TABLE cell (writer INTEGER, place INTEGER, value BLOB, number INTEGER,"
	" PRIMARY KEY (writer, place));"
	"CREATE TABLE total (writer INTEGER PRIMARY KEY, number INTEGER, count INTEGER,"
	" commits INTEGER)";

struct fixture {
	char dir[32];
	pid_t writers[WRITERS], reader, checkpointer;
};

static void
check(int result, const struct err *e)
{
	if (result >= 0)
		return;
	fprintf(stderr, "%s: %s\n", e->code, e->text);
	abort();
}

static struct db *
open_db(const char *dir, enum db_mode mode)
{
	struct db *db;
	struct err e = {0};
	check(db_open(&db, dir, name, mode, 5000, &e), &e);
	return db;
}

static void
change_cell(struct db *db, int64_t writer, struct err *e)
{
	static const char bytes[LONGEST];
	int64_t place = rand() % CELLS, number = rand(), old = -1;
	check(db_int(db, &old, e, "SELECT number FROM cell WHERE writer=? AND place=?",
		      "ii", writer, place),
		e);
	check(db_exec(db, e, "DELETE FROM cell WHERE writer=? AND place=?", "ii", writer,
		      place),
		e);
	check(db_exec(db, e,
		      "UPDATE total SET number=number-?, count=count-? WHERE writer=?",
		      "iii", old < 0 ? (int64_t)0 : old, (int64_t)(old >= 0), writer),
		e);
	if (rand() % 4 == 0)
		return;
	check(db_exec(db, e,
		      "INSERT INTO cell (writer, place, value, number) VALUES (?,?,?,?)",
		      "iibi", writer, place, bytes, (size_t)(rand() % LONGEST), number),
		e);
	check(db_exec(db, e,
		      "UPDATE total SET number=number+?, count=count+1 WHERE writer=?",
		      "ii", number, writer),
		e);
}

static void
write_on(const char *dir, int writer)
{
	struct db *db = open_db(dir, DB_WRITE);
	struct err e = {0};
	srand((unsigned)getpid());
	for (;;) {
		if (db_begin(db, DB_NORMAL, &e) != 0) {
			if (strcmp(e.code, "db.busy") != 0)
				check(-1, &e);
			continue;
		}
		for (int n = rand() % 6; n >= 0; n--)
			change_cell(db, writer, &e);
		check(db_exec(db, &e, "UPDATE total SET commits=commits+1 WHERE writer=?",
			      "i", (int64_t)writer),
			&e);
		check(db_commit(db, &e), &e);
		if (rand() % 3 == 0)
			usleep((unsigned)(rand() % 2000));
	}
}

/* Everything fits together in every state that anybody can ever see. */
static int64_t
examine(struct db *db)
{
	struct err e = {0};
	int64_t wrong = -1, commits = -1;
	check(db_begin_read(db, &e), &e);
	check(db_int(db, &wrong, &e,
		      "SELECT count(*) FROM total WHERE"
		      " number <> (SELECT ifnull(sum(number), 0) FROM cell"
		      "  WHERE cell.writer=total.writer)"
		      " OR count <> (SELECT count(*) FROM cell"
		      "  WHERE cell.writer=total.writer)",
		      ""),
		&e);
	check(db_int(db, &commits, &e, "SELECT sum(commits) FROM total", ""), &e);
	usleep((unsigned)(rand() % 10000));
	check(db_commit(db, &e), &e);
	assert_int_equal(wrong, 0);
	return commits;
}

static void
read_on(const char *dir)
{
	struct db *db = open_db(dir, DB_READ);
	for (;;)
		examine(db);
}

static void
checkpoint_on(const char *dir)
{
	checkpoint_create(&quiet, dir, &eager);
	for (;;)
		pause();
}

static pid_t
in_child(void (*run)(const char *dir), const char *dir)
{
	pid_t pid = fork();
	if (pid == 0)
		run(dir);
	assert_true(pid > 0);
	return pid;
}

static pid_t
start_writer(const char *dir, int writer)
{
	pid_t pid = fork();
	if (pid == 0)
		write_on(dir, writer);
	assert_true(pid > 0);
	return pid;
}

static void
prepare(const char *dir)
{
	struct db *db = open_db(dir, DB_CREATE);
	struct err e = {0};
	check(db_script(db, schema, &e), &e);
	for (int i = 0; i < WRITERS; i++)
		check(db_exec(db, &e, "INSERT INTO total VALUES (?,0,0,0)", "i",
			      (int64_t)i),
			&e);
	db_close(db);
}

static void
end(pid_t pid)
{
	int status = 0;
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL); /* it had no reason of its own */
}

static void
signal_all(const struct fixture *f, int number)
{
	int status;
	for (int i = 0; i < WRITERS + 2; i++) {
		pid_t pid = i < WRITERS ? f->writers[i]
			: i == WRITERS  ? f->reader
					: f->checkpointer;
		kill(pid, number);
		if (number == SIGSTOP) {
			assert_int_equal(waitpid(pid, &status, WUNTRACED), pid);
			assert_true(WIFSTOPPED(status));
		}
	}
}

static void
copy_file(const char *from, const char *to, const char *suffix)
{
	char *source = xasprintf("%s/%s%s", from, name, suffix);
	char *target = xasprintf("%s/%s%s", to, name, suffix);
	FILE *in = fopen(source, "re"), *out = fopen(target, "we");
	char chunk[65536];
	size_t n;
	while (in && (n = fread(chunk, 1, sizeof chunk, in)) > 0)
		fwrite(chunk, 1, n, out);
	if (in)
		fclose(in);
	fclose(out);
	free(source);
	free(target);
}

static void
remove_all(const char *dir)
{
	static const char *const suffixes[] = {"", "-wal", "-shm"};
	for (size_t i = 0; i < 3; i++) {
		char *path = xasprintf("%s/%s%s", dir, name, suffixes[i]);
		unlink(path);
		free(path);
	}
	rmdir(dir);
}

static void
check_integrity(struct db *db)
{
	struct err e = {0};
	int64_t fine = 0;
	check(db_int(db, &fine, &e,
		      "SELECT count(*) FROM pragma_integrity_check"
		      " WHERE integrity_check='ok'",
		      ""),
		&e);
	assert_int_equal(fine, 1);
}

/* What is there if the machine's programs end now. */
static int64_t
examine_crash(const struct fixture *f)
{
	char dir[] = "/tmp/dispatch-XXXXXX";
	assert_non_null(mkdtemp(dir));
	signal_all(f, SIGSTOP);
	copy_file(f->dir, dir, "");
	copy_file(f->dir, dir, "-wal");
	signal_all(f, SIGCONT);
	struct db *db = open_db(dir, DB_WRITE);
	check_integrity(db);
	int64_t commits = examine(db);
	db_close(db);
	remove_all(dir);
	return commits;
}

static int64_t
seconds(void)
{
	const char *text = getenv("CHECKPOINT_SECONDS");
	return text ? strtol(text, NULL, 10) : 3;
}

static void
nothing_is_lost_beside_checkpoints(void **state)
{
	struct fixture f = {.dir = "/tmp/dispatch-XXXXXX"};
	int64_t until = clock_monotonic() + seconds() * 1000, commits = 0, crashes = 0;
	(void)state;
	assert_non_null(mkdtemp(f.dir));
	prepare(f.dir);
	for (int i = 0; i < WRITERS; i++)
		f.writers[i] = start_writer(f.dir, i);
	f.reader = in_child(read_on, f.dir);
	f.checkpointer = in_child(checkpoint_on, f.dir);
	for (; clock_monotonic() < until; crashes++) {
		usleep(100000);
		int64_t now = examine_crash(&f);
		assert_true(now >= commits);
		commits = now;
		if (crashes % 3 != 2)
			continue;
		end(f.checkpointer);
		f.checkpointer = in_child(checkpoint_on, f.dir);
	}
	for (int i = 0; i < WRITERS; i++)
		end(f.writers[i]);
	end(f.reader);
	end(f.checkpointer);
	struct db *db = open_db(f.dir, DB_WRITE);
	check_integrity(db);
	assert_true(examine(db) >= commits);
	db_close(db);
	char *wal = xasprintf("%s/%s-wal", f.dir, name);
	struct stat st;
	assert_int_equal(stat(wal, &st), 0);
	free(wal);
	print_message("# %lld commits, %lld crashes, %lld KiB of WAL at the end\n",
		(long long)commits, (long long)crashes, (long long)st.st_size >> 10);
	assert_true(st.st_size < eager.cap);
	remove_all(f.dir);
}

static void
a_quiet_log_is_copied_and_cut(void **state)
{
	static const struct checkpoint_limits soon = {.tick_ms = 10,
		.small = 4 << 10,
		.large = 16 << 20,
		.begin = 64 << 20,
		.hold = 64 << 20,
		.cap = 256 << 20};
	char dir[] = "/tmp/dispatch-XXXXXX";
	struct err e = {0};
	struct stat st = {0};
	(void)state;
	assert_non_null(mkdtemp(dir));
	prepare(dir);
	struct db *db = open_db(dir, DB_WRITE);
	for (int i = 0; i < 200; i++)
		change_cell(db, i % WRITERS, &e);
	char *wal = xasprintf("%s/%s-wal", dir, name);
	assert_int_equal(stat(wal, &st), 0);
	assert_true(st.st_size > 100000);
	struct checkpoint *c = checkpoint_create(&quiet, dir, &soon);
	for (int i = 0; i < 500 && st.st_size > 0; i++) {
		usleep(10000);
		assert_int_equal(stat(wal, &st), 0);
	}
	assert_int_equal(st.st_size, 0);
	checkpoint_destroy(c);
	examine(db);
	db_close(db);
	free(wal);
	remove_all(dir);
}

/* ---- a writer without a pause, as the recorder is during a flood ---- */

static void
spin(const char *dir)
{
	(void)dir;
	for (;;)
		;
}

static struct db *
open_events(const char *dir, enum db_mode mode)
{
	struct db *db;
	struct err e = {0};
	check(db_open(&db, dir, "events.db", mode, 0, &e), &e);
	return db;
}

static int64_t
events_log_size(const char *dir)
{
	char *path = path_join(dir, "events.db-wal");
	struct stat st = {0};
	stat(path, &st);
	free(path);
	return st.st_size;
}

/* One turn, without any time between it and the next; it has the lock most of the time.
 */
static void
take_turn(struct db *db, const struct checkpoint *c)
{
	static const char bytes[128 << 10];
	struct err e = {0};
	if (checkpoint_wants_lock(c) || db_begin(db, DB_NORMAL, &e) != 0) {
		usleep(2000);
		return;
	}
	check(db_exec(db, &e, "INSERT OR REPLACE INTO piece VALUES (1, ?)", "b", bytes,
		      sizeof bytes),
		&e);
	usleep(TURN_US);
	check(db_commit(db, &e), &e);
}

static const struct checkpoint_limits tight = {
	.tick_ms = 20,
	.small = 4 << 10,
	.large = 64 << 10,
	.begin = 1 << 20,
	.hold = 2 << 20,
	.cap = 1 << 30,
};

static struct db *
prepare_events(const char *dir)
{
	struct err e = {0};
	struct db *db = open_events(dir, DB_CREATE);
	check(db_script(db, "CREATE TABLE piece (id INTEGER PRIMARY KEY, bytes BLOB)",
		      &e),
		&e);
	db_close(db);
	return open_events(dir, DB_WRITE);
}

static void
a_flood_does_not_let_the_log_grow(void **state)
{
	char dir[] = "/tmp/dispatch-XXXXXX";
	(void)state;
	assert_non_null(mkdtemp(dir));
	struct db *db = prepare_events(dir);
	pid_t others[] = {in_child(spin, dir), in_child(spin, dir)};
	struct checkpoint *c = checkpoint_create(&quiet, dir, &tight);
	int64_t until = clock_monotonic() + 3000, count = 0;
	for (; clock_monotonic() < until; count++)
		take_turn(db, c);
	int64_t size = events_log_size(dir);
	checkpoint_destroy(c);
	end(others[0]);
	end(others[1]);
	db_close(db);
	remove_databases(dir);
	print_message("# %lld turns, %lld KiB of WAL\n", (long long)count,
		(long long)size >> 10);
	assert_true(size < 3 * tight.hold);
}

/* Who has the lock and keeps it does not stop those who ask whether to rest. */
static void
a_wish_is_not_told_for_long(void **state)
{
	char dir[] = "/tmp/dispatch-XXXXXX";
	struct err e = {0};
	int wished = 0, looks = 1000;
	(void)state;
	assert_non_null(mkdtemp(dir));
	struct db *db = prepare_events(dir), *other = open_events(dir, DB_WRITE);
	check(db_exec(db, &e, "INSERT INTO piece VALUES (1, zeroblob(?))", "i",
		      2 * tight.hold),
		&e);
	check(db_begin(other, DB_NORMAL, &e), &e);
	struct checkpoint *c = checkpoint_create(&quiet, dir, &tight);
	for (int i = 0; i < looks; i++) {
		wished += checkpoint_wants_lock(c);
		usleep(1000);
	}
	db_rollback(other);
	checkpoint_destroy(c);
	db_close(db);
	db_close(other);
	remove_databases(dir);
	print_message("# %d of %d times\n", wished, looks);
	assert_in_range(wished, 1, looks / 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost_beside_checkpoints),
		cmocka_unit_test(a_quiet_log_is_copied_and_cut),
		cmocka_unit_test(a_flood_does_not_let_the_log_grow),
		cmocka_unit_test(a_wish_is_not_told_for_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
