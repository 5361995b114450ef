/*
 * THE table: the whole REST interface on one page. Paths are relative to the prefix.
 * `dispatch-fcgi --openapi` prints it for programs.
 */
#include "config.h"

#include "fcgi/claude_options.h"
#include "fcgi/handlers.h"
#include "fcgi/image.h"

#include <stdint.h>

#define COUNT(a) ((int)(sizeof(a) / sizeof *(a)))
#define PARAMS(a) .params = (a), .param_count = COUNT(a)
#define SESSION \
	{ \
		200, "Session", "the session" \
	}

enum {
	JSON_MAX = 64 * 1024,    /* bytes of a small body */
	CREATE_MAX = 256 * 1024, /* of one with a command line and an environment */
	INPUT_MAX = 64 * 1024,
	MESSAGE_MAX = 16 * 1024 * 1024, /* with its images */
	PROSE_MAX = 1024 * 1024,
	ANSWER_MAX = 1024 * 1024, /* with what a tool is to be given */
};

/* Exact in JSON as every browser reads it (2^53 - 1). */
#define NUMBER_MAX 9007199254740991

static const struct limit sign_in_limit = {"sign-in", 5, 12000};
static const struct limit setup_limit = {"setup", 5, 12000};

static const struct param setup_params[] = {
	[SETUP_CODE] = {"code", IN_BODY, TYPE_SECRET, true, 1, 128,
		.doc = "the code of the link that dispatch serve printed"},
	[SETUP_NAME] = {"name", IN_BODY, TYPE_TEXT, true, 1, AUTH_NAME_MAX,
		.doc = "the administrator's name"},
};

static const struct param login_params[] = {
	[LOGIN_PROVIDER] = {"provider", IN_BODY, TYPE_TEXT, true, 1, 40,
		.doc = "one of those that api/auth/config lists"},
	[LOGIN_KEY] = {"key", IN_BODY, TYPE_SECRET, false, 1, 200,
		.doc = "for access-key: the key"},
};

#define SESSION_PARAM \
	[SESSION_ID] = {"id", IN_PATH, TYPE_SESSION, true, .doc = "the session"}

static const struct param session_params[] = {
	SESSION_PARAM,
};

/* Whoever decides the size also answers what the program asks of its terminal. */
#define SIZE_WRITER_PARAM \
	{ \
		"writer", IN_BODY, TYPE_ID, false, \
			.doc = "the writer that decides the size" \
	}

static const char *const kinds[] = {"pty", "claude", NULL};

static const struct param create_params[] = {
	[CREATE_KIND] = {"kind", IN_BODY, TYPE_ENUM, true, .values = kinds,
		.doc = "what runs in it: pty is a shell or another terminal program, "
		       "claude is Claude Code"},
	[CREATE_TITLE] = {"title", IN_BODY, TYPE_TEXT, false, 1, 256,
		.doc = "its name in lists"},
	[CREATE_CWD] = {"cwd", IN_BODY, TYPE_PATH, false, 1, 4096,
		.doc = "directory to start in: absolute, ~ or ~/dir; default: home"},
	[CREATE_COMMAND] = {"command", IN_BODY, TYPE_STRINGS, false, 1, 256,
		.doc = "program and arguments; default: the login shell"},
	[CREATE_ENV] = {"env", IN_BODY, TYPE_MAP, false, 0, 256,
		.doc = "environment variables besides the usual ones"},
	[CREATE_COLS] = {"cols", IN_BODY, TYPE_INT, false, 2, 1000, .doc = "columns"},
	[CREATE_ROWS] = {"rows", IN_BODY, TYPE_INT, false, 1, 500, .doc = "rows"},
	[CREATE_WRITER] = SIZE_WRITER_PARAM,
	[CREATE_OPTIONS] = {"options", IN_BODY, TYPE_OBJECT, false,
		.doc = "of claude: model, mode, effort, allowed_tools, disallowed_tools, "
		       "directories, system_prompt, mcp, max_turns, resume (a "
		       "conversation), fork"},
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

static const struct param message_params[] = {
	SESSION_PARAM,
	[MESSAGE_UUID] = {"uuid", IN_BODY, TYPE_UUID, false,
		.doc = "made by the client; sent again, it counts once"},
	[MESSAGE_TEXT] = {"text", IN_BODY, TYPE_PROSE, true, 1, PROSE_MAX,
		.doc = "what is said"},
	[MESSAGE_IMAGES] = {"images", IN_BODY, TYPE_LIST, false, 0, IMAGES_MAX,
		.doc = "{media_type, data (base64)} of each"},
};

static const struct param interrupt_params[] = {
	SESSION_PARAM,
	[INTERRUPT_QUEUED] = {"cancel_queued", IN_BODY, TYPE_BOOL, false,
		.doc = "true: what waits is dropped, too"},
};

static const struct param mode_params[] = {
	SESSION_PARAM,
	[MODE_MODE] = {"mode", IN_BODY, TYPE_ENUM, true, .values = claude_modes,
		.doc = "permission mode"},
};

static const struct param model_params[] = {
	SESSION_PARAM,
	[MODEL_MODEL] = {"model", IN_BODY, TYPE_TEXT, false, 1, 128,
		.doc = "model; null: the default"},
};

static const struct param thinking_params[] = {
	SESSION_PARAM,
	[THINKING_TOKENS] = {"tokens", IN_BODY, TYPE_INT, false, 0, 1000000,
		.doc = "most tokens of thinking; null: the default"},
};

static const struct param cancel_params[] = {
	SESSION_PARAM,
	[CANCEL_UUID] = {"uuid", IN_BODY, TYPE_UUID, true,
		.doc = "of a message that waits"},
};

#define CWD_PARAM \
	{ \
		"cwd", IN_QUERY, TYPE_PATH, true, 1, 4096, \
			.doc = "a directory: absolute, ~ or ~/dir" \
	}

static const struct param history_params[] = {
	[HISTORY_CWD] = CWD_PARAM,
	[HISTORY_MOST] = {"limit", IN_QUERY, TYPE_INT, false, 1, 100,
		.doc = "at most so many; default 30"},
	[HISTORY_AFTER] = {"after", IN_QUERY, TYPE_INT, false, 0, NUMBER_MAX,
		.doc = "go on behind: the `next` of the answer before"},
};

static const struct param commands_params[] = {
	[COMMANDS_CWD] = CWD_PARAM,
};

static const char *const permission_states[] = {"pending", "answered", "withdrawn", NULL};
static const char *const decisions[] = {"allow", "deny", NULL};

static const struct param permissions_params[] = {
	[PERMISSIONS_STATE] = {"state", IN_QUERY, TYPE_ENUM, false,
		.values = permission_states, .doc = "only those in this state"},
	[PERMISSIONS_SESSION] = {"session", IN_QUERY, TYPE_SESSION, false,
		.doc = "only those of this session"},
};

static const struct param answer_params[] = {
	[ANSWER_ID] = {"id", IN_PATH, TYPE_PERMISSION, true, .doc = "the request"},
	[ANSWER_DECISION] = {"decision", IN_BODY, TYPE_ENUM, true, .values = decisions,
		.doc = "allow or deny"},
	[ANSWER_HASH] = {"input_sha256", IN_BODY, TYPE_TEXT, true, 64, 64,
		.doc = "of the input that was shown, as the request has it"},
	[ANSWER_MESSAGE] = {"message", IN_BODY, TYPE_PROSE, false, 0, JSON_MAX,
		.doc = "for the model"},
	[ANSWER_INPUT] = {"updated_input", IN_BODY, TYPE_OBJECT, false,
		.doc = "what the tool is to be given instead"},
	[ANSWER_REMEMBER] = {"remember", IN_BODY, TYPE_LIST, false, 0, 64,
		.doc = "places in the list of suggestions: rules to keep"},
	[ANSWER_INTERRUPT] = {"interrupt", IN_BODY, TYPE_BOOL, false,
		.doc = "with deny: end the turn"},
	[ANSWER_MODE] = {"mode", IN_BODY, TYPE_ENUM, false, .values = claude_modes,
		.doc = "with allow: the permission mode to go on in"},
};

static const struct param events_params[] = {
	SESSION_PARAM,
	[EVENTS_AFTER] = {"after", IN_QUERY, TYPE_INT, false, 0, NUMBER_MAX,
		.doc = "only events with a higher seq"},
	[EVENTS_BEFORE] = {"before", IN_QUERY, TYPE_INT, false, 1, NUMBER_MAX,
		.doc = "only events with a lower seq, and the newest of them"},
	[EVENTS_LIMIT] = {"limit", IN_QUERY, TYPE_INT, false, 1, 1000,
		.doc = "at most so many; default 200"},
	[EVENTS_CHANNEL] = {"channel", IN_QUERY, TYPE_TEXT, false, 1, 64,
		.doc = "only this channel, such as pty:output"},
};

static const struct param snapshot_params[] = {
	SESSION_PARAM,
	[SNAPSHOT_BEFORE] = {"before", IN_QUERY, TYPE_INT, false, 1, NUMBER_MAX,
		.doc = "only one with a lower seq"},
};

static const char *const truth[] = {"0", "1", NULL};

static const struct param stream_params[] = {
	[STREAM_SESSIONS] = {"s", IN_QUERY, TYPE_TEXT, false, 0, 8192,
		.doc = "<session>:<seq>,… : each session from after that seq"},
	[STREAM_JUMP] = {"jump", IN_QUERY, TYPE_ENUM, false, .values = truth,
		.doc = "1: a terminal that is far behind may go on from a snapshot"},
	[STREAM_WINDOW] = {"window", IN_QUERY, TYPE_INT, false, 0, 16777216,
		.doc = "most bytes unacknowledged; 0: no acknowledgements"},
};

static const struct param ack_params[] = {
	[ACK_STREAM] = {"stream", IN_PATH, TYPE_ID, true,
		.doc = "as the hello event named it"},
	[ACK_COUNT] = {"n", IN_BODY, TYPE_INT, true, 0, NUMBER_MAX,
		.doc = "so many of the stream's events, snapshots and gaps are on the "
		       "screen"},
};

const struct route routes[] = {
	{"GET", "api/health", CAP_ANYONE, .handle = h_health,
		.answers = {{200, "Health", "what works"}},
		.doc = "Whether all parts of Dispatch are there"},
	{"GET", "api/auth/config", CAP_ANYONE, .handle = h_auth_config,
		.answers = {{200, "AuthConfig", "the ways to sign in"}},
		.doc = "How one can sign in here"},
	{"POST", "api/setup", CAP_ANYONE, BODY_JSON, JSON_MAX, &setup_limit,
		PARAMS(setup_params), .handle = h_setup,
		.answers = {{201, "NewUser",
			"the administrator, signed in, with an access key"}},
		.doc = "Makes the first administrator; works once"},
	{"POST", "api/auth/login", CAP_SIGN_IN, BODY_JSON, JSON_MAX, &sign_in_limit,
		PARAMS(login_params), .handle = h_login,
		.answers = {{200, "User", "who one is now; a cookie is set"}},
		.doc = "Signs in"},
	{"GET", "api/auth/me", CAP_READ, .handle = h_me,
		.answers = {{200, "Me", "who sends this request"}}, .doc = "Who one is"},
	{"POST", "api/auth/logout", CAP_READ, BODY_JSON, JSON_MAX, .handle = h_logout,
		.answers = {{204, NULL, "signed out"}}, .doc = "Signs out"},

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
		PARAMS(rename_params), .handle = h_session_rename, .answers = {SESSION},
		.doc = "Renames a session"},
	{"DELETE", "api/sessions/<id>", CAP_USE, PARAMS(delete_params),
		.handle = h_session_delete, .audit = "session.delete",
		.answers = {{204, NULL, "it is gone"}},
		.doc = "Deletes a session and its log"},

	{"POST", "api/sessions/<id>/input", CAP_USE, BODY_BYTES, INPUT_MAX,
		PARAMS(input_params), .handle = h_input,
		.answers = {{204, NULL, "accepted"},
			{200, "Duplicate", "was accepted before"}},
		.doc = "Types into a session"},
	{"POST", "api/sessions/<id>/resize", CAP_USE, BODY_JSON, JSON_MAX,
		PARAMS(resize_params), .handle = h_resize,
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

	{"POST", "api/sessions/<id>/message", CAP_USE, BODY_JSON, MESSAGE_MAX,
		PARAMS(message_params), .handle = h_claude_message,
		.answers = {{202, "Message", "it waits for its turn"}},
		.doc = "Says something to Claude"},
	{"POST", "api/sessions/<id>/interrupt", CAP_USE, BODY_JSON, JSON_MAX,
		PARAMS(interrupt_params), .handle = h_claude_interrupt,
		.answers = {{204, NULL, "accepted"}}, .doc = "Stops Claude's turn"},
	{"POST", "api/sessions/<id>/mode", CAP_USE, BODY_JSON, JSON_MAX,
		PARAMS(mode_params), .handle = h_claude_mode, .audit = "claude.mode",
		.answers = {{204, NULL, "accepted"}},
		.doc = "Changes what Claude asks permission for"},
	{"POST", "api/sessions/<id>/model", CAP_USE, BODY_JSON, JSON_MAX,
		PARAMS(model_params), .handle = h_claude_model,
		.answers = {{204, NULL, "accepted"}}, .doc = "Changes Claude's model"},
	{"POST", "api/sessions/<id>/thinking", CAP_USE, BODY_JSON, JSON_MAX,
		PARAMS(thinking_params), .handle = h_claude_thinking,
		.answers = {{204, NULL, "accepted"}},
		.doc = "Changes how long Claude may think"},
	{"POST", "api/sessions/<id>/cancel", CAP_USE, BODY_JSON, JSON_MAX,
		PARAMS(cancel_params), .handle = h_claude_cancel,
		.answers = {{204, NULL, "accepted"}},
		.doc = "Takes back a message that waits"},
	{"GET", "api/claude/status", CAP_USE, .handle = h_claude_status,
		.answers = {{200, "ClaudeStatus", "may take a second"}},
		.doc = "Whether Claude Code is installed, and somebody signed in"},
	{"GET", "api/claude/history", CAP_USE, PARAMS(history_params),
		.handle = h_claude_history,
		.answers = {{200, "Conversations", "the newest first"}},
		.doc = "Lists the conversations that Claude keeps of a directory"},
	{"GET", "api/claude/commands", CAP_READ, PARAMS(commands_params),
		.handle = h_claude_commands,
		.answers = {{200, "SlashCommands", "as last reported there"}},
		.doc = "Lists the commands that Claude offers in a directory"},
	{"GET", "api/permissions", CAP_READ, PARAMS(permissions_params),
		.handle = h_permission_list,
		.answers = {{200, "Permissions", "oldest first"}},
		.doc = "Lists what programs asked permission for"},
	{"POST", "api/permissions/<id>", CAP_USE, BODY_JSON, ANSWER_MAX,
		PARAMS(answer_params), .handle = h_permission_answer,
		.audit = "permission.answer",
		.answers = {{200, "Permission", "this answer counts"},
			{202, "Permission", "it will be given"}},
		.doc = "Answers; the first answer counts"},

	{"GET", "api/sessions/<id>/events", CAP_READ, PARAMS(events_params),
		.handle = h_events,
		.answers = {{200, "Events", "a part of the log, ascending"}},
		.doc = "Reads a session's log"},
	{"GET", "api/sessions/<id>/snapshot", CAP_READ, PARAMS(snapshot_params),
		.handle = h_snapshot,
		.answers = {{200, "Snapshot", "the newest that there is"}},
		.doc = "Reads the state of a terminal at a place of its log"},
	{"GET", "api/stream", CAP_READ, PARAMS(stream_params), .handle = h_stream,
		.answers = {{200, "EventStream",
			"server-sent events, for as long as one reads"}},
		.doc = "Follows sessions as they go on"},
	{"POST", "api/stream/<stream>/ack", CAP_READ, BODY_JSON, JSON_MAX,
		PARAMS(ack_params), .handle = h_ack, .answers = {{204, NULL, "noted"}},
		.doc = "Tells how far a stream is on the screen"},
};

const int route_count = COUNT(routes);
