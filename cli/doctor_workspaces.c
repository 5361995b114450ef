/* See doctor_workspaces.h. */
#include "config.h"

#include "cli/doctor_workspaces.h"

#include "lib/crypt.h"
#include "lib/roots.h"
#include "lib/secret.h"
#include "lib/store/variable.h"

#include <stdlib.h>
#include <string.h>

struct look {
	const struct conf *conf;
	struct buf *findings;
	int broken; /* secrets that another key has sealed */
	bool key;   /* cannot be used, which was said */
};

static void
look_at_root(void *arg, const char *said, const char *path)
{
	struct look *l = arg;
	if (!path)
		buf_printf(l->findings,
			"workspace.roots names %s, and there is no such directory.\n",
			said);
}

static int
look_at_secret(void *arg, const struct secret_variable *v, struct err *e)
{
	struct look *l = arg;
	struct err why = {0};
	struct buf text = BUF_INIT;
	char *about = variable_about(v->owner, v->workspace, v->name);
	int rc = secret_open(l->conf->dir, about, v->value, v->len, &text, &why);
	(void)e;
	if (text.data)
		crypt_wipe(text.data, text.len);
	buf_free(&text);
	free(about);
	if (rc != 0 && strcmp(why.code, "secret.broken") == 0)
		l->broken++;
	if (rc != 0 && strcmp(why.code, "secret.broken") != 0) {
		buf_printf(l->findings, "%s\n", why.text);
		l->key = true;
	}
	return l->key; /* the same for all others */
}

int
doctor_workspaces(const struct conf *conf, struct db *state, struct buf *findings,
	struct err *e)
{
	struct look l = {.conf = conf, .findings = findings};
	roots_each(conf, look_at_root, &l);
	if (variable_each_secret(state, look_at_secret, &l, e) < 0)
		return -1;
	if (l.broken)
		buf_printf(findings,
			"%d secret variables cannot be read: they were sealed with "
			"another secret.key than the one that is there.\n",
			l.broken);
	return 0;
}
