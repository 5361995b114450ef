/* Ways to more power: over the mounts, over root, over who starts programs for others. */
#include "config.h"

#include "t/red-team/intruder.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static bool
state_is_there(const char *dir)
{
	return access(intruder_path(dir, "state.db"), F_OK) == 0;
}

bool
uncover(const struct target *t)
{
	return umount2(t->dir, 0) == 0 || state_is_there(t->dir);
}

bool
uncover_lazily(const struct target *t)
{
	return umount2(t->dir, MNT_DETACH) == 0 || state_is_there(t->dir);
}

bool
remount(const struct target *t)
{
	return mount(NULL, t->dir, NULL, MS_REMOUNT | MS_BIND, NULL) == 0;
}

bool
cover_again(const struct target *t)
{
	return mount("none", t->work, "tmpfs", 0, NULL) == 0;
}

/* In a user namespace of the intruder's own, where they have every capability. */
static bool
nested(const struct target *t, attempt *inside)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
			_exit(errno);
		_exit(inside(t) ? 255 : errno);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return false;
	errno = WEXITSTATUS(status);
	return WEXITSTATUS(status) == 255;
}

static bool
uncover_inside(const struct target *t)
{
	umount2(t->dir, MNT_DETACH);
	int error = errno;
	bool there = state_is_there(t->dir);
	errno = error;
	return there;
}

bool
nested_uncover(const struct target *t)
{
	return nested(t, uncover_inside);
}

static const char *
parent_of(const char *dir)
{
	static char parent[4096];
	snprintf(parent, sizeof parent, "%s", dir);
	*strrchr(parent, '/') = '\0';
	return parent;
}

/* Without what is mounted beneath. */
static bool
bind_inside(const struct target *t)
{
	if (mount(parent_of(t->dir), t->work, NULL, MS_BIND, NULL) != 0)
		return false;
	errno = 0;
	return state_is_there(intruder_path(t->work, strrchr(t->dir, '/') + 1));
}

bool
nested_bind(const struct target *t)
{
	return nested(t, bind_inside);
}

/* The layers of an overlay know nothing of mounts. */
static bool
overlay_inside(const struct target *t)
{
	char options[8192];
	snprintf(options, sizeof options, "lowerdir=%s:%s", parent_of(t->dir), t->work);
	if (mount("overlay", t->work, "overlay", 0, options) != 0)
		return false;
	errno = 0;
	return state_is_there(intruder_path(t->work, strrchr(t->dir, '/') + 1));
}

bool
nested_overlay(const struct target *t)
{
	return nested(t, overlay_inside);
}

static bool
pivot_inside(const struct target *t)
{
	const char *old = intruder_path(t->work, "old");
	mount("none", t->work, "tmpfs", 0, NULL);
	mkdir(old, 0700);
	if (syscall(SYS_pivot_root, t->work, old) != 0)
		return false;
	errno = 0;
	return state_is_there(intruder_path("/old", t->dir + 1));
}

bool
nested_pivot(const struct target *t)
{
	return nested(t, pivot_inside);
}

/* 0: the command did what was asked. */
static bool
runs(const char *command)
{
	int status = 127 << 8;
	pid_t pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);
		for (int fd = 0; fd < 3; fd++)
			dup2(null, fd);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	if (pid > 0)
		waitpid(pid, &status, 0);
	errno = 0;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Somebody who has a capability; being called root is none. */
bool
gain_root(const struct target *t)
{
	(void)t;
	return runs("p='grep -q ^CapEff.*[1-9a-f] /proc/self/status'; sudo -n $p || "
		    "pkexec --disable-internal-agent $p || su -c \"$p\"");
}

bool
start_by_systemd(const struct target *t)
{
	(void)t;
	return runs(
		"systemd-run --user --wait true || systemd-run --wait --no-ask-password "
		"true");
}

bool
start_by_at(const struct target *t)
{
	(void)t;
	return runs("echo true | at now || echo true | batch");
}

bool
start_by_cron(const struct target *t)
{
	(void)t;
	/* The table stays as it is. */
	return runs("crontab -l >/tmp/crontab.$$ 2>/dev/null; crontab /tmp/crontab.$$; "
		    "code=$?; rm -f /tmp/crontab.$$; exit $code");
}

static bool
is_socket(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

static bool
runtime_socket(const char *name)
{
	char path[256];
	snprintf(path, sizeof path, "/run/user/%u/%s", geteuid(), name);
	return is_socket(path);
}

bool
start_by_bus(const struct target *t)
{
	(void)t;
	errno = 0;
	return runtime_socket("bus") || runtime_socket("systemd/private") ||
		getenv("DBUS_SESSION_BUS_ADDRESS");
}

bool
start_by_docker(const struct target *t)
{
	(void)t;
	errno = 0;
	return is_socket("/run/docker.sock") || is_socket("/var/run/docker.sock") ||
		runtime_socket("docker.sock") || runtime_socket("podman/podman.sock");
}

static bool
write_group(const struct target *t, const char *name, const char *text)
{
	int fd = *t->groups ? open(intruder_path(t->groups, name), O_WRONLY) : -1;
	bool done = fd >= 0 && write(fd, text, strlen(text)) > 0;
	if (fd >= 0)
		close(fd);
	return done;
}

bool
leave_group(const struct target *t)
{
	return write_group(t, "dispatch-servers/cgroup.procs", "0");
}

bool
make_group(const struct target *t)
{
	if (!*t->groups || mkdir(intruder_path(t->groups, "red"), 0755) != 0)
		return false;
	rmdir(intruder_path(t->groups, "red"));
	return true;
}

bool
limit_servers(const struct target *t)
{
	return write_group(t, "dispatch-servers/cgroup.max.depth", "max");
}
