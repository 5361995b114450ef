/* See os_socket.h. */
#include "config.h"

#include "runner/os_socket.h"

#include "lib/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum { LOCK_TRIES = 100, LOCK_PAUSE_MS = 10, BACKLOG = 256 };

static int
bind_at(const char *path, int type, mode_t mode, struct err *e)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof address.sun_path)
		return err_set(e, 500, "socket.path",
			"The path %s is too long for a socket.", path);
	memcpy(address.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return err_errno(e, errno, 500, "socket.bind", "Cannot make a socket");
	unlink(path);
	if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
		chmod(path, mode) == 0 &&
		(type != SOCK_STREAM || listen(fd, BACKLOG) == 0))
		return fd;
	err_errno(e, errno, 500, "socket.bind", "Cannot listen at %s", path);
	close(fd);
	return -1;
}

int
os_listen_stream(const char *path, mode_t mode, struct err *e)
{
	return bind_at(path, SOCK_STREAM, mode, e);
}

int
os_inherited_stream(void)
{
	int yes = 0;
	socklen_t size = sizeof yes;
	if (getsockopt(0, SOL_SOCKET, SO_ACCEPTCONN, &yes, &size) != 0 || !yes)
		return -1;
	int fd = fcntl(0, F_DUPFD_CLOEXEC, 3);
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || null < 0 || dup2(null, 0) != 0 ||
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) != 0)
		abort();
	close(null);
	return fd;
}

int
os_listen_datagram(const char *path, mode_t mode, struct err *e)
{
	return bind_at(path, SOCK_DGRAM, mode, e);
}

/* The first descriptor of a message; more, which nobody sends, are closed. */
static int
take_passed(struct msghdr *message)
{
	int passed = -1;
	for (struct cmsghdr *head = CMSG_FIRSTHDR(message); head;
		head = CMSG_NXTHDR(message, head)) {
		if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
			continue;
		size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(head) + i * sizeof fd, sizeof fd);
			if (passed < 0)
				passed = fd;
			else
				close(fd);
		}
	}
	return passed;
}

ssize_t
os_receive(int fd, char *text, size_t size, int *passed)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct iovec part = {text, size - 1};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof control,
	};
	ssize_t n = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	*passed = n > 0 ? take_passed(&message) : -1;
	text[n > 0 ? n : 0] = '\0';
	return n;
}

int
os_lock(const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_errno(e, errno, 500, "lock.open", "Cannot open %s", path);
	/* A process that was just killed may hold it for a moment more. */
	for (int i = 0; i < LOCK_TRIES; i++) {
		struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000};
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return fd;
		nanosleep(&pause, NULL);
	}
	close(fd);
	return err_set(e, 500, "lock.held", "Another process holds %s.", path);
}

bool
os_lock_stands(int fd, const char *path)
{
	struct stat ours, there;
	if (fstat(fd, &ours) != 0 || stat(path, &there) != 0)
		return errno != ENOENT && errno != ENOTDIR;
	return ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

char *
os_boot_id(void)
{
	char text[64] = "";
	FILE *f = fopen("/proc/sys/kernel/random/boot_id", "re");
	if (!f)
		return xstrdup("");
	if (!fgets(text, sizeof text, f))
		text[0] = '\0';
	fclose(f);
	text[strcspn(text, "\n")] = '\0';
	return xstrdup(text);
}
