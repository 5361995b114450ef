/* All that lies in a workspace, one after another. Links are told and not followed; what
 * is Dispatch's own, .git and node_modules are left out. */
#ifndef DISPATCH_FCGI_WALK_H
#define DISPATCH_FCGI_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/beneath.h"

struct walk_entry {
	const char *path;   /* beneath the workspace, bytes */
	const char *name;   /* the last part of it */
	int dir;            /* the directory that it is in, open */
	unsigned char type; /* DT_REG, DT_DIR, DT_LNK, or another of readdir(3) */
};

struct walk {
	const struct beneath *b;
	int64_t end;     /* monotonic milliseconds when it has taken long enough */
	int64_t entries; /* that are looked at, at most; counted down */
	bool (*each)(void *arg, const struct walk_entry *entry); /* false: enough */
	void *arg;
};

/* True when nothing was left out for want of time or because it was enough. */
bool walk_all(struct walk *walk);

#endif
