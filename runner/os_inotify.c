/* See os_inotify.h. */
#include "config.h"

#include "runner/os_inotify.h"

#include <stddef.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

/* Not IN_MODIFY: a file that is being written all the time is no news. */
static const unsigned wanted = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO |
	IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR |
	IN_EXCL_UNLINK;

int
os_inotify_open(void)
{
	return inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
}

int
os_inotify_add(int inotify, int directory)
{
	char path[40];
	snprintf(path, sizeof path, "/proc/self/fd/%d", directory);
	return inotify_add_watch(inotify, path, wanted);
}

void
os_inotify_remove(int inotify, int watch)
{
	inotify_rm_watch(inotify, watch);
}

bool
os_inotify_read(int inotify, void (*take)(void *arg, const struct notice *notice),
	void *arg)
{
	_Alignas(struct inotify_event) char bytes[16 * 1024];
	ssize_t n = read(inotify, bytes, sizeof bytes);
	for (ssize_t at = 0; at < n;) {
		const struct inotify_event *event = (const void *)(bytes + at);
		const struct notice notice = {
			.watch = event->mask & IN_Q_OVERFLOW ? -1 : event->wd,
			.name = event->len ? event->name : "",
			.gone = event->mask & IN_IGNORED,
		};
		take(arg, &notice);
		at += (ssize_t)(offsetof(struct inotify_event, name) + event->len);
	}
	return n > 0;
}
