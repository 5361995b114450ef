/*
 * What is stored so that only this installation can read it: AES-256-GCM under the key in
 * <state directory>/secret.key (32 bytes, mode 0600), which is in no database and no
 * backup of one.
 */
#ifndef DISPATCH_LIB_SECRET_H
#define DISPATCH_LIB_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/buf.h"
#include "lib/err.h"

/*
 * Appends the sealed text: nonce, ciphertext, tag. `about` says what it is for: opening
 * it needs the same words, so that a row cannot take another's place. With `make` a key
 * is made when there is none; several may do so at once. Without, as long as there is
 * something that another key has sealed. Returns 0, or -1: 500 "secret.key" (the file
 * cannot be used: it is not there, or has a wrong size, owner or mode).
 */
int secret_seal(const char *dir, bool make, const char *about, const char *text,
	size_t len, struct buf *out, struct err *e);

/* Appends the text. -1: 500 "secret.key"; "secret.broken" when it was sealed with another
 * key, or about something else, or was changed. */
int secret_open(const char *dir, const char *about, const void *sealed, size_t len,
	struct buf *out, struct err *e);

#endif
