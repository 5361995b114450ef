/* Commits, as `git log -z --format=GIT_LOG_FORMAT --decorate=full` writes them. */
#ifndef DISPATCH_FCGI_GIT_LOG_H
#define DISPATCH_FCGI_GIT_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"

#define GIT_LOG_FORMAT \
	"--format=tformat:%H%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%D" \
	"%x00%s%x00%b"

enum git_log_field {
	GIT_LOG_COMMIT,
	GIT_LOG_PARENTS, /* with blanks between them */
	GIT_LOG_AUTHOR,
	GIT_LOG_AUTHOR_EMAIL,
	GIT_LOG_AUTHOR_AT, /* seconds */
	GIT_LOG_COMMITTER,
	GIT_LOG_COMMITTER_EMAIL,
	GIT_LOG_COMMITTER_AT,
	GIT_LOG_REFS,
	GIT_LOG_SUBJECT,
	GIT_LOG_BODY,
	GIT_LOG_FIELDS
};

enum { GIT_LOG_TEXT_MAX = 64 * 1024 }; /* bytes of a field; more is cut */

struct git_commit {
	char *fields[GIT_LOG_FIELDS];
};

struct git_log {
	size_t limit; /* so many at most */
	struct git_commit *commits;
	size_t count;
	bool broken;

	/* private */
	int field; /* that comes next */
};

void git_log_begin(struct git_log *log, size_t limit);

/* A record; see git_records.h. `arg` is a struct git_log. */
bool git_log_record(void *arg, const char *text, size_t len);

/* When all records were read; forgets a commit that is not whole. */
void git_log_end(struct git_log *log);

void git_log_free(struct git_log *log);

/* Appends the members of a commit. */
void git_log_put(struct buf *b, const struct git_commit *commit);

/* Appends the member of a person: {"name","email","at"}; `at` in seconds, as text. */
void git_log_put_person(struct buf *b, const char *key, const char *name,
	const char *email, const char *at);

#endif
