/* See walk.h. */
#include "config.h"

#include "fcgi/walk.h"

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/os_file.h"
#include "lib/save.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum { DEPTH_MAX = 64 };

struct journey {
	struct walk *walk;
	struct stat ours; /* of our state directory */
	struct buf path;  /* of what is looked at */
};

static bool
is_left_out(const char *name)
{
	static const char *const names[] = {".", "..", ".git", "node_modules"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return strncmp(name, SAVE_PREFIX, strlen(SAVE_PREFIX)) == 0;
}

static unsigned char
type_of(int dir, const struct dirent *entry)
{
	struct stat st;
	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type;
	if (fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return DT_UNKNOWN;
	return IFTODT(st.st_mode);
}

static bool walk_directory(struct journey *p, int fd, int depth);

static bool
walk_into(struct journey *p, int dir, const char *name, int depth)
{
	struct stat st;
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return true; /* what one may not read is not there */
	if (fstat(fd, &st) == 0 &&
		(st.st_ino != p->ours.st_ino || st.st_dev != p->ours.st_dev))
		return walk_directory(p, fd, depth);
	close(fd);
	return true;
}

static bool
visit(struct journey *p, int dir, const struct dirent *entry, int depth)
{
	struct walk *walk = p->walk;
	size_t before = p->path.len;
	if (is_left_out(entry->d_name))
		return true;
	if (--walk->entries < 0 || clock_monotonic() > walk->end)
		return false;
	if (before)
		buf_char(&p->path, '/');
	size_t at = p->path.len;
	buf_str(&p->path, entry->d_name);
	const struct walk_entry found = {p->path.data, p->path.data + at, dir,
		type_of(dir, entry)};
	bool go_on = walk->each(walk->arg, &found);
	if (go_on && found.type == DT_DIR)
		go_on = depth > 0 && walk_into(p, dir, entry->d_name, depth - 1);
	p->path.len = before;
	if (p->path.data)
		p->path.data[before] = '\0';
	return go_on;
}

/* Takes over the descriptor. */
static bool
walk_directory(struct journey *p, int fd, int depth)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;
	bool go_on = true;
	if (!dir) {
		close(fd);
		return true;
	}
	while (go_on && (entry = readdir(dir)))
		go_on = visit(p, fd, entry, depth);
	closedir(dir);
	return go_on;
}

bool
walk_all(struct walk *walk)
{
	struct journey p = {.walk = walk};
	int fd = os_reopen(walk->b->root, O_RDONLY | O_DIRECTORY);
	bool whole = false;
	if (fd >= 0 && stat(walk->b->dir, &p.ours) == 0)
		whole = walk_directory(&p, fd, DEPTH_MAX);
	else if (fd >= 0)
		close(fd);
	buf_free(&p.path);
	return whole;
}
