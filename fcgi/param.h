/* Checking what came against a route's parameter table. */
#ifndef DISPATCH_FCGI_PARAM_H
#define DISPATCH_FCGI_PARAM_H

#include "fcgi/route.h"

/* Memory that the values of one call point into. */
struct params {
	char *query; /* decoded */
	char *form;  /* the same, of a body */
	char *path;  /* cut into segments */
	struct json_object *body;
};

#define PARAMS_INIT ((struct params){0})

/*
 * Takes the parameters in the path, in the query and in the JSON body (NULL: BODY_JSON is
 * not the route's) into c->values. Errors: 400 "request.invalid" with the field, 404
 * "session.unknown", 400 "request.json".
 */
int param_take(struct params *p, struct call *c, const char *body, size_t len,
	struct err *e);

/*
 * Takes the members of a JSON object by the table's rows that are IN_BODY into `values`,
 * which follow it. A member that is null counts as one that is not there. Errors: 400
 * "request.invalid" with the field.
 */
int param_take_members(const struct param *params, int count, struct json_object *object,
	struct value *values, struct err *e);

/* The field of the error, if it has one, is a member of `outer`: "clone.url". Returns -1.
 */
int param_within(struct err *e, const char *outer);

void param_free(struct params *p);

/* Whether it can be the name of an environment variable. */
bool param_is_variable(const char *name);

/* Whether the text is one that a parameter of TYPE_TEXT like *p may have. */
bool param_is_text(const struct param *p, const char *text);

#endif
