/* Changing a repository. See domain.h. */
#include "config.h"

#include "fcgi/domain.h"
#include "fcgi/h_git.h"
#include "lib/path_text.h"

enum {
	PATHS_BYTES = 16 * 1024 * 1024, /* of a body that names many files */
	MESSAGE_BYTES = 256 * 1024,
	PATHS_MOST = 50000,
	NAME_MOST = 1024,
	URL_MOST = 2048,
};

#define TRUTH_PARAM(name, what) \
	{ \
		name, IN_BODY, TYPE_BOOL, false, .doc = what \
	}
#define NAME_PARAM(name, required, what) \
	{ \
		name, IN_BODY, TYPE_TEXT, required, 1, NAME_MOST, .doc = what \
	}
#define PATHS_PARAM(required) \
	{ \
		"paths", IN_BODY, TYPE_LIST, required, 1, PATHS_MOST, \
			.doc = "path texts of files beneath the workspace" \
	}
#define DONE_ANSWER \
	{ \
		{ \
			204, NULL, "done" \
		} \
	}

static const struct param stage_params[] = {
	[GIT_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
	[STAGE_PATHS] = PATHS_PARAM(false),
	[STAGE_ALL] = TRUTH_PARAM("all", "true: everything"),
	[STAGE_PATH] = {"path", IN_BODY, TYPE_FILE, false,
		.doc = "of the file whose lines are meant"},
	[STAGE_OLD_PATH] = {"old_path", IN_BODY, TYPE_FILE, false,
		.doc = "what it was called"},
	[STAGE_BASE] = {"base", IN_BODY, TYPE_TEXT, false, 64, 64,
		.doc = "of the diff that was shown"},
	[STAGE_LINES] = {"lines", IN_BODY, TYPE_LIST, false, 0, 20000,
		.doc = "ids of lines of that diff"},
	[STAGE_HUNKS] = {"hunks", IN_BODY, TYPE_LIST, false, 0, 20000,
		.doc = "ids of hunks of that diff"},
	[STAGE_CONTEXT] = {"context", IN_BODY, TYPE_INT, false, 0, 1000,
		.doc = "as the diff was asked for"},
};

static const struct param commit_params[] = {
	[GIT_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
	[COMMIT_MESSAGE] = {"message", IN_BODY, TYPE_PROSE, true, 1, MESSAGE_BYTES / 2,
		.doc = "what the commit says"},
	[COMMIT_AMEND] = TRUTH_PARAM("amend", "true: instead of the last commit"),
	[COMMIT_ALL] = TRUTH_PARAM("all", "true: with all changes of known files"),
	[COMMIT_AUTHOR] = {"author", IN_BODY, TYPE_OBJECT, false,
		.doc = "{name, email} of somebody else"},
	[COMMIT_SIGN_OFF] = TRUTH_PARAM("sign_off", "true: with a Signed-off-by line"),
	[COMMIT_ALLOW_EMPTY] = TRUTH_PARAM("allow_empty", "true: also without changes"),
	[COMMIT_NO_VERIFY] = TRUTH_PARAM("no_verify", "true: without hooks that check"),
	[COMMIT_HEAD] = {"head", IN_BODY, TYPE_TEXT, false, 40, 64,
		.doc = "the commit that must be the last one"},
};

static const struct param switch_params[] = {
	[GIT_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
	[SWITCH_BRANCH] = NAME_PARAM("branch", false, "the branch"),
	[SWITCH_COMMIT] = NAME_PARAM("commit", false, "or a commit, without a branch"),
	[SWITCH_CREATE] = TRUTH_PARAM("create", "true: the branch is new"),
	[SWITCH_START] = NAME_PARAM("start", false, "where the new branch begins"),
	[SWITCH_TRACK] = TRUTH_PARAM("track", "true: and what it follows"),
	[SWITCH_FORCE] = TRUTH_PARAM("force", "true: throw changes away"),
	[SWITCH_MERGE] = TRUTH_PARAM("merge", "true: merge changes into it"),
};

static const char *const branch_ops[] = {"create", "rename", "delete", "upstream", NULL};

static const struct param branch_params[] = {
	[GIT_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
	[BRANCH_OP] = {"op", IN_BODY, TYPE_ENUM, true, .values = branch_ops,
		.doc = "what is to be done"},
	[BRANCH_NAME] = NAME_PARAM("name", true, "the branch"),
	[BRANCH_START] = NAME_PARAM("start", false, "of a new one: where it begins"),
	[BRANCH_TO] = NAME_PARAM("to", false, "its new name"),
	[BRANCH_FORCE] = TRUTH_PARAM("force", "true: even if commits get lost"),
	[BRANCH_UPSTREAM] =
		NAME_PARAM("upstream", false, "what it is to follow; null: nothing"),
};

static const char *const tag_ops[] = {"create", "delete", NULL};

static const struct param tag_params[] = {
	[GIT_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
	[TAG_OP] = {"op", IN_BODY, TYPE_ENUM, true, .values = tag_ops,
		.doc = "what is to be done"},
	[TAG_NAME] = NAME_PARAM("name", true, "the tag"),
	[TAG_REV] = NAME_PARAM("rev", false, "what it names; default HEAD"),
	[TAG_MESSAGE] = {"message", IN_BODY, TYPE_PROSE, false, 1, 16384,
		.doc = "what it says"},
};

static const char *const remote_ops[] = {"add", "set", "rename", "remove", NULL};

static const struct param remote_params[] = {
	[GIT_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
	[REMOTE_OP] = {"op", IN_BODY, TYPE_ENUM, true, .values = remote_ops,
		.doc = "what is to be done"},
	[REMOTE_NAME] = NAME_PARAM("name", true, "the remote"),
	[REMOTE_URL] = {"url", IN_BODY, TYPE_TEXT, false, 1, URL_MOST,
		.doc = "its address"},
	[REMOTE_TO] = NAME_PARAM("to", false, "its new name"),
};

static const struct param init_params[] = {
	[GIT_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
	[INIT_BRANCH] = NAME_PARAM("branch", false, "its first branch"),
};

static const char *const stash_ops[] = {"push", "pop", "apply", "drop", NULL};

static const struct param stash_params[] = {
	[GIT_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
	[STASH_OP] = {"op", IN_BODY, TYPE_ENUM, true, .values = stash_ops,
		.doc = "what is to be done"},
	[STASH_INDEX] = {"index", IN_BODY, TYPE_INT, false, 0, 1000000,
		.doc = "its place in the list"},
	[STASH_COMMIT] = {"commit", IN_BODY, TYPE_TEXT, false, 40, 64,
		.doc = "and its commit"},
	[STASH_MESSAGE] = {"message", IN_BODY, TYPE_TEXT, false, 1, 1000,
		.doc = "what it is about"},
	[STASH_UNTRACKED] = TRUTH_PARAM("untracked", "true: with unknown files"),
	[STASH_KEEP_INDEX] = TRUTH_PARAM("keep_index", "true: what is staged stays"),
	[STASH_STAGED] = TRUTH_PARAM("staged", "true: only what is staged"),
	[STASH_PATHS] = PATHS_PARAM(false),
	[STASH_RESTORE_INDEX] =
		TRUTH_PARAM("restore_index", "true: what was staged is again"),
};

static const char *const merge_ops[] = {"start", "abort", "continue", "skip", NULL};
static const char *const merge_ff[] = {"only", "no", NULL};

static const struct param merge_params[] = {
	[GIT_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
	[MERGE_OP] = {"op", IN_BODY, TYPE_ENUM, true, .values = merge_ops,
		.doc = "start a merge, or end or continue whatever is under way"},
	[MERGE_REV] = NAME_PARAM("rev", false, "what is to be merged"),
	[MERGE_FF] = {"ff", IN_BODY, TYPE_ENUM, false, .values = merge_ff,
		.doc = "only: without a commit; no: always with one"},
	[MERGE_MESSAGE] = {"message", IN_BODY, TYPE_PROSE, false, 1, 65536,
		.doc = "what the commit says"},
};

static const char *const resolve_with[] = {"ours", "theirs", "work-tree", "delete", NULL};

static const struct param resolve_params[] = {
	[GIT_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
	[RESOLVE_PATHS] = PATHS_PARAM(true),
	[RESOLVE_WITH] = {"with", IN_BODY, TYPE_ENUM, true, .values = resolve_with,
		.doc = "which side counts; work-tree: the file as it is now"},
};

static const char *const worktree_ops[] = {"add", "remove", "prune", NULL};

static const struct param worktree_params[] = {
	[GIT_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
	[WORKTREE_OP] = {"op", IN_BODY, TYPE_ENUM, true, .values = worktree_ops,
		.doc = "what is to be done"},
	[WORKTREE_PATH] = {"path", IN_BODY, TYPE_PROSE, false, 1, PATH_TEXT_MAX,
		.doc = "its directory: absolute or ~/dir"},
	[WORKTREE_BRANCH] = NAME_PARAM("branch", false, "an existing branch for it"),
	[WORKTREE_NEW_BRANCH] = NAME_PARAM("new_branch", false, "or a new one"),
	[WORKTREE_START] = NAME_PARAM("start", false, "where that begins"),
	[WORKTREE_COMMIT] = NAME_PARAM("commit", false, "or a commit, without a branch"),
	[WORKTREE_WORKSPACE] = TRUTH_PARAM("workspace", "false: it is no workspace"),
	[WORKTREE_FORCE] = TRUTH_PARAM("force", "true: even if changes get lost"),
};

static const struct param fetch_params[] = {
	[GIT_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
	[FETCH_REMOTE] = NAME_PARAM("remote", false, "default: that of the branch"),
	[FETCH_ALL] = TRUTH_PARAM("all", "true: from all remotes"),
	[FETCH_PRUNE] = TRUTH_PARAM("prune", "true: forget what is gone there"),
	[FETCH_TAGS] = TRUTH_PARAM("tags", "true: with all tags"),
};

static const struct param pull_params[] = {
	[GIT_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
	[PULL_REMOTE] = NAME_PARAM("remote", false, "default: that of the branch"),
	[PULL_BRANCH] = NAME_PARAM("branch", false, "of the remote"),
	[PULL_REBASE] = TRUTH_PARAM("rebase", "true: rebase; false: merge"),
	[PULL_FF_ONLY] = TRUTH_PARAM("ff_only", "true: only if nothing is to be merged"),
};

static const struct param push_params[] = {
	[GIT_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
	[PUSH_REMOTE] = NAME_PARAM("remote", false, "default: that of the branch"),
	[PUSH_BRANCH] = NAME_PARAM("branch", false, "what is pushed"),
	[PUSH_TO] = NAME_PARAM("to", false, "what it is called there"),
	[PUSH_UPSTREAM] = TRUTH_PARAM("upstream", "true: follow it from now on"),
	[PUSH_FORCE] = TRUTH_PARAM("force",
		"true: replace what was last fetched, and nothing else"),
	[PUSH_TAGS] = TRUTH_PARAM("tags", "true: with all tags"),
	[PUSH_DELETE] = TRUTH_PARAM("delete", "true: delete the branch there"),
};

#define ACT(name, bytes, params) \
	"POST", "api/git/" name, CAP_USE, BODY_JSON, bytes, PARAMS(params), \
		.pool = POOL_FILES
#define JOB_ANSWER \
	{ \
		{ \
			202, "Session", "a job: it goes on by itself" \
		} \
	}

static const struct route routes[] = {
	{ACT("stage", PATHS_BYTES, stage_params), .handle = h_git_stage,
		.audit = "git.stage", .answers = DONE_ANSWER,
		.doc = "Stages files, hunks or lines"},
	{ACT("unstage", PATHS_BYTES, stage_params), .handle = h_git_unstage,
		.audit = "git.unstage", .answers = DONE_ANSWER,
		.doc = "Takes them out of the next commit again"},
	{ACT("discard", PATHS_BYTES, stage_params), .handle = h_git_discard,
		.audit = "git.discard", .answers = DONE_ANSWER,
		.doc = "Throws changes of the work tree away"},
	{ACT("commit", MESSAGE_BYTES, commit_params), .handle = h_git_commit,
		.audit = "git.commit", .answers = {{201, "GitCommit", "the commit"}},
		.doc = "Makes a commit of what is staged"},
	{ACT("switch", JSON_MAX, switch_params), .handle = h_git_switch,
		.audit = "git.switch", .answers = DONE_ANSWER,
		.doc = "Switches to a branch or a commit"},
	{ACT("branch", JSON_MAX, branch_params), .handle = h_git_branch,
		.audit = "git.branch", .answers = DONE_ANSWER,
		.doc = "Makes, renames or deletes a branch, or has it follow another"},
	{ACT("tag", JSON_MAX, tag_params), .handle = h_git_tag, .audit = "git.tag",
		.answers = DONE_ANSWER, .doc = "Makes or deletes a tag"},
	{ACT("remote", JSON_MAX, remote_params), .handle = h_git_remote,
		.audit = "git.remote", .answers = DONE_ANSWER,
		.doc = "Adds, changes or removes a remote"},
	{ACT("init", JSON_MAX, init_params), .handle = h_git_init, .audit = "git.init",
		.answers = {{201, "GitStatus", "the new repository"}},
		.doc = "Makes a repository"},
	{ACT("stash", PATHS_BYTES, stash_params), .handle = h_git_stash,
		.audit = "git.stash", .answers = DONE_ANSWER,
		.doc = "Puts changes aside, or gets them back"},
	{ACT("merge", MESSAGE_BYTES, merge_params), .handle = h_git_merge,
		.audit = "git.merge", .answers = DONE_ANSWER,
		.doc = "Merges, or ends or continues what is under way"},
	{ACT("resolve", PATHS_BYTES, resolve_params), .handle = h_git_resolve,
		.audit = "git.resolve", .answers = DONE_ANSWER,
		.doc = "Resolves conflicts"},
	{ACT("worktree", JSON_MAX, worktree_params), .handle = h_git_worktree,
		.audit = "git.worktree",
		.answers = {{201, "GitNewWorktree", "it is there"},
			{204, NULL, "it is gone"}},
		.doc = "Adds or removes a work tree"},
	{ACT("fetch", JSON_MAX, fetch_params), .handle = h_git_fetch,
		.audit = "git.fetch", .answers = JOB_ANSWER,
		.doc = "Gets what is new from a remote"},
	{ACT("pull", JSON_MAX, pull_params), .handle = h_git_pull, .audit = "git.pull",
		.answers = JOB_ANSWER, .doc = "The same, and merges it or rebases on it"},
	{ACT("push", JSON_MAX, push_params), .handle = h_git_push, .audit = "git.push",
		.answers = JOB_ANSWER, .doc = "Brings commits to a remote"},
};

static const struct schema schemas[] = {
	{"GitNewWorktree", {{"path", TEXT}, {"workspace", OR_NULL(ANY)}}},
};

const struct domain domain_git_acts = {DOMAIN(routes, schemas)};
