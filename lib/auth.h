/*
 * Who someone is, and whether their request comes from where it should. The handlers, the
 * runner (for the stream) and the command line all ask here and nowhere else.
 *
 * Three kinds of secret exist. A browser holds a token in a cookie; it stands for a row
 * of auth_session. A program sends an API key (dk_<id>_<secret>) with each request. A
 * person signs in with an access key (ak_<id>_<secret>). All are 256 bits of chance; only
 * SHA-256 hashes are stored; keys are found by their id and compared in constant time.
 *
 * Times are Unix milliseconds. `state` is a connection to state.db; DB_READ is enough
 * where it says so. Besides the errors named here every function may fail with those of
 * db.h.
 */
#ifndef DISPATCH_LIB_AUTH_H
#define DISPATCH_LIB_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/crypt.h"
#include "lib/err.h"

struct conf;
struct db;

enum {
	AUTH_NAME_MAX = 64, /* characters of a user's name or a key's label */
	AUTH_NAME_SIZE = AUTH_NAME_MAX * 4 + 1,
	AUTH_KEY_SIZE = 3 + ID_LENGTH + 1 + SECRET_LENGTH + 1, /* "dk_<id>_<secret>" */
	AUTH_TOKEN_SIZE = SECRET_SIZE,                         /* a cookie's value */
	AUTH_CODE_SIZE = ID_SIZE,                              /* a setup code */
	AUTH_PROVIDER_SIZE = 16,                               /* "access-key" */
	AUTH_SETUP_MS = 10 * 60 * 1000, /* how long a setup code is good for */
	AUTH_STATE_MS = 10 * 60 * 1000, /* how long a sign-in may be elsewhere */
	AUTH_TOUCH_MS = 60 * 1000,      /* how exact seen_at and last_used_at are */
};

/*
 * What a request says about its sender: the values of headers, NULL where one is missing.
 * A header that came twice must be joined before it gets here: cookies with "; ", others
 * with ", " (which no check below accepts).
 */
struct auth_request {
	const char *method;        /* "GET" */
	const char *host;          /* Host */
	const char *cookie;        /* Cookie */
	const char *authorization; /* Authorization */
	const char *origin;        /* Origin */
	const char *fetch_site;    /* Sec-Fetch-Site */
	const char *agent;         /* User-Agent; only kept for display */
	const char *address;       /* the client's address, as the web server sees it */
	bool https;                /* the web server speaks TLS with the client */
	bool stream;               /* it opens the event stream */
	bool tunnel;               /* Host is what a tunnel that is open is called */
};

/*
 * Where a request may come from; needs no database. Another machine must have come by
 * TLS, unless http.plain says that it ends elsewhere: else 403 "https.required". Host
 * must be one of http.hosts (when that is empty: localhost, 127.0.0.1 or [::1], any
 * port), or that of a tunnel: else 421 "host.refused".
 *
 * A browser says where a request was made. If it says anything but our own origin, the
 * request is refused: 403 "origin.refused"; so is a cookie that changes state or opens
 * the stream without saying where it comes from. A program with an API key says nothing
 * and passes. Sec-Fetch-Site "none" (an address typed by a person) is good for reading
 * only.
 */
int auth_guard(const struct conf *conf, const struct auth_request *request,
	struct err *e);

enum auth_role { AUTH_VIEWER, AUTH_MEMBER, AUTH_ADMIN };

/* "viewer", "member", "admin". */
const char *auth_role_name(enum auth_role role);

/* How far a key reaches: its owner's role counts as at most viewer, member, admin. */
extern const char *const auth_scopes[]; /* "read", "drive", "admin", NULL */

/* Someone whom auth_verify(), or a sign-in, has recognised. */
struct auth {
	char user[ID_SIZE];                /* user.id */
	char name[AUTH_NAME_SIZE];         /* user.name */
	enum auth_role role;               /* as far as a key's scope lets it go */
	enum auth_role full_role;          /* of the user */
	bool by_key;                       /* with an API key, not with a cookie */
	bool whole;                        /* a cookie, or a key whose scope is "admin" */
	char sign_in[ID_SIZE];             /* auth_session.id, or the key's */
	char provider[AUTH_PROVIDER_SIZE]; /* of a cookie: how it was made */
	char credential[ID_SIZE]; /* the key; for a cookie, the one signed in with, or ""
	                           */
	char identity[ID_SIZE];   /* of a cookie: the identity signed in with, or "" */
	uint8_t token[SHA256_SIZE]; /* of a cookie: key of the auth_session */
	int64_t expires_at;         /* when it ends at the latest; 0: never */
	int64_t fresh_at; /* of a cookie: when the person last proved who they are */
	int64_t seen_at;  /* as stored; see auth_touch() */
};

/*
 * Who sends this request. Works on a DB_READ connection; call auth_guard() before. An
 * Authorization header wins over a cookie. Errors: 401 "auth.required" (no credential),
 * 401 "auth.invalid" (wrong, ended or revoked), 503 "setup.required" (nobody can have one
 * yet), 400 "request.invalid" (two cookies of ours).
 */
int auth_verify(struct db *state, const struct conf *conf,
	const struct auth_request *request, int64_t now, struct auth *out, struct err *e);

/*
 * Whether they proved who they are no longer than auth.fresh ago, or do so with this very
 * request (an API key whose scope is "admin"): for what would give power away. Error: 403
 * "auth.stale".
 */
int auth_check_fresh(const struct conf *conf, const struct auth *auth, int64_t now,
	struct err *e);

/*
 * Whether someone recognised before still is: for streams, which outlive a request.
 * Updates role, name and times in *auth. DB_READ is enough. Error: 401 "auth.invalid".
 */
int auth_recheck(struct db *state, const struct conf *conf, struct auth *auth,
	int64_t now, struct err *e);

/* Notes that the sign-in or key is in use. Cheap: does nothing when auth->seen_at is less
 * than AUTH_TOUCH_MS old. Needs DB_WRITE. */
int auth_touch(struct db *state, struct auth *auth, int64_t now, struct err *e);

/*
 * Recognises a key that a person signs in with: an access key, or an API key. Fills user,
 * name, role and credential of *out. Error: 401 "auth.denied". Takes as long for an
 * unknown id as for a wrong secret.
 */
int auth_check_key(struct db *state, const char *key, int64_t now, struct auth *out,
	struct err *e);

/*
 * Signs in the user, credential, identity and provider of *auth, until auth->expires_at
 * if that is sooner than usual, and as fresh as auth->fresh_at says: makes an
 * authentication session, ends the one whose cookie came with the request, in one
 * transaction, and fills *auth and `token`. The caller sends the token with auth_cookie()
 * and wipes it.
 */
int auth_sign_in(struct db *state, const struct conf *conf,
	const struct auth_request *request, int64_t now, struct auth *auth,
	char token[AUTH_TOKEN_SIZE], struct err *e);

/* Ends the authentication session of *auth. Nothing to do, and 0, for an API key. */
int auth_sign_out(struct db *state, const struct auth_request *request, int64_t now,
	const struct auth *auth, struct err *e);

/* Appends the value of a Set-Cookie header for `path` (normally http.prefix): with the
 * token, or (NULL) one that removes the cookie. */
void auth_cookie(struct buf *out, const struct conf *conf,
	const struct auth_request *request, const char *path, const char *token);

/* The same for the cookie of a sign-in that leads elsewhere first, for AUTH_STATE_MS. */
void auth_cookie_begun(struct buf *out, const struct conf *conf,
	const struct auth_request *request, const char *path, const char *token);

/* Our own address as the request names it, "https://host/prefix/". */
void auth_own_url(struct buf *out, const struct conf *conf,
	const struct auth_request *request);

/* 1 while there is no administrator, 0 when there is one, -1 on error. DB_READ is enough.
 */
int auth_setup_pending(struct db *state, struct err *e);

/* 0 when there is an administrator, else 503 "setup.required". DB_READ is enough. */
int auth_setup_check(struct db *state, struct err *e);

/*
 * Makes a setup code, in place of any before it; good for AUTH_SETUP_MS and for one use.
 * Error: 409 "setup.done" when there is an administrator.
 */
int auth_setup_issue(struct db *state, int64_t now, char code[AUTH_CODE_SIZE],
	struct err *e);

/*
 * Redeems a setup code: makes the first administrator, called `name`, with an access key
 * (into `key`, shown once), and fills user, name, role and credential of *out for
 * auth_sign_in(). One transaction; of any number at once, one succeeds. Errors: 409
 * "setup.done", 403 "setup.invalid" (wrong, used or too old).
 */
int auth_setup_redeem(struct db *state, const struct auth_request *request,
	const char *code, const char *name, int64_t now, struct auth *out,
	char key[AUTH_KEY_SIZE], struct err *e);

/*
 * Makes an API key for `user`; NULL: for the first administrator who is not disabled, who
 * is created (named "Administrator") when there is no administrator at all. `label` has 1
 * to AUTH_NAME_MAX characters, `scope` is one of auth_scopes, `expires_at` 0: never. For
 * the console: who can write state.db may do this. Errors: 404 "person.unknown"; 409
 * "person.disabled": their keys are not good.
 */
int auth_key_new(struct db *state, const char *user, const char *label, const char *scope,
	int64_t expires_at, int64_t now, char key[AUTH_KEY_SIZE], struct err *e);

/* A key as listed; texts are valid during the call. */
struct auth_key {
	const char *id;
	const char *kind; /* "access" or "api" */
	const char *label;
	const char *scope;                            /* one of auth_scopes */
	const char *user;                             /* the owner's name */
	int64_t created_at, last_used_at, revoked_at; /* 0: never */
	int64_t expires_at;                           /* the same */
};

/* Calls each(arg, key) for all keys of the user ("": of everybody), oldest first and
 * revoked ones, too. Returns 0, or -1. DB_READ is enough. */
int auth_key_each(struct db *state, const char *user,
	void (*each)(void *arg, const struct auth_key *key), void *arg, struct err *e);

/* Whose key it claims to be, good or not: 1 and `user`, 0 for nobody's, -1 on error. */
int auth_key_claims(struct db *state, const char *key, char user[ID_SIZE], struct err *e);

/*
 * Revokes a key, and with it every sign-in that was made with it. `id` is its id, or the
 * whole key. Revoking twice is fine. Error: 404 "key.unknown".
 */
int auth_key_revoke(struct db *state, const char *id, int64_t now, struct err *e);

/* 0 when the text is UTF-8 of 1 to `max` characters, not only blanks, and without
 * controls; else 400 "request.invalid" with the field. */
int auth_check_text(const char *field, const char *text, int max, struct err *e);

#endif
