/* What the handlers of sessions share: finding one, asking the runner for something, and
 * waiting until it has done so. */
#ifndef DISPATCH_FCGI_OWNED_H
#define DISPATCH_FCGI_OWNED_H

#include "fcgi/route.h"
#include "lib/store/session.h"

/* The session named by the first parameter, when it belongs to who asks; session_clear()
 * it afterwards. Error: 404 "session.unknown". */
int owned_find(struct call *c, struct session *s, struct err *e);

/* Whether that session is there and has not ended. Error besides: 409 "session.ended". */
int owned_live(struct call *c, struct err *e);

/* The same for a session of this kind. Error besides: 409 "session.kind". */
int owned_live_kind(struct call *c, const char *kind, struct err *e);

/* The same, and tells of it what an input has to know. */
int owned_live_brief(struct call *c, const char *kind, struct session_brief *brief,
	struct err *e);

/* Whether the person may have one more running session. Error: 409 "session.limit". */
int owned_room(struct call *c, struct err *e);

/* Stores a command about the session (JSON: NULL is {}) and wakes the runner. Returns the
 * command's id, or -1. */
int64_t owned_command(struct call *c, const char *session, const char *kind,
	const char *json, struct err *e);

/* Stores an operation on the session that owned_live_kind() has found, as `id` (a UUID of
 * the sender's): once, however often it is sent. Wakes the runner. */
int owned_op(struct call *c, const char *id, const struct buf *body, struct err *e);

/*
 * Reads the session again and again until ready(s, command) or for `ms` milliseconds, as
 * await() does. ready() is given NULL while there is no such session. Returns 1 when it
 * is ready, 0 when time was up, -1 on error; *s is as last seen, zeroed when it is not
 * there.
 */
struct wait {
	const char *session;
	int64_t command;
	int ms;
	bool (*ready)(const struct session *s, int64_t command);
};
int owned_wait(struct call *c, const struct wait *wait, struct session *s, struct err *e);

/* Ready when the runner has handled the command, or the session is gone. */
bool owned_applied(const struct session *s, int64_t command);

/* The status that fits a session's error code. */
int owned_error_status(const char *code);

#endif
