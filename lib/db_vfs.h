/*
 * How a connection writes its write-ahead log (WAL): as SQLite does, but the pages of one
 * commit with one call.
 */
#ifndef DISPATCH_LIB_DB_VFS_H
#define DISPATCH_LIB_DB_VFS_H

/* For sqlite3_open_v2(); the connection must then set PRAGMA cache_spill=0. */
#define DB_VFS "dispatch"

/* Once per process, before the first connection. */
void db_vfs_register(void);

#endif
