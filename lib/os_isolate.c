/*
 * See os_isolate.h.
 *
 * Who makes a user namespace has every capability in it, which is how a person without
 * any can mount. Before the program runs all of them are given up, also the bounding set,
 * so that neither uid 0 nor a file with capabilities brings one back. A user namespace
 * made later in there gives capabilities over itself alone: the mounts that it takes over
 * are locked, see mount_namespaces(7).
 */
#include "config.h"

#include "lib/os_isolate.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	BIND_ALL = MS_BIND | MS_REC,
	PRIVATE_ALL = MS_PRIVATE | MS_REC,
	PROC_FLAGS = MS_NOSUID | MS_NODEV | MS_NOEXEC,
	EMPTY_FLAGS = MS_RDONLY | PROC_FLAGS,
	CAPABILITIES = 64,
};

void
os_isolate_prepare(struct os_isolate *isolate)
{
	snprintf(isolate->uid_map, sizeof(isolate->uid_map), "%u %u 1\n", geteuid(),
		geteuid());
	snprintf(isolate->gid_map, sizeof(isolate->gid_map), "%u %u 1\n", getegid(),
		getegid());
}

static int
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC), error = 0;

	if (fd == -1)
		return -1;
	if (write(fd, text, strlen(text)) == -1)
		error = errno;
	close(fd);
	errno = error;
	return error == 0 ? 0 : -1;
}

/* The files of a process that hides its memory belong to nobody who may write them. */
static int
write_maps(const struct os_isolate *isolate)
{
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == -1 ||
		write_file("/proc/self/setgroups", "deny") == -1 ||
		write_file("/proc/self/uid_map", isolate->uid_map) == -1 ||
		write_file("/proc/self/gid_map", isolate->gid_map) == -1)
		return -1;
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static int
set_read_only(const char *path)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};

	return mount_setattr(AT_FDCWD, path, AT_RECURSIVE, &attr, sizeof(attr));
}

static int
bind_itself(const char *path)
{
	return mount(path, path, NULL, BIND_ALL, NULL);
}

/* mount(2) would follow it, and so would all that takes a path alone. */
static int
bind_link(const char *path)
{
	int tree = open_tree(AT_FDCWD, path,
		OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_SYMLINK_NOFOLLOW);
	int result, error;

	if (tree == -1)
		return -1;
	result = move_mount(tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH);
	error = errno;
	close(tree);
	errno = error;
	return result;
}

static int
hide(const char *path)
{
	if (mount("none", path, "tmpfs", EMPTY_FLAGS, "size=4k,nr_inodes=2,mode=0555") ==
		0)
		return 0;
	if (errno != ENOTDIR)
		return -1;
	return mount("/dev/null", path, NULL, BIND_ALL, NULL);
}

static int
own(const char *path)
{
	return mount("none", path, "tmpfs", PROC_FLAGS, "size=1m,nr_inodes=64,mode=0700");
}

static int
pin(const char *path)
{
	return bind_itself(path) == -1 ? -1 : set_read_only(path);
}

static int
take_step(const char *step)
{
	const char *path = step + 1;
	int result = 0;

	switch (step[0]) {
	case OS_ISOLATE_ANCHOR:
		result = bind_itself(path);
		break;
	case OS_ISOLATE_HIDE:
		result = hide(path);
		break;
	case OS_ISOLATE_KEEP:
		break;
	case OS_ISOLATE_LINK:
		result = bind_link(path);
		break;
	case OS_ISOLATE_OWN:
		result = own(path);
		break;
	case OS_ISOLATE_PIN:
		result = pin(path);
		break;
	default:
		errno = EINVAL;
		return -1;
	}
	return result == -1 && errno != ENOENT ? -1 : 0;
}

struct kept {
	int trees[OS_ISOLATE_KEPT_MAX];
	const char *paths[OS_ISOLATE_KEPT_MAX];
	size_t count;
};

/* A copy of the mounts at a path, as they are now, that is nowhere yet. */
static int
take_out(struct kept *kept, const char *path)
{
	int tree;

	if (kept->count == OS_ISOLATE_KEPT_MAX) {
		errno = E2BIG;
		return -1;
	}
	tree = open_tree(AT_FDCWD, path,
		OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
	if (tree == -1)
		return errno == ENOENT ? 0 : -1;
	kept->paths[kept->count] = path;
	kept->trees[kept->count++] = tree;
	return 0;
}

static int
put_back(const struct kept *kept)
{
	for (size_t i = 0; i < kept->count; i++) {
		if (move_mount(kept->trees[i], "", AT_FDCWD, kept->paths[i],
			    MOVE_MOUNT_F_EMPTY_PATH) == -1)
			return -1;
		close(kept->trees[i]);
	}
	return 0;
}

static int
close_file_systems(const struct os_isolate *isolate)
{
	struct kept kept = {.count = 0};

	for (size_t i = 0; i < isolate->count; i++)
		if (isolate->steps[i][0] == OS_ISOLATE_KEEP &&
			take_out(&kept, isolate->steps[i] + 1) == -1)
			return -1;
	return set_read_only("/") == -1 ? -1 : put_back(&kept);
}

/* /dev/ptmx may be a node, which finds the instance beside it, a link to it, or what a
 * container put there, which is that of another instance. */
static int
own_terminals(void)
{
	static const char options[] = "newinstance,mode=0600,ptmxmode=0666";

	if (mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, options) == -1)
		return -1;
	return mount("/dev/pts/ptmx", "/dev/ptmx", NULL, MS_BIND, NULL);
}

static int
raise_loopback(void)
{
	struct ifreq request = {.ifr_name = "lo"};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), result;

	if (fd == -1)
		return -1;
	request.ifr_flags = IFF_UP | IFF_RUNNING;
	result = ioctl(fd, SIOCSIFFLAGS, &request);
	close(fd);
	return result;
}

static int
new_namespaces(unsigned int flags)
{
	int which = CLONE_NEWUSER | CLONE_NEWNS;

	if (flags & OS_ISOLATE_PROCESSES)
		which |= CLONE_NEWPID;
	if (flags & OS_ISOLATE_OFFLINE)
		which |= CLONE_NEWNET;
	return unshare(which);
}

int
os_isolate_enter(const struct os_isolate *isolate)
{
	unsigned int flags = isolate->flags;

	if (flags == 0)
		return 0;
	if (new_namespaces(flags) == -1 || write_maps(isolate) == -1 ||
		mount(NULL, "/", NULL, PRIVATE_ALL, NULL) == -1)
		return -1;
	if (flags & OS_ISOLATE_READ_ONLY && close_file_systems(isolate) == -1)
		return -1;
	if (flags & OS_ISOLATE_TERMINALS && own_terminals() == -1)
		return -1;
	for (size_t i = 0; i < isolate->count; i++)
		if (take_step(isolate->steps[i]) == -1)
			return -1;
	return flags & OS_ISOLATE_OFFLINE ? raise_loopback() : 0;
}

static int
limit(int what, uint64_t most)
{
	struct rlimit now;

	if (most == 0)
		return 0;
	if (getrlimit(what, &now) == -1)
		return -1;
	if (now.rlim_max == RLIM_INFINITY || now.rlim_max > most)
		now.rlim_max = most;
	now.rlim_cur = now.rlim_max;
	return setrlimit(what, &now);
}

static int
set_limits(const struct os_isolate *isolate)
{
	const struct os_limits *limits = &isolate->limits;

	if (isolate->flags != 0 && limit(RLIMIT_NPROC, limits->processes) == -1)
		return -1;
	return limit(RLIMIT_NOFILE, limits->files) == -1 ||
			limit(RLIMIT_DATA, limits->memory) == -1 ||
			limit(RLIMIT_CPU, limits->cpu) == -1
		? -1
		: 0;
}

/* EINVAL: the kernel does not know of so many. */
static int
drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

	for (int i = 0; i < CAPABILITIES; i++)
		if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) == -1 && errno != EINVAL)
			return -1;
	return (int)syscall(SYS_capset, &header, none);
}

int
os_isolate_leave(const struct os_isolate *isolate)
{
	unsigned int flags = isolate->flags;

	if (flags & OS_ISOLATE_PROCESSES &&
		mount("proc", "/proc", "proc", PROC_FLAGS, NULL) == -1)
		return -1;
	if (flags != 0 && drop_capabilities() == -1)
		return -1;
	if (flags & OS_ISOLATE_NO_SETUID && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		return -1;
	return set_limits(isolate);
}

_Noreturn void
os_isolate_be_init(void)
{
	sigset_t ended;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "dispatch-init");
	close_range(0, ~0U, 0);
	sigemptyset(&ended);
	sigaddset(&ended, SIGCHLD);
	sigprocmask(SIG_SETMASK, &ended, NULL);
	for (;;) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
		sigwaitinfo(&ended, NULL);
	}
}

/* As a session is made, and with a proc that a container may refuse. */
static bool
is_possible(const struct os_isolate *isolate)
{
	pid_t pid;
	int status;

	if (os_isolate_enter(isolate) == -1)
		return false;
	pid = fork();
	if (pid == 0)
		_exit(os_isolate_leave(isolate) == -1 ? errno : 0);
	if (pid == -1 || waitpid(pid, &status, 0) == -1)
		return false;
	errno = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	return errno == 0;
}

int
os_isolate_try(unsigned int flags)
{
	struct os_isolate isolate = {.flags = flags};
	int status;
	pid_t pid;

	os_isolate_prepare(&isolate);
	pid = fork();
	if (pid == 0)
		_exit(is_possible(&isolate) ? 0 : errno);
	if (pid == -1 || waitpid(pid, &status, 0) == -1)
		return errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

const char *
os_isolate_reason(int error)
{
	static const struct {
		int error;
		const char *reason;
	} reasons[] = {
		{EACCES, "the kernel lets ordinary programs mount nothing"},
		{ENOSPC, "user.max_user_namespaces allows no further namespace"},
		{ENOSYS, "the kernel is too old, or has no namespaces"},
		{EPERM, "the kernel allows ordinary programs no user namespaces"},
		{EUSERS, "there are too many namespaces in each other"},
	};
	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (reasons[i].error == error)
			return reasons[i].reason;
	return strerror(error);
}
