/*
 * What GitHub, or whoever answers in its place, says: read from bytes that nobody vouches
 * for. Texts live as long as the object they are from.
 */
#ifndef DISPATCH_FCGI_GITHUB_ANSWER_H
#define DISPATCH_FCGI_GITHUB_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/err.h"

struct json_object;

/* A JSON object; the caller puts it. */
int github_answer(const char *bytes, size_t len, struct json_object **out, struct err *e);

/* The access token: visible ASCII that can stand in a header; NULL when there is none. */
const char *github_answer_token(struct json_object *answer);

/* Who the token belongs to: a positive id and a name that can be shown; false when the
 * answer does not say so. */
bool github_answer_user(struct json_object *answer, int64_t *id, const char **login);

/* Whether somebody is a member of an organisation, and not only invited. */
bool github_answer_active(struct json_object *answer);

#endif
