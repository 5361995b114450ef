/*
 * The parts of a terminal that its files share; only runner/terminal*.c include this.
 *
 *   terminal_parser.c     bytes → characters, controls and sequences
 *   terminal_print.c      characters → cells; wrapping, joining, REP
 *   terminal_csi.c        cursor, erasing, editing; terminal_mode.c, terminal_sgr.c and
 *                         terminal_osc.c the rest of the sequences
 *   terminal_row.c        cells of one row
 *   terminal_screen.c     rows of one buffer, scrolling, tab stops
 *   terminal_reflow.c     another size
 *   terminal_style.c      what does not fit into a cell: underline styles, links
 *   terminal_paint.c, terminal_pen.c, terminal_snapshot.c   cells → bytes
 *   terminal_forward.c    floods
 */
#ifndef DISPATCH_RUNNER_TERMINAL_MODEL_H
#define DISPATCH_RUNNER_TERMINAL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "runner/terminal.h"

/* One place of a row. `content`: the character, or JOINED when it has several (they are
 * in the row's `joined`); the width (0 in the right half of a wide character) above that.
 */
struct cell {
	uint32_t content, fg, bg;
	uint32_t style; /* in terminal.styles; counts only with BG_STYLED */
};

enum {
	CONTENT_CHARACTER = 0x1fffff,
	CONTENT_JOINED = 0x200000,
	CONTENT_ANY = 0x3fffff,
	CONTENT_WIDTH_SHIFT = 22,
	CONTENT_WIDTH_1 = 1 << 22,

	COLOUR_RGB_MASK = 0xffffff,
	COLOUR_16 = 0x1000000,
	COLOUR_256 = 0x2000000,
	COLOUR_RGB = 0x3000000,
	COLOUR_KIND = 0x3000000,
	COLOUR_MASK = 0x3ffffff, /* kind and value; 0: the default colour */
};
#define FG_INVERSE 0x4000000u
#define FG_BOLD 0x8000000u
#define FG_UNDERLINE 0x10000000u
#define FG_BLINK 0x20000000u
#define FG_INVISIBLE 0x40000000u
#define FG_STRIKE 0x80000000u
#define BG_ITALIC 0x4000000u
#define BG_DIM 0x8000000u
#define BG_STYLED 0x10000000u
#define BG_PROTECTED 0x20000000u
#define BG_OVERLINE 0x40000000u

/* The style of an underline, its colour, and a link. */
struct style {
	uint32_t underline; /* UNDERLINE_* << 26 | colour */
	uint32_t link;      /* in terminal.links, 0: none */
};
enum { UNDERLINE_SHIFT = 26 };

enum {
	JOINED_MAX = 16,   /* characters in one cell; more are dropped */
	LINK_BYTES = 4096, /* of id and target of a link together; longer ones are none */
	STYLES_MAX = 1 << 16,
	LINK_CHAINS = 1 << 10,
	LINKS_MAX = 1 << 14, /* when there are more that can be seen, new ones are none */
	STRING_MAX =
		65536, /* bytes of an OSC that does something; longer ones do nothing */
	TAIL_MAX = 65536,
	PARAMS_MAX = 32,
	PARAM_LIMIT = 0x7fffffff,
	TAB_COLS = TERMINAL_MAX_COLS + 24,
	REPEAT_MAX = 65535,
	STYLE_UNKNOWN = 0xffffff,
};

/* The characters of one cell; a row's are in the order of their columns. */
struct joined {
	int col;
	int count;
	uint32_t characters[JOINED_MAX];
};

/* `joined` may hold columns whose cell is no longer JOINED. */
struct row {
	int len;      /* the alternate screen's may be longer than the screen is wide */
	bool wrapped; /* continues the row above */
	int joined_count, joined_size;
	struct joined *joined;
	struct cell cells[];
};

/* What DECSC saves, without the style: as xterm.js does it. */
struct saved {
	long x, y; /* y counts from the first line of the scrollback */
	uint32_t fg, bg;
	const struct charset *charset;
};

/* The rows of a buffer in a ring: the newest `limit` of them. Those of the screen begin
 * at `base`. The alternate one has no rows while it is not shown. */
struct screen {
	struct row **ring;
	long limit, start, length;
	long base;
	long x, y; /* x == cols (or more): the next character wraps */
	int top, bottom;
	bool scrolls_back;
	struct saved saved;
	uint8_t tabs[TAB_COLS];
	int cols, rows; /* as of the last resize of this buffer */
};

struct pen {
	uint32_t fg, bg;
	struct style style;
	uint32_t style_id; /* of `style` in terminal.styles, or STYLE_UNKNOWN yet */
};

struct params {
	int count, sub_count;
	bool reject, reject_sub, last_is_sub;
	int32_t value[PARAMS_MAX], sub[PARAMS_MAX];
	uint8_t sub_begin[PARAMS_MAX], sub_end[PARAMS_MAX];
};

enum mouse { MOUSE_NONE, MOUSE_X10, MOUSE_VT200, MOUSE_DRAG, MOUSE_ANY };
enum mouse_encoding { MOUSE_DEFAULT, MOUSE_SGR, MOUSE_SGR_PIXELS };

/* Reset by DECSTR and RIS. */
struct modes {
	bool insert;
	bool cursor_keys, keypad, paste, origin, reverse_wrap, focus, synchronized,
		no_wrap;
	int cursor_style; /* DECSCUSR; 0: the viewer's own; 7, 8: that, blinking or not */
};

struct parser {
	uint8_t state;
	uint32_t collect;
	struct params params;
	uint8_t bytes[4]; /* of an unfinished character */
	int byte_count;
	/* The width of the character that a combining one would join; 0: none. */
	int join;
	struct buf string; /* of an OSC */
	struct buf tail;   /* of the unfinished sequence: what brings a parser there */
	bool quiet;        /* nothing that follows in the string has an effect */
};

struct link {
	char *id, *target; /* id "": none was given; target NULL: a free place */
	uint32_t next;     /* of those with the same hash, 0: none */
	bool used;
};

struct styles {
	struct style *list;
	uint32_t count, size;
	uint32_t *slots; /* hash of list */
	uint32_t slot_count;
	int wait; /* that many new ones are refused before the next sweep */
};

struct links {
	struct link *list; /* [0] is none */
	uint32_t count, size, next_free;
	uint32_t chains[LINK_CHAINS];
	int wait;
};

enum { TERMINAL_TITLE = 1024 }; /* bytes that are kept of one */

struct forward {
	struct buf text;
	size_t scanned; /* text up to here is plain lines */
	long lines;     /* line ends in it */
};

struct terminal {
	int cols, rows;
	struct screen normal, alternate, *active;
	struct pen pen;
	const struct charset *charsets[4], *charset; /* NULL: ASCII */
	int charset_level;
	struct modes modes;
	/* Those survive RIS. */
	bool cursor_hidden, cursor_blink, newline;
	enum mouse mouse;
	enum mouse_encoding mouse_encoding;
	struct parser parser;
	struct styles styles;
	struct links links;
	struct buf title;
	uint32_t palette[256]; /* 1 << 24 | rgb; 0: the viewer's own */
	uint32_t special[3];   /* foreground, background, cursor */
	struct forward forward;
};

/* terminal_row.c. A column outside the row is read as blank, and not written. */
struct row *row_create(int len, const struct cell *fill);
void row_destroy(struct row *r);
struct row *row_clear(struct row *r, int len, const struct cell *fill);
struct row *row_set_len(struct row *r, int len);
int row_width(const struct row *r, long col);
bool row_has_content(const struct row *r, long col);
void row_set(struct row *r, long col, const struct cell *c);
/* A blank of width 1 that looks like `pen` (its content does not count). */
void row_blank(struct row *r, long col, const struct cell *pen);
void row_join(struct row *r, long col, uint32_t character, int width);
/* The characters of a cell, at most JOINED_MAX. */
int row_characters(const struct row *r, long col, uint32_t *to);
void row_insert(struct row *r, long col, long count, const struct cell *fill);
void row_delete(struct row *r, long col, long count, const struct cell *fill);
void row_replace(struct row *r, long from, long to, const struct cell *fill,
	bool keep_protected);
void row_fill(struct row *r, const struct cell *fill, bool keep_protected);
void row_copy(struct row *to, long to_col, const struct row *from, long from_col,
	long count, bool backwards);
int row_trimmed(const struct row *r); /* columns up to the last character */

/* terminal_screen.c */
void screen_init(struct terminal *t, struct screen *s, bool scrolls_back);
void screen_finish(struct screen *s);
/* The alternate buffer when it is left, and when it is shown. */
void screen_clear(struct screen *s);
void screen_fill(struct screen *s, const struct cell *fill);
struct row *screen_line(const struct screen *s, long line); /* NULL: there is none */
struct row *screen_row(const struct terminal *t,
	long y); /* of the active one; never NULL */
void screen_put(struct screen *s, long line, struct row *r); /* frees what was there */
void screen_set_limit(struct screen *s, long limit);
void screen_push(struct screen *s, struct row *r);
void screen_pop(struct screen *s);
void screen_trim(struct screen *s, long count);
/* Takes the row `from` out and puts a blank one in where `to` is then. */
void screen_move(struct screen *s, long from, long to, const struct cell *fill);
void screen_scroll(struct terminal *t, const struct cell *fill, bool wrapped);
void screen_default_tabs(struct screen *s, int from);
int screen_tab_before(const struct screen *s, long x);
int screen_tab_after(const struct screen *s, long x);
void terminal_show_alternate(struct terminal *t);
void terminal_show_normal(struct terminal *t);

/* terminal_reflow.c */
void screen_resize(struct screen *s, int cols, int rows);

/* terminal_style.c */
void styles_init(struct terminal *t);
void styles_finish(struct terminal *t);
/* The number of pen.style, for cells. 0 when there are too many. */
uint32_t pen_style(struct terminal *t);
/* After pen.style was changed; `counts_anew`: BG_STYLED follows it. */
void pen_style_changed(struct terminal *t, bool counts_anew);
uint32_t link_add(struct terminal *t, const char *id, const char *target);

/* terminal_width.c: columns of a character, 0 to 2 */
int terminal_width(uint32_t character);

/* terminal_charset.c */
const struct charset *terminal_charset(uint32_t final, bool *known);
uint32_t charset_map(const struct charset *c, uint32_t character);
/* What prints the character while the set is in use; 0: nothing does. */
uint32_t charset_unmap(const struct charset *c, uint32_t character);
char charset_name(const struct charset *c); /* 'B' for NULL */

/* terminal_print.c: a run of characters with nothing in between */
struct printer {
	struct terminal *t;
	struct screen *s;
	struct row *row;
	struct cell pen; /* content is that of a blank */
};
struct printer print_begin(struct terminal *t);
void print_ascii(struct printer *p, const uint8_t *text, size_t len);
void print_character(struct printer *p, uint32_t character);
void print_end(struct printer *p);
/* REP; at most REPEAT_MAX times */
void terminal_repeat(struct terminal *t, long count);

/* terminal_parser.c */
void terminal_put_utf8(struct buf *b, uint32_t character);
void parser_write(struct terminal *t, const uint8_t *bytes, size_t len);
void parser_reset(struct parser *p);
bool parser_is_idle(const struct parser *p); /* between sequences and characters */
void parser_append_tail(const struct parser *p, struct buf *to);

/* terminal_params.c */
void params_clear(struct params *p);
void params_put(struct params *p, uint32_t code); /* a digit, ; or : */
/* All of one sequence: what is between ESC [ and the final byte. */
void params_read(struct params *p, const uint8_t *bytes, size_t len);

/* terminal_csi.c, terminal_mode.c, terminal_sgr.c, terminal_osc.c, terminal_control.c */
void terminal_execute(struct terminal *t, uint32_t control);
void terminal_escape(struct terminal *t, uint32_t key); /* intermediates << 8 | final */
void terminal_csi(struct terminal *t, uint32_t key, const struct params *p);
void terminal_osc(struct terminal *t, char *string, size_t len);
void terminal_sgr(struct terminal *t, const struct params *p);
void terminal_set_modes(struct terminal *t, const struct params *p, bool private,
	bool on);
void terminal_set_cursor(struct terminal *t, long x, long y);
void terminal_restrict_cursor(struct terminal *t, long max_x);
void terminal_save_cursor(struct terminal *t);
void terminal_restore_cursor(struct terminal *t);
void terminal_index(struct terminal *t);
void terminal_soft_reset(struct terminal *t);
void terminal_full_reset(struct terminal *t);
struct cell terminal_pen_cell(struct terminal *t);         /* blank, in the pen's look */
struct cell terminal_erase_cell(const struct terminal *t); /* blank, in its background */

/* terminal_pen.c: from one look to another */
void pen_write(struct buf *b, const struct terminal *t, struct pen *from,
	const struct pen *to);
/* The look of a cell, without what cannot be said or seen; style_id does not count. */
struct pen cell_pen(const struct terminal *t, const struct cell *c);
struct pen canonical_pen(uint32_t fg, uint32_t bg, struct style style);
bool pen_equal(const struct pen *a, const struct pen *b);

/* terminal_paint.c */
struct painter {
	const struct terminal *t;
	struct buf *out;
	struct pen pen;
	long x, y;      /* where the cursor is */
	long dirty;     /* a column that has something that must go; -1: none */
	long scrolled;  /* rows that have left the screen */
	bool continued; /* the next character begins the next row by itself */
	bool marked;    /* the row is known to continue the one above */
	bool last_is_made;
};
/* Writes a row and goes on to the next line, unless this is the last one. The cursor is
 * at its beginning, or at the end of the row above when p->continued. `next` is the row
 * below when that continues this one, else NULL. */
void paint_row(struct painter *p, const struct row *r, const struct row *next, bool last);
void paint_new_line(struct painter *p);
void paint_plain(struct painter *p); /* the pen of a fresh terminal */
void paint_go(struct painter *p, long x, long y);
void paint_character(struct painter *p, const struct row *r, long col,
	const struct charset *charset);
/* The columns that printing gives what is in a cell: a combining character that stands
 * alone has none and takes its cell all the same, whatever the row says. */
int paint_width(const struct row *r, long col);
/* Whether the row is as a fresh one. */
bool paint_is_blank(const struct painter *p, const struct row *r);
/* Whether the cell is a whole character that can be printed. */
bool paint_is_text(const struct painter *p, const struct row *r, long col);

/* terminal_forward.c */
void forward_write(struct terminal *t, const uint8_t *bytes, size_t len);
void forward_flush(struct terminal *t);
void forward_finish(struct terminal *t);

#endif
