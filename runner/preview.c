/* See preview.h. One pass with the states of an escape sequence (ECMA-48, section 5.4).
 */
#include "config.h"

#include "runner/preview.h"

#include <stdbool.h>
#include <string.h>

enum state { TEXT, ESCAPE, CSI, STRING, STRING_ESCAPE };

static enum state
next_state(enum state state, unsigned char c)
{
	switch (state) {
	case TEXT:
		return c == 0x1b ? ESCAPE : TEXT;
	case ESCAPE:
		if (c == '[')
			return CSI;
		if (c == ']' || c == 'P' || c == '_' || c == '^' || c == 'X')
			return STRING;
		return c >= 0x20 && c < 0x30 ? ESCAPE : TEXT;
	case CSI:
		return c >= 0x40 && c < 0x7f ? TEXT : CSI;
	case STRING:
		return c == 0x07 ? TEXT : c == 0x1b ? STRING_ESCAPE : STRING;
	case STRING_ESCAPE:
		return TEXT;
	}
	return TEXT;
}

static void
keep(char line[PREVIEW_SIZE], const char *text, size_t len)
{
	while (len && *text == ' ')
		text++, len--;
	while (len && text[len - 1] == ' ')
		len--;
	if (len == 0)
		return;
	if (len >= PREVIEW_SIZE)
		for (len = PREVIEW_SIZE - 1; len && (text[len] & 0xc0) == 0x80;)
			len--;
	memcpy(line, text, len);
	line[len] = '\0';
}

void
preview_line(const char *bytes, size_t len, char line[PREVIEW_SIZE])
{
	char text[1024];
	size_t n = 0;
	enum state state = TEXT;
	line[0] = '\0';
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];
		bool plain = state == TEXT && c != 0x1b;
		state = next_state(state, c);
		if (!plain || (c < 0x20 && c != '\n' && c != '\r') || c == 0x7f)
			continue;
		if (c == '\n' || c == '\r') {
			keep(line, text, n);
			n = 0;
		} else if (n < sizeof text) {
			text[n++] = (char)c;
		}
	}
	keep(line, text, n);
}
