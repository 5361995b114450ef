/* See limit.h. */
#include "config.h"

#include "t/bench/limit.h"

#include "lib/buf.h"
#include "lib/db.h"
#include "lib/migrate.h"
#include "lib/path.h"
#include "t/bench/keeper.h"
#include "t/bench/measure.h"

#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READ_BYTES = 65536, PIECE_BYTES = 32 * 1024, COLS = 80, ROWS = 24 };

void
bare_start(struct bare *b, const char *command)
{
	const struct winsize size = {.ws_col = COLS, .ws_row = ROWS};
	b->pid = forkpty(&b->master, NULL, NULL, &size);
	if (b->pid < 0)
		fail("cannot make a pty");
	if (b->pid > 0)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

void
bare_stop(struct bare *b)
{
	close(b->master);
	end_process(b->pid);
}

void
bare_ready(struct bare *b)
{
	char byte;
	do
		read_some(b->master, &byte, 1);
	while (byte != '\n');
}

double
bare_key(struct bare *b)
{
	char byte = 'x';
	double began = now_us();
	write_all(b->master, &byte, 1);
	read_some(b->master, &byte, 1);
	return now_us() - began;
}

/* ---- text ---- */

static double
own_cpu(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return (double)u.ru_utime.tv_sec + (double)u.ru_stime.tv_sec +
		(double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

/* A database as every one of ours is, with a table of blobs. */
static struct db *
open_blobs(const char *folder)
{
	struct err e = {0};
	struct db *db;
	if (path_make_dir(folder, &e) != 0 || migrate_apply(folder, NULL, &e) < 0 ||
		db_open(&db, folder, "events.db", DB_WRITE, 0, &e) != 0 ||
		db_script(db, "CREATE TABLE piece (id INTEGER PRIMARY KEY, bytes BLOB)",
			&e) != 0)
		fail("%s", e.text);
	return db;
}

static void
store(struct db *db, const char *bytes, size_t len)
{
	struct err e = {0};
	if (db_begin(db, DB_NORMAL, &e) != 0 ||
		db_exec(db, &e, "INSERT INTO piece (bytes) VALUES (?)", "b", bytes, len) <
			0 ||
		db_commit(db, &e) != 0)
		fail("%s", e.text);
}

/* As much as is there, at least something. */
static size_t
gather(int fd, char *bytes, size_t most)
{
	struct pollfd more = {.fd = fd, .events = POLLIN};
	size_t len = read_some(fd, bytes, most);
	while (len < most && poll(&more, 1, 0) > 0)
		len += read_some(fd, bytes + len, most - len);
	return len;
}

double
bare_text(const char *command, size_t len, const char *path, double *cpu)
{
	static char bytes[READ_BYTES];
	struct db *db = path ? open_blobs(path) : NULL;
	struct bare b;
	size_t done = 0;
	double began = now_us(), before = own_cpu();
	bare_start(&b, command);
	while (done < len) {
		size_t n = db ? gather(b.master, bytes, PIECE_BYTES)
			      : read_some(b.master, bytes, sizeof bytes);
		if (db)
			store(db, bytes, n);
		done += n;
	}
	double took = now_us() - began;
	if (cpu)
		*cpu = own_cpu() - before;
	bare_stop(&b);
	db_close(db);
	if (path)
		remove_folder(path);
	return took;
}

/* ---- many readers ---- */

static void
fan_out(int from, const int *to, int count)
{
	char bytes[4096];
	for (;;) {
		ssize_t n = read(from, bytes, sizeof bytes);
		if (n <= 0)
			_exit(0);
		for (int i = 0; i < count; i++)
			write_all(to[i], bytes, (size_t)n);
	}
}

pid_t
bare_fan_out(struct bare *b, int *fds, int count)
{
	int port, listener = listen_tcp(&port);
	int *ends = xcalloc((size_t)count, sizeof *ends);
	for (int i = 0; i < count; i++) {
		fds[i] = connect_tcp(port);
		ends[i] = accept(listener, NULL, NULL);
		if (ends[i] < 0)
			fail("cannot accept");
	}
	close(listener);
	pid_t pid = fork_bound();
	if (pid == 0)
		fan_out(b->master, ends, count);
	for (int i = 0; i < count; i++)
		close(ends[i]);
	free(ends);
	return pid;
}
