/*
 * Requests that a test sends through the router, on real databases; no runner is there.
 * What a route is sent is made from its row in the table, so that no route is forgotten.
 */
#ifndef DISPATCH_T_ASKING_H
#define DISPATCH_T_ASKING_H

#include "fcgi/app.h"
#include "fcgi/router.h"
#include "lib/auth.h"
#include "lib/buf.h"

struct fixture {
	char dir[32];
	struct app app;
	struct db *state, *events;
	char key[AUTH_KEY_SIZE];
};

/* A request as a test words it; NULL: not sent. */
struct ask {
	const char *method;
	const char *uri;
	const char *key, *cookie, *type, *body;
	const char *address; /* NULL: 192.0.2.1 */
	size_t length;       /* of the body; 0: strlen */
};

struct reply {
	int status;
	char code[40], field[40];
	char *text; /* head and body */
};

/* For cmocka: *state is a fixture; with nobody yet, or with an administrator's key. */
int asking_set_up_empty(void **state);
int asking_set_up(void **state);
int asking_tear_down(void **state);

/* Sends it. An error must have the one shape. The caller frees reply.text. */
struct reply ask_send(struct fixture *f, const struct ask *ask);

/* Sends the route's request with everything right but the parameter at `skip`, which is
 * written as `instead` (NULL: not at all), or with all right when `skip` is -1. */
struct reply ask_route(struct fixture *f, const struct route *r, int skip,
	const char *instead);

/* The same with a body of this type; length 0: strlen(body). */
struct reply ask_with_body(struct fixture *f, const struct route *r, const char *type,
	const char *body, size_t length);

/* The route's path with an id for each parameter; buf_free() it. */
struct buf ask_path(const struct route *r);

/* The media type that the route's body must have. */
const char *ask_type(const struct route *r);

/* Fails with words unless the reply is as expected (a NULL code: any), then forgets it.
 */
void ask_expect(const struct route *r, struct reply reply, int status, const char *code,
	const char *what);

#define ASKING_TEST(name) \
	cmocka_unit_test_setup_teardown(name, asking_set_up, asking_tear_down)

#endif
