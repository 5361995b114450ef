/*
 * Workspaces. Their state is never stored: it follows from whether they are archived and
 * from the sessions that run. Deleting one forgets it and touches no file.
 */
#include "config.h"

#include "fcgi/h_workspaces.h"

#include "fcgi/claude_options.h"
#include "fcgi/isolation_options.h"
#include "fcgi/param.h"
#include "fcgi/workspace_dir.h"
#include "lib/buf.h"
#include "lib/db.h"
#include "lib/json.h"
#include "lib/json_read.h"
#include "lib/path.h"
#include "lib/roots.h"
#include "lib/store/session.h"
#include "lib/wake.h"

#include <json-c/json.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEFAULTS_MAX = 32 * 1024 };

/* ---- what is said of one ---- */

static const char *
state_of(const struct workspace *w, const struct session_counts *n)
{
	return n->running > 0 ? "active" : w->archived_at ? "archived" : "idle";
}

static void
put_workspace(struct buf *b, const struct workspace *w, const struct session_counts *n)
{
	json_begin(b, '{');
	json_key(b, "id"), json_string(b, w->id);
	json_key(b, "name"), json_string(b, w->name);
	json_key(b, "path"), json_string(b, w->path);
	json_key(b, "state"), json_string(b, state_of(w, n));
	json_key(b, "sessions"), json_begin(b, '{');
	json_key(b, "running"), json_int(b, n->running);
	json_key(b, "waiting"), json_int(b, n->waiting);
	json_key(b, "total"), json_int(b, n->total);
	json_end(b, '}');
	json_key(b, "theme"), json_string(b, w->theme);
	json_key(b, "defaults"), json_raw(b, w->defaults_json);
	json_key(b, "position"), json_int(b, w->position);
	json_key(b, "git"), json_truth(b, workspace_dir_is_git(w->path));
	json_key(b, "missing"), json_truth(b, !workspace_dir_exists(w->path));
	json_key(b, "created_at"), json_int(b, w->created_at);
	json_key(b, "updated_at"), json_int(b, w->updated_at);
	json_end(b, '}');
}

static int
put_one(void *arg, const struct workspace *w, struct err *e)
{
	struct call *c = arg;
	struct session_counts counts = {0};
	if (session_count_in(c->events, c->auth.user, w->id, &counts, e) != 0)
		return -1;
	put_workspace(&c->response->body, w, &counts);
	return 0;
}

/* ---- finding and making ---- */

int
workspace_named(struct call *c, struct workspace *w, struct err *e)
{
	const char *id = c->values[WORKSPACE_ID].text;
	int found = workspace_find(c->state, c->auth.user, id, w, e);
	snprintf(c->subject, sizeof c->subject, "%s", id);
	if (found == 0)
		err_set(e, 404, "workspace.unknown", "There is no such workspace.");
	return found > 0 ? 0 : -1;
}

static const char *
name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash && slash[1] ? slash + 1 : path;
}

/* A name of a directory may be no text, or a long one. */
static char *
usable_name(const char *name)
{
	const struct param p = {"name", IN_BODY, TYPE_TEXT, true, 1, WORKSPACE_NAME_MAX};
	return xstrdup(param_is_text(&p, name) ? name : "Workspace");
}

int
workspace_add(struct call *c, const char *path, const char *name, struct workspace *w,
	struct err *e)
{
	*w = (struct workspace){.path = xstrdup(path),
		.name = usable_name(name ? name : name_of(path)),
		.defaults_json = xstrdup("{}"),
		.created_at = c->now,
		.updated_at = c->now};
	struct workspace other;
	crypt_id(w->id);
	memcpy(w->owner, c->auth.user, sizeof w->owner);
	if (db_begin(c->state, DB_NORMAL, e) != 0)
		return -1;
	int there = workspace_at(c->state, c->auth.user, path, &other, e);
	if (there == 0 && workspace_insert(c->state, w, e) == 0 &&
		db_commit(c->state, e) == 0) {
		wake_workspace(&c->app->wake, w->owner, w->id, "created");
		return 0;
	}
	db_rollback(c->state);
	if (there > 0) {
		workspace_clear(w);
		*w = other;
	}
	return there > 0 ? 1 : -1;
}

/* The home is nobody's workspace when it does not lie beneath a root. */
static int
make_home(struct call *c, struct workspace *w, struct err *e)
{
	char *home = path_home(), *real = realpath(home, NULL);
	int rc = 0;
	if (real && roots_hold(&c->app->conf, real))
		rc = workspace_add(c, real, "Home", w, e);
	free(real);
	free(home);
	return rc < 0 ? -1 : 0;
}

int
workspace_use(struct call *c, const char *id, struct workspace *w, struct err *e)
{
	int found = workspace_find(c->state, c->auth.user, id, w, e);
	if (found == 0)
		err_set(e, 404, "workspace.unknown", "There is no such workspace.");
	if (found > 0 && workspace_dir_check(&c->app->conf, w->path, e) == 0)
		return 0;
	workspace_clear(w);
	return -1;
}

int
workspace_of(struct call *c, const char *named, const char *directory,
	struct workspace *w, struct err *e)
{
	*w = (struct workspace){0};
	if (named)
		return workspace_use(c, named, w, e);
	char *path = path_expand(directory ? directory : "~"),
	     *real = realpath(path, NULL);
	int found = workspace_holding(c->state, c->auth.user, real ? real : path, w, e);
	free(path);
	free(real);
	return found == 0 ? make_home(c, w, e) : found < 0 ? -1 : 0;
}

int
workspace_archive(struct call *c, struct workspace *w, struct err *e)
{
	w->archived_at = w->updated_at = c->now;
	if (db_begin(c->state, DB_NORMAL, e) != 0)
		return -1;
	if (workspace_update(c->state, w, e) != 0 || db_commit(c->state, e) != 0) {
		db_rollback(c->state);
		return -1;
	}
	wake_workspace(&c->app->wake, w->owner, w->id, "changed");
	return 0;
}

/* The directory is this workspace already. */
static int
refuse(struct call *c, const struct workspace *w, struct err *e)
{
	struct buf *extra = &c->response->extra;
	json_key(extra, "workspace"), json_string(extra, w->id);
	return err_set(e, 409, "workspace.exists", "%s is the workspace \"%s\" already.",
		w->path, w->name);
}

int
workspace_forget(struct call *c, const char *id, struct err *e)
{
	if (db_begin(c->state, DB_NORMAL, e) != 0)
		return -1;
	if (workspace_delete(c->state, c->auth.user, id, e) != 0 ||
		db_commit(c->state, e) != 0) {
		db_rollback(c->state);
		return -1;
	}
	wake_workspace(&c->app->wake, c->auth.user, id, "deleted");
	return 0;
}

static void
see_job(void *arg, const struct session *s)
{
	(void)s;
	*(bool *)arg = true;
}

int
workspace_check_jobs(struct call *c, const char *id, struct err *e)
{
	const struct job_filter filter = {.workspace = id, .live = true, .most = 1};
	bool busy = false;
	if (session_each_job(c->events, c->auth.user, &filter, see_job, &busy, e) != 0)
		return -1;
	return busy ? err_set(e, 409, "workspace.busy",
			      "A job runs in this workspace; wait for its end, or cancel "
			      "it.")
		    : 0;
}

int
workspace_put(struct call *c, const struct workspace *w, struct err *e)
{
	return put_one(c, w, e);
}

/* ---- the routes ---- */

int
h_workspace_list(struct call *c, struct err *e)
{
	response_list_begin(c->response);
	if (workspace_each(c->state, c->auth.user, put_one, c, e) != 0)
		return -1;
	response_list_end(c->response);
	return 0;
}

int
h_workspace_create(struct call *c, struct err *e)
{
	const struct value *v = c->values;
	bool create = v[NEW_CREATE].given && v[NEW_CREATE].number;
	if (v[NEW_CLONE].given)
		return workspace_clone(c, e);
	char *path = workspace_dir_resolve(&c->app->conf, v[NEW_PATH].text, create, e);
	struct workspace w;
	if (!path)
		return -1;
	int rc = workspace_add(c, path, v[NEW_NAME].given ? v[NEW_NAME].text : NULL, &w,
		e);
	free(path);
	if (rc == 1) {
		rc = refuse(c, &w, e);
	} else if (rc == 0) {
		memcpy(c->subject, w.id, sizeof c->subject);
		c->response->status = 201;
		rc = put_one(c, &w, e);
	}
	workspace_clear(&w);
	return rc;
}

int
h_workspace_get(struct call *c, struct err *e)
{
	struct workspace w;
	if (workspace_named(c, &w, e) != 0)
		return -1;
	int rc = put_one(c, &w, e);
	workspace_clear(&w);
	return rc;
}

static void
set_text(char **text, const char *to)
{
	free(*text);
	*text = to ? xstrdup(to) : NULL;
}

enum { DEFAULT_SHELL, DEFAULT_CLAUDE, DEFAULT_PTY, DEFAULTS };

static const struct param defaults[] = {
	[DEFAULT_SHELL] = {"shell", IN_BODY, TYPE_PATH, false, 1, 4096},
	[DEFAULT_CLAUDE] = {"claude", IN_BODY, TYPE_OBJECT, false},
	[DEFAULT_PTY] = {"pty", IN_BODY, TYPE_OBJECT, false},
};

static int
set_defaults(struct call *c, struct workspace *w, struct err *e)
{
	struct json_object *json = c->values[CHANGE_DEFAULTS].json;
	struct value v[DEFAULTS] = {0};
	struct json_object *claude;
	if (strlen(json_compact(json)) > DEFAULTS_MAX)
		return err_field(e, "defaults", "defaults are too large.");
	if (param_take_members(defaults, DEFAULTS, json, v, e) != 0)
		return param_within(e, "defaults");
	claude = v[DEFAULT_CLAUDE].json;
	if (json_member(claude, "resume") || json_member(claude, "fork"))
		return err_field(e, "defaults.claude",
			"Each new session has a conversation of its own.");
	if (claude && claude_options_check(c->app, claude, "defaults.claude", e) != 0)
		return -1;
	if (v[DEFAULT_PTY].json &&
		terminal_options_check(c->app, v[DEFAULT_PTY].json, "defaults.pty", e) !=
			0)
		return -1;
	if (isolation_check_defaults(c, w->defaults_json, json, e) != 0)
		return -1;
	set_text(&w->defaults_json, json_compact(json));
	return 0;
}

static int
apply(struct call *c, struct workspace *w, struct err *e)
{
	const struct value *v = c->values;
	if (v[CHANGE_NAME].given)
		set_text(&w->name, v[CHANGE_NAME].text);
	if (v[CHANGE_ARCHIVED].given)
		w->archived_at = v[CHANGE_ARCHIVED].number ? c->now : 0;
	if (v[CHANGE_THEME].given)
		set_text(&w->theme, *v[CHANGE_THEME].text ? v[CHANGE_THEME].text : NULL);
	if (v[CHANGE_POSITION].given)
		w->position = v[CHANGE_POSITION].number;
	w->updated_at = c->now;
	return v[CHANGE_DEFAULTS].given ? set_defaults(c, w, e) : 0;
}

int
h_workspace_change(struct call *c, struct err *e)
{
	struct workspace w;
	if (db_begin(c->state, DB_NORMAL, e) != 0)
		return -1;
	if (workspace_named(c, &w, e) != 0) {
		db_rollback(c->state);
		return -1;
	}
	int rc = apply(c, &w, e);
	if (rc == 0)
		rc = workspace_update(c->state, &w, e);
	if (rc == 0)
		rc = db_commit(c->state, e);
	if (rc == 0) {
		wake_workspace(&c->app->wake, w.owner, w.id, "changed");
		rc = put_one(c, &w, e);
	} else {
		db_rollback(c->state);
	}
	workspace_clear(&w);
	return rc;
}

int
h_workspace_delete(struct call *c, struct err *e)
{
	struct session_counts counts = {0};
	struct workspace w;
	if (workspace_named(c, &w, e) != 0)
		return -1;
	workspace_clear(&w);
	if (session_count_in(c->events, c->auth.user, c->subject, &counts, e) != 0)
		return -1;
	if (counts.running > 0)
		return err_set(e, 409, "workspace.busy",
			"%lld sessions run in this workspace; end them first.",
			(long long)counts.running);
	return workspace_check_jobs(c, c->subject, e) == 0
		? workspace_forget(c, c->subject, e)
		: -1;
}
