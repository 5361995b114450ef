/*
 * See isolation_hold.h and gitrepository-layout(5). Settings and hooks of a repository
 * are programs that the person's own git runs, outside of all sessions. Held are those
 * of the repository itself, of its submodules and of its other work trees; what says
 * where they are; and every name on the way there, since who may rename a directory has
 * exchanged what is in it.
 *
 * A name that does not exist cannot be held. So an empty one is made where git would
 * look for it: it means to git what none means.
 */
#include "config.h"

#include "lib/isolation_hold.h"

#include "lib/buf.h"
#include "lib/isolation_git.h"
#include "lib/os_isolate.h"
#include "lib/path.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

enum {
	LINKS_MAX = 40,         /* as the kernel follows, see path_resolution(7) */
	MODULE_STEPS_MAX = 256, /* for submodules that can be worked in */
};

struct holding {
	const char *workspace;
	const char *git;
	char **steps;
	size_t count;
	bool own_settings; /* each work tree has a config.worktree, too */
};

/* One more than can be taken is kept, so that it is seen that they are too many. */
static bool
is_full(const struct holding *h)
{
	return h->count > OS_ISOLATE_STEPS_MAX;
}

static void
step(struct holding *h, char letter, const char *path)
{
	if (is_full(h))
		return;
	h->steps = xrealloc(h->steps, (h->count + 2) * sizeof *h->steps);
	h->steps[h->count++] = xasprintf("%c%s", letter, path);
	h->steps[h->count] = NULL;
}

static bool
is_beneath(const char *dir, const char *path)
{
	size_t n = strlen(dir);
	return strncmp(path, dir, n) == 0 && path[n] == '/';
}

static bool
is_directory(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* ---- ways ---- */

/* What a link says; NULL: it is none. */
static char *
link_text(const char *path)
{
	char text[4096];
	ssize_t n = readlink(path, text, sizeof text);
	return n > 0 && (size_t)n < sizeof text ? xstrndup(text, (size_t)n) : NULL;
}

/* The next name of a way, which loses it; NULL: it has no more. */
static char *
next_name(char **way)
{
	char *from = *way + strspn(*way, "/");
	size_t n = strcspn(from, "/");
	char *name = n ? xstrndup(from, n) : NULL, *rest = xstrdup(from + n);
	free(*way);
	*way = rest;
	return name;
}

/* Where a name leads from a place on a way. */
static void
go(char **at, const char *name)
{
	char *slash = strrchr(*at, '/');
	if (strcmp(name, "..") == 0 && slash) {
		*slash = '\0';
	} else if (strcmp(name, "..") != 0 && strcmp(name, ".") != 0) {
		char *to = path_join(*at, name);
		free(*at);
		*at = to;
	}
}

/* The way goes on with what a link at its place says. */
static void
follow(char **at, char **way, char *text)
{
	char *rest = xasprintf("%s/%s", text, *way);
	go(at, "..");
	if (*text == '/')
		**at = '\0';
	free(*way);
	*way = rest;
	free(text);
}

static char
letter_of(const char *path, const char *link)
{
	if (link)
		return OS_ISOLATE_LINK;
	return is_directory(path) ? OS_ISOLATE_ANCHOR : OS_ISOLATE_PIN;
}

/* Each name in the workspace from `from`, where no link is on the way, to what `way`
 * leads to from there: links, directories, and at last perhaps a file. */
static void
hold_way(struct holding *h, const char *from, const char *to)
{
	char *at = xstrdup(from), *way = xstrdup(to), *name;
	for (int links = 0; links < LINKS_MAX && (name = next_name(&way)); free(name)) {
		go(&at, name);
		char *text = link_text(at);
		if (is_beneath(h->workspace, at))
			step(h, letter_of(at, text), at);
		if (text) {
			follow(&at, &way, text);
			links++;
		}
	}
	free(way);
	free(at);
}

/* ---- repositories ---- */

static void
make_in(const char *dir, const char *name, const char *text)
{
	char *path = path_join(dir, name);
	path_make_file(path, text, 0666);
	free(path);
}

/* What git reads in the directory of a repository, a submodule or a work tree. */
static void
hold(struct holding *h, const char *dir)
{
	static const char *const names[] = {"commondir", "config", "config.worktree",
		"gitdir", "hooks"};
	if (h->own_settings)
		make_in(dir, "config.worktree", "");
	step(h, OS_ISOLATE_ANCHOR, dir);
	for (size_t i = 0; i < COUNT(names); i++) {
		char *path = path_join(dir, names[i]);
		step(h, OS_ISOLATE_PIN, path);
		free(path);
	}
}

/* Of a repository or a submodule, not of a work tree. */
static void
hold_git(struct holding *h, const char *dir)
{
	char *hooks = path_join(dir, "hooks");
	mkdir(hooks, 0777);
	free(hooks);
	/* Within the workspace a repository can be made anew: it is left as git made it.
	 */
	if (!is_beneath(h->workspace, dir))
		make_in(dir, "commondir", "./\n");
	hold(h, dir);
}

static void hold_modules(struct holding *h, const char *dir);

/* A directory in modules/: of a submodule, or one that is part of its name. */
static void
hold_module(struct holding *h, const char *dir)
{
	char *head = path_join(dir, "HEAD"), *modules = path_join(dir, "modules");
	bool is_module = access(head, F_OK) == 0;
	if (is_module)
		hold_git(h, dir);
	hold_modules(h, is_module ? modules : dir);
	free(modules);
	free(head);
}

/* Calls for each directory in one that exists. */
static void
each(struct holding *h, const char *dir, void (*what)(struct holding *, const char *))
{
	DIR *d = opendir(dir);
	for (struct dirent *entry; d && !is_full(h) && (entry = readdir(d));) {
		char *path = path_join(dir, entry->d_name);
		bool is_name = strcmp(entry->d_name, ".") != 0 &&
			strcmp(entry->d_name, "..") != 0;
		if (is_name && is_directory(path))
			what(h, path);
		free(path);
	}
	if (d)
		closedir(d);
}

static void
hold_modules(struct holding *h, const char *dir)
{
	if (!is_directory(dir))
		return;
	step(h, OS_ISOLATE_ANCHOR, dir);
	each(h, dir, hold_module);
}

/* The steps after so many are not taken. */
static void
forget_steps(struct holding *h, size_t count)
{
	while (h->count > count) {
		free(h->steps[--h->count]);
		h->steps[h->count] = NULL;
	}
}

/* Each submodule of this workspace. Where they are too many, and of what is not of this
 * workspace, nothing is to come or to change in modules/: git takes what lies there for a
 * submodule that it has cloned before. */
static void
hold_submodules(struct holding *h, const char *dir, bool own)
{
	char *modules = path_join(dir, "modules");
	size_t before = h->count;
	if (own)
		hold_modules(h, modules);
	if (!own || h->count - before > MODULE_STEPS_MAX) {
		forget_steps(h, before);
		mkdir(modules, 0777);
		step(h, OS_ISOLATE_PIN, modules);
	}
	free(modules);
}

/* A work tree in this workspace is the session's to remove, and one that is no more is
 * anybody's. */
static void
hold_worktree(struct holding *h, const char *dir)
{
	char *dot_git = isolation_git_worktree(dir);
	char *own = path_join(h->workspace, ".git");
	bool is_own = dot_git && strcmp(dot_git, own) == 0;
	if (dot_git && (is_own || !is_beneath(h->workspace, dot_git))) {
		hold(h, dir);
		hold_submodules(h, dir, is_own);
	}
	free(own);
	free(dot_git);
}

static void
hold_worktrees(struct holding *h)
{
	char *worktrees = path_join(h->git, "worktrees");
	if (is_directory(worktrees)) {
		step(h, OS_ISOLATE_ANCHOR, worktrees);
		each(h, worktrees, hold_worktree);
	}
	free(worktrees);
}

/* Whether a repository's settings speak of those that each work tree has. */
static bool
has_own_settings(const char *git)
{
	char *path = path_join(git, "config"), line[1024];
	FILE *f = fopen(path, "re");
	bool found = false;
	while (f && !found && fgets(line, sizeof line, f))
		found = strcasestr(line, "worktreeconfig");
	if (f)
		fclose(f);
	free(path);
	return found;
}

char **
isolation_hold_steps(const char *workspace, const char *git)
{
	struct holding h = {
		.workspace = workspace,
		.git = git,
		.own_settings = has_own_settings(git),
	};
	hold_way(&h, workspace, ".git");
	if (is_beneath(workspace, git))
		hold_way(&h, workspace, git + strlen(workspace));
	hold_git(&h, git);
	hold_submodules(&h, git, is_beneath(workspace, git));
	hold_worktrees(&h);
	return h.steps;
}
