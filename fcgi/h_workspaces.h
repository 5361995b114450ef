/* The handlers of workspaces; see handlers.h. Wherever one is named, it is the first
 * parameter. */
#ifndef DISPATCH_FCGI_H_WORKSPACES_H
#define DISPATCH_FCGI_H_WORKSPACES_H

#include "fcgi/route.h"
#include "lib/store/workspace.h"

enum { WORKSPACE_ID, WORKSPACE_PARAMS };
enum { NEW_PATH, NEW_NAME, NEW_CREATE, NEW_CLONE, NEW_PARAMS };
enum {
	CHANGE_NAME = WORKSPACE_PARAMS,
	CHANGE_ARCHIVED,
	CHANGE_THEME,
	CHANGE_DEFAULTS,
	CHANGE_POSITION,
	CHANGE_PARAMS
};
enum { ENV_VARIABLES = WORKSPACE_PARAMS, ENV_PARAMS };
enum { OWN_VARIABLES, OWN_PARAMS };
enum { DIRECTORIES_PATH, DIRECTORIES_PARAMS };

int h_workspace_list(struct call *c, struct err *e);
int h_workspace_create(struct call *c, struct err *e);
int h_workspace_get(struct call *c, struct err *e);
int h_workspace_change(struct call *c, struct err *e);
int h_workspace_delete(struct call *c, struct err *e);

/* h_variables.c */
int h_workspace_env(struct call *c, struct err *e);
int h_workspace_env_put(struct call *c, struct err *e);
int h_env(struct call *c, struct err *e);
int h_env_put(struct call *c, struct err *e);

/* h_directories.c */
int h_directories(struct call *c, struct err *e);

/* The workspace that the first parameter names, which becomes the call's subject;
 * workspace_clear() it afterwards. Error: 404 "workspace.unknown". */
int workspace_named(struct call *c, struct workspace *w, struct err *e);

/*
 * The workspace with this id, for whoever goes on to its files. workspace_clear() it
 * afterwards. Errors: 404 "workspace.unknown", and those of workspace_dir_check(): what
 * it was beneath may not be allowed any more.
 */
int workspace_use(struct call *c, const char *id, struct workspace *w, struct err *e);

/*
 * The workspace of a new session: the one that is named (NULL: none is), else the
 * innermost that holds the directory (path as a person names it; NULL: home), else the
 * person's home, which becomes a workspace by that; a zeroed one when not even that may
 * be one. workspace_clear() it afterwards. Errors: those of workspace_use().
 */
int workspace_of(struct call *c, const char *named, const char *directory,
	struct workspace *w, struct err *e);

/* Makes the directory (absolute, without links) a workspace with this name (NULL: its
 * own). 0: it is one now; 1: it was one, which is in *w; -1: error. workspace_clear() it
 * afterwards. */
int workspace_add(struct call *c, const char *path, const char *name, struct workspace *w,
	struct err *e);

/* Forgets it, and tells the pages. */
int workspace_forget(struct call *c, const char *id, struct err *e);

/* 409 "workspace.busy" while a job runs in it. */
int workspace_check_jobs(struct call *c, const char *id, struct err *e);

/* Makes a workspace of a repository that is cloned for it: h_clone.c. */
int workspace_clone(struct call *c, struct err *e);

/* Its directory is gone: it goes out of sight. */
int workspace_archive(struct call *c, struct workspace *w, struct err *e);

/* Appends it to the response, as its routes tell it. */
int workspace_put(struct call *c, const struct workspace *w, struct err *e);

#endif
