/* What goes over the network is a job; see job.h. */
#include "config.h"

#include "fcgi/h_git.h"
#include "fcgi/job.h"
#include "lib/json.h"

#include <stdlib.h>
#include <string.h>

/* A parameter that becomes a member of the job's options under its name. */
struct option {
	int param;
	const char *name;
	bool is_name; /* of a remote or a branch; else a truth */
};

struct network {
	const char *op, *label;
	const struct option *options;
	size_t count;
};

static const struct option fetch_options[] = {
	{FETCH_REMOTE, "remote", true},
	{FETCH_ALL, "all", false},
	{FETCH_PRUNE, "prune", false},
	{FETCH_TAGS, "tags", false},
};

static const struct option pull_options[] = {
	{PULL_REMOTE, "remote", true},
	{PULL_BRANCH, "branch", true},
	{PULL_REBASE, "rebase", false},
	{PULL_FF_ONLY, "ff_only", false},
};

static const struct option push_options[] = {
	{PUSH_REMOTE, "remote", true},
	{PUSH_BRANCH, "branch", true},
	{PUSH_TO, "to", true},
	{PUSH_UPSTREAM, "upstream", false},
	{PUSH_FORCE, "force", false},
	{PUSH_TAGS, "tags", false},
	{PUSH_DELETE, "delete", false},
};

#define OPTIONS(list) (list), sizeof(list) / sizeof *(list)

static const struct network fetch = {"fetch", "Fetch", OPTIONS(fetch_options)};
static const struct network pull = {"pull", "Pull", OPTIONS(pull_options)};
static const struct network push = {"push", "Push", OPTIONS(push_options)};

static int
put_option(struct buf *b, const struct option *option, const struct value *v,
	struct err *e)
{
	if (!v->given)
		return 0;
	json_key(b, option->name);
	if (!option->is_name) {
		json_truth(b, v->number);
		return 0;
	}
	char *name = h_git_name(v->text, option->name, e);
	if (name)
		json_string(b, name);
	free(name);
	return name ? 0 : -1;
}

/* How ssh is to be called so that it asks nothing, unless somebody has set that up. */
static void
put_ssh(struct git *g, struct buf *b)
{
	struct words words = WORDS_INIT;
	struct buf out = BUF_INIT;
	struct git_ask ask = {.words = &words, .act = true, .maybe = true};
	WORDS_ADD(&words, "config", "--get", "core.sshCommand");
	if (git_run(g, &ask, NULL) == 1)
		json_key(b, "ssh"), json_string(b, "ssh -oBatchMode=yes");
	words_free(&words);
	buf_free(&out);
}

static int
put_options(struct git *g, const struct network *network, struct buf *b, struct err *e)
{
	const struct value *v = g->c->values;
	for (size_t i = 0; i < network->count; i++) {
		const struct option *option = &network->options[i];
		if (put_option(b, option, &v[option->param], e) != 0)
			return -1;
	}
	put_ssh(g, b);
	return 0;
}

/* A branch is named behind its remote. */
static int
check(const struct network *network, const struct value *v, struct err *e)
{
	bool branch = network != &fetch && v[PULL_BRANCH].given;
	return branch && !v[PULL_REMOTE].given
		? err_field(e, "remote", "Of which remote?")
		: 0;
}

static int
handle(struct call *c, const struct network *network, struct err *e)
{
	const struct value *remote = &c->values[FETCH_REMOTE];
	struct git g;
	struct buf options = BUF_INIT;
	char *label = xasprintf("%s%s%s", network->label, remote->given ? " " : "",
		remote->given ? remote->text : "");
	int result = git_open(&g, c, e);
	if (result == 0)
		result = check(network, c->values, e);
	if (result == 0)
		result = put_options(&g, network, &options, e);
	if (result == 0) {
		const struct job_order order = {.op = network->op,
			.label = label,
			.cwd = g.path,
			.workspace = g.workspace,
			.options = options.data};
		c->response->status = 202;
		result = job_start(c, &order, &c->response->body, e);
	}
	free(label);
	buf_free(&options);
	git_close(&g);
	return result;
}

int
h_git_fetch(struct call *c, struct err *e)
{
	return handle(c, &fetch, e);
}

int
h_git_pull(struct call *c, struct err *e)
{
	return handle(c, &pull, e);
}

int
h_git_push(struct call *c, struct err *e)
{
	return handle(c, &push, e);
}
