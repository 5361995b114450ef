/* See front.h. */
#include "config.h"

#include "t/bench/front.h"

#include "lib/buf.h"
#include "t/bench/measure.h"
#include "t/bench/process.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READY_US = 5000000, LOOK_US = 2000, FAMILY_MAX = 16 };

static const char config[] =
	"daemon off;\n"
	"%1$s"
	"worker_processes 1;\n"
	"pid %2$s/nginx.pid;\n"
	"error_log %2$s/error.log;\n"
	"events { worker_connections 1024; multi_accept on; }\n"
	"http {\n"
	"	access_log off;\n"
	"	sendfile on;\n"
	"	tcp_nodelay on;\n"
	"	default_type application/json;\n"
	"	keepalive_requests 1000000;\n"
	"	keepalive_time 24h;\n"
	"	client_body_temp_path %2$s/body;\n"
	"	fastcgi_temp_path %2$s/fastcgi;\n"
	"	proxy_temp_path %2$s/proxy;\n"
	"	scgi_temp_path %2$s/scgi;\n"
	"	uwsgi_temp_path %2$s/uwsgi;\n"
	"	server {\n"
	"		listen 127.0.0.1:%3$d;\n"
	"		location = /file { alias %2$s/file; }\n"
	"		location = /ws {\n"
	"			proxy_pass http://unix:%2$s/ttyd.sock;\n"
	"			proxy_http_version 1.1;\n"
	"			proxy_set_header Host $http_host;\n"
	"			proxy_set_header Upgrade $http_upgrade;\n"
	"			proxy_set_header Connection upgrade;\n"
	"			proxy_buffering off;\n"
	"			proxy_read_timeout 3600s;\n"
	"		}\n"
	"	}\n"
	"}\n";

static void
write_file(const char *folder, const char *name, const char *text, size_t len)
{
	char *path = xasprintf("%s/%s", folder, name);
	FILE *f = fopen(path, "we");
	if (!f || fwrite(text, 1, len, f) != len || fclose(f) != 0)
		fail("cannot write %s", path);
	free(path);
}

/* Until somebody answers behind the name of a file that appears then. */
static void
wait_for(const char *folder, const char *name)
{
	char *path = xasprintf("%s/%s", folder, name);
	double deadline = now_us() + READY_US;
	struct stat st;
	while (stat(path, &st) != 0 || (S_ISREG(st.st_mode) && st.st_size == 0)) {
		if (now_us() > deadline)
			fail("%s did not appear", path);
		sleep_us(LOOK_US);
	}
	free(path);
}

static void
start_nginx(struct front *f)
{
	struct buf b = BUF_INIT;
	char *path = xasprintf("%s/nginx.conf", f->folder);
	char *log = xasprintf("%s/error.log", f->folder);
	const char *argv[] = {"nginx", "-e", log, "-c", path, NULL};
	close(listen_tcp(&f->port)); /* one that is free */
	buf_printf(&b, config, geteuid() == 0 ? "user root;\n" : "", f->folder, f->port);
	write_file(f->folder, "nginx.conf", b.data, b.len);
	f->nginx = start_program(argv, -1, -1, false);
	wait_for(f->folder, "nginx.pid"); /* written when it listens */
	buf_free(&b);
	free(path);
	free(log);
}

static bool
is_installed(const char *program)
{
	char *paths = xstrdup(getenv("PATH")), *next = NULL;
	bool found = false;
	for (char *p = strtok_r(paths, ":", &next); p && !found;
		p = strtok_r(NULL, ":", &next)) {
		char *path = xasprintf("%s/%s", p, program);
		found = access(path, X_OK) == 0;
		free(path);
	}
	free(paths);
	return found;
}

static void
start_ttyd(struct front *f, const char *programs)
{
	char *script = xasprintf("%s/programs.sh", f->folder);
	char *socket = xasprintf("%s/ttyd.sock", f->folder);
	const char *argv[] = {"ttyd", "-P", "3600", "-d", "1", "-i", socket, "-W", "-a",
		"/bin/sh", script, NULL};
	write_file(f->folder, "programs.sh", programs, strlen(programs));
	f->ttyd = start_program(argv, -1, -1, false);
	wait_for(f->folder, "ttyd.sock");
	free(script);
	free(socket);
}

void
front_start(struct front *f, const char *folder, const char *programs)
{
	*f = (struct front){.folder = xstrdup(folder)};
	if (mkdir(folder, 0700) != 0)
		fail("cannot make %s", folder);
	front_file(f, 1);
	start_nginx(f);
	if (is_installed("ttyd"))
		start_ttyd(f, programs);
}

void
front_stop(struct front *f)
{
	kill(f->nginx, SIGTERM);
	waitpid(f->nginx, NULL, 0);
	if (f->ttyd)
		end_process(f->ttyd);
	free(f->folder);
}

/* ---- the file ---- */

void
front_file(const struct front *f, size_t len)
{
	char *text = xcalloc(1, len + 1);
	memset(text, 'x', len);
	write_file(f->folder, "file", text, len);
	free(text);
}

int
front_ask(const struct front *f)
{
	static const char request[] = "GET /file HTTP/1.1\r\nHost: bench\r\n\r\n";
	int fd = connect_tcp(f->port);
	write_all(fd, request, sizeof request - 1);
	return fd;
}

double
front_fetch(const struct front *f, size_t len)
{
	static char bytes[65536];
	double began = now_us();
	int fd = front_ask(f);
	for (size_t done = 0; done < len; done += read_some(fd, bytes, sizeof bytes))
		;
	double took = now_us() - began;
	close(fd);
	return took;
}

/* ---- what it takes ---- */

/* nginx, its worker, and ttyd without what it runs. */
static int
family(const struct front *f, pid_t *pids)
{
	char *path = xasprintf("/proc/%d/task/%d/children", (int)f->nginx, (int)f->nginx);
	FILE *children = fopen(path, "re");
	int count = 0;
	pids[count++] = f->nginx;
	if (f->ttyd)
		pids[count++] = f->ttyd;
	while (children && count < FAMILY_MAX &&
		fscanf(children, "%d", &pids[count]) == 1)
		count++;
	if (children)
		fclose(children);
	free(path);
	return count;
}

static double
sum(const struct front *f, double (*of)(pid_t pid))
{
	pid_t pids[FAMILY_MAX];
	double total = 0;
	int count = family(f, pids);
	for (int i = 0; i < count; i++)
		total += of(pids[i]);
	return total;
}

double
front_cpu(const struct front *f)
{
	return sum(f, process_own_cpu);
}

double
front_peak(const struct front *f)
{
	return sum(f, process_peak);
}
