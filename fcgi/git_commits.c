/* See git_commits.h. */
#include "config.h"

#include "fcgi/git_commits.h"

#include "fcgi/child.h"
#include "fcgi/git_records.h"
#include "lib/json.h"

int
git_commits_read(struct git *g, const struct words *more, struct git_log *log,
	struct err *e)
{
	struct git_records records = {.record = git_log_record, .arg = log};
	struct words words = WORDS_INIT;
	WORDS_ADD(&words, "log", "-z", GIT_LOG_FORMAT, "--decorate=full", "--no-color",
		"--no-show-signature", "--no-ext-diff", "--no-textconv",
		"--encoding=UTF-8", "--no-mailmap");
	words_each(&words, (const char *const *)more->list);
	const struct git_ask ask = {.words = &words,
		.take = git_records_take,
		.arg = &records};
	int status = git_run(g, &ask, e);
	words_free(&words);
	git_records_free(&records);
	if (status < 0)
		return -1;
	git_log_end(log);
	return log->broken ? err_set(e, 500, "git.failed",
				     "Git said something that is not understood.")
			   : 0;
}

int
git_commits_put(struct git *g, const char *commit, struct buf *b, struct err *e)
{
	struct words words = WORDS_INIT;
	struct git_log log;
	git_log_begin(&log, 1);
	WORDS_ADD(&words, "--max-count=1", commit, "--");
	int result = git_commits_read(g, &words, &log, e);
	if (result == 0 && log.count == 0)
		result = err_set(e, 404, "git.unknown", "There is no such commit.");
	if (result == 0) {
		json_begin(b, '{');
		git_log_put(b, &log.commits[0]);
		json_end(b, '}');
	}
	git_log_free(&log);
	words_free(&words);
	return result;
}
