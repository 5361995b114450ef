/*
 * Live changes of directories: which viewers watch which, told by inotify, gathered for
 * WATCH_GATHER_MS and sent as system events of the channel `files`. Handlers open the
 * directories, beneath their workspace, and pass the descriptors; no path is resolved
 * here.
 *
 * Bounds: WATCH_DIRECTORIES of one stream and workspace, WATCH_TOTAL in all (the oldest
 * stay, a new one is not watched), WATCH_NAMES told of one directory at a time (more:
 * none, the directory is to be read again). To a viewer that does not keep up nothing is
 * sent until it has; what happened meanwhile is in one event then.
 */
#ifndef DISPATCH_RUNNER_WATCHES_H
#define DISPATCH_RUNNER_WATCHES_H

struct app;
struct watches;

enum {
	WATCH_GATHER_MS = 100,
	WATCH_DIRECTORIES = 256,
	WATCH_TOTAL = 16384,
	WATCH_NAMES = 64,
};

/* One directory of those that a stream watches of a workspace from now on. */
struct watch_order {
	const char *stream, *user, *workspace;
	const char *set;  /* id of the set that this is a part of */
	int index, count; /* of this one, and of all; with the last one, those that were
	                     watched before and are not in the set are given up */
	const char *path; /* path text */
	int directory;    /* a descriptor, lent; -1 when count is 0 */
};

/* Never NULL; where there is no inotify, nothing is ever told. */
struct watches *watches_create(struct app *app);
void watches_destroy(struct watches *watches);

/* Takes one. With the last of a set its stream is told "watching", {workspace, count}. */
void watches_take(struct watches *watches, const struct watch_order *order);

/* The stream has ended. */
void watches_leave(struct watches *watches, const char *stream);

#endif
