/*
 * Telling the runner that there is something to do: datagrams to DIR/run/wake.sock. One
 * that is lost costs a little time (the runner looks by itself a few times a second), so
 * nothing here reports errors or waits.
 */
#ifndef DISPATCH_LIB_WAKE_H
#define DISPATCH_LIB_WAKE_H

#include <stdbool.h>
#include <stdint.h>

struct wake {
	int fd; /* a socket to send from; -1: there is none to be had, and nothing is sent
	         */
	char *path; /* the runner's */
};

/* Fills *wake for the runner of the state directory; wake_close() it. */
void wake_open(struct wake *wake, const char *dir);
void wake_close(struct wake *wake);

/* There are new commands: "W". */
void wake_commands(const struct wake *wake);

/* Something was ordered of a tunnel: "T". */
void wake_tunnels(const struct wake *wake);

/* The viewer of a stream has shown its first n messages: "A <stream> <user> <n>". False
 * when the runner has no room for it: an acknowledgement that is lost may be the last one
 * of a full window, and nothing would come any more. */
bool wake_ack(const struct wake *wake, const char *stream, const char *user, int64_t n);

/* A workspace of the user was "created", "changed" or "deleted":
 * "S <user> <workspace> <type>". */
void wake_workspace(const struct wake *wake, const char *user, const char *workspace,
	const char *type);

/* A directory that a stream watches; see runner/watches.h. */
struct wake_watch {
	const char *stream, *user, *workspace, *set; /* ids */
	int index, count;
	const char *path; /* path text */
	int directory;    /* -1: there is none */
};

/* "F <stream> <user> <workspace> <set> <index> <count> <path>", with the directory's
 * descriptor. 0, or -1 when the runner does not take it within two seconds. */
int wake_watch(const struct wake *wake, const struct wake_watch *watch);

/* True when a runner listens. */
bool wake_alive(const struct wake *wake);

#endif
