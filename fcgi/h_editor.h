/* The handlers of file-editor sessions and of the history of files; see handlers.h. */
#ifndef DISPATCH_FCGI_H_EDITOR_H
#define DISPATCH_FCGI_H_EDITOR_H

#include "fcgi/route.h"

enum {
	OP_SESSION,
	OP_ID,
	OP_OP,
	OP_PATH,
	OP_TO,
	OP_KIND,
	OP_BASE,
	OP_SHA256,
	OP_TEXT,
	OP_ENCODING,
	OP_LINE_END,
	OP_BOM,
	OP_FORCE,
	OP_WRITER,
	OP_PARAMS
};
extern const char *const editor_ops[];
int h_editor_op(struct call *c, struct err *e);

enum { CONTENT_SESSION, CONTENT_SHA256, CONTENT_PARAMS };
int h_content(struct call *c, struct err *e);

enum {
	VERSIONS_WORKSPACE,
	VERSIONS_PATH,
	VERSIONS_LIMIT,
	VERSIONS_AFTER,
	VERSIONS_PARAMS
};
int h_file_history(struct call *c, struct err *e);

/* Checks the options of a new session. Errors: 400 "request.invalid". */
int editor_options_check(const struct app *app, struct json_object *options,
	const char *field, struct err *e);

#endif
