/* The Linux-only calls of `dispatch`. */
#ifndef DISPATCH_CLI_OS_LINUX_H
#define DISPATCH_CLI_OS_LINUX_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

/*
 * Called in a fresh child: lets it get the signal when `parent`, its parent, ends in
 * whatever way, so that a killed `dispatch serve` leaves no servers behind. Holds across
 * exec, but not for the child's own children. Returns -1 when the parent is gone already.
 */
int os_end_with_parent(pid_t parent, int signal_number);

/* Whether we were started by a process, or by its children, that has this among its
 * words. */
bool os_started_by(const char *word);

/* A descriptor that is readable when one of these signals, which are blocked from now on,
 * has come. -1 when there is none to be had. */
int os_signals(const sigset_t *signals);

/* The next of them; 0: there is none. */
int os_next_signal(int fd);

/*
 * Kills all processes whose descriptor `held` is this file, and waits for their end. A
 * pid is somebody else's a moment later; an open file is not. Processes that we may not
 * look into are left alone. Returns how many were killed.
 */
int os_kill_holders(int file, int held);

#endif
