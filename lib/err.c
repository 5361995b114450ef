/* Filling of `struct err`; see err.h. Nothing here allocates, so that it works when
 * memory or descriptors are what ran out. */
#include "config.h"

#include "lib/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void
fill(struct err *e, int status, const char *code, const char *format, va_list args)
{
	e->status = status;
	e->field[0] = '\0';
	snprintf(e->code, sizeof e->code, "%s", code);
	vsnprintf(e->text, sizeof e->text, format, args);
}

int
err_set(struct err *e, int status, const char *code, const char *format, ...)
{
	if (!e)
		return -1;
	va_list args;
	va_start(args, format);
	fill(e, status, code, format, args);
	va_end(args);
	return -1;
}

int
err_field(struct err *e, const char *field, const char *format, ...)
{
	if (!e)
		return -1;
	va_list args;
	va_start(args, format);
	fill(e, 400, "request.invalid", format, args);
	va_end(args);
	snprintf(e->field, sizeof e->field, "%s", field);
	return -1;
}

int
err_errno(struct err *e, int saved_errno, int status, const char *code,
	const char *format, ...)
{
	if (!e)
		return -1;
	va_list args;
	va_start(args, format);
	fill(e, status, code, format, args);
	va_end(args);
	size_t n = strlen(e->text);
	snprintf(e->text + n, sizeof e->text - n, ": %s.", strerror(saved_errno));
	return -1;
}
