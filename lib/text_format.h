/*
 * How the text of a file is written: its encoding, byte-order mark and line ends. A
 * person edits UTF-8 with line feeds; what they did not change comes out byte for byte
 * as it was.
 */
#ifndef DISPATCH_LIB_TEXT_FORMAT_H
#define DISPATCH_LIB_TEXT_FORMAT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"

enum text_encoding {
	TEXT_UTF8,
	TEXT_UTF16LE,
	TEXT_UTF16BE,
	TEXT_LATIN1, /* ISO 8859-1, also with C1 controls: each byte is the character */
};

enum line_end { LINE_END_LF, LINE_END_CRLF, LINE_END_CR, LINE_END_MIXED };

struct text_format {
	enum text_encoding encoding;
	bool bom;
	enum line_end line_end;
};

/* "utf-8", "utf-16le", "utf-16be", "latin1"; "lf", "crlf", "cr", "mixed"; NULL at the end
 * of the list. The index is the enum. */
extern const char *const text_encodings[];
extern const char *const line_ends[];

/* Which the bytes have. False: they are no text, or none that would come out again as it
 * was. UTF-16 is told by its byte-order mark; what is not UTF-8 is Latin-1 as long as it
 * has no NUL and hardly any controls. */
bool text_format_detect(const char *bytes, size_t len, struct text_format *format);

/* Appends the text in UTF-8, all line ends as line feeds, without the byte-order mark. */
void text_format_decode(struct buf *out, const char *bytes, size_t len,
	const struct text_format *format);

/*
 * Appends the bytes of a UTF-8 text. Line feeds become the format's line ends; where
 * these are mixed, a text with carriage returns has its own; else lines that were in
 * `old` (bytes in the same encoding; NULL: none) keep theirs, and new ones get that of
 * the line before. Error: 422 "editor.encoding", for a character that the encoding does
 * not have.
 */
int text_format_encode(struct buf *out, const char *text, size_t len,
	const struct text_format *format, const char *old, size_t old_len, struct err *e);

#endif
