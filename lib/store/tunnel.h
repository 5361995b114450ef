/*
 * Tunnels: table tunnel_order of state.db, which handlers write, and tables tunnel and
 * tunnel_line of events.db, which the runner writes.
 */
#ifndef DISPATCH_LIB_STORE_TUNNEL_H
#define DISPATCH_LIB_STORE_TUNNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/crypt.h"
#include "lib/err.h"

struct db;

enum {
	TUNNEL_LINES = 200,    /* kept of each */
	TUNNEL_TEXT_MAX = 512, /* bytes of such a line, and of a URL */
};

enum tunnel_state {
	TUNNEL_OFF,
	TUNNEL_STARTING, /* its program runs, or is about to */
	TUNNEL_LOGIN,    /* the program waits until a person has signed it in */
	TUNNEL_OPEN,
	TUNNEL_RETRYING, /* it ended and is started again at retry_at */
	TUNNEL_FAILED,   /* given up */
};

/* "off" and so on. */
const char *tunnel_state_name(enum tunnel_state state);

/* What the audit calls one: "tailscale funnel". Mode: NULL when there is but one. */
void tunnel_subject(char *subject, size_t size, const char *kind, const char *mode);

/* ---- what people want ---- */

struct tunnel_order {
	char *kind;
	char *settings_json; /* an object */
	int64_t number;      /* 0: no order was given yet */
	char *action;        /* "start", "stop" or "unregister" */
	char user[ID_SIZE];  /* who gave it; "" for none */
	int64_t at;
};

/* Frees what the fields own and zeroes the struct. Legal on a zeroed one. */
void tunnel_order_clear(struct tunnel_order *order);

/* Fills *order (clear it afterwards); with {} and number 0 when there is none. */
int tunnel_order_find(struct db *state, const char *kind, struct tunnel_order *order,
	struct err *e);

/* Gives an order, and sets its number. */
int tunnel_order_give(struct db *state, struct tunnel_order *order, struct err *e);

int tunnel_settings_put(struct db *state, const char *kind, const char *json,
	struct err *e);

/* ---- what there is ---- */

struct tunnel_row {
	char *kind;
	enum tunnel_state state;
	int64_t number, stage, since, tries;
	int64_t ends_at, retry_at; /* 0: never */
	char *url, *host;          /* NULL: none */
	char *login_url, *login_code;
	int64_t login_until;
	char *error_code, *error_text;
	int64_t health_at; /* 0: not asked yet */
	char *health_text;
	char *server;
	char *settings_json; /* with which it was opened; NULL: it is off, or failed */
	char *notes_json;    /* what the audit has yet to be told; see tunnel_audit.c of
	                        the runner. NULL: nothing */
};

void tunnel_row_clear(struct tunnel_row *row);

/* Fills *row (clear it afterwards); with one that is off when there is none. */
int tunnel_row_find(struct db *events, const char *kind, struct tunnel_row *row,
	struct err *e);

int tunnel_row_save(struct db *events, const struct tunnel_row *row, struct err *e);

/* Whether a tunnel to this server that is open now is called so (with the port where it
 * is not the usual one). False also on an error. */
bool tunnel_is_host(struct db *events, const char *host, int64_t now);

/* Puts line n into its place. */
int tunnel_line_save(struct db *events, const char *kind, int64_t n, int64_t at,
	const char *text, struct err *e);

/* The number that the next line gets, or -1. */
int64_t tunnel_line_next(struct db *events, const char *kind, struct err *e);

/* Calls each(arg, n, at, text) for the lines that are kept, oldest first. */
int tunnel_line_each(struct db *events, const char *kind,
	void (*each)(void *arg, int64_t n, int64_t at, const char *text), void *arg,
	struct err *e);

/* Forgets the sessions of tunnels that have ended: nobody asks for them. */
int tunnel_sweep(struct db *events, int64_t now, struct err *e);

#endif
