/*
 * A growing byte buffer, and allocation that cannot fail: out of memory aborts the
 * program, which then starts again from its databases.
 */
#ifndef DISPATCH_LIB_BUF_H
#define DISPATCH_LIB_BUF_H

#include <stdarg.h>
#include <stddef.h>

struct buf {
	char *data;  /* NULL while nothing was added; else NUL-terminated at data[len] */
	size_t len;  /* bytes in use, without the NUL */
	size_t size; /* bytes allocated */
};

#define BUF_INIT ((struct buf){0})

/* Appends; `bytes` may be NULL when len is 0. */
void buf_add(struct buf *b, const void *bytes, size_t len);
void buf_str(struct buf *b, const char *text);
void buf_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Makes room for `more` bytes and returns where they go; the caller adds to b->len. */
char *buf_room(struct buf *b, size_t more);

/* Empties the buffer and keeps its memory. */
void buf_clear(struct buf *b);

/* Frees the memory; the struct is BUF_INIT again. Legal on an empty one. */
void buf_free(struct buf *b);

/* Gives the bytes away (NUL-terminated, never NULL; the caller frees) and leaves
 * BUF_INIT. */
char *buf_take(struct buf *b);

/* malloc(), zeroed, and friends; never NULL. xstrdup(NULL) is NULL. */
void *xcalloc(size_t count, size_t size);
void *xrealloc(void *p, size_t size);
char *xstrdup(const char *text);
char *xstrndup(const char *text, size_t len);
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
