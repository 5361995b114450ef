/* runner/terminal: what needs no xterm.js beside it. t/snapshot-terminal.t has the rest.
 */
#include "config.h"

#include "lib/buf.h"
#include "runner/terminal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define RESET \
	"\x1b" \
	"c"

enum { EVERYTHING = 1 << 30 };

static uint32_t
next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* ESC c, scrollback and screen. The caller frees. */
static struct buf
snapshot(struct terminal *t, size_t most)
{
	struct buf all = BUF_INIT, screen = BUF_INIT;
	buf_str(&all, RESET);
	terminal_snapshot(t, &all, &screen, most);
	buf_add(&all, screen.data, screen.len);
	buf_free(&screen);
	return all;
}

static void
assert_same_bytes(const struct buf *a, const struct buf *b)
{
	size_t same = 0;
	while (same < a->len && same < b->len && a->data[same] == b->data[same])
		same++;
	/* Where they differ, not megabytes. */
	if (same < a->len || same < b->len) {
		size_t from = same < 40 ? 0 : same - 40;
		print_message("at %zu of %zu and %zu:\n%.80s\n%.80s\n", same, a->len,
			b->len, a->data + from, b->data + from);
	}
	assert_true(same == a->len && same == b->len);
}

/* What a snapshot made of a fresh terminal gives the same snapshot. */
static void
assert_no_drift(struct terminal *t, int cols, int rows, size_t most)
{
	struct buf one = snapshot(t, most), two;
	struct terminal *restored = terminal_create(cols, rows);
	terminal_write(restored, one.data, one.len);
	two = snapshot(restored, most);
	assert_same_bytes(&one, &two);
	terminal_destroy(restored);
	buf_free(&one);
	buf_free(&two);
}

static void
write_text(struct terminal *t, const char *text)
{
	terminal_write(t, text, strlen(text));
}

static void
a_shell_screen_takes_less_than_3_kb(void **state)
{
	struct terminal *t = terminal_create(80, 24);
	struct buf all;
	(void)state;
	for (int i = 0; i < 60; i++)
		write_text(t,
			"\x1b[1;32muser@host\x1b[0m:\x1b[1;34m~/src\x1b[0m$ ls -l\r\n"
			"-rw-r--r-- 1 user user 4096 Nov 22 23:50 file.c\r\n");
	all = BUF_INIT;
	terminal_snapshot(t, NULL, &all, 0);
	assert_true(all.len < 3072);
	buf_free(&all);
	assert_no_drift(t, 80, 24, EVERYTHING);
	terminal_destroy(t);
}

static void
the_scrollback_has_a_bound_in_lines_and_in_bytes(void **state)
{
	struct terminal *t = terminal_create(80, 24);
	struct buf scrollback = BUF_INIT, screen = BUF_INIT;
	(void)state;
	for (int i = 0; i < 5000; i++)
		write_text(t, "\x1b[31mline\x1b[0m of text\r\n");
	terminal_snapshot(t, &scrollback, &screen, EVERYTHING);
	assert_true(scrollback.len > 10000 && scrollback.len < 40000);
	for (size_t most = 0; most < 3000; most += 97) {
		buf_clear(&scrollback);
		buf_clear(&screen);
		terminal_snapshot(t, &scrollback, &screen, most);
		assert_true(scrollback.len <= most);
		assert_no_drift(t, 80, 24, most);
	}
	buf_free(&scrollback);
	buf_free(&screen);
	terminal_destroy(t);
}

static void
an_unfinished_sequence_stands_at_the_end(void **state)
{
	static const char *const tails[] = {"\x1b", "\x1b[", "\x1b[3", "\x1b[?25;1",
		"\x1b[3 ", "\x1b(", "\x1b]0;tit", "\x1b]", "\x1bP$q", "\x1bX", "\xe2",
		"\xe2\x94", "\xf0\x9f\x98", "\x1b]0;\xe2\x94"};
	(void)state;
	for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
		struct terminal *t = terminal_create(20, 5);
		struct buf all;
		size_t len = strlen(tails[i]);
		write_text(t, "text");
		write_text(t, tails[i]);
		all = snapshot(t, EVERYTHING);
		assert_true(all.len > len);
		assert_memory_equal(all.data + all.len - len, tails[i], len);
		assert_no_drift(t, 20, 5, EVERYTHING);
		buf_free(&all);
		terminal_destroy(t);
	}
}

static void
an_endless_string_takes_no_endless_memory(void **state)
{
	static const char *const begins[] = {"\x1b]0;", "\x1b]52;c;", "\x1bP$q", "\x1bPq",
		"\x1b_", "\x1b[", "\x1b]8;;"};
	char piece[4096];
	(void)state;
	memset(piece, '1', sizeof piece);
	for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
		struct terminal *t = terminal_create(20, 5);
		struct buf all;
		write_text(t, begins[i]);
		for (int k = 0; k < 1000; k++)
			terminal_write(t, piece, sizeof piece);
		all = snapshot(t, EVERYTHING);
		assert_true(all.len < 66000);
		assert_no_drift(t, 20, 5, EVERYTHING);
		buf_free(&all);
		terminal_destroy(t);
	}
}

/* The title that a fresh terminal is given. */
static void
assert_title(struct terminal *t, const char *title)
{
	struct buf all = snapshot(t, EVERYTHING);
	char *expected = xasprintf("\x1b]2;%s\a", title);
	assert_non_null(memmem(all.data, all.len, expected, strlen(expected)));
	free(expected);
	buf_free(&all);
}

static void
a_title_is_kept_and_bounded(void **state)
{
	struct terminal *t = terminal_create(20, 5);
	struct buf title = BUF_INIT;
	(void)state;
	assert_title(t, "");
	write_text(t, "\x1b]2;caf\xc3\xa9\x07");
	assert_title(t, "caf\xc3\xa9");
	write_text(t, "\x1b]0;other\x1b\\");
	assert_title(t, "other");
	buf_char(&title, 'x');
	for (int i = 0; i < 511; i++) /* 1024 bytes, cut between characters */
		buf_str(&title, "\xc3\xa9");
	write_text(t, "\x1b]0;");
	write_text(t, title.data);
	for (int i = 0; i < 3000; i++)
		write_text(t, "\xc3\xa9");
	write_text(t, "\x07");
	assert_title(t, title.data);
	buf_free(&title);
	terminal_destroy(t);
}

static void
sizes_out_of_bounds_become_the_nearest(void **state)
{
	static const int sizes[] = {-5, 0, 1, 2, 1000, 1001, 1 << 30};
	struct terminal *t = terminal_create(0, 0);
	(void)state;
	write_text(t, "some text that is wrapped, \xe6\xbc\xa2\xe5\xad\x97");
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		terminal_resize(t, sizes[i], 30);
		terminal_resize(t, 80, sizes[i]);
	}
	terminal_destroy(t);
	terminal_destroy(NULL);
}

static void
thousands_of_links_and_styles_have_a_bound(void **state)
{
	struct terminal *t = terminal_create(80, 24);
	char text[200];
	(void)state;
	for (int i = 0; i < 100000; i++) {
		snprintf(text, sizeof text,
			"\x1b[4:%d;58;2;%d;%d;%dm\x1b]8;id=%d;http://host/%d\x07x", i % 6,
			i & 255, i >> 8 & 255, i >> 16, i % 7, i);
		write_text(t, text);
	}
	assert_no_drift(t, 80, 24, EVERYTHING);
	terminal_destroy(t);
}

/* Text as a flood has it, with something else now and then. */
static void
add_flood(struct buf *b, uint32_t *seed, int lines, int oddity)
{
	static const char *const pieces[] = {"\x1b[1;31mred\x1b[0m", "\x1b[44m",
		"\x1b[38;5;9m", "\t", "\b", "\xe6\xbc\xa2", "e\xcc\x81", "\x1b[4;7m",
		"\x1b[m", "\r", "\xe2\x82",
		"a long piece of text that fills the line and wraps into the next one "};
	static const char *const odd[] = {"\x1b[K", "\x1b[5;10r", "\x1b[?1049h", "\x1b[r",
		"\x1b[?1049l", "\x1b]0;t\x07", "\x0e", "\x0f", "\x1b[4h", "\x1b[4l",
		"\x1b(0",
		"\x1b"
		"7",
		"\x1b"
		"8",
		"\x1b[H", "\xc2\x85", "\x1b[?45h", "\x1b[3", "\x7f"};
	for (int i = 0; i < lines; i++) {
		for (uint32_t k = next_random(seed) % 6; k; k--)
			buf_str(b,
				pieces[next_random(seed) %
					(sizeof pieces / sizeof *pieces)]);
		buf_printf(b, "line %u", next_random(seed) % 1000);
		if (oddity && next_random(seed) % (uint32_t)oddity == 0)
			buf_str(b, odd[next_random(seed) % (sizeof odd / sizeof *odd)]);
		buf_str(b, next_random(seed) % 9 ? "\r\n" : "\n");
	}
}

/* So little at a time that nothing of it is skipped. */
static void
write_bit_by_bit(struct terminal *t, const char *bytes, size_t len)
{
	enum { BIT = 1000 };
	for (size_t i = 0; i < len; i += BIT)
		terminal_write(t, bytes + i, len - i < BIT ? len - i : BIT);
}

static void
what_a_flood_skips_cannot_be_seen(void **state)
{
	(void)state;
	for (uint32_t round = 1; round <= 24; round++) {
		uint32_t seed = round * 2654435761u;
		int cols = 2 + (int)(next_random(&seed) % 100);
		int rows = 1 + (int)(next_random(&seed) % 40);
		struct terminal *fast = terminal_create(cols, rows);
		struct terminal *full = terminal_create(cols, rows);
		struct buf text = BUF_INIT, one, two;
		add_flood(&text, &seed, 200, 20);
		add_flood(&text, &seed, 6000, round % 3 ? 0 : 3000);
		add_flood(&text, &seed, (int)(next_random(&seed) % 3000),
			round % 2 ? 0 : 50);
		for (size_t i = 0; i < text.len;) {
			size_t n = 1 + next_random(&seed) % 70000;
			if (n > text.len - i)
				n = text.len - i;
			terminal_write(fast, text.data + i, n);
			write_bit_by_bit(full, text.data + i, n);
			i += n;
		}
		one = snapshot(fast, EVERYTHING);
		two = snapshot(full, EVERYTHING);
		assert_same_bytes(&one, &two);
		buf_free(&one);
		buf_free(&two);
		buf_free(&text);
		terminal_destroy(fast);
		terminal_destroy(full);
	}
}

/* Bytes that look like sequences, at random. */
static void
add_noise(struct buf *b, uint32_t *seed, int count)
{
	static const char alphabet[] =
		"\x1b\x1b\x1b[[[]?;:0123456789mHJKABCDhlrLMPX@STbcPq\\ "
		"\r\n\t\b\x07\x0e\x0f\x18\x9b\xc2\xe6\xbc\xa2\xf0\x9f"
		"\x98\x80\xcc\x81xyz!\"'$#%(){}~78=>";
	while (count--)
		buf_char(b, alphabet[next_random(seed) % (sizeof alphabet - 1)]);
}

static void
noise_does_no_harm(void **state)
{
	const char *wish = getenv("TERMINAL_NOISE");
	long rounds = wish ? strtol(wish, NULL, 10) : 300;
	(void)state;
	for (long round = 1; round <= rounds; round++) {
		uint32_t seed = (uint32_t)round * 2654435761u;
		int cols = 2 + (int)(next_random(&seed) % 40);
		int rows = 1 + (int)(next_random(&seed) % 12);
		struct terminal *t = terminal_create(cols, rows);
		struct buf noise = BUF_INIT;
		for (int i = 0; i < 6; i++) {
			buf_clear(&noise);
			add_noise(&noise, &seed, 800);
			terminal_write(t, noise.data, noise.len);
			if (i % 2) {
				cols = 2 + (int)(next_random(&seed) % 40);
				rows = 1 + (int)(next_random(&seed) % 12);
				terminal_resize(t, cols, rows);
			}
			if (next_random(&seed) % 8 == 0)
				terminal_between_runs(t);
		}
		assert_no_drift(t, cols, rows, EVERYTHING);
		buf_free(&noise);
		terminal_destroy(t);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_shell_screen_takes_less_than_3_kb),
		cmocka_unit_test(the_scrollback_has_a_bound_in_lines_and_in_bytes),
		cmocka_unit_test(an_unfinished_sequence_stands_at_the_end),
		cmocka_unit_test(an_endless_string_takes_no_endless_memory),
		cmocka_unit_test(a_title_is_kept_and_bounded),
		cmocka_unit_test(sizes_out_of_bounds_become_the_nearest),
		cmocka_unit_test(thousands_of_links_and_styles_have_a_bound),
		cmocka_unit_test(what_a_flood_skips_cannot_be_seen),
		cmocka_unit_test(noise_does_no_harm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
