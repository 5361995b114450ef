/* What programs write for people, made fit to be shown by us. */
#ifndef DISPATCH_LIB_PLAIN_WORDS_H
#define DISPATCH_LIB_PLAIN_WORDS_H

#include <stddef.h>

#include "lib/buf.h"

/* Appends a line without escape sequences (ECMA-48), controls and blanks at its end, and
 * without the password in a URL. */
void plain_words(struct buf *b, const char *line, size_t len);

#endif
