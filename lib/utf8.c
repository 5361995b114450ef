/* See utf8.h. */
#include "config.h"

#include "lib/utf8.h"

/* The sequence's length by its first byte, or 0. */
static size_t
length_of(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead < 0xc2)
		return 0;
	if (lead < 0xe0)
		return 2;
	if (lead < 0xf0)
		return 3;
	return lead < 0xf5 ? 4 : 0;
}

size_t
utf8_decode(const char *s, size_t left, uint32_t *c)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	static const unsigned char bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
	size_t n = length_of((unsigned char)*s);
	if (n == 0 || n > left)
		return 0;
	uint32_t value = (unsigned char)*s & bits[n];
	for (size_t i = 1; i < n; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | ((unsigned char)s[i] & 0x3f);
	}
	if (value < least[n] || value > 0x10ffff || (value >= 0xd800 && value < 0xe000))
		return 0;
	if (c)
		*c = value;
	return n;
}

long
utf8_count(const char *s, size_t len)
{
	long count = 0;
	for (size_t i = 0; i < len; count++) {
		size_t n = utf8_decode(s + i, len - i, NULL);
		if (!n)
			return -1;
		i += n;
	}
	return count;
}

bool
utf8_is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x200e || c == 0x200f ||
		(c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}
