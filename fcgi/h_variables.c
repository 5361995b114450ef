/*
 * The variables that programs find in their environment: a person's, and those of each
 * workspace. A secret one is never sent back; whoever changes the list and leaves its
 * value out keeps it.
 */
#include "config.h"

#include "fcgi/h_workspaces.h"
#include "fcgi/param.h"
#include "lib/buf.h"
#include "lib/db.h"
#include "lib/json.h"
#include "lib/secret.h"
#include "lib/store/variable.h"

#include <json-c/json.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Those of the person and of the workspace together must fit through the shim, with what
 * a session has of its own: see SHIM_FRAME_MAX. */
enum { TOGETHER_MAX = 40 * 1024 };

enum { MEMBER_NAME, MEMBER_VALUE, MEMBER_SECRET, MEMBERS };

static const struct param members[] = {
	[MEMBER_NAME] = {"name", IN_BODY, TYPE_TEXT, true, 1, 128},
	[MEMBER_VALUE] = {"value", IN_BODY, TYPE_PROSE, false, 0, TOGETHER_MAX},
	[MEMBER_SECRET] = {"secret", IN_BODY, TYPE_BOOL, false},
};

/* Whose they are: of the workspace, or ("") the person's. */
struct whose {
	struct call *call;
	const char *workspace;
	struct json_object *given; /* names that were given so far */
};

static int
put_variable(void *arg, const struct variable *v, struct err *e)
{
	struct buf *b = arg;
	(void)e;
	json_begin(b, '{');
	json_key(b, "name"), json_string(b, v->name);
	json_key(b, "value");
	if (v->secret)
		json_null(b);
	else
		json_string_n(b, v->value, v->len);
	json_key(b, "secret"), json_truth(b, v->secret);
	json_end(b, '}');
	return 0;
}

static int
put_variables(struct call *c, const char *workspace, struct err *e)
{
	struct buf *b = &c->response->body;
	response_list_begin(c->response);
	if (variable_each(c->state, c->auth.user, workspace, put_variable, b, e) != 0)
		return -1;
	response_list_end(c->response);
	return 0;
}

/* ---- a new list ---- */

/* Never with a new key beside secrets that need another: that one may come back. */
static int
seal(const struct whose *w, const char *name, const char *value, size_t len,
	struct buf *sealed, struct err *e)
{
	const struct call *c = w->call;
	int64_t others = variable_count_secrets(c->state, e);
	char *about;
	if (others < 0)
		return -1;
	about = variable_about(c->auth.user, w->workspace, name);
	int rc = secret_seal(c->app->conf.dir, others == 0, about, value, len, sealed, e);
	free(about);
	return rc;
}

static int
store(const struct whose *w, const char *name, const char *value, bool secret,
	struct err *e)
{
	struct call *c = w->call;
	struct variable v = {name, secret, value, strlen(value)};
	struct buf sealed = BUF_INIT;
	if (secret) {
		if (seal(w, name, value, v.len, &sealed, e) != 0)
			return -1;
		v.value = sealed.data;
		v.len = sealed.len;
	}
	int rc = variable_put(c->state, c->auth.user, w->workspace, &v, e);
	buf_free(&sealed);
	return rc;
}

struct search {
	const char *name;
	bool found;
};

static int
look_for_secret(void *arg, const struct variable *v, struct err *e)
{
	struct search *s = arg;
	(void)e;
	s->found = s->found || (v->secret && strcmp(v->name, s->name) == 0);
	return 0;
}

/* A secret without a value is the one that is there. */
static int
keep(const struct whose *w, const char *name, bool secret, struct err *e)
{
	struct search s = {name, false};
	if (variable_each(w->call->state, w->call->auth.user, w->workspace,
		    look_for_secret, &s, e) != 0)
		return -1;
	if (s.found && secret)
		return 0;
	return err_field(e, "variables", "%s has no value.", name);
}

static int
take_variable(struct whose *w, struct json_object *object, struct err *e)
{
	struct value v[MEMBERS] = {0};
	if (!json_object_is_type(object, json_type_object))
		return err_field(e, "variables", "variables must be objects.");
	if (param_take_members(members, MEMBERS, object, v, e) != 0)
		return -1;
	const char *name = v[MEMBER_NAME].text;
	if (!name || !param_is_variable(name))
		return err_field(e, "variables",
			"A variable's name has letters, digits and _, and does not begin "
			"with a digit.");
	if (json_object_object_get_ex(w->given, name, NULL))
		return err_field(e, "variables", "%s is there twice.", name);
	json_object_object_add(w->given, name, NULL);
	bool secret = v[MEMBER_SECRET].number;
	return v[MEMBER_VALUE].given ? store(w, name, v[MEMBER_VALUE].text, secret, e)
				     : keep(w, name, secret, e);
}

static int
collect_absent(void *arg, const struct variable *v, struct err *e)
{
	struct json_object **sets = arg;
	(void)e;
	if (!json_object_object_get_ex(sets[0], v->name, NULL))
		json_object_object_add(sets[1], v->name, NULL);
	return 0;
}

static int
remove_others(const struct whose *w, struct err *e)
{
	struct call *c = w->call;
	struct json_object *sets[2] = {w->given, json_object_new_object()};
	int rc = variable_each(c->state, c->auth.user, w->workspace, collect_absent, sets,
		e);
	json_object_object_foreach(sets[1], name, nothing)
	{
		(void)nothing;
		if (rc == 0)
			rc = variable_remove(c->state, c->auth.user, w->workspace, name,
				e);
	}
	json_object_put(sets[1]);
	return rc;
}

static int
add_size(void *arg, const struct variable *v, struct err *e)
{
	size_t *sum = arg;
	(void)e;
	*sum += strlen(v->name) + v->len + 2;
	return 0;
}

static int
check_size(const struct whose *w, struct err *e)
{
	size_t sum = 0;
	if (variable_each(w->call->state, w->call->auth.user, w->workspace, add_size,
		    &sum, e) != 0)
		return -1;
	return sum <= TOGETHER_MAX
		? 0
		: err_field(e, "variables",
			  "The variables have %zu bytes together; at most %d fit.", sum,
			  TOGETHER_MAX);
}

static int
replace(struct call *c, const char *workspace, struct json_object *list, struct err *e)
{
	struct whose w = {c, workspace, json_object_new_object()};
	int rc = db_begin(c->state, DB_DURABLE, e);
	for (size_t i = 0; rc == 0 && i < json_object_array_length(list); i++)
		rc = take_variable(&w, json_object_array_get_idx(list, i), e);
	if (rc == 0)
		rc = remove_others(&w, e);
	if (rc == 0)
		rc = check_size(&w, e);
	json_object_put(w.given);
	if (rc == 0 && db_commit(c->state, e) == 0)
		return put_variables(c, workspace, e);
	db_rollback(c->state);
	return -1;
}

/* ---- the routes ---- */

static int
check_workspace(struct call *c, struct err *e)
{
	struct workspace w;
	int rc = workspace_named(c, &w, e);
	workspace_clear(&w);
	return rc;
}

int
h_workspace_env(struct call *c, struct err *e)
{
	return check_workspace(c, e) == 0 ? put_variables(c, c->subject, e) : -1;
}

int
h_workspace_env_put(struct call *c, struct err *e)
{
	return check_workspace(c, e) == 0
		? replace(c, c->subject, c->values[ENV_VARIABLES].json, e)
		: -1;
}

int
h_env(struct call *c, struct err *e)
{
	return put_variables(c, "", e);
}

int
h_env_put(struct call *c, struct err *e)
{
	return replace(c, "", c->values[OWN_VARIABLES].json, e);
}
