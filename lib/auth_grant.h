/*
 * Devices that are let in by a person on another one. Either the device asks and shows a
 * user code, which the person types elsewhere (RFC 8628); or the person makes a code that
 * is good at once, and the device brings it (as a QR code). Device codes have 256 bits
 * and are stored as hashes; user codes have eight letters without vowels (34.5 bits, RFC
 * 8628, 6.1), and who guesses them runs into the limit of the route. Each code is good
 * once.
 */
#ifndef DISPATCH_LIB_AUTH_GRANT_H
#define DISPATCH_LIB_AUTH_GRANT_H

#include "lib/auth.h"

enum {
	GRANT_USER_CODE_SIZE = 10, /* "BCDF-GHJK" */
	GRANT_MS = 10 * 60 * 1000, /* how long a device may wait */
	GRANT_PAIR_MS = 2 * 60 * 1000,
	GRANT_INTERVAL_MS = 5000,
	GRANT_SLOWER_MS = 5000, /* more, for who asks too often (RFC 8628, 3.5) */
	GRANT_MOST = 1000,      /* that wait at once, all together, */
	GRANT_MOST_HERE = 20,   /* and from one address */
};

/* Starts a grant for a device that calls itself `client` (1 to 64 characters) and wants
 * `scope`. Error: 429 "rate.limited" when too many wait. */
int auth_grant_begin(struct db *state, const struct auth_request *request,
	const char *client, const char *scope, int64_t now, char device[SECRET_SIZE],
	char user_code[GRANT_USER_CODE_SIZE], struct err *e);

/* Makes one that *auth has approved already. */
int auth_grant_pair(struct db *state, const struct auth_request *request,
	const struct auth *auth, int64_t now, char device[SECRET_SIZE], struct err *e);

/* A device that waits, as its approver sees it; texts are valid during the call. */
struct auth_grant {
	const char *client, *address, *agent, *scope;
	int64_t created_at, expires_at;
};

/* Calls found(arg, grant) with the one that shows this code; case, blanks and dashes do
 * not matter. Error: 403 "device.code". */
int auth_grant_show(struct db *state, const char *user_code, int64_t now,
	void (*found)(void *arg, const struct auth_grant *grant), void *arg,
	struct err *e);

/* Lets it in as *auth, with this scope or the one that it asked for, whichever reaches
 * less far, or (NULL) refuses it. Error: 403 "device.code". */
int auth_grant_answer(struct db *state, const struct auth_request *request,
	const struct auth *auth, const char *user_code, const char *scope, int64_t now,
	struct err *e);

/* How a question with a device code can end. */
enum auth_grant_state {
	GRANT_APPROVED, /* and used up: it is not answered so again */
	GRANT_PENDING,
	GRANT_SLOW_DOWN,
	GRANT_DENIED,
	GRANT_EXPIRED,
	GRANT_UNKNOWN, /* never given out, or used */
};

/* What becomes of an approved one. */
struct auth_granted {
	struct auth auth;        /* user, name, role */
	char scope[8];           /* one of auth_scopes */
	char key[AUTH_KEY_SIZE]; /* an API key with this scope, when one was asked for */
	int64_t expires_at;      /* of that key */
};

/* Asks with a device code; `key`: for an API key, which ends with the lifetime of a
 * sign-in. Returns an enum auth_grant_state, or -1. */
int auth_grant_ask(struct db *state, const struct conf *conf,
	const struct auth_request *request, const char *device, bool key, int64_t now,
	struct auth_granted *out, struct err *e);

#endif
