/* See roots.h. */
#include "config.h"

#include "lib/roots.h"

#include "lib/buf.h"
#include "lib/path.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool
is_directory(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

void
roots_each(const struct conf *conf,
	void (*each)(void *arg, const char *said, const char *path), void *arg)
{
	const char *said = *conf->workspace_roots ? conf->workspace_roots : "~";
	char *list = xstrdup(said), *next = NULL;
	for (char *p = strtok_r(list, ":", &next); p; p = strtok_r(NULL, ":", &next)) {
		char *whole = path_expand(p), *real = realpath(whole, NULL);
		each(arg, p, real && is_directory(real) ? real : NULL);
		free(real);
		free(whole);
	}
	free(list);
}

static bool
is_beneath(const char *path, const char *root)
{
	size_t n = strlen(root);
	return strcmp(root, "/") == 0 ||
		(strncmp(path, root, n) == 0 && (path[n] == '\0' || path[n] == '/'));
}

struct question {
	const char *path;
	bool held;
};

static void
ask_root(void *arg, const char *said, const char *root)
{
	struct question *q = arg;
	(void)said;
	q->held = q->held || (root && is_beneath(q->path, root));
}

bool
roots_hold(const struct conf *conf, const char *path)
{
	struct question q = {path, false};
	roots_each(conf, ask_root, &q);
	return q.held;
}
