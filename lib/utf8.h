/* UTF-8 as in RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef DISPATCH_LIB_UTF8_H
#define DISPATCH_LIB_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decodes the character at s, of `left` > 0 bytes. Returns its length in bytes and sets
 * *c (may be NULL); 0 when it is not UTF-8. */
size_t utf8_decode(const char *s, size_t left, uint32_t *c);

/* How many characters the bytes hold; -1 when they are not UTF-8. */
long utf8_count(const char *s, size_t len);

/* True for C0 and C1 controls, DEL, and the characters that turn the direction of text or
 * end a line or paragraph: what has no place in a name. */
bool utf8_is_control(uint32_t c);

#endif
