/*
 * What a program may reach: a profile, as steps for who starts it. The profiles are a
 * table in isolation_profiles.c, what belongs to each is in isolation_places.c; how it is
 * done, os_isolate.h.
 */
#ifndef DISPATCH_LIB_ISOLATION_H
#define DISPATCH_LIB_ISOLATION_H

#include "lib/conf.h"
#include "lib/err.h"
#include "lib/os_isolate.h"

#include <stdbool.h>

struct json_object;

/* The program that is to be isolated; all of it lent. */
struct isolated {
	const struct conf *conf;
	const char *profile;   /* its name, one of conf_isolations */
	bool own_processes;    /* also where the profile has those of the system */
	char **env;            /* what it is told: texts on the heap, NULL at the end */
	const char *workspace; /* path, without links; NULL: it belongs to none */
	const char *cwd;       /* where it starts */
	struct json_object *directories; /* more that it may write, an array of paths */
	bool claude;                     /* it keeps what Claude keeps in a home */
	bool limited;                    /* it has the limits of sessions */
};

struct isolation {
	struct os_isolate os;
	char *texts[OS_ISOLATE_STEPS_MAX]; /* the steps, owned */
	char *gate, **hosts; /* owned, NULL-terminated; NULL: there is no gate */
	unsigned int gate_port;
};

/*
 * Fills *isolation (clear it in any case), and takes from the environment what leads to
 * things out of reach. Makes what must be there to be kept or protected, such as Claude's
 * own directory. Errors: 422 "session.isolation" (there is no such profile), 500
 * "session.isolation" (too many places).
 */
int isolation_make(struct isolation *isolation, const struct isolated *isolated,
	struct err *e);

void isolation_clear(struct isolation *isolation);

/* 422 "session.isolation_unavailable": the kernel refuses, with this errno. Returns -1.
 */
int isolation_unavailable(struct err *e, int error);

#endif
