/* Files of workspaces, the trash, uploads and search: all of the files pool. See
 * domain.h. */
#include "config.h"

#include "fcgi/domain.h"
#include "fcgi/h_files.h"
#include "fcgi/search.h"
#include "lib/path_text.h"

/* Bytes of a file that is written as a whole; the disk ends earlier. */
#define FILE_MAX ((size_t)1 << 40)

enum { PIECE_MAX = 64 * 1024 * 1024, WATCH_MAX = 1024 * 1024 };

#define FILE_PARAM(name, place, required, doc_) \
	{ \
		name, place, TYPE_FILE, required, .doc = doc_ \
	}

static const char *const forms[] = {"info", "tar", NULL};

static const struct param get_params[] = {
	[FILES_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
	[FILES_PATH] = FILE_PARAM("path", IN_QUERY, false,
		"of a file or a directory, as path text; default: the workspace itself"),
	[FILES_AS] = {"as", IN_QUERY, TYPE_ENUM, false, .values = forms,
		.doc = "info: the entry alone; tar: a directory with all that is in it"},
	[FILES_LIMIT] = {"limit", IN_QUERY, TYPE_INT, false, 1, 100000,
		.doc = "of a directory: at most so many entries; default 2000"},
	[FILES_AFTER] = {"after", IN_QUERY, TYPE_PROSE, false, 1,
		PATH_TEXT_SEGMENT * 3 + 3, .doc = "the `next` of the part before"},
	[FILES_HIDDEN] = {"hidden", IN_QUERY, TYPE_BOOL, false,
		.doc = "0: without entries that begin with a dot"},
};

static const struct param file_params[] = {
	[FILE_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
	[FILE_PATH] = FILE_PARAM("path", IN_QUERY, true, "as path text"),
};

static const char *const ops[] = {"mkdir", "move", "copy", "restore", NULL};

static const struct param op_params[] = {
	[FILES_WORKSPACE] = WORKSPACE_PARAM(IN_BODY),
	[FILES_OP_OP] = {"op", IN_BODY, TYPE_ENUM, true, .values = ops,
		.doc = "what to do"},
	[FILES_OP_PATH] = FILE_PARAM("path", IN_BODY, false,
		"what to make, move or copy, as path text"),
	[FILES_OP_TO] = FILE_PARAM("to", IN_BODY, false,
		"where to, with the name; of restore: default where it was"),
	[FILES_OP_REPLACE] = {"replace", IN_BODY, TYPE_BOOL, false,
		.doc = "what is there goes to the trash"},
	[FILES_OP_ID] = {"id", IN_BODY, TYPE_ID, false,
		.doc = "of restore: the item of the trash"},
};

static const struct param trash_params[] = {
	[FILES_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
	[TRASH_ID] = {"item", IN_PATH, TYPE_ID, true, .doc = "the item"},
};

#define HASH_PARAM \
	{ \
		"sha256", IN_BODY, TYPE_TEXT, false, SHA256_TEXT_SIZE - 1, \
			SHA256_TEXT_SIZE - 1, .doc = "of all bytes, in hexadecimal" \
	}
#define UPLOAD_ID_PARAM \
	{ \
		"upload", IN_PATH, TYPE_ID, true, .doc = "the upload" \
	}

static const struct param upload_params[] = {
	[FILES_WORKSPACE] = WORKSPACE_PARAM(IN_BODY),
	[UPLOAD_PATH] = FILE_PARAM("path", IN_BODY, true,
		"where it will be, as path text; directories are made"),
	[UPLOAD_SIZE] = {"size", IN_BODY, TYPE_INT, true, 0, (int64_t)FILE_MAX,
		.doc = "bytes"},
	[UPLOAD_SHA256] = HASH_PARAM,
	[UPLOAD_REPLACE] = {"replace", IN_BODY, TYPE_BOOL, false,
		.doc = "what is there goes to the trash"},
};

static const struct param piece_params[] = {
	[PIECE_ID] = UPLOAD_ID_PARAM,
	[PIECE_OFFSET] = {"offset", IN_QUERY, TYPE_INT, true, 0, (int64_t)FILE_MAX,
		.doc = "bytes that have come before"},
};

static const struct param finish_params[] = {
	[FINISH_ID] = UPLOAD_ID_PARAM,
	[FINISH_SHA256] = HASH_PARAM,
};

static const struct param search_params[] = {
	[FILES_WORKSPACE] = WORKSPACE_PARAM(IN_QUERY),
	[SEARCH_NAME] = {"name", IN_QUERY, TYPE_PROSE, false, 0, 1024,
		.doc = "finds files by their path: characters in this order"},
	[SEARCH_TEXT] = {"text", IN_QUERY, TYPE_PROSE, false, 1, 4096,
		.doc = "finds lines that have this"},
	[SEARCH_REGEX] = {"regex", IN_QUERY, TYPE_BOOL, false,
		.doc = "1: the text is a regular expression"},
	[SEARCH_CASE] = {"case", IN_QUERY, TYPE_BOOL, false,
		.doc = "1: capital letters count"},
	[SEARCH_WORD] = {"word", IN_QUERY, TYPE_BOOL, false, .doc = "1: whole words"},
	[SEARCH_GLOB] = {"glob", IN_QUERY, TYPE_PROSE, false, 1, 1024,
		.doc = "files of this form only, as *.c or !*.min.js"},
	[SEARCH_LIMIT_OF] = {"limit", IN_QUERY, TYPE_INT, false, 1, SEARCH_LIMIT,
		.doc = "at most so many; default 50 names, at most 500, or 1000 lines"},
};

static const struct param watch_params[] = {
	[WATCH_STREAM] = {"stream", IN_PATH, TYPE_ID, true,
		.doc = "as the hello event named it"},
	[WATCH_WORKSPACE] = WORKSPACE_PARAM(IN_BODY),
	[WATCH_PATHS] = {"paths", IN_BODY, TYPE_LIST, true, 0, 256,
		.doc = "directories, as path text, in place of those before"},
};

static const struct route routes[] = {
	{"GET", "api/files", CAP_READ, PARAMS(get_params), .handle = h_files_get,
		.answers =
			{{200, "Bytes",
				 "a file's bytes, or of a directory a FileList as JSON"},
				{206, "Bytes", "the range that was asked for"},
				{304, NULL, "it is as If-None-Match has it"}},
		.doc = "Reads a file or a directory", .pool = POOL_FILES},
	{"PUT", "api/files", CAP_USE, BODY_STREAM, FILE_MAX, PARAMS(file_params),
		.handle = h_files_put, .audit = "file.write",
		.answers = {{200, "FileEntry", "replaced"}, {201, "FileEntry", "made"}},
		.doc = "Writes a file that is as If-Match or If-None-Match expects it",
		.pool = POOL_FILES},
	{"DELETE", "api/files", CAP_USE, PARAMS(file_params), .handle = h_files_delete,
		.audit = "file.delete",
		.answers = {{200, "TrashId", "under which it lies in the trash"}},
		.doc = "Moves something to the trash", .pool = POOL_FILES},
	{"POST", "api/files", CAP_USE, BODY_JSON, JSON_MAX, PARAMS(op_params),
		.handle = h_files_op, .audit = "file.change",
		.answers = {{201, "FileEntry", "where it is now"},
			{202, "Session", "a job: a large copy goes on by itself"}},
		.doc = "Makes a directory, moves, copies, or brings back from the trash",
		.pool = POOL_FILES},
	{"GET", "api/trash", CAP_READ, .params = trash_params, .param_count = 1,
		.handle = h_trash_list,
		.answers = {{200, "Trash", "what was deleted, newest first"}},
		.doc = "Lists the trash of a workspace", .pool = POOL_FILES},
	{"DELETE", "api/trash/<item>", CAP_USE, PARAMS(trash_params),
		.handle = h_trash_delete, .audit = "trash.delete",
		.answers = {{204, NULL, "it is gone"}},
		.doc = "Deletes an item of the trash for good", .pool = POOL_FILES},
	{"DELETE", "api/trash", CAP_USE, .params = trash_params, .param_count = 1,
		.handle = h_trash_empty, .audit = "trash.empty",
		.answers = {{204, NULL, "it is empty"}},
		.doc = "Empties the trash of a workspace", .pool = POOL_FILES},
	{"POST", "api/uploads", CAP_USE, BODY_JSON, JSON_MAX, PARAMS(upload_params),
		.handle = h_upload_begin, .audit = "upload.begin",
		.answers = {{201, "Upload", "it may come"}},
		.doc = "Begins to upload a file in pieces", .pool = POOL_FILES},
	{"GET", "api/uploads/<upload>", CAP_READ, .params = piece_params,
		.param_count = 1, .handle = h_upload_get,
		.answers = {{200, "Upload", "how far it is"}}, .doc = "One upload",
		.pool = POOL_FILES},
	{"PUT", "api/uploads/<upload>", CAP_USE, BODY_STREAM, PIECE_MAX,
		PARAMS(piece_params), .handle = h_upload_piece,
		.unaudited = "its beginning and its end are noted",
		.answers = {{200, "Upload", "how far it is"}},
		.doc = "Uploads the next piece", .pool = POOL_FILES},
	{"POST", "api/uploads/<upload>/finish", CAP_USE, BODY_JSON, JSON_MAX,
		PARAMS(finish_params), .handle = h_upload_finish, .audit = "file.upload",
		.answers = {{201, "FileEntry", "the file is in its place"}},
		.doc = "Puts a file that has come as a whole in its place",
		.pool = POOL_FILES},
	{"DELETE", "api/uploads/<upload>", CAP_USE, .params = piece_params,
		.param_count = 1, .handle = h_upload_cancel, .audit = "upload.cancel",
		.answers = {{204, NULL, "nothing is left of it"}},
		.doc = "Gives up an upload", .pool = POOL_FILES},
	{"GET", "api/search", CAP_READ, PARAMS(search_params), .handle = h_search,
		.answers = {{200, "Found", "of names the best first"}},
		.doc = "Finds files by their name, or lines by what they say",
		.pool = POOL_FILES},
	{"POST", "api/stream/<stream>/watch", CAP_READ, BODY_JSON, WATCH_MAX,
		PARAMS(watch_params), .handle = h_watch,
		.unaudited = "it tells what is to be told, and changes nothing",
		.answers = {{204, NULL, "system events of the channel files tell"}},
		.doc = "Watches directories of a workspace", .pool = POOL_FILES},
};

#define FILE_TYPE "{\"enum\":[\"file\",\"directory\",\"link\",\"other\"]}"

static const struct schema schemas[] = {
	{"FileEntry",
		{{"name", TEXT}, {"type", FILE_TYPE}, {"size", NUMBER}, {"mtime", NUMBER},
			{"mode", TEXT}, {"owner", TEXT}, {"?target", TEXT},
			{"?target_type", MAYBE_TEXT}}},
	{"FileList",
		{{"path", TEXT}, {"mtime", NUMBER}, {"items", LIST(REF("FileEntry"))},
			{"next", MAYBE_TEXT}}},
	{"TrashId", {{"id", TEXT}}},
	{"TrashItem",
		{{"id", TEXT}, {"path", TEXT}, {"type", FILE_TYPE}, {"size", NUMBER},
			{"deleted_at", NUMBER}}},
	{"FoundItem",
		{{"path", TEXT}, {"?type", FILE_TYPE}, {"?line", NUMBER},
			{"?column", NUMBER}, {"?text", TEXT},
			{"matches", "{\"type\":\"array\"}"}}},
	{"Found",
		{{"items", LIST(REF("FoundItem"))}, {"next", MAYBE_TEXT},
			{"?truncated", TRUTH},
			{"?engine", "{\"enum\":[\"rg\",\"own\"]}"}}},
	{"Upload", {{"id", TEXT}, {"offset", NUMBER}, {"size", NUMBER}}},
	ITEMS("Trash", "TrashItem"),
};

const struct domain domain_files = {DOMAIN(routes, schemas)};
