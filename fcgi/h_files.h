/*
 * Handlers of files, the trash, uploads and search, and the indexes of their parameters.
 * Wherever a workspace is named, it is the first parameter.
 */
#ifndef DISPATCH_FCGI_H_FILES_H
#define DISPATCH_FCGI_H_FILES_H

#include "fcgi/route.h"

enum { FILES_WORKSPACE };

/* h_files.c */
enum {
	FILES_PATH = FILES_WORKSPACE + 1,
	FILES_AS,
	FILES_LIMIT,
	FILES_AFTER,
	FILES_HIDDEN,
	FILES_PARAMS
};
enum { FILES_AS_INFO, FILES_AS_TAR };
enum { FILE_WORKSPACE, FILE_PATH, FILE_PARAMS };
enum {
	FILES_OP_OP = FILES_WORKSPACE + 1,
	FILES_OP_PATH,
	FILES_OP_TO,
	FILES_OP_REPLACE,
	FILES_OP_ID,
	FILES_OP_PARAMS
};
int h_files_get(struct call *c, struct err *e);
int h_files_put(struct call *c, struct err *e);
int h_files_delete(struct call *c, struct err *e);
int h_files_op(struct call *c, struct err *e);

/* h_trash.c */
enum { TRASH_ID = FILES_WORKSPACE + 1, TRASH_PARAMS };
int h_trash_list(struct call *c, struct err *e);
int h_trash_delete(struct call *c, struct err *e);
int h_trash_empty(struct call *c, struct err *e);

/* h_uploads.c */
enum {
	UPLOAD_PATH = FILES_WORKSPACE + 1,
	UPLOAD_SIZE,
	UPLOAD_SHA256,
	UPLOAD_REPLACE,
	UPLOAD_PARAMS
};
enum { PIECE_ID, PIECE_OFFSET, PIECE_PARAMS };
enum { FINISH_ID, FINISH_SHA256, FINISH_PARAMS };
int h_upload_begin(struct call *c, struct err *e);
int h_upload_get(struct call *c, struct err *e);
int h_upload_piece(struct call *c, struct err *e);
int h_upload_finish(struct call *c, struct err *e);
int h_upload_cancel(struct call *c, struct err *e);

/* h_search.c */
enum {
	SEARCH_NAME = FILES_WORKSPACE + 1,
	SEARCH_TEXT,
	SEARCH_REGEX,
	SEARCH_CASE,
	SEARCH_WORD,
	SEARCH_GLOB,
	SEARCH_LIMIT_OF,
	SEARCH_PARAMS
};
int h_search(struct call *c, struct err *e);

/* h_watch.c */
enum { WATCH_STREAM, WATCH_WORKSPACE, WATCH_PATHS, WATCH_PARAMS };
int h_watch(struct call *c, struct err *e);

#endif
