/*
 * dispatch serve: the whole of Dispatch in the foreground, for one person on one machine.
 *
 * In this order: the state directory and its lock, databases, configuration of the
 * private web server, then handlers, web server and runner as children. `ready` is
 * printed only when the chain from the web server to the runner answers. After stopping,
 * the shells live on in their shims, unless --end-sessions was given.
 */
#include "config.h"

#include "cli/cli.h"
#include "cli/listen.h"
#include "cli/notify.h"
#include "cli/probe.h"
#include "cli/setup.h"
#include "cli/supervise.h"
#include "cli/web.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/crypt.h"
#include "lib/log.h"
#include "lib/migrate.h"
#include "lib/os_cgroup.h"
#include "lib/path.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	READY_MS = 60000,   /* longest wait for the whole chain, while a machine boots */
	PROBE_FIRST_MS = 3, /* from the first look at it to the second; each pause is */
	PROBE_LONGEST_MS = 96, /* twice as long, so that looks do not slow what starts */
	LOG_MAX = 8 << 20, /* bytes of a log file that is put aside at the next start */
	SOCKET_PATH_MAX = 107, /* unix(7) */
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct options {
	struct conf_args args;
	char **settings; /* those of --prefix and --workers, as --set has them */
	int setting_count;
	const char *listen, *web;
	bool end_sessions;
};

/* The runner and the handlers take the same words as we do. */
struct program {
	char **argv;
	char *log;
	int listener; /* -1, or the socket it takes over as standard input */
};

struct serve {
	struct options options;
	struct conf conf;
	struct log log;
	struct listen_address address;
	struct web web;
	struct program runner, fcgi, files;
	struct child children[4];
	struct supervisor supervisor;
	struct setup setup;
	struct notify notify;
	char *host; /* the name under which Dispatch answers, with the port */
	char *url;  /* what a browser opens */
	int lock;   /* -1, or the locked file that says that this directory is served */
};

/* ---- command line ---------------------------------------------------------- */

/* --prefix P is --set http.prefix=P in other words. */
static int
take_setting(struct options *o, const char *key, const char *value, struct err *e)
{
	int i = 0;
	char *text = xasprintf("--set=%s=%s", key, value);
	o->settings = xrealloc(o->settings,
		sizeof *o->settings * (size_t)(o->setting_count + 1));
	o->settings[o->setting_count++] = text;
	return conf_argument(&o->args, 1, &text, &i, e) < 0 ? -1 : 0;
}

static int
take_word(struct options *o, int argc, char **argv, int *i, struct err *e)
{
	const char *value = NULL;
	int taken = conf_argument(&o->args, argc, argv, i, e);
	if (taken == 0)
		taken = cli_option("--listen", &o->listen, argc, argv, i, e);
	if (taken == 0)
		taken = cli_option("--web", &o->web, argc, argv, i, e);
	if (taken != 0)
		return taken < 0 ? -1 : 0;
	if (strcmp(argv[*i], "--end-sessions") == 0) {
		o->end_sessions = true;
		return 0;
	}
	taken = cli_option("--prefix", &value, argc, argv, i, e);
	if (taken > 0)
		return take_setting(o, "http.prefix", value, e);
	if (taken == 0)
		taken = cli_option("--workers", &value, argc, argv, i, e);
	if (taken > 0)
		return take_setting(o, "fcgi.processes", value, e);
	return taken < 0 ? -1
			 : err_set(e, 500, "usage", "there is no option '%s'.", argv[*i]);
}

static int
take_words(struct serve *s, int argc, char **argv, struct err *e)
{
	for (int i = 1; i < argc; i++)
		if (take_word(&s->options, argc, argv, &i, e) != 0)
			return -1;
	if (web_check(s->options.web, e) != 0)
		return -1;
	return listen_parse(&s->address, s->options.listen, e);
}

/* ---- state directory ------------------------------------------------------- */

static int
make_folder(const char *dir, const char *name, struct err *e)
{
	char *path = path_join(dir, name);
	int result = path_make_dir(path, e);
	if (result == 0)
		chmod(path, 0700);
	free(path);
	return result;
}

/* One `serve` for a directory; the lock goes with the process, however it ends. */
static int
lock_directory(struct serve *s, struct err *e)
{
	char *path = path_join(s->conf.dir, "run/serve.lock");
	s->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int saved_errno = errno;
	free(path);
	if (s->lock < 0)
		return err_errno(e, saved_errno, 500, "serve.lock", "Cannot lock %s",
			s->conf.dir);
	if (flock(s->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	return err_set(e, 500, "serve.running",
		"Another 'dispatch serve' is running on %s; stop it first, or choose "
		"another "
		"directory with --dir.",
		s->conf.dir);
}

static int
prepare_directory(struct serve *s, struct err *e)
{
	const char *dir = s->conf.dir;
	size_t longest = strlen("/run/shim/") + ID_LENGTH + strlen(".sock");
	if (strlen(dir) + longest > SOCKET_PATH_MAX)
		return err_set(e, 500, "serve.path",
			"The path of the directory %s is too long for the sockets in it "
			"(%zu "
			"characters at most).",
			dir, SOCKET_PATH_MAX - longest);
	if (path_make_private(dir, e) != 0)
		return -1;
	if (make_folder(dir, "run", e) != 0 || make_folder(dir, "log", e) != 0)
		return -1;
	if (lock_directory(s, e) != 0)
		return -1;
	return migrate_apply(dir, NULL, e) < 0 ? -1 : 0;
}

/* ---- children -------------------------------------------------------------- */

/* Logs of single lines grow slowly; one old file is kept. */
static void
put_log_aside(const char *path)
{
	struct stat st;
	if (stat(path, &st) != 0 || st.st_size < LOG_MAX)
		return;
	char *old = xasprintf("%s.1", path);
	rename(path, old);
	free(old);
}

/* `pool`: of handlers, those for files; else NULL. */
static void
describe_program(struct serve *s, struct program *p, const char *name, const char *pool)
{
	const struct conf_args *args = &s->options.args;
	size_t n = 0;
	p->log = xasprintf("%s/log/%s.log", s->conf.dir,
		pool ? pool : strchr(name, '-') + 1);
	p->argv = xcalloc((size_t)args->count * 2 + 6, sizeof *p->argv);
	p->argv[n++] = path_program(name);
	p->argv[n++] = xstrdup("--dir");
	p->argv[n++] = xstrdup(s->conf.dir);
	for (int i = 0; i < args->count; i++) {
		p->argv[n++] = xstrdup("--set");
		p->argv[n++] = xstrdup(args->settings[i]);
	}
	if (pool) {
		p->argv[n++] = xstrdup("--pool");
		p->argv[n++] = xstrdup(pool);
	}
}

static void
free_program(struct program *p)
{
	for (size_t i = 0; p->argv && p->argv[i]; i++)
		free(p->argv[i]);
	free(p->argv);
	free(p->log);
	if (p->listener >= 0)
		close(p->listener);
}

static void
describe_handlers(struct child *child, const struct program *p, const char *name)
{
	*child = (struct child){
		.name = name,
		.argv = p->argv,
		.log = p->log,
		.input = p->listener,
		.held = -1,
		.stop_signal = SIGTERM,
		.stop_ms = 3000,
		.whole_group = true,
	};
}

/*
 * They are stopped in the order runner, web server, handlers, after the web server was
 * told to take nothing new: so viewers hear the runner's goodbye, and no request is left
 * unanswered. SIGUSR1 asks the runner to end all sessions before it goes, which takes its
 * time.
 */
static void
describe_children(struct serve *s)
{
	bool end = s->options.end_sessions;
	describe_program(s, &s->runner, "dispatch-runner", NULL);
	describe_program(s, &s->fcgi, "dispatch-fcgi", NULL);
	describe_program(s, &s->files, "dispatch-fcgi", "files");
	describe_handlers(&s->children[0], &s->fcgi, "dispatch-fcgi");
	describe_handlers(&s->children[1], &s->files, "dispatch-fcgi --pool files");
	web_child(&s->web, &s->children[2]);
	s->children[3] = (struct child){
		.name = "dispatch-runner",
		.argv = s->runner.argv,
		.log = s->runner.log,
		.input = s->runner.listener,
		.held = -1,
		.stop_signal = end ? SIGUSR1 : SIGTERM,
		.stop_ms = end ? 20000 : 5000,
	};
	for (size_t i = 0; i < COUNT(s->children); i++)
		put_log_aside(s->children[i].log);
	s->supervisor = (struct supervisor){
		.children = s->children,
		.count = COUNT(s->children),
		.log = &s->log,
	};
}

static int
open_listener(struct serve *s, struct program *p, const char *name, struct err *e)
{
	char *path = path_join(s->conf.dir, name);
	p->listener = listen_unix(path, e);
	free(path);
	return p->listener >= 0 ? 0 : -1;
}

/* A name that was set for other machines is one that has TLS in front of us. */
static void
name_url(struct serve *s)
{
	const char *hosts = s->conf.http_hosts + strspn(s->conf.http_hosts, ", \t");
	bool own = !*hosts || strncmp(hosts, "localhost", 9) == 0 ||
		strncmp(hosts, "127.", 4) == 0 || strncmp(hosts, "[::1]", 5) == 0;
	s->host = *hosts ? xstrndup(hosts, strcspn(hosts, ", \t"))
			 : xstrdup(s->address.reach);
	s->url = xasprintf("%s://%s%s", own ? "http" : "https", s->host,
		s->conf.http_prefix);
}

/* Before there are children, who are born where we are. Where there is no tree for groups
 * of sessions, the runner tells why. */
static void
make_room_for_groups(const struct serve *s)
{
	struct os_cgroup cgroup;
	if (os_cgroup_find(&cgroup, s->conf.session_cgroup, NULL) == 0)
		os_cgroup_settle(&cgroup, NULL);
	os_cgroup_clear(&cgroup);
}

static int
prepare(struct serve *s, struct err *e)
{
	if (conf_load(&s->conf, &s->options.args, e) != 0)
		return -1;
	s->log.level = (enum log_level)s->conf.log_level;
	make_room_for_groups(s);
	if (prepare_directory(s, e) != 0 ||
		web_claim(&s->web, s->conf.dir, &s->log, e) != 0 ||
		listen_probe(&s->address, e) != 0 ||
		web_prepare(&s->web, s->options.web, &s->conf, &s->address, e) != 0 ||
		open_listener(s, &s->runner, "run/stream.sock", e) != 0 ||
		open_listener(s, &s->fcgi, "run/fcgi.sock", e) != 0 ||
		open_listener(s, &s->files, "run/files.sock", e) != 0)
		return -1;
	name_url(s);
	describe_children(s);
	return setup_open(&s->setup, s->conf.dir, e);
}

/* ---- running --------------------------------------------------------------- */

/* Returns 0 when the chain answers, a signal that came before, or -1. */
static int
wait_ready(struct serve *s, struct err *e)
{
	int64_t deadline = clock_monotonic() + READY_MS;
	int pause = PROBE_FIRST_MS;
	while (!probe_health(&s->address, s->host, s->conf.http_prefix)) {
		int number = supervise_wait(&s->supervisor, pause, e);
		if (number != 0)
			return number;
		pause = pause < PROBE_LONGEST_MS ? 2 * pause : PROBE_LONGEST_MS;
		if (clock_monotonic() > deadline)
			return err_set(e, 500, "serve.slow",
				"Dispatch does not answer at %s; the logs in %s/log tell "
				"more.",
				s->url, s->conf.dir);
	}
	return 0;
}

static void
announce(struct serve *s)
{
	printf("ready %s\n", s->url);
	notify_send(&s->notify, "READY=1");
	setup_announce(&s->setup, s->url, &s->log);
	if (!s->address.loopback)
		log_warning(&s->log,
			"%s can be reached from other machines, and what goes over plain "
			"HTTP "
			"can be read on the way: put a web server with TLS in front",
			s->url);
}

static int
run(struct serve *s, struct err *e)
{
	int number = supervise_start(&s->supervisor, e);
	if (number == 0)
		number = wait_ready(s, e);
	if (number == 0)
		announce(s);
	s->supervisor.patient = true;
	while (number == 0) {
		int wait = setup_wait(&s->setup);
		number = supervise_wait(&s->supervisor, wait, e);
		if (number == 0)
			setup_announce(&s->setup, s->url, &s->log);
	}
	notify_send(&s->notify, "STOPPING=1");
	supervise_stop(&s->supervisor);
	return number > 0 ? 0 : -1;
}

static void
finish(struct serve *s)
{
	setup_close(&s->setup);
	notify_close(&s->notify);
	free_program(&s->runner);
	free_program(&s->fcgi);
	free_program(&s->files);
	web_free(&s->web);
	conf_free(&s->conf);
	for (int i = 0; i < s->options.setting_count; i++)
		free(s->options.settings[i]);
	free(s->options.settings);
	free(s->options.args.settings);
	free(s->host);
	free(s->url);
	if (s->lock >= 0)
		close(s->lock);
}

static int
run_serve(const struct subcommand *self, int argc, char **argv)
{
	struct serve s = {
		.options = {.listen = "127.0.0.1:8480", .web = "nginx"},
		.log = {.program = "dispatch serve", .level = LOG_LEVEL_INFO},
		.runner = {.listener = -1},
		.fcgi = {.listener = -1},
		.files = {.listener = -1},
		.web = {.claim = -1},
		.lock = -1,
	};
	struct err e = {0};
	int code = EXIT_SUCCESS;

	umask(077);
	setvbuf(stdout, NULL, _IOLBF, 0);
	supervise_block_signals();
	notify_open(&s.notify);
	if (take_words(&s, argc, argv, &e) != 0)
		code = cli_usage(self, "%s", e.text);
	else if (prepare(&s, &e) != 0 || run(&s, &e) != 0)
		code = cli_fail(&e);
	finish(&s);
	return code;
}

const struct subcommand subcommand_serve = {
	.name = "serve",
	.synopsis = "[--dir DIR] [--listen ADDR:PORT] [--prefix /PATH/] [--web "
		    "nginx|lighttpd]\n"
		    "                      [--workers N] [--end-sessions]",
	.summary = "Run Dispatch in the foreground until Ctrl-C.",
	.options =
		"  --listen A:P     address and port (default: 127.0.0.1:8480)\n"
		"  --prefix /PATH/  path under which Dispatch is mounted (default: /)\n"
		"  --web SERVER     nginx (default) or lighttpd, run privately\n"
		"  --workers N      processes that answer requests (default: 2)\n"
		"  --end-sessions   at the end, end all sessions too; otherwise they "
		"live on\n"
		"                   and are there at the next start\n",
	.run = run_serve,
};
