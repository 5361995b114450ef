/*
 * The private web server of `dispatch serve`: a stock nginx or lighttpd without rights of
 * its own, with a configuration made from the templates in nginx/.
 */
#ifndef DISPATCH_CLI_WEB_H
#define DISPATCH_CLI_WEB_H

#include "cli/listen.h"
#include "lib/conf.h"

struct child;
struct log;

/* A fresh one is zeroed but for the claim, which is -1; free with web_free(). */
struct web {
	const char *name;  /* "nginx" or "lighttpd" */
	int drain;         /* the signal to end with when the last connection has */
	int orphan_signal; /* the one that it gets when we are killed */
	char *argv[12];    /* ends with NULL */
	char *log;
	int claim; /* a file of the directory that its processes have open */
};

/* 0 when `name` is a web server that we know. Error: 500 "usage". */
int web_check(const char *name, struct err *e);

/*
 * Makes the directory's web server ours; the caller has the lock of the directory. An
 * nginx that was killed together with its dispatch serve leaves workers, who would hold
 * the address for ever, and so does a lighttpd that was reloading: whoever still has
 * DIR/run/web-server open is killed, and the next web server gets it. Error: 500
 * "web.claim".
 */
int web_claim(struct web *web, const char *dir, const struct log *log, struct err *e);

/*
 * Finds the program and writes its configuration to DIR/run/<name>/. Errors: 500
 * "web.missing" (the program is not installed), and those of template.h and path.h.
 */
int web_prepare(struct web *web, const char *name, const struct conf *conf,
	const struct listen_address *address, struct err *e);

/* Fills what the supervisor has to know; `child` must not outlive `web`. */
void web_child(const struct web *web, struct child *child);

void web_free(struct web *web);

#endif
