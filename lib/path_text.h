/*
 * File names as text. A file name is bytes; JSON and addresses carry characters. The path
 * text of a name is the name itself where that is UTF-8 without controls. Each byte that
 * is not part of valid UTF-8, each control (below 0x20, and 0x7f), and each byte of a
 * character from U+EF00 to U+EFFF that is really there, is written as the character
 * U+EF00 + byte.
 *
 * So every name has exactly one path text, every path text is valid UTF-8 without NUL
 * and controls, and nothing is lost on the way there and back.
 */
#ifndef DISPATCH_LIB_PATH_TEXT_H
#define DISPATCH_LIB_PATH_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"

enum {
	PATH_TEXT_BYTES = 4096,   /* most bytes of a path, without its NUL */
	PATH_TEXT_SEGMENT = 255,  /* most bytes of a name in it */
	PATH_TEXT_MAX = 3 * 4096, /* most bytes of a path's text */
};

/* Appends the path text of `len` bytes. */
void path_text_add(struct buf *out, const char *bytes, size_t len);

/* The path text of a path; the caller frees. */
char *path_text(const char *path);

/* Appends the path text of a path as a JSON string. */
void path_text_json(struct buf *out, const char *path);

/* The bytes that a path text stands for (NUL-terminated; the caller frees), or NULL when
 * it is the path text of nothing: not UTF-8, or written otherwise than it has to be. */
char *path_text_bytes(const char *text, size_t len);

/*
 * The bytes of a path beneath a directory, given as path text: relative, "" (also written
 * ".") for the directory itself, no empty, "." or ".." segment. The caller frees. NULL
 * with an error (400 "request.invalid", naming the field) for anything else.
 */
char *path_text_relative(const char *text, size_t len, const char *field, struct err *e);

/* True when the bytes are such a path; "" is one. */
bool path_is_relative(const char *path);

#endif
