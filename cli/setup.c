/* See setup.h. The code goes in the link's fragment, which no server and no log sees. */
#include "config.h"

#include "cli/setup.h"

#include "lib/auth.h"
#include "lib/clock.h"
#include "lib/db.h"
#include "lib/log.h"

#include <stdio.h>

enum {
	BUSY_MS = 2000,   /* wait for another process's lock */
	RETRY_MS = 5000,  /* after an error */
	NEVER_MS = 60000, /* between two looks at nothing */
};

int
setup_open(struct setup *setup, const char *dir, struct err *e)
{
	return db_open(&setup->db, dir, "state.db", DB_WRITE, BUSY_MS, e);
}

void
setup_close(struct setup *setup)
{
	db_close(setup->db);
	setup->db = NULL;
}

int
setup_wait(const struct setup *setup)
{
	int64_t left = setup->deadline - clock_monotonic();
	if (setup->done || left > NEVER_MS)
		return NEVER_MS;
	return left > 0 ? (int)left : 0;
}

/* Returns 1 when there is a new code, 0 when none is needed, -1 on error. */
static int
renew(struct setup *setup, char code[AUTH_CODE_SIZE], struct err *e)
{
	int pending = auth_setup_pending(setup->db, e);
	if (pending <= 0)
		return pending;
	return auth_setup_issue(setup->db, clock_now(), code, e) == 0 ? 1 : -1;
}

void
setup_announce(struct setup *setup, const char *url, const struct log *log)
{
	char code[AUTH_CODE_SIZE];
	struct err e = {0};
	if (setup->done || clock_monotonic() < setup->deadline)
		return;
	int made = renew(setup, code, &e);
	if (made < 0)
		log_error(log, "no setup code: %s", e.text);
	if (made > 0)
		printf("setup %s#setup=%s\n", url, code);
	crypt_wipe(code, sizeof code);
	setup->done = made == 0;
	setup->deadline = clock_monotonic() + (made > 0 ? AUTH_SETUP_MS : RETRY_MS);
}
