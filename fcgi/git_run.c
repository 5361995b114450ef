/* See git.h. */
#include "config.h"

#include "fcgi/git.h"

#include "fcgi/child.h"
#include "fcgi/child_isolation.h"
#include "fcgi/git_environment.h"
#include "fcgi/h_workspaces.h"
#include "lib/os_file.h"
#include "lib/path_text.h"
#include "lib/roots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	READ_MS = 20 * 1000, /* a web server waits for an answer for a minute */
	ACT_MS = 50 * 1000,
	NAME_MAX_BYTES = 1024, /* of a revision */
};

/* ---- running ---- */

static int
missing(int error, struct err *e)
{
	return err_errno(e, error, 409, "workspace.missing",
		"The directory of the workspace cannot be opened");
}

static int
failed_to_run(struct err *e)
{
	if (e && strcmp(e->code, "child.missing") == 0)
		return err_set(e, 422, "git.missing",
			"Git is not installed on this machine.");
	if (e && strcmp(e->code, "child.timeout") == 0)
		return err_set(e, 504, "git.timeout", "Git took too long and was ended.");
	if (e && strcmp(e->code, "child.directory") == 0)
		return missing(ENOENT, e);
	return -1;
}

/* Once for a request. Until it is known which filters to switch off, nothing is asked
 * that runs one. */
static int
isolate(struct git *g, const struct git_ask *ask, struct err *e)
{
	if (!ask->act && !g->hardened)
		return 0;
	return g->isolation.os.count ? 0
				     : child_isolation(&g->isolation, &g->c->app->conf,
					       g->c->app->conf.session_isolation, e);
}

/* Where the system cannot isolate, nothing is done, but it is read. */
static int
talk(struct child *child, bool act, struct err *e)
{
	struct err why = {0};
	int status = child_talk(child, &why);
	if (status < 0 && !act &&
		strcmp(why.code, "session.isolation_unavailable") == 0) {
		child->isolate = NULL;
		status = child_talk(child, &why);
	}
	if (status < 0 && e)
		*e = why;
	return status;
}

int
git_run(struct git *g, const struct git_ask *ask, struct err *e)
{
	struct words argv = WORDS_INIT;
	struct buf errors = BUF_INIT;
	if (isolate(g, ask, e) != 0)
		return -1;
	words_add(&argv, "git");
	/* It would take its own patterns literally, too. */
	if (strcmp(ask->words->list[0], "stash") != 0)
		words_add(&argv, "--literal-pathspecs");
	words_each(&argv, (const char *const *)ask->words->list);
	struct child child = {
		.argv = argv.list,
		.env = ask->act ? g->act_env.list : g->read_env.list,
		.isolate = &g->isolation.os,
		.dir = g->dir,
		.path = g->path,
		.input = ask->input,
		.input_len = ask->input_len,
		.ms = ask->act ? ACT_MS : READ_MS,
		.take = ask->take,
		.arg = ask->arg,
		.errors = &errors,
	};
	int status = talk(&child, ask->act, e);
	if (status < 0)
		status = failed_to_run(e);
	else if (status != 0 && status != CHILD_ENOUGH && !(ask->maybe && status == 1))
		status = git_problem(g->c->response, &errors, e);
	buf_free(&errors);
	words_free(&argv);
	return status;
}

struct sink {
	struct buf *out;
	size_t begin, most;
};

static bool
fill(void *arg, const char *bytes, size_t len)
{
	struct sink *sink = arg;
	if (sink->out->len - sink->begin + len > sink->most)
		return false;
	buf_add(sink->out, bytes, len);
	return true;
}

static int
read_text(struct git *g, const struct git_ask *what, size_t most, struct buf *out,
	struct err *e)
{
	struct sink sink = {out, out->len, most};
	struct git_ask ask = *what;
	ask.take = fill;
	ask.arg = &sink;
	int status = git_run(g, &ask, e);
	if (status == CHILD_ENOUGH)
		return err_set(e, 413, "git.too_large",
			"Git has more to say than the %zu bytes that are read here.",
			most);
	return status;
}

int
git_read(struct git *g, const struct words *words, size_t most, struct buf *out,
	struct err *e)
{
	const struct git_ask ask = {.words = words};
	return read_text(g, &ask, most, out, e);
}

int
git_read_maybe(struct git *g, const struct words *words, size_t most, struct buf *out,
	struct err *e)
{
	const struct git_ask ask = {.words = words, .maybe = true};
	return read_text(g, &ask, most, out, e);
}

/* What it says about a refusal may stand on either side. */
int
git_act_with(struct git *g, const struct words *words, const struct buf *input,
	struct err *e)
{
	struct buf said = BUF_INIT;
	struct sink sink = {&said, 0, GIT_TEXT_MAX};
	const struct git_ask ask = {.words = words,
		.input = input ? input->data : NULL,
		.input_len = input ? input->len : 0,
		.act = true,
		.take = fill,
		.arg = &sink};
	int status = git_run(g, &ask, e);
	if (status < 0 && e && strcmp(e->code, "git.refused") == 0 && said.len &&
		(!g->c->response->extra.len || strstr(said.data, "CONFLICT (")))
		git_problem(g->c->response, &said, e);
	buf_free(&said);
	return status < 0 ? -1 : 0;
}

int
git_act(struct git *g, const struct words *words, struct err *e)
{
	return git_act_with(g, words, NULL, e);
}

/* ---- the workspace ---- */

static void
add_ceiling(void *arg, const char *said, const char *root)
{
	struct buf *list = arg;
	const char *slash = root ? strrchr(root, '/') : NULL;
	(void)said;
	if (!slash || slash == root)
		return;
	buf_str(list, list->len ? ":" : "");
	buf_add(list, root, (size_t)(slash - root));
}

/* A repository that begins above the roots is not looked for. */
static void
add_ceilings(struct git *g)
{
	struct buf list = BUF_INIT;
	roots_each(&g->c->app->conf, add_ceiling, &list);
	if (list.len) {
		words_format(&g->read_env, "GIT_CEILING_DIRECTORIES=%s", list.data);
		words_format(&g->act_env, "GIT_CEILING_DIRECTORIES=%s", list.data);
	}
	buf_free(&list);
}

int
git_open_directory(struct git *g, struct call *c, struct err *e)
{
	*g = GIT_INIT;
	g->c = c;
	g->workspace = c->values[GIT_WORKSPACE].text;
	struct workspace w;
	if (workspace_use(c, g->workspace, &w, e) != 0)
		return -1;
	snprintf(c->subject, sizeof c->subject, "%s", w.id);
	g->path = xstrdup(w.path);
	workspace_clear(&w);
	g->dir = os_open_plain(g->path, O_PATH | O_DIRECTORY);
	if (g->dir < 0)
		return missing(errno, e);
	git_environment(&g->read_env, false);
	git_environment(&g->act_env, true);
	add_ceilings(g);
	return 0;
}

/* Whether git says that the first `len` bytes of the path are the work tree, and the rest
 * is the way from there to the workspace. */
static bool
is_split(const struct git *g, size_t len, const struct buf *said)
{
	const char *rest = g->path + len + (g->path[len] == '/');
	char *both = xasprintf("%.*s\n%s%s\n", len ? (int)len : 1, g->path, rest,
		*rest ? "/" : "");
	bool is = said->len && strcmp(both, said->data) == 0;
	free(both);
	return is;
}

/* Where the workspace lies in the work tree. Names may have newlines, and the work tree
 * may be elsewhere altogether. */
static int
find_prefix(struct git *g, struct err *e)
{
	struct words words = WORDS_INIT;
	struct buf said = BUF_INIT;
	size_t len = strlen(g->path);
	WORDS_ADD(&words, "rev-parse", "--show-toplevel", "--show-prefix");
	int status = git_read(g, &words, GIT_TEXT_MAX, &said, e);
	words_free(&words);
	while (status == 0 && !is_split(g, len, &said)) {
		if (len == 0)
			status = err_set(e, 409, "git.not_repository",
				"The work tree of this repository is elsewhere.");
		while (len && g->path[--len] != '/')
			;
	}
	buf_free(&said);
	if (status != 0)
		return -1;
	const char *rest = g->path + len + (g->path[len] == '/');
	g->root = xstrndup(g->path, len ? len : 1);
	g->prefix = xasprintf("%s%s", rest, *rest ? "/" : "");
	return 0;
}

/* A filter that is set in the repository itself is its author's word, not the person's.
 */
static int
harden(struct git *g, struct err *e)
{
	struct words words = WORDS_INIT;
	struct buf out = BUF_INIT;
	WORDS_ADD(&words, "config", "--list", "--show-scope", "-z");
	int status = git_read(g, &words, GIT_TEXT_MAX, &out, e);
	if (status == 0 &&
		!git_environment_harden(&g->read_env, out.data ? out.data : "", out.len))
		status = err_set(e, 409, "git.refused",
			"This repository sets up too many filters.");
	words_free(&words);
	buf_free(&out);
	g->hardened = status == 0;
	return status == 0 ? 0 : -1;
}

int
git_open(struct git *g, struct call *c, struct err *e)
{
	return git_open_directory(g, c, e) == 0 && find_prefix(g, e) == 0 &&
			harden(g, e) == 0
		? 0
		: -1;
}

void
git_close(struct git *g)
{
	if (g->dir >= 0)
		close(g->dir);
	free(g->path);
	free(g->prefix);
	free(g->root);
	words_free(&g->read_env);
	words_free(&g->act_env);
	isolation_clear(&g->isolation);
	*g = GIT_INIT;
}

/* ---- revisions ---- */

int
git_resolve(struct git *g, const char *name, char **commit, struct err *e)
{
	struct words words = WORDS_INIT;
	struct buf out = BUF_INIT;
	WORDS_ADD(&words, "rev-parse", "--verify", "--quiet", "--end-of-options");
	words_format(&words, "%s^{commit}", name);
	int status = git_read_maybe(g, &words, GIT_TEXT_MAX, &out, e);
	words_free(&words);
	if (status == 0 && out.len > 1) {
		out.data[out.len - 1] = '\0';
		*commit = buf_take(&out);
		return 1;
	}
	buf_free(&out);
	return status < 0 ? -1 : 0;
}

char *
git_commit(struct git *g, const char *name, const char *field, struct err *e)
{
	char *bytes = path_text_bytes(name, strlen(name)), *commit = NULL;
	if (!bytes || !*bytes || *bytes == '-' || strlen(bytes) > NAME_MAX_BYTES) {
		free(bytes);
		err_field(e, field, "This is no revision.");
		return NULL;
	}
	int rc = git_resolve(g, bytes, &commit, e);
	free(bytes);
	if (rc == 0)
		err_set(e, 404, "git.unknown", "There is no revision %s.", name);
	return commit;
}

int
git_head(struct git *g, char **commit, struct err *e)
{
	*commit = NULL;
	return git_resolve(g, "HEAD", commit, e) < 0 ? -1 : 0;
}
