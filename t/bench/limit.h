/*
 * The physical limits: a bare pty with nothing behind it, a bare pty into SQLite, and
 * bytes that one process hands to many connections.
 */
#ifndef DISPATCH_BENCH_LIMIT_H
#define DISPATCH_BENCH_LIMIT_H

#include <stddef.h>
#include <sys/types.h>

/* A shell command on a pty of its own. */
struct bare {
	pid_t pid;
	int master;
};

void bare_start(struct bare *b, const char *command);
void bare_stop(struct bare *b);

/* Waits for the line that a program says when it is ready. */
void bare_ready(struct bare *b);

/* Types a key and waits for its echo. Returns microseconds. */
double bare_key(struct bare *b);

/* Runs the command and reads `len` bytes of it; into SQLite at `path` (one commit for
 * each piece of at most 32 KiB) when that is not NULL. Returns microseconds; *cpu, when
 * not NULL, is what it took of this process in seconds. */
double bare_text(const char *command, size_t len, const char *path, double *cpu);

/* A process that reads from the pty and writes what it reads to `count` connections,
 * whose other ends are put into fds. */
pid_t bare_fan_out(struct bare *b, int *fds, int count);

#endif
