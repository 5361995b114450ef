/* The national sets and the line drawing set of VT terminals: what stands in them in
 * place of an ASCII character. ISO 646 variants as in DEC's VT220 manual, and as far as
 * xterm.js has them. */
#include "config.h"

#include "runner/terminal_model.h"

#include <string.h>

struct charset {
	char name;
	char alias; /* designates it too; NUL: none */
	const char *from;
	uint32_t to[32];
};

static const struct charset charsets[] = {
	{'0', 0, "`abcdefghijklmnopqrstuvwxyz{|}~",
		{0x25c6, 0x2592, 0x2409, 0x240c, 0x240d, 0x240a, 0xb0, 0xb1, 0x2424,
			0x240b, 0x2518, 0x2510, 0x250c, 0x2514, 0x253c, 0x23ba, 0x23bb,
			0x2500, 0x23bc, 0x23bd, 0x251c, 0x2524, 0x2534, 0x252c, 0x2502,
			0x2264, 0x2265, 0x3c0, 0x2260, 0xa3, 0xb7}},
	{'A', 0, "#", {0xa3}},
	/* Dutch: xterm.js prints the first character of its text for [, which is i. */
	{'4', 0, "#@[\\]{|}~", {0xa3, 0xbe, 'i', 0xbd, '|', 0xa8, 'f', 0xbc, 0xb4}},
	{'C', '5', "[\\]^`{|}~", {0xc4, 0xd6, 0xc5, 0xdc, 0xe9, 0xe4, 0xf6, 0xe5, 0xfc}},
	{'R', 0, "#@[\\]{|}~", {0xa3, 0xe0, 0xb0, 0xe7, 0xa7, 0xe9, 0xf9, 0xe8, 0xa8}},
	{'Q', 0, "@[\\]^`{|}~",
		{0xe0, 0xe2, 0xe7, 0xea, 0xee, 0xf4, 0xe9, 0xf9, 0xe8, 0xfb}},
	{'K', 0, "@[\\]{|}~", {0xa7, 0xc4, 0xd6, 0xdc, 0xe4, 0xf6, 0xfc, 0xdf}},
	{'Y', 0, "#@[\\]`{|}~",
		{0xa3, 0xa7, 0xb0, 0xe7, 0xe9, 0xf9, 0xe0, 0xf2, 0xe8, 0xec}},
	{'E', '6', "@[\\]^`{|}~",
		{0xc4, 0xc6, 0xd8, 0xc5, 0xdc, 0xe4, 0xe6, 0xf8, 0xe5, 0xfc}},
	{'Z', 0, "#@[\\]{|}", {0xa3, 0xa7, 0xa1, 0xd1, 0xbf, 0xb0, 0xf1, 0xe7}},
	{'H', '7', "@[\\]^`{|}~",
		{0xc9, 0xc4, 0xd6, 0xc5, 0xdc, 0xe9, 0xe4, 0xf6, 0xe5, 0xfc}},
	{'=', 0, "#@[\\]^_`{|}~",
		{0xf9, 0xe0, 0xe9, 0xe7, 0xea, 0xee, 0xe8, 0xf4, 0xe4, 0xf6, 0xfc, 0xfb}},
};

const struct charset *
terminal_charset(uint32_t final, bool *known)
{
	*known = true;
	for (size_t i = 0; i < sizeof charsets / sizeof *charsets; i++)
		if ((uint32_t)charsets[i].name == final ||
			(final && (uint32_t)charsets[i].alias == final))
			return &charsets[i];
	*known = final == 'B';
	return NULL;
}

uint32_t
charset_map(const struct charset *c, uint32_t character)
{
	const char *at;
	if (!c || character >= 127 || !character)
		return character;
	at = strchr(c->from, (int)character);
	return at ? c->to[at - c->from] : character;
}

uint32_t
charset_unmap(const struct charset *c, uint32_t character)
{
	if (charset_map(c, character) == character)
		return character;
	for (size_t i = 0; c->from[i]; i++)
		if (c->to[i] == character)
			return (uint32_t)c->from[i];
	return 0;
}

char
charset_name(const struct charset *c)
{
	return c ? c->name : 'B';
}
