/* Branches, tags and remotes: switching, making, renaming, deleting. */
#include "config.h"

#include "fcgi/h_git.h"

#include <stdlib.h>
#include <string.h>

/* Runs the words, which are freed, in the workspace's repository. */
static int
act(struct git *g, struct words *words, int result, struct err *e)
{
	if (result == 0)
		result = git_act(g, words, e);
	words_free(words);
	git_close(g);
	return result;
}

/* Adds the name that a parameter gives. */
static int
add_name(struct words *words, const struct value *v, const char *field, struct err *e)
{
	char *name = v->given ? h_git_name(v->text, field, e) : NULL;
	if (!v->given)
		return err_field(e, field, "This is needed here.");
	if (!name)
		return -1;
	words_add(words, name);
	free(name);
	return 0;
}

/* Adds the commit that a parameter names, when it is given. */
static int
add_commit(struct git *g, struct words *words, const struct value *v, const char *field,
	struct err *e)
{
	char *commit = v->given ? git_commit(g, v->text, field, e) : NULL;
	if (!v->given)
		return 0;
	if (!commit)
		return -1;
	words_add(words, commit);
	free(commit);
	return 0;
}

/* ---- switch ---- */

/* The start of a new branch by its name, so that it can be followed. */
static int
add_start(struct git *g, struct words *words, const struct value *v, struct err *e)
{
	if (!v[SWITCH_START].given || !h_git_truth(&v[SWITCH_TRACK]))
		return add_commit(g, words, &v[SWITCH_START], "start", e);
	return add_name(words, &v[SWITCH_START], "start", e);
}

int
h_git_switch(struct call *c, struct err *e)
{
	const struct value *v = c->values;
	struct git g;
	struct words words = WORDS_INIT;
	int result = git_open(&g, c, e);
	WORDS_ADD(&words, "switch", "--quiet");
	if (h_git_truth(&v[SWITCH_FORCE]))
		words_add(&words, "--discard-changes");
	if (h_git_truth(&v[SWITCH_MERGE]))
		words_add(&words, "--merge");
	if (result == 0 && v[SWITCH_COMMIT].given) {
		words_add(&words, "--detach");
		result = add_commit(&g, &words, &v[SWITCH_COMMIT], "commit", e);
		return act(&g, &words, result, e);
	}
	bool create = h_git_truth(&v[SWITCH_CREATE]);
	if (create)
		words_add(&words,
			h_git_truth(&v[SWITCH_TRACK]) ? "--track" : "--no-track"),
			words_add(&words, "--create");
	if (result == 0)
		result = add_name(&words, &v[SWITCH_BRANCH], "branch", e);
	if (result == 0 && create)
		result = add_start(&g, &words, v, e);
	return act(&g, &words, result, e);
}

/* ---- branches ---- */

enum { CREATE, RENAME, DELETE, UPSTREAM };

static int
branch_words(struct git *g, struct words *words, struct err *e)
{
	const struct value *v = g->c->values;
	bool force = h_git_truth(&v[BRANCH_FORCE]);
	words_add(words, "branch");
	switch (v[BRANCH_OP].number) {
	case CREATE:
		WORDS_ADD(words, "--no-track", "--");
		return add_name(words, &v[BRANCH_NAME], "name", e) == 0
			? add_commit(g, words, &v[BRANCH_START], "start", e)
			: -1;
	case RENAME:
		WORDS_ADD(words, force ? "-M" : "-m", "--");
		return add_name(words, &v[BRANCH_NAME], "name", e) == 0
			? add_name(words, &v[BRANCH_TO], "to", e)
			: -1;
	case DELETE:
		WORDS_ADD(words, force ? "-D" : "-d", "--");
		return add_name(words, &v[BRANCH_NAME], "name", e);
	default:
		break;
	}
	if (v[BRANCH_UPSTREAM].given) {
		char *upstream = h_git_name(v[BRANCH_UPSTREAM].text, "upstream", e);
		if (!upstream)
			return -1;
		words_format(words, "--set-upstream-to=%s", upstream);
		free(upstream);
	} else {
		words_add(words, "--unset-upstream");
	}
	words_add(words, "--");
	return add_name(words, &v[BRANCH_NAME], "name", e);
}

int
h_git_branch(struct call *c, struct err *e)
{
	struct git g;
	struct words words = WORDS_INIT;
	int result = git_open(&g, c, e);
	if (result == 0)
		result = branch_words(&g, &words, e);
	return act(&g, &words, result, e);
}

/* ---- tags ---- */

int
h_git_tag(struct call *c, struct err *e)
{
	const struct value *v = c->values;
	struct git g;
	struct words words = WORDS_INIT;
	bool create = v[TAG_OP].number == 0;
	int result = git_open(&g, c, e);
	words_add(&words, "tag");
	if (!create)
		words_add(&words, "--delete");
	else if (v[TAG_MESSAGE].given)
		words_format(&words, "--message=%s", v[TAG_MESSAGE].text);
	words_add(&words, "--");
	if (result == 0)
		result = add_name(&words, &v[TAG_NAME], "name", e);
	if (result == 0 && create)
		result = add_commit(&g, &words, &v[TAG_REV], "rev", e);
	return act(&g, &words, result, e);
}

/* ---- remotes ---- */

/* An address that is no option; what git may do with it is for git to say. */
static int
add_url(struct words *words, const struct value *url, struct err *e)
{
	if (!url->given || *url->text == '-')
		return err_field(e, "url", "This is no address of a repository.");
	words_add(words, url->text);
	return 0;
}

int
h_git_remote(struct call *c, struct err *e)
{
	static const char *const verbs[] = {"add", "set-url", "rename", "remove"};
	enum { ADD, SET, RENAME_REMOTE };
	const struct value *v = c->values;
	struct git g;
	struct words words = WORDS_INIT;
	int64_t op = v[REMOTE_OP].number;
	int result = git_open(&g, c, e);
	WORDS_ADD(&words, "remote", verbs[op], "--");
	if (result == 0)
		result = add_name(&words, &v[REMOTE_NAME], "name", e);
	if (result == 0 && (op == ADD || op == SET))
		result = add_url(&words, &v[REMOTE_URL], e);
	if (result == 0 && op == RENAME_REMOTE)
		result = add_name(&words, &v[REMOTE_TO], "to", e);
	return act(&g, &words, result, e);
}

/* ---- a new repository ---- */

int
h_git_init(struct call *c, struct err *e)
{
	const struct value *branch = &c->values[INIT_BRANCH];
	struct git g;
	struct words words = WORDS_INIT;
	int result = git_open_directory(&g, c, e);
	char *name = result == 0 && branch->given ? h_git_name(branch->text, "branch", e)
						  : NULL;
	WORDS_ADD(&words, "init", "--quiet");
	if (name)
		words_format(&words, "--initial-branch=%s", name);
	else if (branch->given)
		result = -1;
	free(name);
	c->response->status = 201;
	if ((result = act(&g, &words, result, e)) != 0)
		return result;
	memset(&c->values[INIT_BRANCH], 0, sizeof c->values[INIT_BRANCH]);
	return h_git_status(c, e);
}
