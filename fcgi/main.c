/*
 * dispatch-fcgi: stateless handlers for a web server, see dispatch-fcgi(8). It listens
 * itself
 * (--socket), or answers on the socket that it finds as standard input, or, when that is
 * no socket, answers one request as plain CGI.
 */
#include "config.h"

#include "fcgi/app.h"
#include "fcgi/openapi.h"
#include "fcgi/os_linux.h"
#include "fcgi/pool.h"
#include "fcgi/wire.h"
#include "fcgi/worker.h"
#include "lib/buf.h"
#include "lib/crypt.h"
#include "lib/migrate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct options {
	struct conf_args conf;
	const char *socket;   /* --socket, or NULL */
	enum route_pool pool; /* --pool */
	bool openapi, version;
};

static const char usage[] =
	"usage: dispatch-fcgi [--dir DIR] [--set KEY=VALUE]... [--pool main|files]\n"
	"                     [--socket PATH]\n"
	"       dispatch-fcgi --openapi | --version\n";

static int
take_pool(struct options *options, const char *name, struct err *e)
{
	static const char *const names[] = {[POOL_MAIN] = "main", [POOL_FILES] = "files"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], name) == 0) {
			options->pool = (enum route_pool)i;
			return 0;
		}
	return err_set(e, 500, "usage", "--pool is main or files, not \"%s\".", name);
}

static int
parse(struct options *options, int argc, char **argv, struct err *e)
{
	for (int i = 1; i < argc; i++) {
		int taken = conf_argument(&options->conf, argc, argv, &i, e);
		if (taken < 0)
			return -1;
		if (taken)
			continue;
		if (strcmp(argv[i], "--socket") == 0 && i + 1 < argc)
			options->socket = argv[++i];
		else if (strcmp(argv[i], "--pool") == 0 && i + 1 < argc) {
			if (take_pool(options, argv[++i], e) != 0)
				return -1;
		} else if (strcmp(argv[i], "--openapi") == 0)
			options->openapi = true;
		else if (strcmp(argv[i], "--version") == 0)
			options->version = true;
		else
			return err_set(e, 500, "usage", "There is no option \"%s\".",
				argv[i]);
	}
	return 0;
}

static int
serve(struct app *app, const struct options *options, struct err *e)
{
	int fd = STDIN_FILENO;
	bool cgi = !options->socket && !wire_is_listening(fd);
	if (cgi && !getenv("REQUEST_METHOD"))
		return err_set(e, 500, "usage",
			"Standard input is no socket, and this is no CGI request; "
			"use --socket PATH.");
	app->pool = cgi ? POOL_ALL : options->pool;
	if (cgi)
		return worker_cgi(app, environ);
	if (migrate_check(app->conf.dir, e) != 0)
		return -1;
	if (options->socket && (fd = wire_listen(options->socket, e)) < 0)
		return -1;
	wire_init();
	return pool_run(app, fd);
}

static int
print_openapi(void)
{
	struct buf out = BUF_INIT;
	openapi_print(&out);
	fwrite(out.data, 1, out.len, stdout);
	buf_free(&out);
	return fflush(stdout) == 0 ? 0 : 1;
}

static int
run(const struct options *options, struct err *e)
{
	struct conf conf;
	struct app app;
	if (options->openapi)
		return print_openapi();
	if (options->version)
		return puts("dispatch-fcgi " PACKAGE_VERSION) >= 0 ? 0 : 1;
	if (conf_load(&conf, &options->conf, e) != 0) {
		conf_free(&conf);
		return -1;
	}
	os_keep_private();
	app_open(&app, &conf);
	int code = serve(&app, options, e);
	app_close(&app);
	return code;
}

int
main(int argc, char **argv)
{
	struct options options = {0};
	struct err e = {0};
	umask(0077);
	crypt_open();
	/* Some web servers pass words of the query as arguments to a CGI program. */
	if (getenv("GATEWAY_INTERFACE"))
		argc = 1;
	int code = parse(&options, argc, argv, &e);
	if (code == 0)
		code = run(&options, &e);
	free(options.conf.settings);
	if (code >= 0)
		return code;
	fprintf(stderr, "dispatch-fcgi: %s\n", e.text);
	if (strcmp(e.code, "usage") == 0)
		fputs(usage, stderr);
	return strcmp(e.code, "usage") == 0 ? 2 : 1;
}
