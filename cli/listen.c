/* See listen.h. */
#include "config.h"

#include "cli/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

static int
invalid(const char *text, struct err *e)
{
	return err_set(e, 500, "usage",
		"'%.60s' is not an address such as 127.0.0.1:8480 or [::1]:8480.", text);
}

static void
set_port(struct sockaddr_storage *s, unsigned port)
{
	if (s->ss_family == AF_INET6)
		((struct sockaddr_in6 *)s)->sin6_port = htons((uint16_t)port);
	else
		((struct sockaddr_in *)s)->sin_port = htons((uint16_t)port);
}

static unsigned
get_port(const struct sockaddr_storage *s)
{
	if (s->ss_family == AF_INET6)
		return ntohs(((const struct sockaddr_in6 *)s)->sin6_port);
	return ntohs(((const struct sockaddr_in *)s)->sin_port);
}

static void
format(const struct sockaddr_storage *s, char *text, size_t size)
{
	char host[INET6_ADDRSTRLEN];
	if (s->ss_family == AF_INET6) {
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)s)->sin6_addr, host,
			sizeof host);
		snprintf(text, size, "[%s]:%u", host, get_port(s));
		return;
	}
	inet_ntop(AF_INET, &((const struct sockaddr_in *)s)->sin_addr, host, sizeof host);
	snprintf(text, size, "%s:%u", host, get_port(s));
}

/* Fills what follows from the socket address. */
static void
describe(struct listen_address *a)
{
	struct sockaddr_storage reach = a->socket;
	if (a->socket.ss_family == AF_INET6) {
		struct in6_addr *ip = &((struct sockaddr_in6 *)&reach)->sin6_addr;
		if (IN6_IS_ADDR_UNSPECIFIED(ip))
			*ip = in6addr_loopback;
		else
			a->loopback = IN6_IS_ADDR_LOOPBACK(ip);
	} else {
		struct in_addr *ip = &((struct sockaddr_in *)&reach)->sin_addr;
		if (ip->s_addr == htonl(INADDR_ANY))
			ip->s_addr = htonl(INADDR_LOOPBACK);
		else
			a->loopback = ntohl(ip->s_addr) >> 24 == 127;
	}
	format(&a->socket, a->text, sizeof a->text);
	format(&reach, a->reach, sizeof a->reach);
}

static int
set_host(struct listen_address *a, char *host)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)&a->socket;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&a->socket;
	size_t n = strlen(host);
	if (n > 1 && host[0] == '[' && host[n - 1] == ']') {
		host[n - 1] = '\0';
		a->socket.ss_family = AF_INET6;
		a->size = sizeof *v6;
		return inet_pton(AF_INET6, host + 1, &v6->sin6_addr) == 1 ? 0 : -1;
	}
	a->socket.ss_family = AF_INET;
	a->size = sizeof *v4;
	const char *ip = strcmp(host, "localhost") == 0 ? "127.0.0.1" : host;
	return inet_pton(AF_INET, ip, &v4->sin_addr) == 1 ? 0 : -1;
}

int
listen_parse(struct listen_address *a, const char *text, struct err *e)
{
	char host[64], *end;
	const char *colon = strrchr(text, ':');
	*a = (struct listen_address){0};
	if (!colon || colon[1] < '0' || colon[1] > '9' ||
		colon - text >= (int)sizeof host)
		return invalid(text, e);
	snprintf(host, sizeof host, "%.*s", (int)(colon - text), text);
	unsigned long port = strtoul(colon + 1, &end, 10);
	if (*end || port > 65535 || set_host(a, host) != 0)
		return invalid(text, e);
	set_port(&a->socket, (unsigned)port);
	describe(a);
	return 0;
}

int
listen_probe(struct listen_address *a, struct err *e)
{
	int yes = 1, result = 0;
	int fd = socket(a->socket.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	bool bound = fd >= 0 && bind(fd, (struct sockaddr *)&a->socket, a->size) == 0 &&
		listen(fd, 1) == 0;
	if (!bound && errno == EADDRINUSE)
		result = err_set(e, 500, "listen.in_use",
			"%s is in use by another program; choose another address with "
			"--listen.",
			a->text);
	else if (!bound)
		result = err_errno(e, errno, 500, "listen.failed", "Cannot listen on %s",
			a->text);
	else
		getsockname(fd, (struct sockaddr *)&a->socket, &a->size);
	if (fd >= 0)
		close(fd);
	if (result == 0)
		describe(a);
	return result;
}

int
listen_unix(const char *path, struct err *e)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	unlink(path);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
		listen(fd, SOMAXCONN) == 0)
		return fd;
	err_errno(e, errno, 500, "listen.failed", "Cannot listen on %s", path);
	if (fd >= 0)
		close(fd);
	return -1;
}
