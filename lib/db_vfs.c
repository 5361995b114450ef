/*
 * See db_vfs.h. SQLite writes a frame of the WAL as two pieces, header and page, and a
 * commit as one frame after the other. Here the WAL's file holds back pieces until the
 * page of the frame that commits has come, or HELD_MAX bytes, and passes them on
 * together.
 *
 * Nothing may be held when xWrite() of that last page returns, because then SQLite shows
 * the commit to others; and nothing when somebody else may write there. Both hold because
 * frames come only as a whole commit: no page is spilled from the cache before (that is
 * what PRAGMA cache_spill=0 is for), so nothing is written that is then rolled back, and
 * no frame is written twice or read before it is committed. When passing on fails, what
 * was held is forgotten, and SQLite rolls back.
 *
 * The file is the one of the system's VFS, in place. Only two methods are other ones:
 * they stand, with what they need, behind that file's own memory, and are found by the
 * address of the table of methods.
 */
#include "config.h"

#include "lib/db_vfs.h"

#include "lib/buf.h"

#include <sqlite3.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

enum {
	FRAME_HEADER = 24,
	HELD_MAX = 64 * 1024,
};

enum expected { NOTHING, PAGE, LAST_PAGE };

struct wal {
	sqlite3_io_methods methods; /* the file's, but for two */
	const sqlite3_io_methods *system;
	struct buf held;
	sqlite3_int64 at; /* where what is held begins */
	enum expected expected;
};

static struct wal *
wal_of(const sqlite3_file *file)
{
	return (struct wal *)((char *)(uintptr_t)file->pMethods -
		offsetof(struct wal, methods));
}

static int
pass_on(sqlite3_file *file)
{
	struct wal *wal = wal_of(file);
	int rc = SQLITE_OK;
	if (wal->held.len > 0)
		rc = wal->system->xWrite(file, wal->held.data, (int)wal->held.len,
			wal->at);
	buf_clear(&wal->held); /* not before: it writes to the first byte */
	if (rc != SQLITE_OK)
		wal->expected = NOTHING;
	return rc;
}

/* The size of the database after the commit, which only a frame that commits has. */
static bool
commits(const unsigned char *header)
{
	return header[4] || header[5] || header[6] || header[7];
}

static bool
is_complete(struct wal *wal, const void *bytes, int len)
{
	enum expected expected = wal->expected;
	bool header = expected == NOTHING && len == FRAME_HEADER;
	wal->expected = !header ? NOTHING : commits(bytes) ? LAST_PAGE : PAGE;
	return !header && expected != PAGE;
}

static int
wal_write(sqlite3_file *file, const void *bytes, int len, sqlite3_int64 at)
{
	struct wal *wal = wal_of(file);
	bool follows = at == wal->at + (sqlite3_int64)wal->held.len;
	if (!follows || wal->held.len + (size_t)len > HELD_MAX) {
		int rc = pass_on(file);
		if (rc != SQLITE_OK)
			return rc;
	}
	if (wal->held.len == 0)
		wal->at = at;
	buf_add(&wal->held, bytes, (size_t)len);
	return is_complete(wal, bytes, len) ? pass_on(file) : SQLITE_OK;
}

static int
wal_close(sqlite3_file *file)
{
	struct wal *wal = wal_of(file);
	buf_free(&wal->held);
	return wal->system->xClose(file);
}

static size_t
own_place(const sqlite3_vfs *system)
{
	size_t align = _Alignof(struct wal);
	return ((size_t)system->szOsFile + align - 1) / align * align;
}

static int
open_file(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *given)
{
	sqlite3_vfs *system = vfs->pAppData;
	int rc = system->xOpen(system, name, file, flags, given);
	if (rc != SQLITE_OK || !(flags & SQLITE_OPEN_WAL))
		return rc;
	struct wal *wal = (struct wal *)((char *)file + own_place(system));
	*wal = (struct wal){.methods = *file->pMethods, .system = file->pMethods};
	wal->methods.xWrite = wal_write;
	wal->methods.xClose = wal_close;
	file->pMethods = &wal->methods;
	return SQLITE_OK;
}

void
db_vfs_register(void)
{
	sqlite3_vfs *system = sqlite3_vfs_find(NULL), *own = xcalloc(1, sizeof *own);
	*own = *system;
	own->zName = DB_VFS;
	own->pAppData = system;
	own->szOsFile = (int)(own_place(system) + sizeof(struct wal));
	own->xOpen = open_file;
	own->pNext = NULL;
	if (sqlite3_vfs_register(own, 0) != SQLITE_OK)
		abort();
}
