/*
 * See isolation.h. The order of the steps: what stays writable, what is read-only within
 * it, what cannot be renamed, and last what is hidden, so that nothing uncovers that
 * again.
 *
 * A directory that is hidden could be moved away with one above it, and another be put in
 * its place, which we would take for ours at the next start. So those above it that a
 * session could rename are anchored.
 */
#include "config.h"

#include "lib/isolation.h"

#include "lib/buf.h"
#include "lib/isolation_git.h"
#include "lib/isolation_hold.h"
#include "lib/isolation_places.h"
#include "lib/json_read.h"
#include "lib/os_mounts.h"
#include "lib/path.h"

#include <json-c/json.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- the making ---- */

#define COUNT(a) (sizeof(a) / sizeof *(a))

struct making {
	struct isolation *isolation;
	const struct isolated *isolated;
	const struct profile *profile;
	char *homes[2]; /* the person's, and the one the program is told; NULL: the same
	                 */
	char *runtime, *agent; /* NULL: there is none */
	const char *claude;    /* CLAUDE_CONFIG_DIR; NULL: none */
	bool full;
};

static const char *
told(char *const *env, const char *name)
{
	size_t n = strlen(name);
	for (char *const *p = env; p && *p; p++)
		if (strncmp(*p, name, n) == 0 && (*p)[n] == '=')
			return *p + n + 1;
	return NULL;
}

static bool
is_there(const struct os_isolate *os, char letter, const char *path)
{
	for (size_t i = 0; i < os->count; i++)
		if (os->steps[i][0] == letter && strcmp(os->steps[i] + 1, path) == 0)
			return true;
	return false;
}

/* What does not exist, or is in the list, is left out; and the root, which would be
 * everything. */
static void
add(struct making *m, char letter, const char *path)
{
	struct os_isolate *os = &m->isolation->os;
	struct stat st;
	if (letter == OS_ISOLATE_PIN && lstat(path, &st) == 0 && S_ISLNK(st.st_mode))
		add(m, OS_ISOLATE_LINK, path);
	if (letter == OS_ISOLATE_OWN)
		mkdir(path, 0700); /* also what comes later, beneath it, is another's */
	if (*path != '/' || !path[1] || stat(path, &st) != 0 ||
		is_there(os, letter, path))
		return;
	m->full = m->full || os->count == OS_ISOLATE_STEPS_MAX;
	if (m->full)
		return;
	os->steps[os->count] = m->isolation->texts[os->count] =
		xasprintf("%c%s", letter, path);
	os->count++;
}

static void
add_in(struct making *m, char letter, const char *dir, const char *name)
{
	char *path = path_join(dir, name);
	add(m, letter, path);
	free(path);
}

static void
add_place(struct making *m, char letter, const char *path)
{
	static const char uid[] = "@uid", run[] = "@run";
	const char *at = strstr(path, uid);
	if (*path == '~') {
		for (size_t i = 0; i < COUNT(m->homes) && m->homes[i]; i++)
			add_in(m, letter, m->homes[i], path + 2);
	} else if (strncmp(path, run, sizeof run - 1) == 0) {
		char *whole = m->runtime ? xasprintf("%s%s", m->runtime, path + 4) : NULL;
		if (whole)
			add(m, letter, whole);
		free(whole);
	} else if (at) {
		char *whole = xasprintf("%.*s%u", (int)(at - path), path, geteuid());
		add(m, letter, whole);
		free(whole);
	} else {
		add(m, letter, path);
	}
}

static void
add_places(struct making *m, int what, char letter)
{
	for (size_t i = 0; i < isolation_place_count; i++)
		if ((int)isolation_places[i].what == what &&
			isolation_places[i].profiles & m->profile->places)
			add_place(m, letter, isolation_places[i].path);
}

/* What Claude writes for itself, in the home that it is told. */
static void
keep_claude(struct making *m)
{
	const char *home = m->homes[1] ? m->homes[1] : m->homes[0];
	char *dir = m->claude ? xstrdup(m->claude) : path_join(home, ".claude");
	char *file = path_join(home, ".claude.json");
	path_make_dir(dir, NULL);
	path_make_file(file, "{}\n", 0600);
	add(m, OS_ISOLATE_KEEP, dir);
	add(m, OS_ISOLATE_KEEP, file);
	free(file);
	free(dir);
}

/* The directories that were added to what Claude may work in. */
static void
keep_directories(struct making *m)
{
	struct json_object *list = m->isolated->directories;
	for (size_t i = 0; i < json_length(list); i++)
		add(m, OS_ISOLATE_KEEP,
			json_object_get_string(json_object_array_get_idx(list, i)));
}

/* What the person's own git runs, where this session may write. */
static void
protect_git(struct making *m, const char *workspace, const char *git)
{
	char **steps = isolation_hold_steps(workspace, git);
	for (char **p = steps; p && *p; p++) {
		add(m, **p, *p + 1);
		free(*p);
	}
	free(steps);
}

static void
protect_directories(struct making *m)
{
	struct json_object *list = m->isolated->directories;
	for (size_t i = 0; i < json_length(list); i++) {
		char *dir = realpath(json_object_get_string(
					     json_object_array_get_idx(list, i)),
			NULL);
		char *git = dir ? isolation_git_directory(dir) : NULL;
		if (git)
			protect_git(m, dir, git);
		free(git);
		free(dir);
	}
}

static bool
holds_home(const struct making *m, const char *workspace)
{
	size_t n = strlen(workspace);
	return strncmp(m->homes[0], workspace, n) == 0 &&
		(m->homes[0][n] == '/' || m->homes[0][n] == '\0');
}

/* What a session may write: its workspace; where that is the whole home, or none, the
 * directory in which it starts. */
static char *
workspace_path(const struct making *m)
{
	const struct isolated *isolated = m->isolated;
	bool narrow = isolated->workspace && !holds_home(m, isolated->workspace);
	return realpath(narrow ? isolated->workspace : isolated->cwd, NULL);
}

/* For what everybody expects to be able to write. */
static void
make_cache(const struct making *m)
{
	const char *home = m->homes[1] ? m->homes[1] : m->homes[0];
	char *cache = path_join(home, ".cache");
	mkdir(cache, 0700);
	free(cache);
}

static void
close_file_system(struct making *m)
{
	char *workspace = workspace_path(m);
	char *git = workspace ? isolation_git_directory(workspace) : NULL;
	bool writes = m->profile->places & PROJECT;
	if (writes)
		make_cache(m);
	add_places(m, KEEP, OS_ISOLATE_KEEP);
	if (m->isolated->claude)
		keep_claude(m);
	if (writes && git)
		add(m, OS_ISOLATE_KEEP, git);
	if (writes && workspace) {
		keep_directories(m);
		add(m, OS_ISOLATE_KEEP, workspace);
	}
	if (workspace && holds_home(m, workspace))
		add_places(m, PIN, OS_ISOLATE_PIN);
	if (!writes && workspace)
		add(m, OS_ISOLATE_PIN, workspace);
	if (writes && git)
		protect_git(m, workspace, git);
	if (writes && workspace)
		protect_directories(m);
	free(git);
	free(workspace);
}

/* Those above it whose name is in a directory that the person may write. */
static void
anchor(struct making *m, const char *path)
{
	for (const char *p = strchr(path + 1, '/'); p; p = strchr(p + 1, '/')) {
		char *dir = xstrndup(path, (size_t)(p - path));
		char *slash = strrchr(dir, '/');
		char *parent = xstrndup(dir, slash == dir ? 1 : (size_t)(slash - dir));
		if (access(parent, W_OK) == 0)
			add(m, OS_ISOLATE_ANCHOR, dir);
		free(parent);
		free(dir);
	}
}

static void
hide_ours(struct making *m)
{
	const struct conf *conf = m->isolated->conf;
	const char *const ours[] = {conf->dir, conf->github_secret_file};
	for (size_t i = 0; i < COUNT(ours); i++) {
		char *real = *ours[i] ? realpath(ours[i], NULL) : NULL;
		if (real) {
			anchor(m, real);
			add(m, OS_ISOLATE_HIDE, real);
		}
		free(real);
	}
}

/* Who can change what we are made of would be us at the next start. Where we are
 * installed for everybody, no session can. */
static void
protect_ours(struct making *m)
{
	static const char *const programs[] = {"dispatch", "dispatch-editor",
		"dispatch-fcgi", "dispatch-gate", "dispatch-http", "dispatch-job",
		"dispatch-runner", "dispatch-shim"};
	static const char *const data[] = {"sql", "web/dist"};
	for (size_t i = 0; i < COUNT(programs) + COUNT(data); i++) {
		char *path = i < COUNT(programs) ? path_program(programs[i])
						 : path_data(data[i - COUNT(programs)]);
		char *real = realpath(path, NULL);
		if (real && access(real, W_OK) == 0) {
			anchor(m, real);
			add(m, OS_ISOLATE_PIN, real);
		}
		free(real);
		free(path);
	}
}

static bool
pin_groups(void *arg, const char *path, const char *root)
{
	(void)root;
	add(arg, OS_ISOLATE_PIN, path);
	return true;
}

/* Where the system's stand a second time, as in the directory of a chroot(2). In the
 * usual places are those of the session. */
static bool
hide_others(void *arg, const char *path, const char *root)
{
	static const char *const usual[] = {"/dev/ptmx", "/dev/pts", "/proc"};
	bool own = strncmp(path, "/proc/", 6) == 0;
	(void)root;
	for (size_t i = 0; i < COUNT(usual); i++)
		own = own || strcmp(path, usual[i]) == 0;
	if (!own)
		add(arg, OS_ISOLATE_HIDE, path);
	return true;
}

static void
forget_names(const struct making *m)
{
	char **to = m->isolated->env;
	for (char **p = to; p && *p; p++) {
		bool forget = false;
		for (size_t i = 0; i < isolation_name_count; i++) {
			size_t n = strlen(isolation_names[i].name);
			forget = forget ||
				(isolation_names[i].profiles & m->profile->places &&
					strncmp(*p, isolation_names[i].name, n) == 0 &&
					(*p)[n] == '=');
		}
		if (forget)
			free(*p);
		else
			*to++ = *p;
	}
	if (to)
		*to = NULL;
}

/* Workspaces are known by their paths without links; homes have to be, too. */
static void
find_homes(struct making *m, const char *home)
{
	char *own = path_home(), *real = realpath(own, NULL);
	m->homes[0] = real ? real : xstrdup(own);
	free(own);
	if (!home || *home != '/')
		return;
	real = realpath(home, NULL);
	if (strcmp(real ? real : home, m->homes[0]) != 0)
		m->homes[1] = xstrdup(real ? real : home);
	free(real);
}

static void
begin(struct making *m)
{
	char *const *env = m->isolated->env;
	const char *runtime = getenv("XDG_RUNTIME_DIR"), *agent = getenv("SSH_AUTH_SOCK");
	find_homes(m, told(env, "HOME"));
	m->runtime = runtime && *runtime == '/' ? xstrdup(runtime)
						: xasprintf("/run/user/%u", geteuid());
	m->agent = xstrdup(agent);
	m->claude = told(env, "CLAUDE_CONFIG_DIR");
}

static void
fill(struct making *m)
{
	if (m->profile->flags & OS_ISOLATE_READ_ONLY)
		close_file_system(m);
	add_places(m, HIDE, OS_ISOLATE_HIDE);
	add_places(m, OWN, OS_ISOLATE_OWN);
	if (m->profile->places & CLOSED && m->agent)
		add(m, OS_ISOLATE_HIDE, m->agent);
	protect_ours(m);
	if (m->profile->places & OPEN) /* a session does not lift its own limits */
		os_mounts_each("cgroup2", pin_groups, m);
	if (m->profile->own_processes) {
		os_mounts_each("devpts", hide_others, m);
		os_mounts_each("proc", hide_others, m);
	}
	hide_ours(m);
}

int
isolation_make(struct isolation *isolation, const struct isolated *isolated,
	struct err *e)
{
	const struct conf *conf = isolated->conf;
	struct making m = {.isolation = isolation, .isolated = isolated};
	*isolation = (struct isolation){0};
	m.profile = isolation_profile(isolated->profile, isolated->own_processes);
	if (!m.profile)
		return err_set(e, 422, "session.isolation",
			"There is no profile of isolation with this name.");
	if (isolated->limited)
		isolation->os.limits = (struct os_limits){
			.processes = (uint64_t)conf->session_processes,
			.files = (uint64_t)conf->session_open_files,
			.memory = (uint64_t)conf->session_memory,
			.cpu = (uint64_t)conf->session_cpu,
		};
	isolation->os.flags = m.profile->flags;
	if (!m.profile->flags)
		return 0;
	begin(&m);
	fill(&m);
	forget_names(&m);
	for (size_t i = 0; i < COUNT(m.homes); i++)
		free(m.homes[i]);
	free(m.runtime);
	free(m.agent);
	return m.full ? err_set(e, 500, "session.isolation",
				"There are too many places to keep or to hide.")
		      : 0;
}

void
isolation_clear(struct isolation *isolation)
{
	for (size_t i = 0; i < COUNT(isolation->texts); i++)
		free(isolation->texts[i]);
	for (char **p = isolation->hosts; p && *p; p++)
		free(*p);
	free(isolation->hosts);
	free(isolation->gate);
	*isolation = (struct isolation){0};
}

int
isolation_unavailable(struct err *e, int error)
{
	return err_set(e, 422, "session.isolation_unavailable",
		"This system cannot isolate sessions: %s.", os_isolate_reason(error));
}
