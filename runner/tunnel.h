/*
 * One tunnel, for the files of tunnels (see tunnels.h), and what a kind is: argv,
 * environment and the meaning of a line.
 */
#ifndef DISPATCH_RUNNER_TUNNEL_H
#define DISPATCH_RUNNER_TUNNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/store/tunnel.h"
#include "runner/line_reader.h"
#include "runner/shim_link.h"

struct app;
struct environment;
struct event;
struct json_object;
struct run;
struct tunnel;
struct tunnels;

enum {
	TUNNEL_LINE_MAX = 8192, /* bytes of a line that are looked at */
	TUNNEL_KINDS = 4,
	/* Of next_stage(): */
	TUNNEL_DONE = -1,   /* what was ordered is done */
	TUNNEL_AGAIN = -2,  /* it failed, and is tried again */
	TUNNEL_GIVE_UP = -3 /* it failed, and that is all */
};

struct tunnel_kind {
	const char *name;
	const char *title;
	const char *program; /* found in PATH when no other is set */
	const char *install; /* what to do when it is not there */

	/* Whether anybody can reach its address. */
	bool (*is_public)(struct json_object *settings);
	/* Its address is one of this server, which answers under that name then and can
	 * be asked there how it is. */
	bool leads_here;

	/* Appends the words behind the program's name, each with its NUL. */
	void (*command)(const struct tunnel *t, struct buf *words);
	/* NULL: that of every program. */
	void (*environment)(const struct tunnel *t, struct environment *env);
	/* A line, of either output, without controls. Calls tunnel_set_url() and so on.
	 */
	void (*line)(struct tunnel *t, const char *text);
	/*
	 * Programs that come one after the other: which one follows when this one has
	 * ended, or one of the above. NULL: the first is the only one. The stage
	 * that begins an order is first_stage(order's action).
	 */
	int (*next_stage)(struct tunnel *t, const struct shim_exit *exit);
	int (*first_stage)(const char *action);
};

extern const struct tunnel_kind tunnel_localtunnel, tunnel_vscode, tunnel_cloudflared,
	tunnel_tailscale;

/* The kind number 0, 1, 2 …, or NULL. */
const struct tunnel_kind *tunnel_kind_at(int index);

/* The words of a command line, for the files of kinds. */
void tunnel_word(struct buf *words, const char *word);
/* "--name=value"; nothing when the value is NULL or empty. */
void tunnel_option(struct buf *words, const char *name, const char *value);
/* "http://localhost:<port>" by the settings local_host, port and https. */
char *tunnel_local_url(struct json_object *settings);
/* The first URL in the text that begins so; the caller frees. NULL: there is none. */
char *tunnel_find_url(const char *text, const char *begin);
bool tunnel_says(const char *text, const char *words);

struct tunnel_health;

struct tunnel {
	struct app *app;
	struct tunnels *all;
	const struct tunnel_kind *kind;
	struct tunnel_row row;         /* as it is, or will be after the next commit */
	struct json_object *settings;  /* of the last order: of the program that runs */
	struct run *run;               /* its program; NULL: none that is live */
	struct line_reader complaints; /* of its standard error */

	/* Why the program that runs is going to end, or is being stopped. */
	char *cause_code, *cause_text;
	bool cause_final; /* trying again is of no use */

	int64_t version, staged,
		saved; /* of row: as it is; in a transaction; committed */
	struct {
		int64_t at;
		char *text;
	} lines[TUNNEL_LINES]; /* line n at n modulo that; NULL: is saved already */
	int64_t line_next, line_saved;
	int64_t save_lines_at; /* 0: there are none to save */

	bool restarting; /* the program that runs makes room for the next */

	struct event *timer;          /* what is due next; see tunnels.c */
	struct tunnel_health *health; /* a question that is under way */
	int64_t health_due;
};

/* ---- tunnels.c ---- */

/* The tunnel of that name, or NULL. */
struct tunnel *tunnels_find(struct tunnels *tunnels, const char *kind);

/* Something happened: what is to be done next is found out in the next turn. */
void tunnel_wake(struct tunnel *t);

/* ---- tunnel_end.c ---- */

/* Its program has ended (NULL: nobody knows how), or could not be started. */
void tunnel_ended(struct tunnel *t, const struct shim_exit *exit, const char *code,
	const char *text);

/* ---- tunnel_state.c ---- */

/* True while people want it: neither off nor failed. */
bool tunnel_is_wanted(const struct tunnel *t);

bool tunnel_is_public(const struct tunnel *t);

/* Changes the state and forgets what belonged to the one before. */
void tunnel_set_state(struct tunnel *t, enum tunnel_state state);

/* It is being opened with its settings, which hold until it is closed. */
void tunnel_keep_settings(struct tunnel *t);

/* The row has changed otherwise. */
void tunnel_changed(struct tunnel *t);

/* NULL, NULL: there is none any more. */
void tunnel_set_error(struct tunnel *t, const char *code, const char *text);

/* It is off from now on, for this reason (NULL, NULL: it was asked for). */
void tunnel_close(struct tunnel *t, const char *code, const char *text);

/* Why the program will end, or ends; `final`: it is not tried again. The first final
 * cause wins. */
void tunnel_set_cause(struct tunnel *t, const char *code, const char *text, bool final);
void tunnel_clear_cause(struct tunnel *t);

/* It is open under this address (http or https, not longer than TUNNEL_TEXT_MAX; others
 * are ignored). */
void tunnel_set_url(struct tunnel *t, const char *url);

/* A person has to sign in there with the code (NULL: the address is enough) within so
 * many seconds. */
void tunnel_need_login(struct tunnel *t, const char *url, const char *code, int seconds);

/* The first of its programs is to be the next. */
int tunnel_first_stage(const struct tunnel *t, const char *action);

/* ---- tunnel_store.c ---- */

/* Keeps a line for people; controls were taken out. */
void tunnel_keep_line(struct tunnel *t, const char *text, size_t len);

/* Writes what has changed and tells it. False: not now, comes again. */
bool tunnel_save(struct tunnel *t);

/* The same as a part of the transaction in which its program's lines are taken. */
void tunnel_save_with_run(struct tunnel *t, struct run *run);

/* ---- tunnel_audit.c ---- */

/* It does this ("tunnel.fail") without being asked: the audit is to be told. Before the
 * state changes. */
void tunnel_note(struct tunnel *t, const char *action);

/* Tells the audit what was saved with the row. False: not now, comes again. */
bool tunnel_audit(struct tunnel *t);

/* ---- tunnel_health.c ---- */

/* Has the address asked by a program of its own; the answer goes into the row. */
void tunnel_health_ask(struct tunnel *t);
/* The answer to a question that is under way is not wanted any more: it is given up. */
void tunnel_health_forget(struct tunnel *t);
/* The same, and returns when its program has ended. */
void tunnel_health_finish(struct tunnel *t);

#endif
