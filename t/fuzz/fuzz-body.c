/*
 * JSON bodies: the first byte chooses a route that takes one, the rest is its body. What
 * is accepted is as the route's table says.
 */
#include "config.h"

#include "fcgi/param.h"
#include "lib/json.h"
#include "lib/utf8.h"
#include "t/fuzz/fuzz.h"

#include <json-c/json.h>

#include <string.h>

static const struct route *
choose(uint8_t number)
{
	int count = 0;
	while (route_at(count))
		count++;
	for (int i = 0; i < count; i++) {
		const struct route *r = route_at((number + i) % count);
		if (r->body == BODY_JSON)
			return r;
	}
	abort();
}

static void
is_allowed(const struct param *p, const struct value *v)
{
	if (!v->given)
		return;
	PROMISE(p->in == IN_BODY);
	PROMISE(p->type != TYPE_INT || (v->number >= p->min && v->number <= p->max));
	if (!v->text)
		return;
	PROMISE(strlen(v->text) == v->len);
	PROMISE(p->type != TYPE_TEXT || utf8_count(v->text, v->len) <= p->max);
	PROMISE(p->type != TYPE_PROSE || (int64_t)v->len <= p->max);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct route *route = choose(size ? data[0] : 0);
	struct json_object *body = NULL;
	struct value values[MAX_PARAMS] = {0};
	struct err e = {0};
	size_t skip = size > 0;
	if (json_parse(&body, (const char *)data + skip, size - skip, &e) == 0 &&
		json_object_is_type(body, json_type_object) &&
		param_take_members(route->params, route->param_count, body, values, &e) ==
			0)
		for (int i = 0; i < route->param_count; i++)
			is_allowed(&route->params[i], &values[i]);
	PROMISE(e.status == 0 || (e.status >= 400 && e.status < 500));
	json_object_put(body);
	return 0;
}
