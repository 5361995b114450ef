/* See git_text.h. */
#include "config.h"

#include "fcgi/git_text.h"

#include "lib/json.h"
#include "lib/path_text.h"

#include <string.h>

enum { DIGITS_MAX = 15 };

bool
git_text_skip(struct git_text *t, const char *word)
{
	size_t n = strlen(word);
	if (t->left < n || (n && memcmp(t->at, word, n) != 0))
		return false;
	t->at += n;
	t->left -= n;
	return true;
}

bool
git_text_until(struct git_text *t, char end, struct git_text *word)
{
	const char *stop = t->left ? memchr(t->at, end, t->left) : NULL;
	if (!stop)
		return false;
	*word = GIT_TEXT(t->at, (size_t)(stop - t->at));
	t->at += word->left + 1;
	t->left -= word->left + 1;
	return true;
}

bool
git_text_number(struct git_text *t, int64_t *n)
{
	size_t digits = 0;
	int64_t value = 0;
	while (digits < t->left && digits < DIGITS_MAX && t->at[digits] >= '0' &&
		t->at[digits] <= '9')
		value = value * 10 + (t->at[digits++] - '0');
	t->at += digits;
	t->left -= digits;
	if (digits)
		*n = value;
	return digits > 0;
}

bool
git_text_is(const struct git_text *t, const char *word)
{
	return t->left == strlen(word) && memcmp(t->at, word, t->left) == 0;
}

bool
git_text_is_hash(const struct git_text *t)
{
	if (t->left != 40 && t->left != 64)
		return false;
	for (size_t i = 0; i < t->left; i++)
		if (!memchr("0123456789abcdef", t->at[i], 16))
			return false;
	return true;
}

void
git_text_put_name(struct buf *b, const char *key, const struct git_text *t)
{
	struct buf name = BUF_INIT;
	path_text_add(&name, t->at, t->left);
	json_key(b, key);
	json_string_n(b, name.data ? name.data : "", name.len);
	buf_free(&name);
}

void
git_text_put(struct buf *b, const char *key, const struct git_text *t)
{
	json_key(b, key);
	if (t->left)
		json_string_n(b, t->at, t->left);
	else
		json_null(b);
}
