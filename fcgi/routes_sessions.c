/* Run sessions of every kind. See domain.h. */
#include "config.h"

#include "fcgi/domain.h"
#include "fcgi/handlers.h"

enum {
	CREATE_MAX = 256 * 1024, /* bytes with a command line and an environment */
	INPUT_MAX = 64 * 1024,
};

static const struct param session_params[] = {
	SESSION_PARAM,
};

/* Whoever decides the size also answers what the program asks of its terminal. */
#define SIZE_WRITER_PARAM \
	{ \
		"writer", IN_BODY, TYPE_ID, false, \
			.doc = "the writer that decides the size" \
	}

static const char *const kinds[] = {"pty", "claude", "file-editor", NULL};

static const struct param create_params[] = {
	[CREATE_KIND] = {"kind", IN_BODY, TYPE_ENUM, true, .values = kinds,
		.doc = "what runs in it: pty is a shell or another terminal program, "
		       "claude is Claude Code, file-editor edits files of a workspace"},
	[CREATE_TITLE] = {"title", IN_BODY, TYPE_TEXT, false, 1, 256,
		.doc = "its name in lists"},
	[CREATE_CWD] = {"cwd", IN_BODY, TYPE_PATH, false, 1, 4096,
		.doc = "directory to start in: absolute, ~ or ~/dir; default: the "
		       "workspace's, or home"},
	[CREATE_COMMAND] = {"command", IN_BODY, TYPE_STRINGS, false, 1, 256,
		.doc = "program and arguments; default: the login shell"},
	[CREATE_ENV] = {"env", IN_BODY, TYPE_MAP, false, 0, 256,
		.doc = "environment variables besides the usual ones"},
	[CREATE_COLS] = {"cols", IN_BODY, TYPE_INT, false, 2, 1000, .doc = "columns"},
	[CREATE_ROWS] = {"rows", IN_BODY, TYPE_INT, false, 1, 500, .doc = "rows"},
	[CREATE_WRITER] = SIZE_WRITER_PARAM,
	[CREATE_OPTIONS] = {"options", IN_BODY, TYPE_OBJECT, false,
		.doc = "of pty: isolation (none, open, project or read-only), "
		       "own_processes (true: in open, too, it sees no others), network "
		       "(false: without one), hosts (all that it reaches: names, "
		       "*.name for those below it, or addresses, each with a port or "
		       "for 80 and 443); of claude: isolation, own_processes, hosts, "
		       "model, mode, effort, allowed_tools, disallowed_tools, "
		       "directories, system_prompt, mcp, max_turns, resume (a "
		       "conversation), fork; of file-editor: path (to open)"},
	[CREATE_WORKSPACE] = {"workspace", IN_BODY, TYPE_WORKSPACE, false,
		.doc = "the workspace it belongs to; default: the innermost that holds "
		       "cwd"},
};

static const struct param rename_params[] = {
	SESSION_PARAM,
	[RENAME_TITLE] = {"title", IN_BODY, TYPE_TEXT, true, 1, 256,
		.doc = "its new name"},
};

static const struct param delete_params[] = {
	SESSION_PARAM,
	[DELETE_FORCE] = {"force", IN_QUERY, TYPE_BOOL, false,
		.doc = "1: stop it first if it runs"},
};

static const struct param input_params[] = {
	SESSION_PARAM,
	[INPUT_WRITER] = {"w", IN_QUERY, TYPE_ID, true,
		.doc = "the writer: an id that the client makes once, say per tab"},
	[INPUT_NUMBER] = {"n", IN_QUERY, TYPE_INT, true, 1, NUMBER_MAX,
		.doc = "1, 2, 3 … of this writer in this session; sent again, it counts "
		       "once"},
	[INPUT_TTL] = {"ttl", IN_QUERY, TYPE_INT, false, 0, 600000,
		.doc = "milliseconds after which it is dropped rather than applied"},
};

static const struct param resize_params[] = {
	SESSION_PARAM,
	[SIZE_COLS] = {"cols", IN_BODY, TYPE_INT, true, 2, 1000, .doc = "columns"},
	[SIZE_ROWS] = {"rows", IN_BODY, TYPE_INT, true, 1, 500, .doc = "rows"},
	[SIZE_WRITER] = SIZE_WRITER_PARAM,
};

static const struct param resume_params[] = {
	SESSION_PARAM,
	[SIZE_COLS] = {"cols", IN_BODY, TYPE_INT, false, 2, 1000, .doc = "columns"},
	[SIZE_ROWS] = {"rows", IN_BODY, TYPE_INT, false, 1, 500, .doc = "rows"},
	[SIZE_WRITER] = SIZE_WRITER_PARAM,
};

static const char *const signals[] = {"INT", "TERM", "HUP", "KILL", "QUIT", "USR1",
	"USR2", "STOP", "CONT", "WINCH", NULL};

static const struct param signal_params[] = {
	SESSION_PARAM,
	[SIGNAL_NAME] = {"name", IN_BODY, TYPE_ENUM, true, .values = signals,
		.doc = "the signal, without SIG"},
};

static const struct route routes[] = {
	{"GET", "api/sessions", CAP_READ, .handle = h_session_list,
		.answers = {{200, "Sessions", "one's sessions, oldest first"}},
		.doc = "Lists run sessions"},
	{"POST", "api/sessions", CAP_USE, BODY_JSON, CREATE_MAX, PARAMS(create_params),
		.handle = h_session_create, .audit = "session.create",
		.answers = {{201, "Session", "it runs"},
			{202, "Session", "it will start"}},
		.doc = "Starts a run session"},
	{"GET", "api/sessions/<id>", CAP_READ, PARAMS(session_params),
		.handle = h_session_get, .answers = {SESSION}, .doc = "One session"},
	{"PATCH", "api/sessions/<id>", CAP_USE, BODY_JSON, JSON_MAX,
		PARAMS(rename_params), .handle = h_session_rename,
		.audit = "session.rename", .answers = {SESSION},
		.doc = "Renames a session"},
	{"DELETE", "api/sessions/<id>", CAP_USE, PARAMS(delete_params),
		.handle = h_session_delete, .audit = "session.delete",
		.answers = {{204, NULL, "it is gone"}},
		.doc = "Deletes a session and its log"},
	{"POST", "api/sessions/<id>/input", CAP_USE, BODY_BYTES, INPUT_MAX,
		PARAMS(input_params), .handle = h_input,
		.unaudited = "it comes with each key; that a person types into a session "
			     "shows in what it prints",
		.answers = {{204, NULL, "accepted"},
			{200, "Duplicate", "was accepted before"}},
		.doc = "Types into a session"},
	{"POST", "api/sessions/<id>/resize", CAP_USE, BODY_JSON, JSON_MAX,
		PARAMS(resize_params), .handle = h_resize,
		.unaudited = "it comes while a window changes, and the log has it",
		.answers = {{204, NULL, "accepted"}}, .doc = "Sets the terminal's size"},
	{"POST", "api/sessions/<id>/signal", CAP_USE, BODY_JSON, JSON_MAX,
		PARAMS(signal_params), .handle = h_signal, .audit = "session.signal",
		.answers = {{204, NULL, "accepted"}},
		.doc = "Sends a signal to the program"},
	{"POST", "api/sessions/<id>/stop", CAP_USE, BODY_JSON, JSON_MAX,
		PARAMS(session_params), .handle = h_stop, .audit = "session.stop",
		.answers = {{202, "Session", "it is being ended"}},
		.doc = "Ends the program"},
	{"POST", "api/sessions/<id>/resume", CAP_USE, BODY_JSON, JSON_MAX,
		PARAMS(resume_params), .handle = h_resume, .audit = "session.resume",
		.answers = {SESSION, {202, "Session", "it will start"}},
		.doc = "Starts the program of an ended session again"},
};

static const struct schema schemas[] = {
	{"SessionError", {{"code", TEXT}, {"detail", MAYBE_TEXT}}},
	{"Session",
		{{"id", TEXT}, {"kind", TEXT}, {"title", TEXT},
			{"status",
				"{\"enum\":[\"creating\",\"starting\",\"running\","
				"\"stopping\",\"exited\",\"failed\",\"lost\","
				"\"unreachable\"]}"},
			{"attention",
				"{\"enum\":[\"none\",\"working\",\"waiting\","
				"\"done\",\"error\"]}"},
			{"cwd", TEXT}, {"workspace", MAYBE_TEXT}, {"command", LIST(TEXT)},
			{"cols", NUMBER}, {"rows", NUMBER}, {"created_at", NUMBER},
			{"updated_at", NUMBER}, {"started_at", MAYBE_NUMBER},
			{"ended_at", MAYBE_NUMBER}, {"exit_code", MAYBE_NUMBER},
			{"exit_signal", MAYBE_TEXT},
			{"error",
				"{\"oneOf\":[" REF(
					"SessionError") ","
							"{\"type\":\"null\"}]}"},
			{"first_seq", NUMBER}, {"last_seq", NUMBER}, {"output", NUMBER},
			{"run", NUMBER}, {"preview", TEXT}, {"isolation", MAYBE_TEXT},
			{"own_processes", TRUTH}, {"network", TRUTH},
			{"hosts", "{\"type\":[\"array\",\"null\"],\"items\":" TEXT "}"},
			{"?claude", REF("Claude")}, {"?editor", REF("Editor")},
			{"?job", REF("Job")}}},
	ITEMS("Sessions", "Session"),
	{"Duplicate", {{"duplicate", TRUTH}}},
};

const struct domain domain_sessions = {DOMAIN(routes, schemas)};
