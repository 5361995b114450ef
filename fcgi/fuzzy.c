/*
 * See fuzzy.h. Most paths do not have the characters at all, which a single pass finds
 * out. For the others, row i of a table says for each character of the path the most
 * points with which the first i + 1 characters of the pattern can end exactly there; the
 * best way is found back from the last row.
 */
#include "config.h"

#include "fcgi/fuzzy.h"

#include "lib/buf.h"
#include "lib/utf8.h"

#include <stdlib.h>
#include <string.h>

enum {
	MATCH = 16,
	TOGETHER = 12, /* directly behind the one before */
	WORD = 10,     /* begins a word */
	NAME = 4,      /* in the last part of the path */
	NAME_START = 10,
	GAP = 1, /* each character between two, up to so many */
	GAP_MAX = 8,
	NEVER = -100000,
};

struct text {
	uint32_t chars[FUZZY_TEXT_MAX];
	int count;
	int skipped; /* characters before these */
	int name;    /* where the last part of the path begins */
};

static uint32_t
fold(uint32_t c)
{
	bool capital = (c >= 'A' && c <= 'Z') || (c >= 0xc0 && c <= 0xde && c != 0xd7) ||
		(c >= 0x391 && c <= 0x3a9) || (c >= 0x410 && c <= 0x42f);
	return capital ? c + 32 : c;
}

void
fuzzy_read(struct fuzzy *f, const char *text)
{
	size_t len = strlen(text), n;
	uint32_t c;
	*f = (struct fuzzy){0};
	for (size_t i = 0; i < len && f->count < FUZZY_PATTERN_MAX; i += n) {
		n = utf8_decode(text + i, len - i, &c);
		if (n == 0)
			return;
		if (c == ' ')
			continue;
		f->exact_case = f->exact_case || fold(c) != c;
		f->pattern[f->count++] = c;
	}
}

static bool
same(const struct fuzzy *f, uint32_t typed, uint32_t c)
{
	return f->exact_case ? typed == c : fold(typed) == fold(c);
}

/* Whether the characters are there at all. */
static bool
has_all(const struct fuzzy *f, const char *text, size_t len)
{
	int i = 0;
	uint32_t c;
	for (size_t at = 0, n; at < len && i < f->count; at += n) {
		n = utf8_decode(text + at, len - at, &c);
		if (n == 0)
			return false;
		i += same(f, f->pattern[i], c);
	}
	return i == f->count;
}

static void
read_text(struct text *t, const char *text, size_t len)
{
	int total = 0;
	uint32_t c;
	for (size_t at = 0; at < len; at++)
		total += ((unsigned char)text[at] & 0xc0) != 0x80;
	t->count = t->name = 0;
	t->skipped = total > FUZZY_TEXT_MAX ? total - FUZZY_TEXT_MAX : 0;
	int index = 0;
	for (size_t at = 0, n; at < len; at += n, index++) {
		n = utf8_decode(text + at, len - at, &c);
		if (n == 0)
			return;
		if (index < t->skipped)
			continue;
		t->chars[t->count++] = c;
		if (c == '/')
			t->name = t->count;
	}
}

static bool
is_word(uint32_t c)
{
	return c > 0x7f || (c >= '0' && c <= '9') || (fold(c) >= 'a' && fold(c) <= 'z');
}

static int
points_of(const struct text *t, int j)
{
	uint32_t c = t->chars[j], before = j ? t->chars[j - 1] : '/';
	int points = MATCH + (j >= t->name ? NAME : 0);
	if (j == t->name)
		return points + NAME_START;
	bool starts = is_word(c) &&
		(!is_word(before) || (fold(c) != c && fold(before) == before));
	return points + (starts ? WORD : 0);
}

/* Fills one row from the one before (NULL: the first row). */
static void
fill_row(const struct fuzzy *f, const struct text *t, int i, const int *above, int *row)
{
	int best = NEVER, best_at = 0; /* of what ends somewhere before */
	for (int j = 0; j < t->count; j++) {
		row[j] = NEVER;
		if (same(f, f->pattern[i], t->chars[j])) {
			int gap = j - best_at - 1 < GAP_MAX ? j - best_at - 1 : GAP_MAX;
			int points = points_of(t, j);
			if (!above)
				row[j] = points;
			else if (j > 0 && best > NEVER)
				row[j] = best - gap * GAP + points;
			if (above && j > 0 && above[j - 1] > NEVER &&
				above[j - 1] + TOGETHER + points > row[j])
				row[j] = above[j - 1] + TOGETHER + points;
		}
		if (above && above[j] > NEVER && above[j] >= best - (j - best_at) * GAP) {
			best = above[j];
			best_at = j;
		}
	}
}

static int
best_of(const int *row, int end)
{
	int best = 0;
	for (int j = 1; j < end; j++)
		if (row[j] >= row[best])
			best = j;
	return best;
}

int
fuzzy_score(const struct fuzzy *f, const char *text)
{
	int rows[2][FUZZY_TEXT_MAX];
	struct text t;
	size_t len = strlen(text);
	if (!has_all(f, text, len))
		return 0;
	read_text(&t, text, len);
	int shortness = t.count < 500 ? 50 - t.count / 10 : 0;
	const int *last = NULL;
	for (int i = 0; i < f->count; i++) {
		fill_row(f, &t, i, last, rows[i & 1]);
		last = rows[i & 1];
	}
	if (!last)
		return 1000 + shortness;
	int points = t.count ? last[best_of(last, t.count)] : NEVER;
	/* Scaled, so that the length only decides between equals. */
	return points > NEVER / 2 ? points * 64 + shortness + 1 : 0;
}

bool
fuzzy_positions(const struct fuzzy *f, const char *text, int positions[FUZZY_PATTERN_MAX])
{
	struct text t;
	read_text(&t, text, strlen(text));
	if (!has_all(f, text, strlen(text)))
		return false;
	if (f->count == 0)
		return true;
	int *rows = xcalloc((size_t)f->count * FUZZY_TEXT_MAX, sizeof *rows);
	for (int i = 0; i < f->count; i++)
		fill_row(f, &t, i, i ? rows + (i - 1) * FUZZY_TEXT_MAX : NULL,
			rows + i * FUZZY_TEXT_MAX);
	int end = t.count;
	bool found = true;
	for (int i = f->count - 1; i >= 0 && found; i--) {
		const int *row = rows + i * FUZZY_TEXT_MAX;
		int j = end > 0 ? best_of(row, end) : 0;
		/* The one directly before the next one, if that is what its points say.
		 */
		if (i < f->count - 1 && end > 0 && row[end - 1] > NEVER &&
			rows[(i + 1) * FUZZY_TEXT_MAX + end] ==
				row[end - 1] + TOGETHER + points_of(&t, end))
			j = end - 1;
		found = end > 0 && row[j] > NEVER;
		positions[i] = j + t.skipped;
		end = j;
	}
	free(rows);
	return found;
}
