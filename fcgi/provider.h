/*
 * Ways to prove who one is. A provider is a `const struct auth_provider` in a file of its
 * own (provider_<name>.c) and a row in provider.c; nothing else knows which ones there
 * are.
 */
#ifndef DISPATCH_FCGI_PROVIDER_H
#define DISPATCH_FCGI_PROVIDER_H

#include <stdbool.h>

#include "lib/auth.h"
#include "lib/err.h"

struct call;

struct auth_provider {
	const char *name;  /* in requests: "access-key" */
	const char *label; /* for people: "Access key"; NULL: not offered to them */
	bool links;        /* who is known there can belong to a person here */

	/* Whether the configuration offers it. */
	bool (*enabled)(const struct conf *conf);

	/*
	 * Starts a sign-in that leads elsewhere first, or whose end must be waited for;
	 * writes what the browser needs for that as members of the answer. `link`: the
	 * person to whom who comes back shall belong, or NULL. NULL: there is nothing to
	 * begin.
	 */
	int (*begin)(struct call *c, const struct auth *link, struct err *e);

	/* Recognises a person by what the request brings (the parameters of POST
	 * api/auth/login) and fills *out for auth_sign_in(). Error: 401 "auth.denied". */
	int (*finish)(struct call *c, struct auth *out, struct err *e);
};

/* The rows of the table. */
extern const struct auth_provider provider_access_key;
extern const struct auth_provider provider_device;
extern const struct auth_provider provider_github;
extern const struct auth_provider provider_pairing;

/* The i-th enabled provider, from 0; NULL: there are no more. */
const struct auth_provider *provider_at(const struct conf *conf, int i);

/* The enabled provider with this name, or NULL. */
const struct auth_provider *provider_find(const struct conf *conf, const char *name);

#endif
