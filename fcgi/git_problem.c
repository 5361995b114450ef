/* Why git refused, as an error of ours: its own words, and a stable code by them. */
#include "config.h"

#include "fcgi/git.h"
#include "lib/json.h"
#include "lib/plain_words.h"

#include <stdio.h>
#include <string.h>

/* The first row that is found counts. A NULL text: git's own words. */
static const struct {
	const char *words;
	int status;
	const char *code, *text;
} problems[] = {
	{"not a git repository", 409, "git.not_repository",
		"This directory is in no git repository."},
	{"must be run in a work tree", 409, "git.not_repository",
		"This repository has no work tree."},
	{"detected dubious ownership", 409, "git.owner",
		"This repository belongs to another user. If you trust it, say so to "
		"git in a terminal: git config --global --add safe.directory <path>"},
	{"Please tell me who you are", 409, "git.identity",
		"Git does not know who you are. Tell it in a terminal: git config "
		"--global user.name and user.email"},
	{"empty ident name", 409, "git.identity", NULL},
	{"unable to auto-detect email", 409, "git.identity", NULL},
	{"is not fully merged", 409, "git.unmerged", NULL},
	{".lock': File exists", 409, "git.busy",
		"Another git program is working in this repository. Try again when it "
		"has finished."},
	{"CONFLICT (", 409, "git.conflict", NULL},
	{"needs merge", 409, "git.conflict", NULL},
	{"is unmerged", 409, "git.conflict", NULL},
	{"unmerged files", 409, "git.conflict", NULL},
	{"have unmerged paths", 409, "git.conflict", NULL},
	{"fix conflicts", 409, "git.conflict", NULL},
	{"after resolving the conflicts", 409, "git.conflict", NULL},
	{"unknown revision", 404, "git.unknown", NULL},
	{"bad revision", 404, "git.unknown", NULL},
	{"invalid reference", 404, "git.unknown", NULL},
	{"ot a valid object name", 404, "git.unknown", NULL},
	{"Not a valid ref", 404, "git.unknown", NULL},
	{"invalid object name", 404, "git.unknown", NULL},
	{"no such path", 404, "git.unknown", NULL},
	{"does not exist in", 404, "git.unknown", NULL},
	{"exists on disk, but not in", 404, "git.unknown", NULL},
	{"is in the index, but not at stage", 404, "git.unknown", NULL},
	{"did not match any file", 404, "git.unknown", NULL},
	{"not found.", 404, "git.unknown", NULL},
	{"No such remote", 404, "git.unknown", NULL},
	{"No space left on device", 507, "file.full", NULL},
	{"Permission denied", 403, "file.denied", NULL},
};

/* Line by line, without what only a terminal needs. */
static void
clean(struct buf *out, const struct buf *words)
{
	static const char *const prefixes[] = {"fatal: ", "error: ", "warning: "};
	for (size_t at = 0; at < words->len;) {
		const char *line = words->data + at;
		const char *end = memchr(line, '\n', words->len - at);
		size_t len = end ? (size_t)(end - line) : words->len - at;
		at += len + 1;
		for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
			size_t n = strlen(prefixes[i]);
			if (len >= n && memcmp(line, prefixes[i], n) == 0)
				line += n, len -= n;
		}
		if (len == 0 || (len >= 5 && memcmp(line, "hint:", 5) == 0))
			continue;
		plain_words(out, line, len);
		buf_char(out, '\n');
	}
	while (out->len && out->data[out->len - 1] == '\n')
		out->data[--out->len] = '\0';
}

/* As much as fits into an error, in whole characters. */
static void
set_text(struct err *e, const char *text)
{
	size_t n = strlen(text);
	if (n >= sizeof e->text)
		for (n = sizeof e->text - 1; n && (text[n] & 0xc0) == 0x80;)
			n--;
	snprintf(e->text, sizeof e->text, "%.*s", (int)n, text);
}

int
git_problem(struct response *response, const struct buf *words, struct err *e)
{
	struct buf text = BUF_INIT;
	const char *all = words->len ? words->data : "";
	const char *told = NULL;
	clean(&text, words);
	err_set(e, 409, "git.refused", "Git refused and did not say why.");
	for (size_t i = 0; i < sizeof problems / sizeof *problems; i++)
		if (strstr(all, problems[i].words)) {
			told = problems[i].text;
			err_set(e, problems[i].status, problems[i].code, "-");
			break;
		}
	if (e && (told || text.len))
		set_text(e, told ? told : text.data);
	if (text.len && !response->extra.len)
		json_key(&response->extra, "words"),
			json_string(&response->extra, text.data);
	buf_free(&text);
	return -1;
}
