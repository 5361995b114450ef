/*
 * Configuration files made from a template: each @NAME@ (capital letters and underscores)
 * is replaced by its value.
 */
#ifndef DISPATCH_CLI_TEMPLATE_H
#define DISPATCH_CLI_TEMPLATE_H

#include "lib/err.h"

struct template_value {
	const char *name; /* NULL ends an array */
	const char *text;
};

/*
 * Reads `from` and writes `to` (mode 0600, replaced). A name without a value is an error
 * (500 "template.name"); so is a file that cannot be read or written ("template.file").
 */
int template_write(const char *from, const char *to, const struct template_value *values,
	struct err *e);

#endif
