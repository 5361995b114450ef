/* See migration.h. The table makes itself, because it must be there before the first file
 * that could make it. */
#include "config.h"

#include "lib/store/migration.h"

#include "lib/buf.h"
#include "lib/db.h"

#include <sqlite3.h>

#include <stdio.h>
#include <string.h>

int
migration_table(struct db *db, struct err *e)
{
	return db_script(db,
		"CREATE TABLE IF NOT EXISTS migration (\n"
		"  name       TEXT PRIMARY KEY,  -- file name without .sql\n"
		"  sha256     BLOB NOT NULL,     -- of the file when it was applied\n"
		"  applied_at INTEGER NOT NULL   -- Unix milliseconds\n"
		") STRICT",
		e);
}

int
migration_list(struct db *db, struct migration **rows, struct err *e)
{
	int64_t exists = 0;
	int count = 0, rc;
	*rows = NULL;
	if (db_int(db, &exists, e,
		    "SELECT count(*) FROM sqlite_schema WHERE name='migration'", "") < 0)
		return -1;
	if (!exists)
		return 0;
	sqlite3_stmt *stmt = db_query(db,
		"SELECT name, sha256, strftime('%Y-%m-%dT%H:%M:%SZ', applied_at/1000, "
		"'unixepoch')"
		" FROM migration ORDER BY name",
		"");
	while ((rc = db_step(db, stmt, e)) > 0) {
		*rows = xrealloc(*rows, sizeof **rows * (size_t)(count + 1));
		struct migration *row = *rows + count++;
		*row = (struct migration){0};
		snprintf(row->name, sizeof row->name, "%s",
			(const char *)sqlite3_column_text(stmt, 0));
		snprintf(row->applied, sizeof row->applied, "%s",
			(const char *)sqlite3_column_text(stmt, 2));
		if (sqlite3_column_bytes(stmt, 1) == SHA256_SIZE)
			memcpy(row->hash, sqlite3_column_blob(stmt, 1), SHA256_SIZE);
	}
	db_done(stmt);
	return rc < 0 ? -1 : count;
}

int
migration_insert(struct db *db, const char *name, const uint8_t hash[SHA256_SIZE],
	struct err *e)
{
	int n = db_exec(db, e,
		"INSERT INTO migration (name, sha256, applied_at)"
		" VALUES (?, ?, CAST((julianday('now') - 2440587.5) * 86400000 AS "
		"INTEGER))",
		"tb", name, hash, (size_t)SHA256_SIZE);
	return n < 0 ? -1 : 0;
}
