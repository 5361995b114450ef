/* Reading a repository. See domain.h; what changes one is in routes_git_acts.c. */
#include "config.h"

#include "fcgi/domain.h"
#include "fcgi/h_git.h"

#define PATH_PARAM(required) \
	{ \
		"path", IN_QUERY, TYPE_FILE, required, \
			.doc = "path text of a file beneath the workspace" \
	}
#define REV(name, required, what) \
	{ \
		name, IN_QUERY, TYPE_TEXT, required, 1, 1024, .doc = what \
	}

static const char *const truth[] = {"0", "1", NULL};

static const struct param status_params[] = {
	[GIT_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
	[STATUS_UNTRACKED] = {"untracked", IN_QUERY, TYPE_ENUM, false, .values = truth,
		.doc = "0: without files that git does not know"},
	[STATUS_IGNORED] = {"ignored", IN_QUERY, TYPE_ENUM, false, .values = truth,
		.doc = "1: with those that it is to ignore"},
	[STATUS_LIMIT] = {"limit", IN_QUERY, TYPE_INT, false, 1, 50000,
		.doc = "at most so many; default 5000"},
};

static const char *const sides[] = {"unstaged", "staged", "commit", "range", NULL};
static const char *const whitespace[] = {"all", "ignore", NULL};

static const struct param diff_params[] = {
	[GIT_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
	[DIFF_SIDE] = {"side", IN_QUERY, TYPE_ENUM, false, .values = sides,
		.doc = "unstaged: index and work tree; staged: HEAD and index; commit: "
		       "first parent and `to`; range: `from` and `to`"},
	[DIFF_PATH] = PATH_PARAM(false),
	[DIFF_OLD_PATH] = {"old_path", IN_QUERY, TYPE_FILE, false,
		.doc = "of a renamed file: what it was called"},
	[DIFF_FROM] = REV("from", false, "a revision"),
	[DIFF_TO] = REV("to", false, "a revision"),
	[DIFF_CONTEXT] = {"context", IN_QUERY, TYPE_INT, false, 0, 1000,
		.doc = "lines around a change; default 3"},
	[DIFF_WHITESPACE] = {"whitespace", IN_QUERY, TYPE_ENUM, false,
		.values = whitespace, .doc = "ignore: blanks make no difference"},
	[DIFF_HUNKS] = {"hunks", IN_QUERY, TYPE_ENUM, false, .values = truth,
		.doc = "1: with the lines; default for one path"},
	[DIFF_LIMIT] = {"limit", IN_QUERY, TYPE_INT, false, 1, 5000,
		.doc = "at most so many files; default 1000"},
};

static const struct param file_params[] = {
	[GIT_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
	[FILE_PATH] = PATH_PARAM(true),
	[FILE_REV] = REV("rev", true,
		"a revision; :0 the index, :1 :2 :3 base, ours and theirs of a conflict"),
};

static const struct param log_params[] = {
	[GIT_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
	[LOG_REV] = REV("rev", false, "where to begin; default HEAD"),
	[LOG_ALL] = {"all", IN_QUERY, TYPE_ENUM, false, .values = truth,
		.doc = "1: from all branches and tags"},
	[LOG_PATH] = PATH_PARAM(false),
	[LOG_SEARCH] = {"search", IN_QUERY, TYPE_TEXT, false, 1, 200,
		.doc = "only commits with this in their message"},
	[LOG_AUTHOR] = {"author", IN_QUERY, TYPE_TEXT, false, 1, 200,
		.doc = "only commits of this author"},
	[LOG_LIMIT] = {"limit", IN_QUERY, TYPE_INT, false, 1, 500,
		.doc = "at most so many; default 100"},
	[LOG_AFTER] = {"after", IN_QUERY, TYPE_TEXT, false, 1, 4096,
		.doc = "go on behind: the `next` of the answer before"},
};

static const struct param show_params[] = {
	[GIT_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
	[SHOW_REV] = REV("rev", true, "the commit"),
};

static const struct param blame_params[] = {
	[GIT_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
	[BLAME_PATH] = PATH_PARAM(true),
	[BLAME_REV] = REV("rev", false, "as the file is in it; default: as it is now"),
	[BLAME_FROM] = {"from", IN_QUERY, TYPE_INT, false, 1, 10000000,
		.doc = "first line"},
	[BLAME_TO] = {"to", IN_QUERY, TYPE_INT, false, 1, 10000000,
		.doc = "last line; at most 5000 at once"},
};

static const char *const kinds[] = {"all", "local", "remote", "tag", NULL};

static const struct param branches_params[] = {
	[GIT_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
	[BRANCHES_KIND] = {"kind", IN_QUERY, TYPE_ENUM, false, .values = kinds,
		.doc = "all (default): local and remote ones"},
};

static const struct param workspace_params[] = {
	[GIT_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
};

static const struct route routes[] = {
	{"GET", "api/git/status", CAP_READ, PARAMS(status_params), .pool = POOL_FILES,
		.handle = h_git_status,
		.answers = {{200, "GitStatus", "what has changed"}},
		.doc = "Tells what has changed in a work tree"},
	{"GET", "api/git/diff", CAP_READ, PARAMS(diff_params), .pool = POOL_FILES,
		.handle = h_git_diff,
		.answers = {{200, "GitDiff", "the files, and lines where asked for"}},
		.doc = "Compares two states of a repository"},
	{"GET", "api/git/file", CAP_READ, PARAMS(file_params), .pool = POOL_FILES,
		.handle = h_git_file,
		.answers = {{200, "Bytes", "the exact bytes; X-Git-Blob is their hash"}},
		.doc = "Reads a file of a commit or of the index"},
	{"GET", "api/git/log", CAP_READ, PARAMS(log_params), .pool = POOL_FILES,
		.handle = h_git_log, .answers = {{200, "GitLog", "the newest first"}},
		.doc = "Lists commits, and how to draw them"},
	{"GET", "api/git/show", CAP_READ, PARAMS(show_params), .pool = POOL_FILES,
		.handle = h_git_show,
		.answers = {{200, "GitCommit", "with the files that it changed"}},
		.doc = "One commit"},
	{"GET", "api/git/blame", CAP_READ, PARAMS(blame_params), .pool = POOL_FILES,
		.handle = h_git_blame, .answers = {{200, "GitBlame", "groups of lines"}},
		.doc = "Tells which commit each line of a file is from"},
	{"GET", "api/git/branches", CAP_READ, PARAMS(branches_params), .pool = POOL_FILES,
		.handle = h_git_branches,
		.answers = {{200, "GitBranches", "by name, at most 2000"}},
		.doc = "Lists branches or tags"},
	{"GET", "api/git/stash", CAP_READ, PARAMS(workspace_params), .pool = POOL_FILES,
		.handle = h_git_stash_list,
		.answers = {{200, "GitStashes", "the newest first"}},
		.doc = "Lists what was put aside"},
	{"GET", "api/git/worktrees", CAP_READ, PARAMS(workspace_params),
		.pool = POOL_FILES, .handle = h_git_worktrees,
		.answers = {{200, "GitWorktrees", "the main one first"}},
		.doc = "Lists the work trees of the repository"},
	{"GET", "api/git/remotes", CAP_READ, PARAMS(workspace_params), .pool = POOL_FILES,
		.handle = h_git_remotes,
		.answers = {{200, "GitRemotes", "passwords are left out"}},
		.doc = "Lists the remotes of the repository"},
};

static const struct schema schemas[] = {
	{"GitHead",
		{{"commit", MAYBE_TEXT}, {"branch", MAYBE_TEXT}, {"upstream", MAYBE_TEXT},
			{"ahead", MAYBE_NUMBER}, {"behind", MAYBE_NUMBER}}},
	{"GitOperation",
		{{"kind", TEXT}, {"step", MAYBE_NUMBER}, {"of", MAYBE_NUMBER},
			{"message", MAYBE_TEXT}}},
	{"GitCounts",
		{{"staged", NUMBER}, {"unstaged", NUMBER}, {"untracked", NUMBER},
			{"conflicts", NUMBER}}},
	{"GitChange",
		{{"path", TEXT}, {"?old_path", TEXT}, {"staged", MAYBE_TEXT},
			{"unstaged", MAYBE_TEXT}, {"conflict", MAYBE_TEXT},
			{"?directory", TRUTH}, {"?submodule", TRUTH}, {"?mode", TEXT}}},
	{"GitStatus",
		{{"root", TEXT}, {"prefix", TEXT}, {"head", REF("GitHead")},
			{"operation", OR_NULL(REF("GitOperation"))}, {"stash", NUMBER},
			{"counts", REF("GitCounts")}, {"items", LIST(REF("GitChange"))},
			{"truncated", TRUTH}, {"next", MAYBE_TEXT}}},
	{"GitLine",
		{{"id", NUMBER}, {"kind", TEXT}, {"old", MAYBE_NUMBER},
			{"new", MAYBE_NUMBER}, {"text", TEXT}, {"?cut", TRUTH},
			{"?no_newline", TRUTH}}},
	{"GitHunk",
		{{"id", NUMBER}, {"old_start", NUMBER}, {"old_lines", NUMBER},
			{"new_start", NUMBER}, {"new_lines", NUMBER}, {"section", TEXT},
			{"lines", LIST(REF("GitLine"))}}},
	{"GitSubmodule", {{"old", MAYBE_TEXT}, {"new", MAYBE_TEXT}}},
	{"GitFileDiff",
		{{"path", TEXT}, {"?old_path", TEXT}, {"status", TEXT},
			{"old_mode", MAYBE_TEXT}, {"new_mode", MAYBE_TEXT},
			{"added", MAYBE_NUMBER}, {"removed", MAYBE_NUMBER},
			{"binary", TRUTH}, {"?submodule", REF("GitSubmodule")},
			{"?similarity", NUMBER}, {"base", MAYBE_TEXT},
			{"?hunks", LIST(REF("GitHunk"))}, {"?large", TRUTH}}},
	{"GitDiff",
		{{"side", TEXT}, {"from", MAYBE_TEXT}, {"to", MAYBE_TEXT},
			{"items", LIST(REF("GitFileDiff"))}, {"truncated", TRUTH},
			{"next", MAYBE_TEXT}}},
	{"GitPerson", {{"name", TEXT}, {"email", TEXT}, {"at", NUMBER}}},
	{"GitReference", {{"name", TEXT}, {"kind", TEXT}, {"?current", TRUTH}}},
	{"GitGraph", {{"column", NUMBER}, {"edges", LIST(LIST(NUMBER))}}},
	{"GitCommit",
		{{"commit", TEXT}, {"parents", LIST(TEXT)}, {"author", REF("GitPerson")},
			{"committer", REF("GitPerson")}, {"subject", TEXT},
			{"body", TEXT}, {"refs", LIST(REF("GitReference"))},
			{"?graph", REF("GitGraph")}, {"?files", LIST(REF("GitFileDiff"))},
			{"?truncated", TRUTH}}},
	ITEMS("GitLog", "GitCommit"),
	{"GitBlameGroup",
		{{"line", NUMBER}, {"lines", NUMBER}, {"commit", TEXT},
			{"original_line", NUMBER}}},
	{"GitBlame",
		{{"path", TEXT}, {"commits", ANY}, {"items", LIST(REF("GitBlameGroup"))},
			{"next", MAYBE_NUMBER}}},
	{"GitBranch",
		{{"name", TEXT}, {"ref", TEXT}, {"kind", TEXT}, {"commit", TEXT},
			{"at", NUMBER}, {"subject", TEXT}, {"current", TRUTH},
			{"upstream", MAYBE_TEXT}, {"ahead", MAYBE_NUMBER},
			{"behind", MAYBE_NUMBER}, {"gone", TRUTH},
			{"worktree", MAYBE_TEXT}}},
	{"GitBranches",
		{{"current", MAYBE_TEXT}, {"items", LIST(REF("GitBranch"))},
			{"truncated", TRUTH}, {"next", MAYBE_TEXT}}},
	{"GitStash",
		{{"index", NUMBER}, {"commit", TEXT}, {"message", TEXT},
			{"branch", MAYBE_TEXT}, {"at", NUMBER}}},
	{"GitStashes",
		{{"items", LIST(REF("GitStash"))}, {"truncated", TRUTH},
			{"next", MAYBE_TEXT}}},
	{"GitWorktree",
		{{"path", TEXT}, {"name", TEXT}, {"commit", MAYBE_TEXT},
			{"branch", MAYBE_TEXT}, {"main", TRUTH}, {"current", TRUTH},
			{"bare", TRUTH}, {"locked", MAYBE_TEXT}, {"prunable", MAYBE_TEXT},
			{"workspace", MAYBE_TEXT}}},
	ITEMS("GitWorktrees", "GitWorktree"),
	{"GitRemote", {{"name", TEXT}, {"url", MAYBE_TEXT}, {"push_url", MAYBE_TEXT}}},
	{"GitRemotes",
		{{"items", LIST(REF("GitRemote"))}, {"truncated", TRUTH},
			{"next", MAYBE_TEXT}}},
};

const struct domain domain_git = {DOMAIN(routes, schemas)};
