/* The last line that a session has printed, as plain text for the list of sessions. */
#ifndef DISPATCH_RUNNER_PREVIEW_H
#define DISPATCH_RUNNER_PREVIEW_H

#include <stddef.h>

enum { PREVIEW_SIZE = 161 };

/*
 * Puts the last line with something printable in the bytes into `line`, without escape
 * sequences and control characters, cut at the end of a character. It is an
 * approximation: it knows nothing of the screen.
 */
void preview_line(const char *bytes, size_t len, char line[PREVIEW_SIZE]);

#endif
