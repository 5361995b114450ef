/* See web.h. A kind of web server is a row in the table. */
#include "config.h"

#include "cli/web.h"

#include "cli/os_linux.h"
#include "cli/supervise.h"
#include "cli/template.h"
#include "lib/buf.h"
#include "lib/log.h"
#include "lib/path.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { QUEUE = 4 }; /* requests for each handler, waiting or at work, before a 503 */

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct kind {
	const char *name;
	int drain; /* signal: take no new connections, end when the last one has */
	int orphan_signal; /* for when dispatch serve was killed */
	void (*fill_argv)(struct web *w, const char *folder, const char *config);
};

static void
append(struct web *w, const char *word)
{
	size_t i = 0;
	while (w->argv[i])
		i++;
	w->argv[i] = xstrdup(word);
}

/* -e: where nginx complains before it has read its configuration. */
static void
nginx_argv(struct web *w, const char *folder, const char *config)
{
	append(w, "-e");
	append(w, w->log);
	append(w, "-p");
	append(w, folder);
	append(w, "-c");
	append(w, config);
}

static void
lighttpd_argv(struct web *w, const char *folder, const char *config)
{
	(void)folder;
	append(w, "-D");
	append(w, "-f");
	append(w, config);
}

/* A lighttpd that is just reloading takes SIGTERM for a reason to start anew. It is
 * alone; an nginx must end its workers itself. */
static const struct kind kinds[] = {
	{"nginx", SIGQUIT, SIGTERM, nginx_argv},
	{"lighttpd", SIGINT, SIGKILL, lighttpd_argv},
};

static const struct kind *
find_kind(const char *name)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

int
web_check(const char *name, struct err *e)
{
	if (find_kind(name))
		return 0;
	return err_set(e, 500, "usage", "--web is nginx or lighttpd, not '%.40s'.", name);
}

/* Web servers are often where only root's PATH looks. */
static char *
find_program(const char *name)
{
	const char *path = getenv("PATH");
	char *all =
		xasprintf("%s:/usr/local/sbin:/usr/sbin:/sbin", path ? path : "/usr/bin");
	char *found = NULL, *rest = all, *dir;
	while (!found && (dir = strsep(&rest, ":"))) {
		char *file = path_join(*dir ? dir : ".", name);
		if (access(file, X_OK) == 0)
			found = file;
		else
			free(file);
	}
	free(all);
	return found;
}

/* The configuration languages quote differently; a path that needs no quoting suits both.
 */
static int
check_path(const char *path, struct err *e)
{
	const char *c = path;
	while (*c &&
		((unsigned char)*c >= 0x80 || *c == ' ' || strchr("/._+~,=-", *c) ||
			(*c >= '0' && *c <= '9') || (*c >= 'a' && *c <= 'z') ||
			(*c >= 'A' && *c <= 'Z')))
		c++;
	if (!*c)
		return 0;
	return err_set(e, 500, "web.path",
		"The path %s has a character ('%c') that a web server's configuration "
		"cannot "
		"hold.",
		path, *c);
}

static int
write_config(const struct web *w, const char *folder, const struct template_value *values,
	struct err *e)
{
	char *names[] = {xasprintf("nginx/dispatch.%s.conf", w->name),
		xasprintf("nginx/serve.%s.conf", w->name)};
	char *files[] = {xasprintf("%s/dispatch.conf", folder),
		xasprintf("%s/%s.conf", folder, w->name)};
	int result = 0;
	for (size_t i = 0; i < COUNT(names); i++) {
		char *from = path_data(names[i]);
		if (result == 0)
			result = template_write(from, files[i], values, e);
		free(from);
		free(names[i]);
		free(files[i]);
	}
	return result;
}

/* How many connections to so many handlers are kept: an idle one holds a handler, so some
 * must stay without one. */
static int64_t
kept_of(int64_t handlers)
{
	return handlers >= 64 ? 16 : handlers >= 8 ? handlers / 4 : 1;
}

static int
configure(const struct web *w, const char *folder, const struct conf *conf,
	const struct listen_address *address, struct err *e)
{
	const char *colon = strrchr(address->text, ':');
	int64_t pool = conf->fcgi_processes * conf->fcgi_threads;
	char *run = path_join(conf->dir, "run"), *web = path_data("web/dist");
	char *errors = path_data("nginx/lighttpd-");
	char *host = xstrndup(address->text, (size_t)(colon - address->text));
	char *stream = path_join(run, "stream.sock"), *fcgi = path_join(run, "fcgi.sock");
	char *files = path_join(run, "files.sock");
	int64_t kept = kept_of(pool);
	int64_t files_pool = conf->files_processes * conf->files_threads;
	char *idle = xasprintf("%lld", (long long)kept);
	char *busy = xasprintf("%lld", (long long)(kept < pool ? pool * QUEUE : pool));
	char *files_idle = xasprintf("%lld", (long long)kept_of(files_pool));
	const struct template_value values[] = {
		{"PREFIX", conf->http_prefix},
		{"WEB", web},
		{"ERRORS", errors},
		{"FCGI", "dispatch_fcgi"}, /* the upstream of serve.nginx.conf */
		{"FCGI_SOCKET", fcgi},
		{"FILES", "dispatch_files"},
		{"FILES_SOCKET", files},
		{"STREAM", stream},
		{"FOLDER", folder},
		{"LOG", w->log},
		{"LISTEN", address->text},
		{"HOST", host},
		{"PORT", colon + 1},
		{"USER", geteuid() == 0 ? "user root;" : ""},
		{"IDLE", idle},
		{"FILES_IDLE", files_idle},
		{"BUSY", busy},
		{NULL, NULL},
	};
	int result = -1;
	if (check_path(folder, e) == 0 && check_path(web, e) == 0)
		result = write_config(w, folder, values, e);
	free(run);
	free(web);
	free(errors);
	free(host);
	free(stream);
	free(fcgi);
	free(files);
	free(files_idle);
	free(idle);
	free(busy);
	return result;
}

int
web_claim(struct web *w, const char *dir, const struct log *log, struct err *e)
{
	char *path = path_join(dir, "run/web-server");
	w->claim = open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0600);
	int saved_errno = errno;
	free(path);
	if (w->claim < 0)
		return err_errno(e, saved_errno, 500, "web.claim",
			"Cannot make a file for the web server in %s/run", dir);
	int count = os_kill_holders(w->claim, CHILD_HELD);
	if (count)
		log_warning(log, "ended what was left of a former web server (%d)",
			count);
	return 0;
}

int
web_prepare(struct web *w, const char *name, const struct conf *conf,
	const struct listen_address *address, struct err *e)
{
	const struct kind *kind = find_kind(name);
	if (!kind)
		abort(); /* see web_check() */
	w->name = kind->name;
	w->drain = kind->drain;
	w->orphan_signal = kind->orphan_signal;
	w->argv[0] = find_program(name);
	if (!w->argv[0])
		return err_set(e, 500, "web.missing",
			"%s is not installed; install it (apt install %s) or choose "
			"another "
			"web server with --web.",
			name, name);
	w->log = xasprintf("%s/log/%s.log", conf->dir, name);
	char *folder = xasprintf("%s/run/%s", conf->dir, name);
	char *config = xasprintf("%s/%s.conf", folder, name);
	int result = path_make_dir(folder, e);
	if (result == 0)
		result = configure(w, folder, conf, address, e);
	kind->fill_argv(w, folder, config);
	free(folder);
	free(config);
	return result;
}

void
web_child(const struct web *w, struct child *child)
{
	*child = (struct child){
		.name = w->name,
		.argv = w->argv,
		.log = w->log,
		.input = -1,
		.held = w->claim,
		.stop_signal = w->drain,
		.orphan_signal = w->orphan_signal,
		.stop_ms = 1000,
		.drains = true,
		.whole_group = true,
	};
}

void
web_free(struct web *w)
{
	for (size_t i = 0; i < COUNT(w->argv); i++)
		free(w->argv[i]);
	free(w->log);
	if (w->claim >= 0)
		close(w->claim);
	*w = (struct web){.claim = -1};
}
