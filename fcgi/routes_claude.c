/* What only sessions of Claude understand, and what programs ask permission for. See
 * domain.h. */
#include "config.h"

#include "fcgi/domain.h"
#include "fcgi/claude_options.h"
#include "fcgi/handlers.h"
#include "fcgi/image.h"

enum {
	MESSAGE_MAX = 16 * 1024 * 1024, /* bytes with its images */
	PROSE_MAX = 1024 * 1024,
	ANSWER_MAX = 1024 * 1024, /* with what a tool is to be given */
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

static const struct param images_params[] = {
	SESSION_PARAM,
	[IMAGES_MESSAGE] = {"message", IN_QUERY, TYPE_UUID, true,
		.doc = "uuid of what was said"},
};

#define CWD_PARAM \
	{ \
		"cwd", IN_QUERY, TYPE_PATH, false, 1, 4096, \
			.doc = "in place of it a directory: absolute, ~ or ~/dir" \
	}
#define PLACE_PARAM \
	{ \
		"workspace", IN_QUERY, TYPE_WORKSPACE, false, .doc = "the workspace" \
	}

static const struct param history_params[] = {
	[HISTORY_WORKSPACE] = PLACE_PARAM,
	[HISTORY_CWD] = CWD_PARAM,
	[HISTORY_MOST] = {"limit", IN_QUERY, TYPE_INT, false, 1, 100,
		.doc = "at most so many; default 30"},
	[HISTORY_AFTER] = {"after", IN_QUERY, TYPE_INT, false, 0, NUMBER_MAX,
		.doc = "go on behind: the `next` of the answer before"},
};

static const struct param commands_params[] = {
	[COMMANDS_WORKSPACE] = PLACE_PARAM,
	[COMMANDS_CWD] = CWD_PARAM,
};

static const struct param status_params[] = {
	[STATUS_WORKSPACE] = {"workspace", IN_QUERY, TYPE_WORKSPACE, false,
		.doc = "as sessions of this workspace would find it"},
};

static const struct param files_params[] = {
	[FOUND_WORKSPACE] = PLACE_PARAM,
	[FOUND_CWD] = CWD_PARAM,
	[FOUND_QUERY] = {"query", IN_QUERY, TYPE_TEXT, true, 0, 256,
		.doc = "a few characters of the path"},
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

static const struct route routes[] = {
	{"POST", "api/sessions/<id>/message", CAP_USE, BODY_JSON, MESSAGE_MAX,
		PARAMS(message_params), .handle = h_claude_message,
		.audit = "claude.message",
		.answers = {{202, "Message", "it waits for its turn"}},
		.doc = "Says something to Claude"},
	{"POST", "api/sessions/<id>/interrupt", CAP_USE, BODY_JSON, JSON_MAX,
		PARAMS(interrupt_params), .handle = h_claude_interrupt,
		.audit = "claude.interrupt", .answers = {{204, NULL, "accepted"}},
		.doc = "Stops Claude's turn"},
	{"POST", "api/sessions/<id>/mode", CAP_USE, BODY_JSON, JSON_MAX,
		PARAMS(mode_params), .handle = h_claude_mode, .audit = "claude.mode",
		.answers = {{204, NULL, "accepted"}},
		.doc = "Changes what Claude asks permission for"},
	{"POST", "api/sessions/<id>/model", CAP_USE, BODY_JSON, JSON_MAX,
		PARAMS(model_params), .handle = h_claude_model, .audit = "claude.model",
		.answers = {{204, NULL, "accepted"}}, .doc = "Changes Claude's model"},
	{"POST", "api/sessions/<id>/thinking", CAP_USE, BODY_JSON, JSON_MAX,
		PARAMS(thinking_params), .handle = h_claude_thinking,
		.audit = "claude.thinking", .answers = {{204, NULL, "accepted"}},
		.doc = "Changes how long Claude may think"},
	{"POST", "api/sessions/<id>/cancel", CAP_USE, BODY_JSON, JSON_MAX,
		PARAMS(cancel_params), .handle = h_claude_cancel,
		.audit = "claude.cancel", .answers = {{204, NULL, "accepted"}},
		.doc = "Takes back a message that waits"},
	{"GET", "api/sessions/<id>/images", CAP_USE, PARAMS(images_params),
		.handle = h_claude_images,
		.answers = {{200, "Images", "in the order of the message"}},
		.doc = "Reads the images of a message, to say it again"},
	{"GET", "api/claude/status", CAP_USE, PARAMS(status_params),
		.handle = h_claude_status,
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
	{"GET", "api/claude/files", CAP_USE, PARAMS(files_params), .pool = POOL_FILES,
		.handle = h_claude_files,
		.answers = {{200, "FoundFiles", "at most 50, the best first"}},
		.doc = "Finds files beneath a directory, to be named to Claude"},
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
};

static const struct schema schemas[] = {
	{"Claude",
		{{"conversation", MAYBE_TEXT}, {"model", MAYBE_TEXT},
			{"mode", MAYBE_TEXT}, {"version", MAYBE_TEXT},
			{"pending", NUMBER}}},
	{"Message", {{"uuid", TEXT}}},
	{"Image", {{"media_type", TEXT}, {"data", TEXT}}},
	ITEMS("Images", "Image"),
	{"ClaudeStatus",
		{{"program", MAYBE_TEXT}, {"version", MAYBE_TEXT},
			{"signed_in", "{\"type\":[\"boolean\",\"null\"]}"},
			{"method", MAYBE_TEXT}, {"install", TEXT},
			{"sign_in", LIST(TEXT)}}},
	{"Conversation",
		{{"conversation", TEXT}, {"title", MAYBE_TEXT},
			{"first_prompt", MAYBE_TEXT}, {"updated_at", NUMBER},
			{"bytes", NUMBER}, {"messages", MAYBE_NUMBER},
			{"session", MAYBE_TEXT}}},
	{"Conversations", {{"items", LIST(REF("Conversation"))}, {"next", MAYBE_NUMBER}}},
	{"FoundFile", {{"path", TEXT}}},
	ITEMS("FoundFiles", "FoundFile"),
	{"SlashCommand",
		{{"name", TEXT}, {"?description", TEXT}, {"?argument_hint", TEXT},
			{"?aliases", LIST(TEXT)}}},
	{"SlashCommands",
		{{"items", LIST(REF("SlashCommand"))}, {"version", MAYBE_TEXT},
			{"reported_at", MAYBE_NUMBER}, {"next", MAYBE_TEXT}}},
	{"Permission",
		{{"id", TEXT}, {"session", TEXT}, {"tool", TEXT}, {"?title", TEXT},
			{"input", ANY}, {"input_sha256", TEXT},
			{"suggestions", LIST(ANY)}, {"suppress_always", TRUTH},
			{"?reason", TEXT}, {"?blocked_path", TEXT},
			{"?parent_tool", TEXT}, {"tool_use_id", TEXT},
			{"state",
				"{\"enum\":[\"pending\",\"answered\","
				"\"withdrawn\"]}"},
			{"requested_at", NUMBER}, {"?answered_at", NUMBER},
			{"?answered_by", TEXT},
			{"?decision", "{\"enum\":[\"allow\",\"deny\"]}"},
			{"?message", TEXT}}},
	ITEMS("Permissions", "Permission"),
};

const struct domain domain_claude = {DOMAIN(routes, schemas)};
