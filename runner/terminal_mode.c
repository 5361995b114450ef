/* Modes: SM and RM, DECSET and DECRST, and the two resets. Those that xterm.js does not
 * know have no effect. */
#include "config.h"

#include "runner/terminal_model.h"

#include <stddef.h>

/* Modes that are only remembered. */
static const struct {
	int number;
	size_t offset;
	bool inverted;
} flags[] = {
	{1, offsetof(struct terminal, modes.cursor_keys), false},
	{7, offsetof(struct terminal, modes.no_wrap), true},
	{12, offsetof(struct terminal, cursor_blink), false},
	{25, offsetof(struct terminal, cursor_hidden), true},
	{45, offsetof(struct terminal, modes.reverse_wrap), false},
	{66, offsetof(struct terminal, modes.keypad), false},
	{1004, offsetof(struct terminal, modes.focus), false},
	{2004, offsetof(struct terminal, modes.paste), false},
	{2026, offsetof(struct terminal, modes.synchronized), false},
};

static const struct {
	int number;
	enum mouse mouse;
} mice[] = {{9, MOUSE_X10}, {1000, MOUSE_VT200}, {1002, MOUSE_DRAG}, {1003, MOUSE_ANY}};

static const struct {
	int number;
	enum mouse_encoding encoding;
} encodings[] = {{1006, MOUSE_SGR}, {1016, MOUSE_SGR_PIXELS}};

static void
set_simple(struct terminal *t, int number, bool on)
{
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (flags[i].number == number)
			*(bool *)((char *)t + flags[i].offset) = on != flags[i].inverted;
	for (size_t i = 0; i < sizeof mice / sizeof *mice; i++)
		if (mice[i].number == number)
			t->mouse = on ? mice[i].mouse : MOUSE_NONE;
	for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++)
		if (encodings[i].number == number)
			t->mouse_encoding = on ? encodings[i].encoding : MOUSE_DEFAULT;
}

static void
show(struct terminal *t, int number, bool alternate)
{
	if (alternate) {
		if (number == 1049)
			terminal_save_cursor(t);
		terminal_show_alternate(t);
		return;
	}
	terminal_show_normal(t);
	if (number == 1049)
		terminal_restore_cursor(t);
}

static void
set_private(struct terminal *t, int number, bool on)
{
	switch (number) {
	case 2:
		if (!on)
			break;
		for (int i = 0; i < 4; i++)
			t->charsets[i] = NULL;
		t->charset = NULL;
		break;
	case 6:
		t->modes.origin = on;
		terminal_set_cursor(t, 0, 0);
		break;
	case 47:
	case 1047:
	case 1049:
		show(t, number, on);
		break;
	case 1048:
		if (on)
			terminal_save_cursor(t);
		else
			terminal_restore_cursor(t);
		break;
	default:
		set_simple(t, number, on);
	}
}

void
terminal_set_modes(struct terminal *t, const struct params *p, bool private, bool on)
{
	for (int i = 0; i < p->count; i++) {
		if (private)
			set_private(t, p->value[i], on);
		else if (p->value[i] == 4)
			t->modes.insert = on;
		else if (p->value[i] == 20)
			t->newline = on;
	}
}

static void
reset_pen(struct terminal *t)
{
	t->pen = (struct pen){0};
}

static void
reset_charsets(struct terminal *t)
{
	for (int i = 0; i < 4; i++)
		t->charsets[i] = NULL;
	t->charset = NULL;
	t->charset_level = 0;
}

void
terminal_soft_reset(struct terminal *t)
{
	struct screen *s = t->active;
	t->cursor_hidden = false;
	s->top = 0;
	s->bottom = t->rows - 1;
	reset_pen(t);
	t->modes = (struct modes){0};
	reset_charsets(t);
	s->saved = (struct saved){.y = s->base};
}

void
terminal_full_reset(struct terminal *t)
{
	parser_reset(&t->parser);
	reset_pen(t);
	screen_finish(&t->normal);
	screen_finish(&t->alternate);
	screen_init(t, &t->normal, true);
	screen_init(t, &t->alternate, false);
	t->active = &t->normal;
	reset_charsets(t);
	t->modes = (struct modes){0};
	t->mouse = MOUSE_NONE;
	t->mouse_encoding = MOUSE_DEFAULT;
}
