/*
 * The control groups of sessions, where there is a tree for them (lib/os_cgroup.h): one
 * for each run of a session, so that what an earlier one left behind, such as a tmux
 * server, is not counted for the next, and goes on.
 */
#ifndef DISPATCH_RUNNER_GROUPS_H
#define DISPATCH_RUNNER_GROUPS_H

#include "lib/err.h"

struct app;
struct run;

/* Never NULL. Where there is no tree the reason is logged, as a warning when a setting
 * asks for one, and told to sessions that need one. Before there are children. */
struct groups *groups_create(struct app *app);
void groups_destroy(struct groups *groups);

/*
 * Makes the group in which the program of a run is to be born, and sets its limits. *path
 * is its directory (the caller frees), or NULL: it goes without one, and nothing asks for
 * one. Errors: 422 "session.limits_unavailable".
 */
int groups_make(struct groups *groups, const struct run *run, char **path, struct err *e);

/* Sets the limits anew: settings and controllers may be others than when it began. */
void groups_renew(struct groups *groups, const struct run *run);

/* A sentence (the caller frees) when the kernel killed something of the run for want of
 * memory, else NULL. */
char *groups_out_of_memory(const struct groups *groups, const struct run *run);

/* Removes the groups in which nothing runs any more. */
void groups_sweep(struct groups *groups);

#endif
