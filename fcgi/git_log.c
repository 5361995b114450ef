/* See git_log.h; the format is in git-log(1), "Pretty formats". */
#include "config.h"

#include "fcgi/git_log.h"

#include "fcgi/git_text.h"
#include "lib/json.h"

#include <stdlib.h>
#include <string.h>

void
git_log_begin(struct git_log *log, size_t limit)
{
	*log = (struct git_log){.limit = limit};
}

static bool
begin_commit(struct git_log *log, const struct git_text *hash)
{
	if (!git_text_is_hash(hash)) {
		log->broken = true;
		return false;
	}
	if (log->count == log->limit)
		return false;
	if (log->count % 64 == 0)
		log->commits =
			xrealloc(log->commits, (log->count + 64) * sizeof *log->commits);
	log->commits[log->count++] = (struct git_commit){0};
	return true;
}

bool
git_log_record(void *arg, const char *text, size_t len)
{
	struct git_log *log = arg;
	const struct git_text t = GIT_TEXT(text, len);
	if (log->field == GIT_LOG_COMMIT && !begin_commit(log, &t))
		return false;
	log->commits[log->count - 1].fields[log->field] =
		xstrndup(text, len < GIT_LOG_TEXT_MAX ? len : GIT_LOG_TEXT_MAX);
	log->field = (log->field + 1) % GIT_LOG_FIELDS;
	return true;
}

static void
free_commit(struct git_commit *commit)
{
	for (int i = 0; i < GIT_LOG_FIELDS; i++)
		free(commit->fields[i]);
}

void
git_log_end(struct git_log *log)
{
	if (log->count == 0 || log->field == GIT_LOG_COMMIT)
		return;
	log->broken = true;
	free_commit(&log->commits[--log->count]);
}

void
git_log_free(struct git_log *log)
{
	for (size_t i = 0; i < log->count; i++)
		free_commit(&log->commits[i]);
	free(log->commits);
	*log = (struct git_log){0};
}

/* ---- JSON ---- */

static void
put_name(struct buf *b, const char *key, const char *name)
{
	const struct git_text t = GIT_TEXT(name, strlen(name));
	git_text_put_name(b, key, &t);
}

void
git_log_put_person(struct buf *b, const char *key, const char *name, const char *email,
	const char *at)
{
	struct git_text t = GIT_TEXT(at, strlen(at));
	int64_t seconds = 0;
	bool before = git_text_skip(&t, "-"); /* 1970 */
	git_text_number(&t, &seconds);
	json_key(b, key), json_begin(b, '{');
	json_key(b, "name"), json_string(b, name);
	json_key(b, "email"), json_string(b, email);
	json_key(b, "at"), json_int(b, (before ? -seconds : seconds) * 1000);
	json_end(b, '}');
}

static void
put_parents(struct buf *b, const char *parents)
{
	json_key(b, "parents"), json_begin(b, '[');
	for (const char *at = parents; *at;) {
		size_t n = strcspn(at, " ");
		json_string_n(b, at, n);
		at += n + strspn(at + n, " ");
	}
	json_end(b, ']');
}

static void
put_ref(struct buf *b, struct git_text name)
{
	static const struct {
		const char *prefix, *kind;
	} kinds[] = {{"refs/heads/", "branch"}, {"refs/remotes/", "remote"},
		{"tag: refs/tags/", "tag"}};
	bool current = git_text_skip(&name, "HEAD -> ");
	const char *kind = git_text_is(&name, "HEAD") ? "head" : NULL;
	for (size_t i = 0; !kind && i < sizeof kinds / sizeof *kinds; i++)
		if (git_text_skip(&name, kinds[i].prefix))
			kind = kinds[i].kind;
	if (!kind)
		return; /* such as refs/stash */
	json_begin(b, '{');
	git_text_put_name(b, "name", &name);
	json_key(b, "kind"), json_string(b, kind);
	if (current)
		json_key(b, "current"), json_truth(b, true);
	json_end(b, '}');
}

/* "HEAD -> refs/heads/main, tag: refs/tags/v1": no name of a reference has a blank. */
static void
put_refs(struct buf *b, const char *refs)
{
	json_key(b, "refs"), json_begin(b, '[');
	for (const char *at = refs; *at;) {
		const char *end = strstr(at, ", ");
		size_t n = end ? (size_t)(end - at) : strlen(at);
		put_ref(b, GIT_TEXT(at, n));
		at += n + (end ? 2 : 0);
	}
	json_end(b, ']');
}

void
git_log_put(struct buf *b, const struct git_commit *commit)
{
	char *const *f = commit->fields;
	put_name(b, "commit", f[GIT_LOG_COMMIT]);
	put_parents(b, f[GIT_LOG_PARENTS]);
	git_log_put_person(b, "author", f[GIT_LOG_AUTHOR], f[GIT_LOG_AUTHOR_EMAIL],
		f[GIT_LOG_AUTHOR_AT]);
	git_log_put_person(b, "committer", f[GIT_LOG_COMMITTER],
		f[GIT_LOG_COMMITTER_EMAIL], f[GIT_LOG_COMMITTER_AT]);
	json_key(b, "subject"), json_string(b, f[GIT_LOG_SUBJECT]);
	json_key(b, "body"), json_string(b, f[GIT_LOG_BODY]);
	put_refs(b, f[GIT_LOG_REFS]);
}
