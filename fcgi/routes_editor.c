/* File-editor sessions, and the history of files. See domain.h. */
#include "config.h"

#include "fcgi/domain.h"
#include "fcgi/h_editor.h"
#include "lib/text_format.h"

enum { OP_MAX = 16 * 1024 * 1024, HASH = 64, VERSIONS_MAX = 500 };

static const char *const kinds[] = {"file", "directory", NULL};

static const struct param op_params[] = {
	[OP_SESSION] = {"id", IN_PATH, TYPE_SESSION, true, .doc = "the session"},
	[OP_ID] = {"id", IN_BODY, TYPE_UUID, true,
		.doc = "made by the client, names the answer; sent again, it counts "
		       "once"},
	[OP_OP] = {"op", IN_BODY, TYPE_ENUM, true, .values = editor_ops,
		.doc = "what is to be done; each is answered by an event of the channel "
		       "editor:<op>"},
	[OP_PATH] = {"path", IN_BODY, TYPE_FILE, true, .doc = "of what"},
	[OP_TO] = {"to", IN_BODY, TYPE_FILE, false, .doc = "rename: its new path"},
	[OP_KIND] = {"kind", IN_BODY, TYPE_ENUM, false, .values = kinds,
		.doc = "create: what"},
	[OP_BASE] = {"base", IN_BODY, TYPE_TEXT, false, HASH, HASH,
		.doc = "save, restore, draft: SHA-256 of the file that was seen; "
		       "without: there was none"},
	[OP_SHA256] = {"sha256", IN_BODY, TYPE_TEXT, false, HASH, HASH,
		.doc = "restore: of which state"},
	[OP_TEXT] = {"text", IN_BODY, TYPE_PROSE, false, 0, OP_MAX,
		.doc = "save, draft: the text, with line feeds"},
	[OP_ENCODING] = {"encoding", IN_BODY, TYPE_ENUM, false, .values = text_encodings,
		.doc = "save: another than it has"},
	[OP_LINE_END] = {"line_end", IN_BODY, TYPE_ENUM, false, .values = line_ends,
		.doc = "save: others than it has"},
	[OP_BOM] = {"bom", IN_BODY, TYPE_BOOL, false,
		.doc = "save: with a byte-order mark, or without"},
	[OP_FORCE] = {"force", IN_BODY, TYPE_BOOL, false,
		.doc = "save, restore: also over what somebody else has changed, which "
		       "stays in the history"},
	[OP_WRITER] = {"writer", IN_BODY, TYPE_TEXT, false, 1, 64,
		.doc = "draft: who typed it, such as the id of a page; its event "
		       "repeats it"},
};

static const struct param content_params[] = {
	[CONTENT_SESSION] = {"id", IN_PATH, TYPE_SESSION, true, .doc = "the session"},
	[CONTENT_SHA256] = {"sha256", IN_QUERY, TYPE_TEXT, true, HASH, HASH,
		.doc = "of the content, as an event told it"},
};

static const struct param version_params[] = {
	[VERSIONS_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
	[VERSIONS_PATH] = {"path", IN_QUERY, TYPE_FILE, true, .doc = "the file"},
	[VERSIONS_LIMIT] = {"limit", IN_QUERY, TYPE_INT, false, 1, VERSIONS_MAX,
		.doc = "at most so many; default 100"},
	[VERSIONS_AFTER] = {"after", IN_QUERY, TYPE_TEXT, false, 1, 64,
		.doc = "go on behind: the `next` of the answer before"},
};

static const struct route routes[] = {
	{"POST", "api/sessions/<id>/op", CAP_USE, BODY_JSON, OP_MAX, PARAMS(op_params),
		.handle = h_editor_op,
		.unaudited =
			"it comes while somebody types; the log of the session has it, "
			"with who did it",
		.answers = {{202, "OpId", "an event will tell what came of it"}},
		.doc = "Asks something of a file editor"},
	{"GET", "api/sessions/<id>/content", CAP_READ, PARAMS(content_params),
		.handle = h_content, .answers = {{200, NULL, "the bytes"}},
		.doc = "The exact bytes of a state of a file, or of a draft"},
	{"GET", "api/files/history", CAP_READ, PARAMS(version_params),
		.handle = h_file_history,
		.answers = {{200, "FileHistory", "the newest first"}},
		.doc = "What was done to a file, under all its names",
		.pool = POOL_FILES},
};

static const struct schema schemas[] = {
	{"Draft", {{"base", MAYBE_TEXT}, {"sha256", TEXT}, {"at", NUMBER}}},
	{"EditorFile",
		{{"path", TEXT}, {"sha256", MAYBE_TEXT}, {"open", TRUTH},
			{"dirty", TRUTH}, {"?about", ANY}, {"?draft", REF("Draft")}}},
	{"Editor", {{"files", LIST(REF("EditorFile"))}}},
	{"OpId", {{"id", TEXT}}},
	{"FileVersion",
		{{"session", TEXT}, {"seq", NUMBER}, {"at", NUMBER}, {"by", MAYBE_TEXT},
			{"op",
				"{\"enum\":[\"open\",\"save\",\"create\",\"rename\","
				"\"delete\",\"restore\",\"changed\"]}"},
			{"path", TEXT}, {"?to", TEXT}, {"before", MAYBE_TEXT},
			{"after", MAYBE_TEXT}, {"added", NUMBER}, {"removed", NUMBER}}},
	ITEMS("FileHistory", "FileVersion"),
};

const struct domain domain_editor = {DOMAIN(routes, schemas)};
