/* Texts from outside that people are shown: names, labels, what a browser calls itself.
 */
#include "config.h"

#include "lib/auth.h"

#include "lib/auth_inner.h"
#include "lib/utf8.h"

#include <string.h>

char *
auth_displayable(const char *text, size_t len)
{
	size_t i = 0, all = text ? strlen(text) : 0;
	while (i < all) {
		size_t n = utf8_decode(text + i, all - i, NULL);
		if (n == 0)
			return xstrdup("");
		if (i + n > len)
			break;
		i += n;
	}
	return xstrndup(text ? text : "", i);
}

int
auth_check_text(const char *field, const char *text, int max, struct err *e)
{
	size_t len = strlen(text);
	long count = 0;
	bool blank = true;
	for (size_t i = 0; i < len; count++) {
		uint32_t c;
		size_t n = utf8_decode(text + i, len - i, &c);
		if (n == 0)
			return err_field(e, field, "%s is not valid UTF-8.", field);
		if (utf8_is_control(c))
			return err_field(e, field, "%s has a control character.", field);
		blank = blank && (c == ' ' || c == 0xa0 || c == 0x3000);
		i += n;
	}
	if (blank || count > max)
		return err_field(e, field, "%s must have 1 to %d characters.", field,
			max);
	return 0;
}
