/* See device_grant.h. */
#include "config.h"

#include "lib/store/device_grant.h"

#include "lib/db.h"

#include <sqlite3.h>

#include <string.h>

enum { FORGET_MS = 3600 * 1000 };

#define COLUMNS \
	"device, user_code, client, address, agent, created_at, expires_at, interval," \
	" polled_at, state, user, sign_in, scope FROM device_grant"

static const char *
text(sqlite3_stmt *stmt, int column)
{
	return (const char *)sqlite3_column_text(stmt, column);
}

static struct device_grant
load(sqlite3_stmt *stmt)
{
	struct device_grant g = {
		.user_code = text(stmt, 1),
		.client = text(stmt, 2),
		.address = text(stmt, 3),
		.agent = text(stmt, 4),
		.created_at = sqlite3_column_int64(stmt, 5),
		.expires_at = sqlite3_column_int64(stmt, 6),
		.interval = sqlite3_column_int64(stmt, 7),
		.polled_at = sqlite3_column_int64(stmt, 8),
		.state = text(stmt, 9),
		.user = text(stmt, 10),
		.sign_in = text(stmt, 11),
		.scope = text(stmt, 12),
	};
	memcpy(g.device, sqlite3_column_blob(stmt, 0), sizeof g.device);
	return g;
}

int
device_grant_insert(struct db *db, const struct device_grant *g, struct err *e)
{
	if (db_exec(db, e, "DELETE FROM device_grant WHERE expires_at<?", "i",
		    g->created_at - FORGET_MS) < 0)
		return -1;
	int n = db_exec(db, e,
		"INSERT INTO device_grant (device, user_code, client, address, agent,"
		" created_at, expires_at, interval, polled_at, state, user, sign_in,"
		" scope)"
		" VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
		"bttttiiiitttt", g->device, sizeof g->device, g->user_code, g->client,
		g->address, g->agent, g->created_at, g->expires_at, g->interval,
		g->polled_at, g->state, g->user, g->sign_in, g->scope);
	return n < 0 ? -1 : 0;
}

int64_t
device_grant_count(struct db *db, const char *address, int64_t now, struct err *e)
{
	int64_t count = 0;
	int rc = db_int(db, &count, e,
		"SELECT count(*) FROM device_grant WHERE expires_at>? AND state='pending'"
		" AND ?2 IN ('', address)",
		"it", now, address);
	return rc < 0 ? -1 : count;
}

static int
take_one(struct db *db, sqlite3_stmt *stmt,
	void (*found)(void *arg, const struct device_grant *g), void *arg, struct err *e)
{
	int rc = db_step(db, stmt, e);
	if (rc > 0) {
		struct device_grant g = load(stmt);
		found(arg, &g);
	}
	db_done(stmt);
	return rc;
}

int
device_grant_find(struct db *db, const uint8_t device[SHA256_SIZE],
	void (*found)(void *arg, const struct device_grant *g), void *arg, struct err *e)
{
	return take_one(db,
		db_query(db, "SELECT " COLUMNS " WHERE device=?", "b", device,
			(size_t)SHA256_SIZE),
		found, arg, e);
}

int
device_grant_waiting(struct db *db, const char *user_code, int64_t now,
	void (*found)(void *arg, const struct device_grant *g), void *arg, struct err *e)
{
	return take_one(db,
		db_query(db,
			"SELECT " COLUMNS " WHERE user_code=? AND expires_at>?"
			" AND state='pending'",
			"ti", user_code, now),
		found, arg, e);
}

int
device_grant_poll(struct db *db, const uint8_t device[SHA256_SIZE], int64_t interval,
	int64_t now, struct err *e)
{
	int n = db_exec(db, e,
		"UPDATE device_grant SET interval=?, polled_at=? WHERE device=?", "iib",
		interval, now, device, (size_t)SHA256_SIZE);
	return n < 0 ? -1 : 0;
}

int
device_grant_answer(struct db *db, const char *user_code, int64_t now,
	const struct device_grant *g, struct err *e)
{
	return db_exec(db, e,
		"UPDATE device_grant SET state=?, user=?, sign_in=?,"
		" scope=CASE WHEN 'read' IN (scope, ?4) THEN 'read'"
		" WHEN 'drive' IN (scope, ?4) THEN 'drive' ELSE 'admin' END"
		" WHERE user_code=? AND expires_at>? AND state='pending'",
		"ttttti", g->state, g->user, g->sign_in, g->scope, user_code, now);
}

int
device_grant_delete(struct db *db, const uint8_t device[SHA256_SIZE], struct err *e)
{
	return db_exec(db, e, "DELETE FROM device_grant WHERE device=?", "b", device,
		(size_t)SHA256_SIZE);
}

int
device_grant_revoke(struct db *db, const char *user, const char *sign_in, struct err *e)
{
	int n = db_exec(db, e,
		"DELETE FROM device_grant WHERE user=? AND ?2 IN ('', sign_in)", "tt",
		user, sign_in);
	return n < 0 ? -1 : 0;
}
