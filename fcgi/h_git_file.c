/* A file as it is in a commit, in the index, or on one side of a conflict. */
#include "config.h"

#include "fcgi/h_git.h"

#include <stdlib.h>
#include <string.h>

/* The name of its blob for git. The caller frees; NULL: error. */
static char *
blob_name(struct git *g, const char *rev, const char *path, struct err *e)
{
	static const char *const stages[] = {":0", ":1", ":2", ":3"};
	for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
		if (strcmp(rev, stages[i]) == 0)
			return xasprintf("%s:./%s", rev, path);
	char *commit = git_commit(g, rev, "rev", e);
	char *name = commit ? xasprintf("%s:./%s", commit, path) : NULL;
	free(commit);
	return name;
}

/* The blob's hash. The caller frees; NULL: error. */
static char *
find_blob(struct git *g, const char *name, struct err *e)
{
	struct words words = WORDS_INIT;
	struct buf out = BUF_INIT;
	WORDS_ADD(&words, "rev-parse", "--verify", "--quiet", "--end-of-options", name);
	int status = git_read_maybe(g, &words, GIT_TEXT_MAX, &out, e);
	words_free(&words);
	if (status == 0 && out.len > 1) {
		out.data[out.len - 1] = '\0';
		return buf_take(&out);
	}
	buf_free(&out);
	if (status >= 0)
		err_set(e, 404, "git.unknown", "There is no such file in it.");
	return NULL;
}

static int
answer(struct git *g, const char *path, const char *rev, struct err *e)
{
	struct response *response = g->c->response;
	struct words words = WORDS_INIT;
	char *name = blob_name(g, rev, path, e);
	char *blob = name ? find_blob(g, name, e) : NULL;
	int status = -1;
	if (blob) {
		WORDS_ADD(&words, "cat-file", "blob", blob);
		status = git_read(g, &words, GIT_TEXT_MAX, &response->body, e);
		response_header(response, "X-Git-Blob", blob);
		response->is_file = true;
		response->type = "application/octet-stream";
		response->status = 200;
	}
	words_free(&words);
	free(blob);
	free(name);
	return status == 0 ? 0 : -1;
}

int
h_git_file(struct call *c, struct err *e)
{
	struct git g;
	char *path = h_git_path(&c->values[FILE_PATH], "path", e);
	if (!path)
		return -1;
	int result = git_open(&g, c, e) == 0
		? answer(&g, path, c->values[FILE_REV].text, e)
		: -1;
	git_close(&g);
	free(path);
	return result;
}
