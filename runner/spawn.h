/*
 * Starting one of our own programs as a child. It is spawned, which costs no copy of our
 * memory, with signals as they are by themselves. Of our descriptors it has those that it
 * is given, and what we have as 0, 1 and 2: all others are close-on-exec.
 */
#ifndef DISPATCH_RUNNER_SPAWN_H
#define DISPATCH_RUNNER_SPAWN_H

#include <sys/types.h>

/*
 * program: its path. argv and env: ended by NULL. fds: `count` descriptors of ours;
 * fds[i] is i there, -1: what we have there. Returns 0, and *pid is to be reaped by the
 * caller; or an errno.
 */
int spawn_program(const char *program, char *const argv[], char *const env[],
	const int fds[], int count, pid_t *pid);

#endif
