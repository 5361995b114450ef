/* OSC: title, colours, links. Questions are not answered. Colours as XParseColor(3) reads
 * rgb:… and #…; names are not known. */
#include "config.h"

#include "runner/terminal_model.h"

#include <string.h>

enum { COLOUR_SET = 1 << 24 };

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Reads `digits` hex digits; -1 when they are not. */
static int
hex(const char *s, size_t digits)
{
	int value = 0;
	for (size_t i = 0; i < digits; i++) {
		int d = hex_digit(s[i]);
		if (d < 0)
			return -1;
		value = value << 4 | d;
	}
	return value;
}

/* Three numbers of 1 to 4 digits, of 4 bits each, as 8 bits. */
static uint32_t
rgb_parts(const char *s)
{
	size_t digits = strcspn(s, "/");
	uint32_t rgb = COLOUR_SET;
	int most = (1 << 4 * (digits < 5 ? digits : 1)) - 1;
	if (digits < 1 || digits > 4 || strlen(s) != digits * 3 + 2 ||
		s[digits * 2 + 1] != '/')
		return 0;
	for (size_t i = 0; i < 3; i++) {
		int value = hex(s + i * (digits + 1), digits);
		if (value < 0)
			return 0;
		rgb |= (uint32_t)((value * 510 + most) / (most * 2)) << (16 - 8 * i);
	}
	return rgb;
}

static uint32_t
rgb_digits(const char *s)
{
	size_t digits = strlen(s) / 3;
	uint32_t rgb = COLOUR_SET;
	if (digits < 1 || digits > 4 || strlen(s) != digits * 3)
		return 0;
	for (size_t i = 0; i < 3; i++) {
		int value = hex(s + i * digits, digits);
		if (value < 0)
			return 0;
		value = digits == 1 ? value << 4 : value >> 4 * (digits - 2);
		rgb |= (uint32_t)value << (16 - 8 * i);
	}
	return rgb;
}

/* COLOUR_SET and the colour; 0 when it is none. */
static uint32_t
colour(const char *s)
{
	if (s[0] == '#')
		return rgb_digits(s + 1);
	if ((s[0] | 0x20) == 'r' && (s[1] | 0x20) == 'g' && (s[2] | 0x20) == 'b' &&
		s[3] == ':')
		return rgb_parts(s + 4);
	return 0;
}

/* A decimal number without sign; 256 when it is none, or greater. */
static int
index_of(const char *s)
{
	int value = 0;
	if (!*s)
		return 256;
	for (; *s; s++) {
		if (*s < '0' || *s > '9')
			return 256;
		value = value * 10 + *s - '0';
		if (value > 255)
			value = 256;
	}
	return value;
}

static char *
next_part(char **rest)
{
	char *part = *rest, *end;
	if (!part)
		return NULL;
	end = strchr(part, ';');
	*rest = end ? end + 1 : NULL;
	if (end)
		*end = '\0';
	return part;
}

static void
set_palette(struct terminal *t, char *data)
{
	char *index, *spec;
	while ((index = next_part(&data)) && (spec = next_part(&data))) {
		uint32_t c = colour(spec);
		int i = index_of(index);
		if (c && i < 256)
			t->palette[i] = c;
	}
}

static void
reset_palette(struct terminal *t, char *data)
{
	char *index;
	if (!*data) {
		memset(t->palette, 0, sizeof t->palette);
		return;
	}
	while ((index = next_part(&data))) {
		int i = index_of(index);
		if (i < 256)
			t->palette[i] = 0;
	}
}

static void
set_special(struct terminal *t, int first, char *data)
{
	char *spec;
	for (int i = first; i < 3 && (spec = next_part(&data)); i++) {
		uint32_t c = colour(spec);
		if (c)
			t->special[i] = c;
	}
}

static void
set_title(struct terminal *t, const char *data)
{
	size_t len = strlen(data);
	if (len > TERMINAL_TITLE) {
		len = TERMINAL_TITLE;
		while (((unsigned char)data[len] & 0xc0) == 0x80)
			len--;
	}
	buf_clear(&t->title);
	buf_add(&t->title, data, len);
}

static void
set_link(struct terminal *t, uint32_t link)
{
	t->pen.style.link = link;
	pen_style_changed(t, true);
}

static bool
is_blank(const char *s)
{
	return s[strspn(s, " ")] == '\0';
}

/* id=… among parameters that colons part; "" when there is none. */
static const char *
link_id(char *parameters)
{
	char *end;
	parameters += strspn(parameters, " ");
	for (end = parameters + strlen(parameters); end > parameters && end[-1] == ' ';)
		*--end = '\0';
	for (char *p = parameters; p; p = end ? end + 1 : NULL) {
		end = strchr(p, ':');
		if (strncmp(p, "id=", 3) != 0)
			continue;
		if (end)
			*end = '\0';
		return p + 3;
	}
	return "";
}

static void
link(struct terminal *t, char *data)
{
	char *target = strchr(data, ';');
	if (!target)
		return;
	*target++ = '\0';
	if (*target)
		set_link(t, link_add(t, link_id(data), target));
	else if (is_blank(data))
		set_link(t, 0);
}

void
terminal_osc(struct terminal *t, char *string, size_t len)
{
	char *data = memchr(string, ';', len);
	int number;
	if (data)
		*data++ = '\0';
	else
		data = string + len;
	number = index_of(string);
	switch (number) {
	case 0:
	case 2:
		set_title(t, data);
		break;
	case 4:
		set_palette(t, data);
		break;
	case 8:
		link(t, data);
		break;
	case 10:
	case 11:
	case 12:
		set_special(t, number - 10, data);
		break;
	case 104:
		reset_palette(t, data);
		break;
	case 110:
	case 111:
	case 112:
		t->special[number - 110] = 0;
		break;
	}
}
