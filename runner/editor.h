/*
 * dispatch-editor: all work on files of a file-editor session, beneath its workspace. It
 * reads one JSON object per line, does what it says, and answers in the same way; see
 * dispatch-editor(8). It keeps nothing but which files are open.
 *
 *	editor_main.c    lines in, notices of changes in
 *	editor_ops.c     opening, saving, restoring
 *	editor_names.c   making, renaming, deleting
 *	editor_files.c   which files are open, and what has become of them
 *	editor_read.c    the bytes of a file and what they are
 *	editor_say.c     lines out
 */
#ifndef DISPATCH_RUNNER_EDITOR_H
#define DISPATCH_RUNNER_EDITOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "lib/beneath.h"
#include "lib/buf.h"
#include "lib/file_tag.h"
#include "lib/text_format.h"

struct json_object;

enum {
	EDITOR_TEXT_MAX = 10 * 1000 * 1000, /* bytes of a file that can be edited */
	EDITOR_FILES_MAX = 256,             /* open ones */
	EDITOR_DIFF_MAX = 64 * 1024,        /* bytes of a diff that is told */
	EDITOR_LINE_MAX = 20 * 1024 * 1024, /* bytes of a line that is read */
	EDITOR_GATHER_MS =
		100, /* from a notice to the look at the file: many become one */
	EDITOR_LOOK_MS = 2000, /* between looks at files whose directory is gone */
};

/* What a file was when it was read. */
struct content {
	struct stat st;
	char tag[FILE_TAG_SIZE]; /* "": there is no file */
	struct buf bytes;        /* empty when it is too large */
	struct text_format format;
	const char *read_only; /* NULL, "large", "binary" or "denied" */
};

/* An open file. */
struct file {
	LIST_ENTRY(file) link;
	char *path;                  /* bytes */
	char tag[FILE_TAG_SIZE];     /* as it was last told; "": gone */
	char kept[SHA256_TEXT_SIZE]; /* whose bytes were told last; "": none were */
	struct text_format format;
	bool known;              /* the format is */
	struct stat st;          /* when it was last read */
	int watch;               /* of its directory; -1: none */
	char name[NAME_MAX + 1]; /* there */
	bool noticed;            /* it is to be looked at */
};

struct editor {
	struct beneath b;
	const char *workspace; /* id */
	int inotify;           /* -1: there is none */
	LIST_HEAD(, file) files;
	int count;
	bool noticed; /* one of the files */
};

/* What is asked for. */
struct request {
	struct json_object *json;
	const char *op, *id; /* id NULL: nobody waits for the answer */
	char *path;          /* bytes; NULL: none was given */
	struct err e;        /* why it is refused */
	struct buf more;     /* members that go into a refusal: `"current":…` */
};

/* ---- editor_ops.c and editor_names.c: 0, or -1 with r->e ---- */

int editor_open(struct editor *ed, struct request *r);
int editor_watch(struct editor *ed, struct request *r);
int editor_close(struct editor *ed, struct request *r);
int editor_save(struct editor *ed, struct request *r);
int editor_restore(struct editor *ed, struct request *r);
int editor_create(struct editor *ed, struct request *r);
int editor_rename(struct editor *ed, struct request *r);
int editor_delete(struct editor *ed, struct request *r);

/* ---- editor_files.c ---- */

/* The open file with this path; NULL: it is not open. */
struct file *files_find(struct editor *ed, const char *path);

/* The same, opened if need be. NULL with 409 "editor.files": too many are. */
struct file *files_open(struct editor *ed, const char *path, struct err *e);
void files_close(struct editor *ed, struct file *file);
void files_close_all(struct editor *ed);

/* The file is known to be so now; and what was beneath `from` is beneath `to`. */
void files_seen(struct editor *ed, struct file *file, const struct content *content);
void files_renamed(struct editor *ed, const char *from, const char *to);

/* Reads what inotify has; tells which files have changed. */
void files_notice(struct editor *ed);
void files_look(struct editor *ed, bool all);

/* True when one of them has no watch. */
bool files_unwatched(const struct editor *ed);

/* ---- editor_read.c ---- */

/* What is at the path; content_clear() it afterwards. What is not there is no error: its
 * tag is "". */
int content_read(const struct editor *ed, const char *path, struct content *content,
	struct err *e);
void content_clear(struct content *content);

/* True when the tag is the hash of bytes. */
bool tag_is_hash(const char *tag);

/* Whether it is a text whose bytes were read: it may be kept. */
bool content_is_text(const struct content *content);

/* The text as it is edited. */
void content_text(const struct content *content, struct buf *text);

/* ---- editor_say.c ---- */

/* Tells bytes, to be kept under their hash. */
void say_content(const char *sha256, const struct buf *bytes);

/* What is told of an operation: begin, members of the event's data, end. */
struct telling {
	const char *event, *type;
	struct buf data;
	struct buf version; /* members of what goes into the history; empty: nothing */
};

void telling_begin(struct telling *t, const struct request *r, const char *event,
	const char *type);
void telling_send(struct telling *t);

/* Members with a path or a hash; "" is null. */
void put_path(struct buf *b, const char *key, const char *path);
void put_hash(struct buf *b, const char *key, const char *tag);

/* What goes into the history; NULL or "" where there is none. */
struct version {
	const char *operation, *path, *to, *before, *after;
	int64_t added, removed;
};
void telling_version(struct telling *t, const struct version *v);

/* Answers {"op":"run"}: what was said before it has been dealt with. */
void say_run(int64_t run);

void say_refused(const struct request *r);

/* {"event":"error"}: what is wrong with a line that came. */
void say_bad_line(const char *why, const char *text, size_t len);

#endif
