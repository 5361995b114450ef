/*
 * The one configuration service. Every setting is a row of the table in conf.c, with its
 * type, default and bounds; a program reads `struct conf` and nothing else.
 *
 * Sources, later ones win: the default; DIR/dispatch.conf (`key = value` lines, `#`
 * comments); `--set key=value` on the command line.
 */
#ifndef DISPATCH_LIB_CONF_H
#define DISPATCH_LIB_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"
#include "lib/err.h"

struct conf {
	char *dir; /* the state directory, absolute */

	int64_t http_plain; /* 1: other machines may use plain HTTP */
	char *http_prefix; /* path under which the application is mounted; starts and ends
	                      with '/' */
	char *http_hosts;  /* host names (with port where not the default one) that
	                      requests  may name, separated by commas; "" allows loopback
	                      names only */
	int64_t auth_device; /* 1: a device may ask to be let in (RFC 8628) */
	int64_t auth_fresh; /* seconds after a sign-in in which power may be given away */
	int64_t auth_idle;  /* seconds an authentication session may rest */
	int64_t auth_lifetime;       /* seconds it may live at all */
	int64_t claude_allow_bypass; /* 1: Claude may be run without asking for permission
	                              */
	char *claude_isolation; /* profile of a new Claude session: of conf_isolations */
	char *claude_mode;      /* permission mode of a new session; "" is its own */
	char *claude_model;     /* model of a new session; "" is its own */
	int64_t claude_commands_ttl; /* seconds */
	int64_t claude_silence;      /* milliseconds without a word that are told */
	char *claude_program;        /* the claude program; "" looks for it */
	int64_t command_ttl;         /* milliseconds an input stays worth applying */
	int64_t fcgi_processes;
	int64_t fcgi_threads; /* per process */
	int64_t files_processes;
	int64_t files_threads; /* per process */
	/* Signing in with GitHub; "" is off, or nobody. */
	char *github_client_id;
	char *github_organisations; /* whose members may, by name, with commas */
	char *github_secret_file;   /* "": <dir>/github.secret */
	char *github_url;           /* of GitHub, or of a GitHub Enterprise Server */
	char *github_users;         /* who may, by numeric id, with commas */
	int64_t log_level;          /* enum log_level */
	/* What is kept of the log; 0: everything. */
	int64_t retention_bytes;        /* output of one terminal session, at least */
	int64_t retention_total;        /* output of all sessions */
	int64_t retention_editor_bytes; /* contents of files */
	int64_t retention_pty_days, retention_claude_days, retention_editor_days;
	char *search_program;       /* rg; "" looks for it, "none" does without */
	char *session_cgroup;       /* for groups of sessions; "": what systemd marked */
	int64_t session_cpu;        /* seconds of a process; 0 here and below: no limit */
	char *session_isolation;    /* profile of a new shell, and of git that works */
	int64_t session_limit;      /* live run sessions of one user */
	int64_t session_memory;     /* bytes of data of a process */
	int64_t session_open_files; /* of a process */
	int64_t session_processes;  /* of a session, threads and all */
	int64_t session_ring;       /* bytes of a shim's ring, a power of two */
	int64_t session_total_cpu;  /* hundredths of a processor of a whole session */
	int64_t session_total_memory; /* bytes of a whole session */
	char *session_shell; /* program of a new shell; "" is the user's login shell */
	int64_t trash_days;  /* after which what was deleted is gone; 0: never */
	int64_t stream_heartbeat; /* milliseconds between signs of life */
	int64_t stream_limit;     /* streams of one user */
	int64_t stream_window;    /* bytes that may be unacknowledged */
	int64_t tunnel_allowed;   /* 1: administrators may open tunnels */
	int64_t tunnel_check;     /* milliseconds between two looks at an open one */
	int64_t tunnel_lifetime;  /* seconds after which a public one closes at last */
	int64_t tunnel_patience;  /* milliseconds in which one has to tell its address */
	int64_t tunnel_retry;     /* milliseconds before it is tried again, at first */
	int64_t tunnel_tries;     /* failures in a row after which it is given up */
	char *workspace_roots;    /* with colons; "" is the home */
};

/* Names of the profiles of isolation, each stricter than the one before; NULL at the
 * end. What they mean is in lib/isolation_places.c. */
extern const char *const conf_isolations[];

/* What a command line said before it is known which directory it is about. */
struct conf_args {
	const char *dir;       /* --dir, or NULL */
	const char **settings; /* `key=value` texts of --set */
	int count;
};

/*
 * Takes `--dir DIR`, `--dir=DIR`, `--set K=V` and `--set=K=V` at argv[*i], moving *i to
 * the last word used. Returns 1 when it took something, 0 when the word is the caller's,
 * -1 with an error when its value is missing. `args` starts zeroed and keeps pointers
 * into argv; free(args->settings) when done.
 */
int conf_argument(struct conf_args *args, int argc, char **argv, int *i, struct err *e);

/*
 * Fills *conf. The directory: args->dir, else $DISPATCH_DIR, else
 * $XDG_DATA_HOME/dispatch, else ~/.local/share/dispatch. Does not create it. Errors
 * (status 500, code "conf.invalid") name file, line, key and value. conf_free() is legal
 * after an error.
 */
int conf_load(struct conf *conf, const struct conf_args *args, struct err *e);

void conf_free(struct conf *conf);

#endif
