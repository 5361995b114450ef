/*
 * See recovery.h. Two sources are compared: the rows in the database, which say what
 * should live, and the sockets of shims, which say what does. A row is committed before
 * its shim is started and stays until the shim has left, so each socket has its row.
 */
#include "config.h"

#include "runner/recovery.h"

#include "lib/buf.h"
#include "lib/path.h"
#include "lib/store/session.h"
#include "runner/app.h"
#include "runner/groups.h"
#include "runner/registry.h"
#include "runner/run.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

static void
take_over(struct app *app, struct session *row)
{
	bool same_boot = strcmp(row->boot_id, app->boot_id) == 0;
	bool live = session_is_live(row->status);
	struct run *run = run_create(app, row);
	if (!run)
		return;
	groups_renew(app->groups, run);
	if (same_boot || !live)
		run_adopt(run);
	else
		run_fail(run, SESSION_LOST, "session.reboot",
			"The machine was restarted while this ran.");
}

static void
take_live(void *arg, const struct session *row)
{
	struct session own = *row;
	if (!session_is_live(row->status))
		return;
	session_own(&own);
	take_over(arg, &own);
}

/* "<id>.sock" of a session that has ended, but whose shim does not know that we know. */
static int
take_socket(struct app *app, const char *name, struct err *e)
{
	struct session row;
	char id[ID_SIZE];
	if (!crypt_is_id(name, strcspn(name, ".")))
		return 0;
	memcpy(id, name, ID_LENGTH);
	id[ID_LENGTH] = '\0';
	if (registry_find(app->registry, id))
		return 0;
	int found = session_find(app->events, id, &row, e);
	if (found > 0)
		take_over(app, &row);
	return found < 0 ? -1 : 0;
}

int
recover(struct app *app, struct err *e)
{
	if (session_each(app->events, NULL, take_live, app, e) != 0)
		return -1;
	char *path = path_join(app->conf.dir, "run/shim");
	DIR *dir = opendir(path);
	struct dirent *entry;
	int result = 0;
	while (dir && result == 0 && (entry = readdir(dir)))
		result = take_socket(app, entry->d_name, e);
	if (dir)
		closedir(dir);
	free(path);
	return result;
}
