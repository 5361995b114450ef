/*
 * A web server of our own beside Dispatch's, configured as that one is: nginx with one
 * worker. It answers a static file, which is the limit for answers over HTTP, and passes
 * ttyd on, where that is installed.
 */
#ifndef DISPATCH_BENCH_FRONT_H
#define DISPATCH_BENCH_FRONT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct front {
	char *folder;
	int port;
	pid_t nginx;
	pid_t ttyd; /* 0: not installed */
};

/* Starts it in a new folder. `programs`: the shell script that ttyd runs with the word of
 * a connection as its argument. */
void front_start(struct front *f, const char *folder, const char *programs);
void front_stop(struct front *f);

/* Writes the static file, of `len` bytes. */
void front_file(const struct front *f, size_t len);

/* A connection on which that file was asked for. */
int front_ask(const struct front *f);

/* Gets the file over a new connection. Returns microseconds. */
double front_fetch(const struct front *f, size_t len);

/* CPU seconds of nginx and ttyd so far, and their peak memory in kilobytes. */
double front_cpu(const struct front *f);
double front_peak(const struct front *f);

/* ---- ttyd, through nginx ---- */

struct peer {
	int fd;
	char *in; /* what was read; PEER_BYTES */
	size_t len, used;
};

/* Connects, and has the word's program run. */
void peer_open(struct peer *p, const struct front *f, const char *word);
void peer_close(struct peer *p);

/* Reads output. Returns how many bytes of it came: the rest of what was read stays. */
size_t peer_output(struct peer *p);

/* Waits for the line that a program says when it is ready. */
void peer_ready(struct peer *p);

/* Types a key and waits for its echo. Returns microseconds. */
double peer_key(struct peer *p);

#endif
