/* See limits.h. */
#include "config.h"

#include "fcgi/limits.h"

#include "lib/store/rate_limit.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Tries to be one and the same person, from wherever. */
static const struct limit account_limit = {"account", 30, 120000};

/* Lines about refusals in the audit. */
static const struct limit note_limit = {"audit", 100, 60000};

/* The client's address; of IPv6 its network. */
static void
network_of(const char *address, char text[INET6_ADDRSTRLEN])
{
	struct in6_addr six;
	snprintf(text, INET6_ADDRSTRLEN, "%s", address ? address : "");
	if (inet_pton(AF_INET6, text, &six) != 1 || IN6_IS_ADDR_V4MAPPED(&six))
		return;
	memset(six.s6_addr + 8, 0, 8);
	inet_ntop(AF_INET6, &six, text, INET6_ADDRSTRLEN);
}

/* Who tries: a person who is signed in, or an address. */
static void
name_of(struct call *c, char text[INET6_ADDRSTRLEN])
{
	struct auth auth = c->auth;
	struct err why = {0};
	if (!*auth.user)
		auth_verify(c->state, &c->app->conf, &c->request->auth, c->now, &auth,
			&why);
	if (*auth.user)
		snprintf(text, INET6_ADDRSTRLEN, "%s", auth.user);
	else
		network_of(c->request->auth.address, text);
}

static int
refuse(struct call *c, int64_t wait, struct err *e)
{
	char seconds[24];
	snprintf(seconds, sizeof seconds, "%lld", (long long)(wait + 999) / 1000);
	response_header(c->response, "Retry-After", seconds);
	return err_set(e, 429, "rate.limited",
		"There were too many failures; try again in %s seconds.", seconds);
}

/* Takes a token, which is remembered. 0, -1, or the milliseconds until there is one. */
static int64_t
take(struct call *c, const struct limit *limit, const char *whose, bool *was_full,
	struct err *e)
{
	struct taken *taken = &c->taken[c->taken_count];
	snprintf(taken->bucket, sizeof taken->bucket, "%s %s", limit->name, whose);
	taken->limit = limit;
	const struct rate rate = {taken->bucket, limit->size, limit->refill_ms};
	int64_t wait = rate_limit_take(c->state, &rate, c->now, was_full, e);
	if (wait == 0)
		c->taken_count++;
	return wait;
}

int
limits_take(struct call *c, struct err *e)
{
	char name[INET6_ADDRSTRLEN];
	if (!c->route->limit)
		return 0;
	name_of(c, name);
	int64_t wait = take(c, c->route->limit, name, &c->unblemished, e);
	return wait > 0 ? refuse(c, wait, e) : (int)wait;
}

int
limits_take_account(struct call *c, const char *user, struct err *e)
{
	int64_t wait = take(c, &account_limit, user, NULL, e);
	if (wait <= 0 || c->unblemished)
		return wait < 0 ? -1 : 0;
	limits_give_back(c);
	return refuse(c, wait, e);
}

void
limits_give_back(struct call *c)
{
	struct err why = {0};
	while (c->taken_count > 0) {
		const struct taken *taken = &c->taken[--c->taken_count];
		const struct rate rate = {taken->bucket, taken->limit->size,
			taken->limit->refill_ms};
		if (!taken->limit->every &&
			rate_limit_give(c->state, &rate, c->now, &why) != 0)
			log_warning(&c->app->log, "cannot give back a try: %s", why.text);
	}
}

bool
limits_note(struct call *c)
{
	const struct rate rate = {note_limit.name, note_limit.size, note_limit.refill_ms};
	struct err why = {0};
	return rate_limit_take(c->state, &rate, c->now, NULL, &why) == 0;
}
