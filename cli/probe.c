/* See probe.h. One small request to our own server: HTTP/1.0, so that its end is the end.
 */
#include "config.h"

#include "cli/probe.h"

#include "lib/buf.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

/* As the socket, but with loopback in place of "every address". */
static struct sockaddr_storage
target(const struct listen_address *a)
{
	struct sockaddr_storage s = a->socket;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&s;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&s;
	if (s.ss_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr))
		v6->sin6_addr = in6addr_loopback;
	if (s.ss_family == AF_INET && v4->sin_addr.s_addr == htonl(INADDR_ANY))
		v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return s;
}

static bool
ask(int fd, const char *request, char *answer, size_t size)
{
	size_t have = 0;
	ssize_t n;
	if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
		return false;
	while (have < size - 1 && (n = read(fd, answer + have, size - 1 - have)) > 0)
		have += (size_t)n;
	answer[have] = '\0';
	return have > 0;
}

bool
probe_health(const struct listen_address *a, const char *host, const char *prefix)
{
	struct sockaddr_storage to = target(a);
	struct timeval limit = {.tv_sec = 1};
	char answer[4096];
	bool well = false;
	int fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	char *request =
		xasprintf("GET %sapi/health HTTP/1.0\r\nHost: %s\r\n\r\n", prefix, host);
	if (connect(fd, (struct sockaddr *)&to, a->size) == 0 &&
		ask(fd, request, answer, sizeof answer))
		well = strstr(answer, " 200 ") && strstr(answer, "\"alive\":true");
	free(request);
	close(fd);
	return well;
}
