/*
 * Signing in as who one is elsewhere. A sign-in begins with a random state and a cookie;
 * it comes back with the state to the same browser, once, within AUTH_STATE_MS. The
 * cookie's value is known to nobody else, and the verifier of PKCE (RFC 7636) is made
 * from it; so only hashes are stored.
 */
#ifndef DISPATCH_LIB_AUTH_IDENTITY_H
#define DISPATCH_LIB_AUTH_IDENTITY_H

#include "lib/auth.h"

enum { AUTH_VERIFIER_SIZE = 65 }; /* 64 characters of hexadecimal */

/* What is sent along, and kept by the browser. */
struct auth_begun {
	char state[SECRET_SIZE];
	char cookie[AUTH_TOKEN_SIZE];
	char verifier[AUTH_VERIFIER_SIZE];
};

/* Begins a sign-in; `link`: the person to whom the identity shall belong, or NULL. */
int auth_identity_begin(struct db *state, const char *provider, const struct auth *link,
	int64_t now, struct auth_begun *begun, struct err *e);

/*
 * Takes it up again with the state that came back and the cookie of the request; of any
 * number at once, one succeeds. `link` becomes the person to be linked, or "". Error: 403
 * "auth.state".
 */
int auth_identity_return(struct db *state, const struct conf *conf,
	const struct auth_request *request, const char *provider, const char *returned,
	int64_t now, char verifier[AUTH_VERIFIER_SIZE], char link[ID_SIZE],
	struct err *e);

/* Whom a provider has recognised. */
struct auth_foreigner {
	const char *provider;
	const char *subject; /* whom it means, for ever */
	const char *name;    /* what they are called there now */
	bool listed;         /* the settings let them in */
	const char *link;    /* user.id to be linked, or "" */
};

/*
 * Who that is here: the person they are linked to; or, when they are listed, the one who
 * was made for them at their first sign-in (a member). Fills *out for auth_sign_in().
 * Errors: 403 "auth.not_listed"; 409 "identity.taken" (somebody else's); 401
 * "auth.denied".
 */
int auth_identity_sign_in(struct db *state, const struct auth_request *request,
	const struct auth_foreigner *who, int64_t now, struct auth *out, struct err *e);

/* An identity as listed; texts are valid during the call. */
struct auth_identity {
	const char *id, *provider, *name;
	int64_t created_at, seen_at;
};

int auth_identity_each(struct db *state, const struct auth *auth,
	void (*each)(void *arg, const struct auth_identity *identity), void *arg,
	struct err *e);

/* Removes one of *auth, and the sign-ins made with it. Error: 404 "identity.unknown". */
int auth_identity_remove(struct db *state, const struct auth *auth,
	const struct auth_request *request, const char *id, int64_t now, struct err *e);

#endif
