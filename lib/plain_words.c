/* See plain_words.h. */
#include "config.h"

#include "lib/plain_words.h"

#include <string.h>

struct text {
	const char *at;
	size_t left;
};

/* The bytes of an escape sequence that begins here (ECMA-48); 0: none does. */
static size_t
escape_at(const struct text *r)
{
	size_t n = 2;
	if (r->left < 2 || r->at[0] != '\033')
		return 0;
	if (r->at[1] != '[')
		return n;
	while (n < r->left && (r->at[n] < 0x40 || r->at[n] == 0x7f))
		n++;
	return n < r->left ? n + 1 : n;
}

/* Behind "://": how far the secret in "user:secret@host" goes, and where it begins; 0:
 * there is none. */
static size_t
secret_at(const struct text *r, size_t *begin)
{
	size_t colon = 0;
	for (size_t i = 0; i < r->left; i++) {
		char c = r->at[i];
		if (c == '@' && colon) {
			*begin = colon;
			return i;
		}
		if (c == ':' && !colon && i > 0)
			colon = i;
		if (c == '/' || c == ' ' || c == '\'' || c == '"' || c == '@')
			return 0;
	}
	return 0;
}

void
plain_words(struct buf *b, const char *line, size_t len)
{
	struct text r = {line, len};
	size_t n, begin, from = b->len;
	while (r.left) {
		if ((n = escape_at(&r))) {
			r.at += n, r.left -= n;
		} else if (r.left >= 3 && memcmp(r.at, "://", 3) == 0) {
			buf_str(b, "://");
			r.at += 3, r.left -= 3;
			if ((n = secret_at(&r, &begin)))
				buf_add(b, r.at, begin), r.at += n, r.left -= n;
		} else {
			if (*r.at == '\t' || (unsigned char)*r.at >= ' ')
				buf_char(b, *r.at);
			r.at++, r.left--;
		}
	}
	while (b->len > from && b->data[b->len - 1] == ' ')
		b->data[--b->len] = '\0';
}
