/* The Linux-only calls of `dispatch`. */
#ifndef DISPATCH_CLI_OS_LINUX_H
#define DISPATCH_CLI_OS_LINUX_H

#include <sys/types.h>

/*
 * Called in a fresh child: lets it get the signal when `parent`, its parent, ends in
 * whatever way, so that a killed `dispatch serve` leaves no servers behind. Holds across
 * exec, but not for the child's own children. Returns -1 when the parent is gone already.
 */
int os_end_with_parent(pid_t parent, int signal_number);

#endif
