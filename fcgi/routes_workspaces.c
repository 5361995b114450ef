/* Workspaces, and the directories that may become some. See domain.h. */
#include "config.h"

#include "fcgi/domain.h"
#include "fcgi/h_workspaces.h"

#define NAMED_PARAM \
	[WORKSPACE_ID] = {"id", IN_PATH, TYPE_WORKSPACE, true, .doc = "the workspace"}
#define WORKSPACE \
	{ \
		200, "Workspace", "the workspace" \
	}

#define VARIABLES \
	{ \
		200, "Variables", "they are; no value of a secret one" \
	}

static const struct param workspace_params[] = {
	NAMED_PARAM,
};

static const struct param new_params[] = {
	[NEW_PATH] = {"path", IN_BODY, TYPE_PATH, true, 1, 4096,
		.doc = "its directory: absolute, ~ or ~/dir"},
	[NEW_NAME] = {"name", IN_BODY, TYPE_TEXT, false, 1, WORKSPACE_NAME_MAX,
		.doc = "as shown; default: the directory's"},
	[NEW_CREATE] = {"create", IN_BODY, TYPE_BOOL, false,
		.doc = "true: the directory is made when it is not there"},
	[NEW_CLONE] = {"clone", IN_BODY, TYPE_OBJECT, false,
		.doc = "{url, branch, depth}: what git fills the directory with, which "
		       "is new or empty"},
};

static const char *const themes[] = {"", "blue", "teal", "green", "purple", "pink", "red",
	"grey", NULL};

static const struct param change_params[] = {
	NAMED_PARAM,
	[CHANGE_NAME] = {"name", IN_BODY, TYPE_TEXT, false, 1, WORKSPACE_NAME_MAX,
		.doc = "its name"},
	[CHANGE_ARCHIVED] = {"archived", IN_BODY, TYPE_BOOL, false,
		.doc = "whether it is put aside"},
	[CHANGE_THEME] = {"theme", IN_BODY, TYPE_ENUM, false, .values = themes,
		.doc = "the name of its colour; empty: none"},
	[CHANGE_DEFAULTS] = {"defaults", IN_BODY, TYPE_OBJECT, false,
		.doc = "for new sessions: {shell, claude: {options}}"},
	[CHANGE_POSITION] = {"position", IN_BODY, TYPE_INT, false, 0, NUMBER_MAX,
		.doc = "where it is shown among the others"},
};

enum { VARIABLES_MOST = 256, VARIABLES_MAX = 1024 * 1024 };

#define VARIABLES_PARAM \
	{ \
		"variables", IN_BODY, TYPE_LIST, true, 0, VARIABLES_MOST, \
			.doc = "{name, value, secret}: all that there are to be; a " \
			       "secret without value is kept" \
	}

static const struct param env_params[] = {
	NAMED_PARAM,
	[ENV_VARIABLES] = VARIABLES_PARAM,
};

static const struct param own_env_params[] = {
	[OWN_VARIABLES] = VARIABLES_PARAM,
};

static const struct param directories_params[] = {
	[DIRECTORIES_PATH] = {"path", IN_QUERY, TYPE_PATH, false, 1, 4096,
		.doc = "a directory; default: the roots"},
};

static const struct route routes[] = {
	{"GET", "api/workspaces", CAP_READ, .handle = h_workspace_list,
		.answers = {{200, "Workspaces", "one's workspaces, in their order"}},
		.doc = "Lists workspaces"},
	{"POST", "api/workspaces", CAP_USE, BODY_JSON, JSON_MAX, PARAMS(new_params),
		.handle = h_workspace_create, .audit = "workspace.create",
		.answers = {{201, "Workspace", "it is there"},
			{202, "ClonedWorkspace", "it is there, and a job fills it"}},
		.doc = "Makes a directory a workspace"},
	{"GET", "api/workspaces/<id>", CAP_READ, PARAMS(workspace_params),
		.handle = h_workspace_get, .answers = {WORKSPACE},
		.doc = "One workspace"},
	{"PATCH", "api/workspaces/<id>", CAP_USE, BODY_JSON, JSON_MAX,
		PARAMS(change_params), .handle = h_workspace_change,
		.audit = "workspace.change", .answers = {WORKSPACE},
		.doc = "Renames a workspace, archives it, changes its settings"},
	{"DELETE", "api/workspaces/<id>", CAP_USE, PARAMS(workspace_params),
		.handle = h_workspace_delete, .audit = "workspace.delete",
		.answers = {{204, NULL, "it is forgotten; its files stay"}},
		.doc = "Forgets a workspace"},
	{"GET", "api/workspaces/<id>/env", CAP_USE, PARAMS(workspace_params),
		.handle = h_workspace_env, .answers = {VARIABLES},
		.doc = "Lists the variables of a workspace"},
	{"PUT", "api/workspaces/<id>/env", CAP_USE, BODY_JSON, VARIABLES_MAX,
		PARAMS(env_params), .handle = h_workspace_env_put,
		.audit = "workspace.env", .answers = {VARIABLES},
		.doc = "Sets the variables that programs of a workspace find"},
	{"GET", "api/env", CAP_USE, .handle = h_env, .answers = {VARIABLES},
		.doc = "Lists one's variables for all workspaces"},
	{"PUT", "api/env", CAP_USE, BODY_JSON, VARIABLES_MAX, PARAMS(own_env_params),
		.handle = h_env_put, .audit = "user.env", .answers = {VARIABLES},
		.doc = "Sets the variables that programs find in all workspaces"},
	{"GET", "api/directories", CAP_USE, PARAMS(directories_params),
		.pool = POOL_FILES, .handle = h_directories,
		.answers = {{200, "Directories", "those beneath it"}},
		.doc = "Lists directories that may become workspaces"},
};

static const struct schema schemas[] = {
	{"WorkspaceSessions",
		{{"running", NUMBER}, {"waiting", NUMBER}, {"total", NUMBER}}},
	{"Workspace",
		{{"id", TEXT}, {"name", TEXT}, {"path", TEXT},
			{"state", "{\"enum\":[\"active\",\"idle\",\"archived\"]}"},
			{"sessions", REF("WorkspaceSessions")}, {"theme", MAYBE_TEXT},
			{"defaults", ANY}, {"position", NUMBER}, {"git", TRUTH},
			{"missing", TRUTH}, {"created_at", NUMBER},
			{"updated_at", NUMBER}}},
	{"ClonedWorkspace", {{"workspace", REF("Workspace")}, {"job", REF("Session")}}},
	ITEMS("Workspaces", "Workspace"),
	{"Variable", {{"name", TEXT}, {"value", MAYBE_TEXT}, {"secret", TRUTH}}},
	ITEMS("Variables", "Variable"),
	{"DirectoryItem",
		{{"name", TEXT}, {"path", TEXT}, {"git", TRUTH},
			{"workspace", MAYBE_TEXT}}},
	{"Directories",
		{{"path", TEXT}, {"parent", MAYBE_TEXT}, {"root", TRUTH},
			{"items", LIST(REF("DirectoryItem"))}, {"next", MAYBE_TEXT}}},
};

const struct domain domain_workspaces = {DOMAIN(routes, schemas)};
