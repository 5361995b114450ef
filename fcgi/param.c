/* See param.h. Here the values are found where they came; param_value.c checks each. */
#include "config.h"

#include "fcgi/param.h"

#include "fcgi/param_value.h"
#include "fcgi/request.h"
#include "lib/crypt.h"
#include "lib/json.h"

#include <json-c/json.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct param *
find_among(const struct param *params, int count, enum place in, const char *name,
	int *index)
{
	for (*index = 0; *index < count; ++*index)
		if (params[*index].in == in && strcmp(params[*index].name, name) == 0)
			return &params[*index];
	return NULL;
}

static const struct param *
find(const struct route *route, enum place in, const char *name, int *index)
{
	return find_among(route->params, route->param_count, in, name, index);
}

/* The router has found that path and pattern have the same segments. */
static int
take_path(struct params *params, struct call *c, struct err *e)
{
	const char *pattern = c->route->path;
	char *at = params->path = xstrdup(c->request->path);
	while (*pattern) {
		size_t n = strcspn(pattern, "/"), m = strcspn(at, "/");
		bool last = at[m] == '\0';
		at[m] = '\0';
		if (*pattern == '<') {
			char name[40] = "";
			int i;
			memcpy(name, pattern + 1, n - 2);
			const struct param *p = find(c->route, IN_PATH, name, &i);
			if (param_value_text(p, &c->values[i], at, e) != 0)
				return -1;
		}
		pattern += n + (pattern[n] == '/');
		at += m + !last;
	}
	return 0;
}

static int
take_pair(struct call *c, enum place in, char *name, struct err *e)
{
	char *value = strchr(name, '=');
	int i;
	if (value)
		*value++ = '\0';
	if (request_decode(name, name, strlen(name), true) < 0)
		return err_field(e, "query",
			"The query of this request is not acceptable.");
	const struct param *p = find(c->route, in, name, &i);
	if (!p && in == IN_BODY)
		return 0;
	if (!p)
		return err_field(e, name, "There is no query parameter \"%.40s\" here.",
			name);
	if (value && request_decode(value, value, strlen(value), true) < 0)
		return err_field(e, name, "%s is not a well-formed text.", name);
	return param_value_text(p, &c->values[i], value ? value : "", e);
}

static int
take_pairs(struct call *c, enum place in, char *at, struct err *e)
{
	char *pair;
	while ((pair = strsep(&at, "&")))
		if (*pair && take_pair(c, in, pair, e) != 0)
			return -1;
	return 0;
}

static int
take_query(struct params *params, struct call *c, struct err *e)
{
	params->query = xstrdup(c->request->query);
	return take_pairs(c, IN_QUERY, params->query, e);
}

int
param_take_members(const struct param *params, int count, struct json_object *object,
	struct value *values, struct err *e)
{
	int i;
	json_object_object_foreach(object, name, member)
	{
		const struct param *p = find_among(params, count, IN_BODY, name, &i);
		if (!p)
			return err_field(e, name, "There is no member \"%.40s\" here.",
				name);
		values[i].null = !member;
		if (member && param_value_json(p, &values[i], member, e) != 0)
			return -1;
	}
	return 0;
}

int
param_within(struct err *e, const char *outer)
{
	char field[sizeof e->field];
	memcpy(field, e->field, sizeof field);
	if (*field)
		snprintf(e->field, sizeof e->field, "%.15s.%.23s", outer, field);
	return -1;
}

static int
take_body(struct params *params, struct call *c, const char *body, size_t len,
	struct err *e)
{
	if (json_parse(&params->body, body, len, e) != 0)
		return -1;
	if (!json_object_is_type(params->body, json_type_object))
		return err_set(e, 400, "request.json", "The body must be a JSON object.");
	return param_take_members(c->route->params, c->route->param_count, params->body,
		c->values, e);
}

static int
check_required(const struct call *c, struct err *e)
{
	for (int i = 0; i < c->route->param_count; i++) {
		const struct param *p = &c->route->params[i];
		if (p->required && !c->values[i].given)
			return err_field(e, p->name, "%s is missing.", p->name);
	}
	return 0;
}

int
param_take(struct params *p, struct call *c, const char *body, size_t len, struct err *e)
{
	if (take_path(p, c, e) != 0 || take_query(p, c, e) != 0)
		return -1;
	if (len && c->route->body == BODY_JSON && take_body(p, c, body, len, e) != 0)
		return -1;
	if (len && c->route->body == BODY_FORM) {
		p->form = xstrndup(body, len);
		if (take_pairs(c, IN_BODY, p->form, e) != 0)
			return -1;
	}
	return check_required(c, e);
}

void
param_free(struct params *p)
{
	free(p->query);
	if (p->form)
		crypt_wipe(p->form, strlen(p->form));
	free(p->form);
	free(p->path);
	json_object_put(p->body);
	*p = PARAMS_INIT;
}
