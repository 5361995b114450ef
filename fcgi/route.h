/*
 * What a row of THE table (domain.h) says, and what a handler is given. A route's
 * parameters are checked against its table before its handler runs; the handler reaches
 * them by index, with an enum that the table's designated initialisers follow.
 */
#ifndef DISPATCH_FCGI_ROUTE_H
#define DISPATCH_FCGI_ROUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fcgi/app.h"
#include "fcgi/request.h"
#include "fcgi/response.h"
#include "lib/auth.h"

struct db;
struct json_object;

enum { MAX_PARAMS = 16 };

enum place { IN_PATH, IN_QUERY, IN_BODY };

enum type {
	TYPE_TEXT,   /* `min` to `max` characters, no controls */
	TYPE_SECRET, /* the same, of visible ASCII; never logged */
	TYPE_INT,    /* `min` to `max` */
	TYPE_BOOL,
	TYPE_ENUM,    /* one of `values` */
	TYPE_ID,      /* 128-bit id */
	TYPE_SESSION, /* the same, of a run session; anything else is just unknown: 404 */
	TYPE_PERMISSION, /* the same, of a permission request */
	TYPE_WORKSPACE,  /* the same, of a workspace */
	TYPE_PATH,    /* of a directory: absolute, "~" or "~/…"; at most `max` bytes */
	TYPE_FILE,    /* path text of something in a workspace; see lib/path_text.h */
	TYPE_STRINGS, /* array of `min` to `max` texts without NUL, the first one not
	                 empty */
	TYPE_PROSE,   /* `min` to `max` bytes of text, lines and all */
	TYPE_UUID,    /* in lower case */
	TYPE_OBJECT,  /* any JSON object */
	TYPE_LIST,    /* array of at most `max` of whatever its handler checks */
	TYPE_MAP, /* object of at most `max` texts; names as of environment variables */
};

struct param {
	const char *name;
	enum place in;
	enum type type;
	bool required;
	int64_t min, max;
	const char *const *values; /* of an enum; NULL at the end */
	const char *doc;
};

/* A parameter as it came. Texts live as long as the call. */
struct value {
	bool given;
	bool null; /* said to be null: not given, too, where a handler does not mind */
	const char *text;         /* texts, ids, enums, paths */
	size_t len;               /* bytes of it */
	int64_t number;           /* integers, truths; of an enum: its index */
	struct json_object *json; /* arrays, maps and objects */
};

enum capability {
	CAP_ANYONE,  /* no credential, also before there is an administrator */
	CAP_SIGN_IN, /* no credential */
	CAP_READ,    /* signed in */
	CAP_ACCOUNT, /* signed in, and not with a key that reaches less far than its user
	              */
	CAP_USE,     /* signed in, and not a viewer */
	CAP_ADMIN,
};

enum body {
	BODY_NONE,
	BODY_JSON,
	BODY_FORM, /* as OAuth has it (RFC 6749); unknown parameters are ignored */
	BODY_BYTES,
	BODY_STREAM, /* bytes, too, which the handler reads as they come */
};

/* Where a request's body comes from: read() returns less than `len` only at its end. */
struct source {
	size_t (*read)(void *arg, char *to, size_t len);
	void *arg;
};

/* How often its handler may refuse one address, or one who is signed in; see limits.h. */
struct limit {
	const char *name;
	int64_t size, refill_ms; /* see lib/store/rate_limit.h */
	bool every;              /* what succeeds counts, too */
};

/* A token that a call has taken. */
struct taken {
	const struct limit *limit;
	char bucket[64];
};

enum { MAX_TAKEN = 2 };

struct call;

struct answer {
	int status;
	const char *schema; /* of openapi.c; NULL: no body */
	const char *doc;
};

struct route {
	const char *method;
	const char *path; /* segments; "<name>" takes one, given to the parameter of that
	                     name */
	enum capability capability;
	enum body body;
	size_t body_max;
	const struct limit *limit; /* NULL: none */
	const struct param *params;
	int param_count;
	int (*handle)(struct call *c, struct err *e);
	/* A success of what changes something is noted in the audit: under the name
	 * `audit` behind the handler, or by the handler in the transaction that does it,
	 * under the names `noted`; or `unaudited` says why it is not. */
	const char *audit, *noted, *unaudited;
	struct answer answers[4]; /* status 0 behind the last one */
	const char *doc;
	enum route_pool pool;
	bool fresh; /* only for who has just proved who they are, see auth_check_fresh()
	             */
};

/* THE table, row by row: 0, 1, 2 …; NULL behind the last one. */
const struct route *route_at(int index);

/* The shapes of the answers, in the same way; see domain.h. */
struct schema;
const struct schema *schema_at(int index);

/* A request on its way through its route. */
struct call {
	struct app *app;
	struct db *state, *events; /* this thread's connections */
	const struct route *route;
	const struct request *request;
	int64_t now;
	struct auth auth; /* set when the route asks for a credential */
	struct value values[MAX_PARAMS];
	const char *bytes; /* the body, when it is not JSON */
	size_t length;
	const struct source *source; /* the body, when it is BODY_STREAM */
	bool handled;                /* every check of its row was made */
	struct taken taken[MAX_TAKEN];
	int taken_count;
	bool unblemished;      /* nobody had failed before, where the request is from */
	char subject[ID_SIZE]; /* the session it is about, for the audit; "" for none */
	struct response *response;
};

#endif
