/*
 * What is typed into an attached session: stored as the handlers store it
 * (lib/store/command.h), each piece once, under a number of a writer of its own. What
 * cannot be stored now is tried again under the same number; meanwhile at most INPUT_MOST
 * bytes are taken from the terminal, and the rest waits there.
 */
#ifndef DISPATCH_CLI_ATTACH_INPUT_H
#define DISPATCH_CLI_ATTACH_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/conf.h"
#include "lib/crypt.h"
#include "lib/store/session.h"
#include "lib/wake.h"

enum { INPUT_MOST = 64 * 1024, INPUT_NO_KEY = -1 };

struct input {
	const struct conf *conf;
	struct db *state, *events;
	const struct wake *wake;
	const struct session *session;
	char writer[ID_SIZE];
	int detach_key; /* a byte; INPUT_NO_KEY */
	int64_t n;      /* of the last piece that is stored */
	struct buf waiting;
	size_t numbered; /* so much of it was tried as piece n + 1, which it stays */
};

/* The byte of "^]", "^?" or one character; INPUT_NO_KEY for "none"; -2 for anything else.
 */
int input_key(const char *text);

/* How many of the bytes come before the key that detaches, in whichever way the terminal
 * sends it; `len` when it is not among them. */
size_t input_before_key(const struct input *input, const char *bytes, size_t len);

/* Stores what waits. 0: it is, or there is nothing; -1: not now. */
int input_store(struct input *input, struct err *e);

/* Stores that the terminal is to have this size, and who decides. 0, or -1. */
int input_store_size(struct input *input, int cols, int rows, struct err *e);

#endif
