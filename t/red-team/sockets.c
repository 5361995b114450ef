/* Ways to those who listen: sockets of Dispatch, its HTTP, the parent's ear. */
#include "config.h"

#include "t/red-team/intruder.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

extern char **environ;

static bool
connects(const char *dir, const char *name, int type)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (snprintf(to.sun_path, sizeof to.sun_path, "%s/%s", dir, name) >=
		(int)sizeof to.sun_path)
		return false;
	bool yes = fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0;
	int error = errno;
	close(fd);
	errno = error;
	return yes;
}

bool
connect_runner(const struct target *t)
{
	return connects(t->dir, "run/stream.sock", SOCK_STREAM);
}

bool
connect_console(const struct target *t)
{
	return connects(t->dir, "run/console.sock", SOCK_STREAM);
}

bool
connect_wake(const struct target *t)
{
	return connects(t->dir, "run/wake.sock", SOCK_DGRAM);
}

bool
connect_handlers(const struct target *t)
{
	return connects(t->dir, "run/fcgi.sock", SOCK_STREAM);
}

bool
connect_files(const struct target *t)
{
	return connects(t->dir, "run/files.sock", SOCK_STREAM);
}

bool
connect_shim(const struct target *t)
{
	return connects(intruder_path(t->dir, "run/shim"), t->other_shim, SOCK_SEQPACKET);
}

/* What a path hides is not hidden from who is outside. */
bool
connect_own_shim(const struct target *t)
{
	char root[40];
	snprintf(root, sizeof root, "/proc/%d/root", (int)t->shim);
	const char *under = intruder_path(root, t->dir + 1);
	return connects(under, "run/wake.sock", SOCK_DGRAM);
}

/* Abstract names go past every mount. */
bool
find_abstract(const struct target *t)
{
	char line[1024];
	FILE *f = fopen("/proc/net/unix", "r");
	bool found = false;
	while (f && fgets(line, sizeof line, f)) {
		const char *name = strchr(line, '@');
		found = found ||
			(name && (strstr(name, "dispatch") || strstr(name, t->dir)));
	}
	if (f)
		fclose(f);
	errno = 0;
	return found;
}

/* True when it is answered with other than a refusal. */
static bool
ask(const struct target *t, const char *method, const char *path, const char *header)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons((unsigned short)t->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	char text[1024] = "";
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), status = 0;
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) {
		close(fd);
		return false;
	}
	dprintf(fd,
		"%s /%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nOrigin: http://127.0.0.1:%d\r\n"
		"Sec-Fetch-Site: same-origin\r\nContent-Type: application/json\r\n"
		"Content-Length: 20\r\nConnection: close\r\n%s\r\n"
		"{\"decision\":\"allow\"}\n",
		method, path, t->port, t->port, header);
	ssize_t n = read(fd, text, sizeof text - 1);
	close(fd);
	if (n > 12)
		status = (int)strtol(text + 9, NULL, 10);
	errno = EACCES;
	return status != 401 && status != 403 && status != 429;
}

bool
ask_without(const struct target *t)
{
	return ask(t, "GET", "api/sessions", "");
}

bool
ask_with_key(const struct target *t)
{
	return ask(t, "GET", "api/sessions",
		"Authorization: Bearer dk_aaaaaaaaaaaaaaaaaaaaaaaaaa_"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n");
}

bool
ask_with_cookie(const struct target *t)
{
	return ask(t, "GET", "api/sessions",
		"Cookie: dispatch="
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n");
}

bool
approve(const struct target *t)
{
	char path[128];
	snprintf(path, sizeof path, "api/permissions/%s", t->permission);
	return ask(t, "POST", path, "");
}

/* Something of ours in the environment. */
bool
find_credential(const struct target *t)
{
	(void)t;
	for (char **p = environ; *p; p++) {
		const char *value = strchr(*p, '=');
		if (strncmp(*p, "DISPATCH_", 9) == 0 || (value && strstr(value, "dk_")) ||
			strncmp(*p, "NOTIFY_SOCKET", 13) == 0)
			return true;
	}
	errno = 0;
	return false;
}

bool
inherit_descriptor(const struct target *t)
{
	(void)t;
	for (int fd = 3; fd < 1024; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			return true;
	return false;
}

/* What answers a request of Claude's comes in on its standard input. */
bool
speak_to_parent(const struct target *t)
{
	char path[40];
	(void)t;
	snprintf(path, sizeof path, "/proc/%d/fd/0", (int)getppid());
	int fd = open(path, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	close(fd);
	return true;
}

static int
connect_to(const char *address, int port, int type)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port)};
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	inet_pton(AF_INET, address, &to.sin_addr);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
		return fd;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

static bool
leads(int proxy, const char *host, int port)
{
	char line[200] = "";
	int fd = connect_to("127.0.0.1", proxy, SOCK_STREAM);
	if (fd < 0)
		return false;
	dprintf(fd, "CONNECT %s:%d HTTP/1.1\r\n\r\n", host, port);
	bool yes =
		read(fd, line, sizeof line - 1) > 0 && strncmp(line + 8, " 200", 4) == 0;
	close(fd);
	errno = EACCES;
	return yes;
}

/* Dispatch itself stands for all others: past the proxy, and through it by each name that
 * leads there. */
bool
reach_elsewhere(const struct target *t)
{
	static const char *const names[] = {"127.0.0.1", "localhost", "localhost.",
		"LOCALHOST", "127.1", "0x7f000001", "2130706433", "0.0.0.0", "[::1]",
		"[::ffff:127.0.0.1]", "ip6-localhost", "127.0.0.1@localhost"};
	const char *proxy = getenv("http_proxy"),
		   *port = proxy ? strrchr(proxy, ':') : NULL;
	errno = 0;
	if (!port)
		return false;
	if (connect_to("127.0.0.1", t->port, SOCK_STREAM) >= 0 ||
		connect_to("8.8.8.8", 53, SOCK_DGRAM) >= 0)
		return true;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (leads((int)strtol(port + 1, NULL, 10), names[i], t->port))
			return true;
	return false;
}
