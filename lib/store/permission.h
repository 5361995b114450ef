/*
 * What programs ask permission for: table permission_request of events.db. Written by the
 * runner only.
 */
#ifndef DISPATCH_LIB_STORE_PERMISSION_H
#define DISPATCH_LIB_STORE_PERMISSION_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/crypt.h"
#include "lib/err.h"

struct db;

struct permission {
	char id[ID_SIZE];
	int64_t session;          /* run_session.number */
	char session_id[ID_SIZE]; /* run_session.id; read, never written */
	char *request, *tool, *title, *input_json;
	char input_sha256[SHA256_TEXT_SIZE];
	char *suggestions_json;
	bool suppress_always;
	char *reason, *blocked_path, *parent_tool; /* NULL: none */
	char *tool_use_id;
	char *state; /* 'pending', 'answered' or 'withdrawn' */
	int64_t requested_at, answered_at;
	char *answered_by, *decision, *message; /* NULL: none */
	int64_t command;                        /* 0: none */
};

/* Frees what the fields own and zeroes the struct. Legal on a zeroed one. */
void permission_clear(struct permission *p);

/* Makes *to a copy that owns its texts. */
void permission_copy(struct permission *to, const struct permission *from);

/* Adds a pending one, in the caller's transaction. */
int permission_insert(struct db *db, const struct permission *p, struct err *e);

/* Writes state, answered_at, answered_by, decision, message and command, in the caller's
 * transaction. */
int permission_update(struct db *db, const struct permission *p, struct err *e);

/* Fills *p (clear it afterwards), when its session belongs to `owner` (NULL: whoever).
 * 1: found; 0: there is none; -1: error. */
int permission_find(struct db *db, const char *id, const char *owner,
	struct permission *p, struct err *e);

/* What to list: NULL members do not restrict. */
struct permission_filter {
	const char *owner, *session_id, *state;
	int64_t session; /* run_session.number; 0: any */
};

/* Calls each(arg, p) for those asked for, oldest first; *p is lent. Returns 0, or -1. */
int permission_each(struct db *db, const struct permission_filter *filter,
	void (*each)(void *arg, const struct permission *p), void *arg, struct err *e);

#endif
