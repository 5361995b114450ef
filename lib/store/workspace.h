/*
 * Workspaces: directories in which a person works. Table workspace of state.db. Each call
 * that names an owner sees that person's alone.
 */
#ifndef DISPATCH_LIB_STORE_WORKSPACE_H
#define DISPATCH_LIB_STORE_WORKSPACE_H

#include <stdint.h>

#include "lib/crypt.h"
#include "lib/err.h"

struct db;

enum { WORKSPACE_NAME_MAX = 64 }; /* characters */

struct workspace {
	char id[ID_SIZE];
	char owner[ID_SIZE];
	char *name;
	char *path;  /* absolute, without links, no slash at its end but for "/" */
	char *theme; /* NULL: none was chosen */
	char *defaults_json; /* an object */
	int64_t position;
	int64_t archived_at; /* 0: it is not */
	int64_t created_at, updated_at;
};

/* Frees what the fields own and zeroes the struct. Legal on a zeroed one. */
void workspace_clear(struct workspace *w);

/* Fill *w (clear it afterwards). 1: found; 0: none; -1: error. By id; by its very path;
 * the innermost one that holds a path. */
int workspace_find(struct db *state, const char *owner, const char *id,
	struct workspace *w, struct err *e);
int workspace_at(struct db *state, const char *owner, const char *path,
	struct workspace *w, struct err *e);
int workspace_holding(struct db *state, const char *owner, const char *path,
	struct workspace *w, struct err *e);

/* 1 when anybody has a workspace with this id; 0; -1: error. */
int workspace_exists(struct db *state, const char *id, struct err *e);

/* Calls each(arg, w) in their order; *w is lent. Returns 0, or -1. */
int workspace_each(struct db *state, const char *owner,
	int (*each)(void *arg, const struct workspace *w, struct err *e), void *arg,
	struct err *e);

/* Appends a row behind the owner's others, in the caller's transaction; sets position. */
int workspace_insert(struct db *state, struct workspace *w, struct err *e);

/* Writes name, theme, defaults, position and archived_at. */
int workspace_update(struct db *state, const struct workspace *w, struct err *e);

/* Forgets it and its variables; the directory stays as it is. */
int workspace_delete(struct db *state, const char *owner, const char *id, struct err *e);

#endif
