/* Making a commit. */
#include "config.h"

#include "fcgi/git_commits.h"
#include "fcgi/h_git.h"
#include "lib/json_read.h"

#include <json-c/json.h>

#include <stdlib.h>
#include <string.h>

/* "Name <address>": neither may hold what ends it. */
static int
add_author(struct words *words, const struct value *author, struct err *e)
{
	const char *name, *email;
	if (!author->given)
		return 0;
	name = json_member_text(author->json, "name");
	email = json_member_text(author->json, "email");
	if (!name || !email || strpbrk(name, "<>\n\r") || strpbrk(email, "<> \n\r") ||
		strlen(name) > 200 || strlen(email) > 200)
		return err_field(e, "author", "An author has a name and an address.");
	words_format(words, "--author=%s <%s>", name, email);
	return 0;
}

static int
commit_words(const struct value *v, struct words *words, struct err *e)
{
	static const struct {
		int param;
		const char *flag;
	} flags[] = {{COMMIT_AMEND, "--amend"}, {COMMIT_ALL, "--all"},
		{COMMIT_SIGN_OFF, "--signoff"}, {COMMIT_ALLOW_EMPTY, "--allow-empty"},
		{COMMIT_NO_VERIFY, "--no-verify"}};
	WORDS_ADD(words, "commit", "--no-status", "--cleanup=whitespace", "--file=-");
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (h_git_truth(&v[flags[i].param]))
			words_add(words, flags[i].flag);
	return add_author(words, &v[COMMIT_AUTHOR], e);
}

/* Whether HEAD is what the person saw, when they say what that was. */
static int
check_head(struct git *g, struct err *e)
{
	const struct value *v = &g->c->values[COMMIT_HEAD];
	char *head;
	if (!v->given)
		return 0;
	if (git_head(g, &head, e) != 0)
		return -1;
	bool same = strcmp(head ? head : "", v->text) == 0;
	free(head);
	return same ? 0
		    : err_set(e, 409, "git.changed",
			      "There is another commit by now; look at it first.");
}

static int
answer(struct git *g, struct err *e)
{
	char *head;
	if (git_head(g, &head, e) != 0)
		return -1;
	g->c->response->status = 201;
	int result = head ? git_commits_put(g, head, &g->c->response->body, e) : 0;
	free(head);
	return result;
}

int
h_git_commit(struct call *c, struct err *e)
{
	const struct value *v = c->values;
	struct git g;
	struct words words = WORDS_INIT;
	struct buf message = BUF_INIT;
	buf_add(&message, v[COMMIT_MESSAGE].text, v[COMMIT_MESSAGE].len);
	int result = git_open(&g, c, e);
	if (result == 0)
		result = check_head(&g, e);
	if (result == 0)
		result = commit_words(v, &words, e);
	if (result == 0)
		result = git_act_with(&g, &words, &message, e);
	if (result == 0)
		result = answer(&g, e);
	buf_free(&message);
	words_free(&words);
	git_close(&g);
	return result;
}
