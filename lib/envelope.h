/*
 * What the outside sees of a run session, of a session event and of an error: the same
 * JSON in REST answers and from the stream.
 */
#ifndef DISPATCH_LIB_ENVELOPE_H
#define DISPATCH_LIB_ENVELOPE_H

#include <stdbool.h>

#include "lib/buf.h"
#include "lib/err.h"

struct event;
struct permission;
struct session;
struct snapshot;

/* What every answer of the API tells browsers, beside its policy: kept by nobody, taken
 * for nothing else, of no use to other sites, and passed on to none. NULL name at the
 * end. */
struct envelope_header {
	const char *name, *value;
};
extern const struct envelope_header envelope_headers[];

/* Of an answer that is no page; and of a file of somebody's, which may look like one. */
#define ENVELOPE_POLICY "default-src 'none'; frame-ancestors 'none'"
#define ENVELOPE_FILE_POLICY ENVELOPE_POLICY "; sandbox"

/* Appends the session as a JSON object. */
void envelope_session(struct buf *b, const struct session *s);

/* Appends {"session","seq","ts","channel","type", "bytes" | "data"}. */
void envelope_event(struct buf *b, const char *session_id, const struct event *ev);

/* Appends a permission request as a JSON object: what was asked, and how it was answered.
 */
void envelope_permission(struct buf *b, const struct permission *p);

/* Appends
 * {"session","seq","ts","cols","rows","run","owner","output","scrollback","bytes"}: bytes
 * that bring any terminal into the state of the snapshot, with the lines above the screen
 * or without. */
void envelope_snapshot(struct buf *b, const char *session_id, const struct snapshot *s,
	bool scrollback);

/* "KILL" for 9 and so on (without "SIG"); NULL for 0, "RTMIN+1" style is "34". */
const char *envelope_signal(int number, char text[8]);

/* "Not Found" and so on, for the statuses that we answer with. */
const char *envelope_reason(int status);

/* Appends an error in the one shape that errors have (RFC 9457). `extra`: members to add,
 * without braces (`"expect":3`), or NULL. */
void envelope_problem(struct buf *b, const struct err *e, const struct buf *extra);

#endif
