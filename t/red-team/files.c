/* Ways to the files of the state directory. */
#include "config.h"

#include "t/red-team/intruder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool
opens(const char *path, int flags)
{
	char byte;
	int fd = open(path, flags | O_CLOEXEC, 0600);
	if (fd < 0)
		return false;
	bool got = (flags & O_ACCMODE) != O_RDONLY || read(fd, &byte, 1) == 1;
	close(fd);
	errno = 0;
	return got;
}

bool
list_directory(const struct target *t)
{
	DIR *dir = opendir(t->dir);
	bool found = false;
	for (struct dirent *entry; dir && (entry = readdir(dir));)
		found = found || entry->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return found;
}

bool
read_state(const struct target *t)
{
	return opens(intruder_path(t->dir, "state.db"), O_RDONLY);
}

bool
write_state(const struct target *t)
{
	return opens(intruder_path(t->dir, "state.db"), O_RDWR);
}

bool
read_events(const struct target *t)
{
	return opens(intruder_path(t->dir, "events.db"), O_RDONLY) ||
		opens(intruder_path(t->dir, "events.db-wal"), O_RDONLY);
}

bool
read_key(const struct target *t)
{
	return opens(intruder_path(t->dir, "secret.key"), O_RDONLY);
}

bool
read_settings(const struct target *t)
{
	return opens(intruder_path(t->dir, "dispatch.conf"), O_RDONLY);
}

bool
read_through_self(const struct target *t)
{
	const char *under = intruder_path("/proc/self/root", t->dir + 1);
	return opens(intruder_path(under, "state.db"), O_RDONLY);
}

bool
read_through_init(const struct target *t)
{
	const char *under = intruder_path("/proc/1/root", t->dir + 1);
	return opens(intruder_path(under, "state.db"), O_RDONLY);
}

/* Beneath what is mounted there: the directory's own handle, from its parent's mount. */
bool
read_by_handle(const struct target *t)
{
	union {
		struct file_handle handle;
		char bytes[sizeof(struct file_handle) + MAX_HANDLE_SZ];
	} u = {.handle.handle_bytes = MAX_HANDLE_SZ};
	int mount, fd = open(t->work, O_RDONLY | O_CLOEXEC), got;
	if (fd < 0 || name_to_handle_at(fd, "", &u.handle, &mount, AT_EMPTY_PATH) != 0)
		return false;
	got = open_by_handle_at(fd, &u.handle, O_RDONLY);
	close(fd);
	return got >= 0;
}

bool
link_database(const struct target *t)
{
	return link(intruder_path(t->dir, "state.db"), intruder_path(t->work, "x")) == 0;
}

bool
rename_directory(const struct target *t)
{
	char aside[4096];
	snprintf(aside, sizeof aside, "%s.aside", t->dir);
	return rename(t->dir, aside) == 0;
}

/* Then another could be put in its place. */
bool
rename_above(const struct target *t)
{
	char above[4096], aside[4096 + 8];
	snprintf(above, sizeof above, "%s", t->dir);
	*strrchr(above, '/') = '\0';
	snprintf(aside, sizeof aside, "%s.aside", above);
	return rename(above, aside) == 0;
}

bool
put_file(const struct target *t)
{
	return opens(intruder_path(t->dir, "dispatch.conf"), O_RDWR | O_CREAT);
}

bool
change_program(const struct target *t)
{
	return access(t->program, W_OK) == 0;
}
