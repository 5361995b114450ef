/* See auth_grant.h. */
#include "config.h"

#include "lib/auth_grant.h"

#include "lib/auth_inner.h"
#include "lib/conf.h"
#include "lib/db.h"
#include "lib/store/device_grant.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char letters[] = "BCDFGHJKLMNPQRSTVWXZ"; /* RFC 8628, 6.1 */

enum { LETTERS = sizeof letters - 1, CODE_LETTERS = 8 };

/* Every letter as likely as any other: bytes that would favour some are thrown away. */
static void
make_user_code(char code[CODE_LETTERS + 1])
{
	for (int i = 0; i < CODE_LETTERS;) {
		uint8_t byte;
		crypt_random(&byte, 1);
		if (byte < 256 / LETTERS * LETTERS)
			code[i++] = letters[byte % LETTERS];
	}
	code[CODE_LETTERS] = '\0';
}

static int
unknown_code(struct err *e)
{
	return err_set(e, 403, "device.code",
		"No device waits with this code. Compare it with what the device shows.");
}

/* As it is stored: capital letters alone. */
static int
read_user_code(const char *text, char code[CODE_LETTERS + 1], struct err *e)
{
	int n = 0;
	for (; *text; text++) {
		char c = (char)toupper((unsigned char)*text);
		if (c == ' ' || c == '-')
			continue;
		if (n == CODE_LETTERS || !strchr(letters, c))
			return unknown_code(e);
		code[n++] = c;
	}
	code[n] = '\0';
	return n == CODE_LETTERS ? 0 : unknown_code(e);
}

static int
check_room(struct db *state, const char *address, int64_t now, struct err *e)
{
	int64_t all = device_grant_count(state, "", now, e);
	int64_t here = device_grant_count(state, *address ? address : "-", now, e);
	if (all < 0 || here < 0)
		return -1;
	if (all < GRANT_MOST && here < GRANT_MOST_HERE)
		return 0;
	return err_set(e, 429, "rate.limited",
		"Too many devices wait to be let in; try again in ten minutes.");
}

/* Stores *g with the rest of what is known; the device code is left in `device`. */
static int
store(struct db *state, const struct auth_request *request, struct device_grant *g,
	int64_t now, char device[SECRET_SIZE], struct err *e)
{
	char *agent = auth_displayable(request->agent, 400);
	crypt_secret(device);
	crypt_sha256(device, SECRET_LENGTH, g->device);
	g->address = request->address ? request->address : "";
	g->agent = agent;
	g->created_at = now;
	g->interval = GRANT_INTERVAL_MS;
	int result = db_begin(state, DB_DURABLE, e);
	if (result == 0) {
		result = g->user ? 0 : check_room(state, g->address, now, e);
		if (result == 0)
			result = device_grant_insert(state, g, e);
		if (result == 0 && g->user)
			result = auth_note(state, g->user, "device.pair", "", g->address,
				now, e);
		result = auth_finish(state, result, e);
	}
	free(agent);
	return result;
}

int
auth_grant_begin(struct db *state, const struct auth_request *request, const char *client,
	const char *scope, int64_t now, char device[SECRET_SIZE],
	char user_code[GRANT_USER_CODE_SIZE], struct err *e)
{
	char code[CODE_LETTERS + 1];
	struct device_grant g = {.user_code = code,
		.client = client,
		.expires_at = now + GRANT_MS,
		.state = "pending",
		.scope = scope};
	make_user_code(code);
	snprintf(user_code, GRANT_USER_CODE_SIZE, "%.4s-%.4s", code, code + 4);
	return store(state, request, &g, now, device, e);
}

int
auth_grant_pair(struct db *state, const struct auth_request *request,
	const struct auth *auth, int64_t now, char device[SECRET_SIZE], struct err *e)
{
	struct device_grant g = {.client = "",
		.expires_at = now + GRANT_PAIR_MS,
		.state = "approved",
		.user = auth->user,
		.sign_in = auth->sign_in,
		.scope = "admin"};
	return store(state, request, &g, now, device, e);
}

struct show {
	void (*found)(void *arg, const struct auth_grant *grant);
	void *arg;
};

static void
pass_grant(void *arg, const struct device_grant *g)
{
	const struct show *to = arg;
	const struct auth_grant grant = {g->client, g->address, g->agent, g->scope,
		g->created_at, g->expires_at};
	to->found(to->arg, &grant);
}

int
auth_grant_show(struct db *state, const char *user_code, int64_t now,
	void (*found)(void *arg, const struct auth_grant *grant), void *arg,
	struct err *e)
{
	char code[CODE_LETTERS + 1];
	struct show to = {found, arg};
	if (read_user_code(user_code, code, e) != 0)
		return -1;
	int rc = device_grant_waiting(state, code, now, pass_grant, &to, e);
	return rc > 0 ? 0 : rc < 0 ? -1 : unknown_code(e);
}

int
auth_grant_answer(struct db *state, const struct auth_request *request,
	const struct auth *auth, const char *user_code, const char *scope, int64_t now,
	struct err *e)
{
	char code[CODE_LETTERS + 1];
	const struct device_grant g = {
		.state = scope ? "approved" : "denied",
		.user = auth->user,
		.sign_in = auth->sign_in,
		.scope = scope ? scope : "read",
	};
	if (read_user_code(user_code, code, e) != 0 ||
		db_begin(state, DB_DURABLE, e) != 0)
		return -1;
	int rows = device_grant_answer(state, code, now, &g, e);
	int result = rows > 0 ? 0 : rows < 0 ? -1 : unknown_code(e);
	if (result == 0)
		result = auth_note(state, auth->user,
			scope ? "device.approve" : "device.deny", "", request->address,
			now, e);
	return auth_finish(state, result, e);
}

/* A grant as it was found, for after its row is gone. */
struct copy {
	bool approved, denied;
	int64_t expires_at, interval, polled_at;
	char user[ID_SIZE], client[AUTH_NAME_SIZE], scope[8];
};

static void
copy_grant(void *arg, const struct device_grant *g)
{
	struct copy *copy = arg;
	*copy = (struct copy){
		.approved = strcmp(g->state, "approved") == 0,
		.denied = strcmp(g->state, "denied") == 0,
		.expires_at = g->expires_at,
		.interval = g->interval,
		.polled_at = g->polled_at,
	};
	snprintf(copy->user, sizeof copy->user, "%s", g->user ? g->user : "");
	snprintf(copy->client, sizeof copy->client, "%s", g->client);
	snprintf(copy->scope, sizeof copy->scope, "%s", g->scope);
}

/* Who the grant is for, and their key. Inside the transaction that used it up. */
static int
give(struct db *state, const struct conf *conf, const struct auth_request *request,
	const struct copy *copy, bool key, int64_t now, struct auth_granted *out,
	struct err *e)
{
	char id[ID_SIZE];
	*out = (struct auth_granted){.expires_at = now + conf->auth_lifetime * 1000};
	snprintf(out->scope, sizeof out->scope, "%s", copy->scope);
	if (auth_of_user(state, copy->user, &out->auth, e) != 0)
		return -1;
	if (!key)
		return 0;
	const struct auth_new_key wanted = {.user = out->auth.user,
		.label = copy->client,
		.kind = "api",
		.scope = out->scope,
		.expires_at = out->expires_at};
	if (auth_add_key(state, &wanted, now, id, out->key, e) != 0)
		return -1;
	return auth_note(state, out->auth.user, "key.new", id, request->address, now, e);
}

static int
use_up(struct db *state, const struct conf *conf, const struct auth_request *request,
	const uint8_t device[SHA256_SIZE], const struct copy *copy, bool key, int64_t now,
	struct auth_granted *out, struct err *e)
{
	if (db_begin(state, DB_DURABLE, e) != 0)
		return -1;
	int rows = device_grant_delete(state, device, e);
	int result = rows > 0 ? give(state, conf, request, copy, key, now, out, e) : rows;
	if (auth_finish(state, result, e) != 0)
		return -1;
	return rows > 0 ? GRANT_APPROVED : GRANT_UNKNOWN;
}

/* Notes the question; who asks too early waits longer from now on. */
static int
wait(struct db *state, const uint8_t device[SHA256_SIZE], const struct copy *copy,
	int64_t now, struct err *e)
{
	bool early = copy->polled_at && now - copy->polled_at < copy->interval;
	if (db_begin(state, DB_NORMAL, e) != 0)
		return -1;
	int result = device_grant_poll(state, device,
		copy->interval + (early ? GRANT_SLOWER_MS : 0), now, e);
	if (auth_finish(state, result, e) != 0)
		return -1;
	return early ? GRANT_SLOW_DOWN : GRANT_PENDING;
}

int
auth_grant_ask(struct db *state, const struct conf *conf,
	const struct auth_request *request, const char *device, bool key, int64_t now,
	struct auth_granted *out, struct err *e)
{
	uint8_t hash[SHA256_SIZE];
	struct copy copy = {0};
	crypt_sha256(device, strlen(device), hash);
	int rc = device_grant_find(state, hash, copy_grant, &copy, e);
	if (rc <= 0)
		return rc < 0 ? -1 : GRANT_UNKNOWN;
	if (copy.expires_at <= now)
		return GRANT_EXPIRED;
	if (copy.denied)
		return GRANT_DENIED;
	if (!copy.approved)
		return wait(state, hash, &copy, now, e);
	return use_up(state, conf, request, hash, &copy, key, now, out, e);
}
