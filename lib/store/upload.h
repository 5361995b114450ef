/* Files that come in pieces: table upload of state.db. */
#ifndef DISPATCH_LIB_STORE_UPLOAD_H
#define DISPATCH_LIB_STORE_UPLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/crypt.h"
#include "lib/err.h"

struct db;

enum { UPLOAD_LIMIT = 1000 }; /* that one person may have begun */

struct upload {
	char id[ID_SIZE];
	char workspace[ID_SIZE];
	char *path; /* path text: where it will be */
	char *part; /* path text: what has come so far */
	int64_t size;
	char sha256[SHA256_TEXT_SIZE]; /* that it should have; "": not said */
	bool replace;
};

/* Frees what upload_find() has filled. */
void upload_clear(struct upload *upload);

/* Notes it; error besides those of db.h: 409 "upload.limit". */
int upload_add(struct db *db, const struct upload *upload, const char *owner, int64_t now,
	struct err *e);

/* 1: *upload is the owner's; 0: there is none; -1: error. */
int upload_find(struct db *db, const char *id, const char *owner, struct upload *upload,
	struct err *e);

int upload_remove(struct db *db, const char *id, struct err *e);

/* Notes that a piece has come. */
int upload_touch(struct db *db, const char *id, int64_t now, struct err *e);

/* The oldest one that nothing has come for since `before`, as upload_find(). */
int upload_oldest(struct db *db, int64_t before, struct upload *upload,
	char owner[ID_SIZE], struct err *e);

#endif
