/*
 * What the outside sees of a run session and of a session event: the same JSON in REST
 * answers and in the stream.
 */
#ifndef DISPATCH_LIB_ENVELOPE_H
#define DISPATCH_LIB_ENVELOPE_H

#include "lib/buf.h"

struct event;
struct session;

/* Appends the session as a JSON object. */
void envelope_session(struct buf *b, const struct session *s);

/* Appends {"session","seq","ts","channel","type", "bytes" | "data"}. */
void envelope_event(struct buf *b, const char *session_id, const struct event *ev);

/* "KILL" for 9 and so on (without "SIG"); NULL for 0, "RTMIN+1" style is "34". */
const char *envelope_signal(int number, char text[8]);

#endif
