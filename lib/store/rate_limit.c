/* See rate_limit.h. Tokens are kept in thousandths, so that a bucket fills smoothly. */
#include "config.h"

#include "lib/store/rate_limit.h"

#include "lib/db.h"

#include <sqlite3.h>

enum { TOKEN = 1000 };

/* How much is in the bucket now; -1 on error. */
static int64_t
level(struct db *db, const struct rate *rate, int64_t now, struct err *e)
{
	int64_t full = rate->size * TOKEN, tokens = full;
	sqlite3_stmt *stmt =
		db_query(db, "SELECT tokens, updated_at FROM rate_limit WHERE bucket=?",
			"t", rate->bucket);
	int rc = db_step(db, stmt, e);
	if (rc > 0) {
		int64_t rested = now - sqlite3_column_int64(stmt, 1);
		int64_t whole = rate->size * rate->refill_ms;
		/* A request that began before another came later: no time has passed.
		 * Only when the clock was set back by more than that is the row worth
		 * nothing.
		 */
		if (rested < 0 && rested > -whole)
			rested = 0;
		if (rested >= 0 && rested < whole)
			tokens = sqlite3_column_int64(stmt, 0) +
				rested * TOKEN / rate->refill_ms;
	}
	db_done(stmt);
	if (rc < 0)
		return -1;
	return tokens < full ? tokens : full;
}

static int
make_room(struct db *db, const char *but, int64_t now, struct err *e)
{
	if (db_exec(db, e, "DELETE FROM rate_limit WHERE full_at<=?", "i", now) < 0)
		return -1;
	return db_exec(db, e,
		       "DELETE FROM rate_limit WHERE bucket IN"
		       " (SELECT bucket FROM rate_limit WHERE bucket<>? ORDER BY full_at"
		       "  LIMIT max(0, (SELECT count(*) FROM rate_limit)-?))",
		       "ti", but, (int64_t)RATE_LIMIT_MOST) < 0
		? -1
		: 0;
}

static int
store(struct db *db, const struct rate *rate, int64_t tokens, int64_t now, struct err *e)
{
	int64_t missing = rate->size * TOKEN - tokens;
	if (db_exec(db, e,
		    "INSERT INTO rate_limit (bucket, tokens, updated_at, full_at) VALUES "
		    "(?,?,?,?)"
		    " ON CONFLICT DO UPDATE SET tokens=excluded.tokens,"
		    " updated_at=excluded.updated_at, full_at=excluded.full_at",
		    "tiii", rate->bucket, tokens, now,
		    now + (missing * rate->refill_ms + TOKEN - 1) / TOKEN) < 0)
		return -1;
	return make_room(db, rate->bucket, now, e);
}

static int64_t
wait_of(const struct rate *rate, int64_t tokens)
{
	return (TOKEN - tokens) * rate->refill_ms / TOKEN + 1;
}

int64_t
rate_limit_take(struct db *db, const struct rate *rate, int64_t now, bool *was_full,
	struct err *e)
{
	int64_t tokens = level(db, rate, now, e);
	if (tokens < 0)
		return -1;
	if (tokens < TOKEN)
		return wait_of(rate, tokens);
	if (db_begin(db, DB_NORMAL, e) != 0)
		return -1;
	tokens =
		level(db, rate, now, e); /* another handler may have taken the last one */
	if (tokens >= 0 && tokens < TOKEN) {
		db_rollback(db);
		return wait_of(rate, tokens);
	}
	if (was_full)
		*was_full = tokens == rate->size * TOKEN;
	if (tokens >= 0 && store(db, rate, tokens - TOKEN, now, e) == 0)
		return db_commit(db, e);
	db_rollback(db);
	return -1;
}

int
rate_limit_give(struct db *db, const struct rate *rate, int64_t now, struct err *e)
{
	if (db_begin(db, DB_NORMAL, e) != 0)
		return -1;
	int64_t full = rate->size * TOKEN, tokens = level(db, rate, now, e);
	if (tokens >= 0 &&
		store(db, rate, tokens + TOKEN < full ? tokens + TOKEN : full, now, e) ==
			0)
		return db_commit(db, e);
	db_rollback(db);
	return -1;
}
