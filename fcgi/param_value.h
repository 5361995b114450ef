/* Whether one value is what its row of a parameter table says. JSON brings its own types,
 * and nothing is converted there: "80" is not 80. */
#ifndef DISPATCH_FCGI_PARAM_VALUE_H
#define DISPATCH_FCGI_PARAM_VALUE_H

#include "fcgi/route.h"

/* One that came as text, from the path, the query or a form; *v borrows it. Errors: those
 * of param_take(). */
int param_value_text(const struct param *p, struct value *v, const char *text,
	struct err *e);

/* One that came as JSON, which *v borrows; not NULL. */
int param_value_json(const struct param *p, struct value *v, struct json_object *json,
	struct err *e);

#endif
