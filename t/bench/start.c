/*
 * Cold start: from fork() until the first answer, of the runner and of the handlers, each
 * alone on a directory that is there; and `dispatch serve` until it says that it is
 * ready. The limit: a small program that answers one connection. A request waits in the
 * socket, which the program inherits, so nothing is lost to looking again and again.
 */
#include "config.h"

#include "t/bench/bench.h"
#include "t/bench/keeper.h"

#include "lib/buf.h"
#include "lib/migrate.h"
#include "lib/path.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FCGI_BEGIN = 1, FCGI_PARAMS = 4, FCGI_STDIN = 5 }; /* FastCGI 1.0, section 8 */

static const char http[] = "GET /api/stream HTTP/1.0\r\nHost: localhost\r\n\r\n";

static void
add_record(struct buf *b, int type, const char *content, size_t len)
{
	const char head[] = {1, (char)type, 0, 1, (char)(len >> 8), (char)len, 0, 0};
	buf_add(b, head, sizeof head);
	buf_add(b, content, len);
}

static void
add_pair(struct buf *b, const char *name, const char *value)
{
	buf_char(b, (char)strlen(name));
	buf_char(b, (char)strlen(value));
	buf_str(b, name);
	buf_str(b, value);
}

/* GET api/health as a web server hands it on. */
static void
add_fastcgi(struct buf *b)
{
	static const char begin[8] = {0, 1}; /* a responder */
	struct buf pairs = BUF_INIT;
	add_pair(&pairs, "REQUEST_METHOD", "GET");
	add_pair(&pairs, "REQUEST_URI", "/api/health");
	add_pair(&pairs, "SERVER_PROTOCOL", "HTTP/1.1");
	add_pair(&pairs, "HTTP_HOST", "localhost");
	add_pair(&pairs, "REMOTE_ADDR", "127.0.0.1");
	add_record(b, FCGI_BEGIN, begin, sizeof begin);
	add_record(b, FCGI_PARAMS, pairs.data, pairs.len);
	add_record(b, FCGI_PARAMS, NULL, 0);
	add_record(b, FCGI_STDIN, NULL, 0);
	buf_free(&pairs);
}

/* A listening socket, and a connection to it. */
static int
make_socket(const char *folder, int *connection)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	snprintf(at.sun_path, sizeof at.sun_path, "%s/start.sock", folder);
	unlink(at.sun_path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	*connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || *connection < 0 ||
		bind(fd, (struct sockaddr *)&at, sizeof at) != 0 ||
		listen(fd, SOMAXCONN) != 0 ||
		connect(*connection, (struct sockaddr *)&at, sizeof at) != 0)
		fail("cannot make a socket");
	return fd;
}

/* Returns milliseconds. */
static double
time_program(struct bench *b, const char *const argv[], const struct buf *request)
{
	int connection, listener = make_socket(b->folder, &connection);
	char answer[4096];
	write_all(connection, request->data, request->len);
	double began = now_us();
	pid_t pid = start_program(argv, listener, -1, true);
	read_some(connection, answer, sizeof answer);
	double took = now_us() - began;
	kill(pid, SIGTERM);
	close(connection);
	close(listener);
	waitpid(pid, NULL, 0);
	return took / 1000;
}

static double
time_serve(struct bench *b, const char *name, bool again)
{
	struct instance in;
	if (again) {
		bench_open(b, &in, name, NULL);
		instance_stop(&in);
	}
	bench_open(b, &in, name, NULL);
	double took = in.took_us / 1000;
	bench_close(&in);
	return took;
}

void
bench_start(struct bench *b)
{
	char *dir = xasprintf("%s/start", b->folder);
	const char *runner[] = {path_program("dispatch-runner"), "--dir", dir, NULL};
	const char *handlers[] = {path_program("dispatch-fcgi"), "--dir", dir, NULL};
	const char *answer[] = {b->program, "answer", NULL};
	struct buf plain = BUF_INIT, fastcgi = BUF_INIT;
	struct row rows[4];
	struct err e = {0};
	buf_str(&plain, http);
	add_fastcgi(&fastcgi);
	if (path_make_dir(dir, &e) != 0 || migrate_apply(dir, NULL, &e) < 0)
		fail("%s", e.text);
	char *run = path_join(dir, "run");
	if (path_make_dir(run, &e) != 0)
		fail("%s", e.text);
	row_init(&rows[0], "ms", "runner, until its first answer");
	row_init(&rows[1], "ms", "handlers, until their first answer");
	row_init(&rows[2], "ms", "dispatch serve, until ready");
	row_init(&rows[3], "ms", "dispatch serve, until ready, new directory");
	for (int i = 0; i < b->size->rounds * b->size->starts; i++) {
		double limit = time_program(b, answer, &plain);
		row_add(&rows[0], LIMIT, limit);
		row_add(&rows[0], OURS, time_program(b, runner, &plain));
		row_add(&rows[1], LIMIT, limit);
		row_add(&rows[1], OURS, time_program(b, handlers, &fastcgi));
		row_add(&rows[2], OURS, time_serve(b, "serve", true));
		row_add(&rows[3], OURS, time_serve(b, "serve", false));
	}
	for (int i = 0; i < 4; i++)
		report_row(&b->report, &rows[i]);
	remove_folder(dir);
	free((char *)runner[0]);
	free((char *)handlers[0]);
	free(dir);
	free(run);
	buf_free(&plain);
	buf_free(&fastcgi);
}
