/* Reading what git writes: small steps through a text, none of which leaves it. */
#ifndef DISPATCH_FCGI_GIT_TEXT_H
#define DISPATCH_FCGI_GIT_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

/* What is left of it. */
struct git_text {
	const char *at;
	size_t left;
};

#define GIT_TEXT(bytes, len) ((struct git_text){(bytes), (len)})

/* Takes the word when it stands there. */
bool git_text_skip(struct git_text *t, const char *word);

/* Takes everything up to `end`, and that too; false (and nothing taken) when there is
 * none. */
bool git_text_until(struct git_text *t, char end, struct git_text *word);

/* Takes a number of 1 to 15 digits. */
bool git_text_number(struct git_text *t, int64_t *n);

/* Whether it is exactly the word. */
bool git_text_is(const struct git_text *t, const char *word);

/* Whether it is the name of an object: 40 or 64 hexadecimal digits. */
bool git_text_is_hash(const struct git_text *t);

/* Appends a member: a name of any bytes as path text; a text as it is; null when it is
 * empty. */
void git_text_put_name(struct buf *b, const char *key, const struct git_text *t);
void git_text_put(struct buf *b, const char *key, const struct git_text *t);

#endif
