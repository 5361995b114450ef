/* See wake.h. */
#include "config.h"

#include "fcgi/wake.h"

#include "fcgi/app.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static bool
address(const struct app *app, struct sockaddr_un *to)
{
	*to = (struct sockaddr_un){.sun_family = AF_UNIX};
	int n = snprintf(to->sun_path, sizeof to->sun_path, "%s", app->wake_path);
	return n > 0 && (size_t)n < sizeof to->sun_path;
}

/* False when the runner is there and has no room for it now. */
static bool
send_text(const struct app *app, const char *text, size_t len)
{
	struct sockaddr_un to;
	return app->wake < 0 || !address(app, &to) ||
		sendto(app->wake, text, len, MSG_DONTWAIT | MSG_NOSIGNAL,
			(struct sockaddr *)&to, sizeof to) >= 0 ||
		(errno != EAGAIN && errno != ENOBUFS);
}

int
wake_open(void)
{
	return socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

void
wake_commands(const struct app *app)
{
	send_text(app, "W", 1);
}

bool
wake_ack(const struct app *app, const char *stream, const char *user, int64_t n)
{
	char text[96];
	int len = snprintf(text, sizeof text, "A %s %s %lld", stream, user, (long long)n);
	return send_text(app, text, (size_t)len);
}

bool
wake_alive(const struct app *app)
{
	struct sockaddr_un to;
	int fd = wake_open();
	bool alive = fd >= 0 && address(app, &to) &&
		connect(fd, (struct sockaddr *)&to, sizeof to) == 0;
	if (fd >= 0)
		close(fd);
	return alive;
}
