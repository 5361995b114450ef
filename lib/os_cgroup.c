/*
 * See os_cgroup.h. What the kernel says is read anew each time: systemd and people change
 * it beside us.
 */
#include "config.h"

#include "lib/os_cgroup.h"

#include "lib/buf.h"
#include "lib/os_mounts.h"
#include "lib/path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/xattr.h>
#include <unistd.h>

/* Our servers get this share of the processors where a session gets 100, so that sessions
 * are heard and seen while others compute. */
#define OUR_WEIGHT "1000"

static const char ours[] = "dispatch-servers", program[] = "program";

enum { PERIOD_US = 100000, TEXT_MAX = 4096 };

static const struct {
	const char *name;
	unsigned int bit;
} controllers[] = {
	{"cpu", OS_CGROUP_CPU},
	{"memory", OS_CGROUP_MEMORY},
	{"pids", OS_CGROUP_PIDS},
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

static int
refuse(struct err *e, const char *reason, const char *what)
{
	return err_set(e, 422, "session.limits_unavailable",
		"Whole sessions cannot be limited: %s%s.", reason, what);
}

/* ---- texts of the kernel ---- */

char *
os_cgroup_own(const char *text)
{
	static const char deleted[] = " (deleted)";
	const char *line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
	if (!line)
		return NULL;
	line += strspn(line, "\n") + 3;
	size_t n = strcspn(line, "\n"), tail = sizeof deleted - 1;
	if (n == 0 || (n > tail && strncmp(line + n - tail, deleted, tail) == 0))
		return NULL;
	return xstrndup(line, n);
}

unsigned int
os_cgroup_controllers(const char *text)
{
	unsigned int bits = 0;
	for (const char *p = text; *p; p += strspn(p, " \n")) {
		size_t n = strcspn(p, " \n");
		for (size_t i = 0; i < COUNT(controllers); i++)
			if (strlen(controllers[i].name) == n &&
				strncmp(controllers[i].name, p, n) == 0)
				bits |= controllers[i].bit;
		p += n;
	}
	return bits;
}

static void
number_or_max(char text[48], uint64_t number)
{
	if (number)
		snprintf(text, 48, "%" PRIu64, number);
	else
		snprintf(text, 48, "max");
}

void
os_cgroup_writes(const struct os_cgroup_limits *limits,
	struct os_cgroup_write writes[OS_CGROUP_WRITES])
{
	writes[0] = (struct os_cgroup_write){OS_CGROUP_MEMORY, "memory.max"};
	writes[1] = (struct os_cgroup_write){OS_CGROUP_MEMORY, "memory.swap.max", true};
	writes[2] = (struct os_cgroup_write){OS_CGROUP_PIDS, "pids.max"};
	writes[3] = (struct os_cgroup_write){OS_CGROUP_CPU, "cpu.max"};
	number_or_max(writes[0].text, limits->memory);
	snprintf(writes[1].text, sizeof writes[1].text, limits->memory ? "0" : "max");
	number_or_max(writes[2].text, limits->processes);
	number_or_max(writes[3].text, limits->cpu * (PERIOD_US / 100));
	size_t n = strlen(writes[3].text);
	snprintf(writes[3].text + n, sizeof writes[3].text - n, " %d", PERIOD_US);
}

/* ---- files ---- */

/* 0 or an errno. */
static int
write_text(const char *dir, const char *file, const char *text)
{
	char *path = path_join(dir, file);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int error = fd < 0 || write(fd, text, strlen(text)) < 0 ? errno : 0;
	free(path);
	if (fd >= 0)
		close(fd);
	return error;
}

/* Empty when it cannot be read; cut when it is longer than one of interest. */
static void
read_text(const char *dir, const char *file, char text[TEXT_MAX])
{
	char *path = path_join(dir, file);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, TEXT_MAX - 1);
	text[n > 0 ? n : 0] = '\0';
	free(path);
	if (fd >= 0)
		close(fd);
}

/* ---- the tree ---- */

struct place {
	const char *group; /* as /proc names it */
	char *path;        /* NULL: it is not to be seen */
};

static bool
place_in(void *arg, const char *path, const char *root)
{
	struct place *place = arg;
	size_t n = strcmp(root, "/") == 0 ? 0 : strlen(root);
	const char *rest = place->group + n;
	if (strncmp(place->group, root, n) != 0 || (*rest && *rest != '/'))
		return true;
	place->path = xasprintf("%s%s", path, strcmp(rest, "/") == 0 ? "" : rest);
	return false;
}

/* Where the group of a process lies; the caller frees. */
static char *
group_of(pid_t pid)
{
	char *proc = pid ? xasprintf("/proc/%d", (int)pid) : xstrdup("/proc/self");
	char text[TEXT_MAX];
	read_text(proc, "cgroup", text);
	free(proc);
	char *group = os_cgroup_own(text);
	struct place place = {.group = group};
	if (group)
		os_mounts_each("cgroup2", place_in, &place);
	free(group);
	return place.path;
}

/* systemd marks what it delegates; before version 251 only for who is root. */
static bool
is_delegated(const char *path)
{
	static const char *const marks[] = {"user.delegate", "trusted.delegate"};
	char value;
	for (size_t i = 0; i < COUNT(marks); i++)
		if (getxattr(path, marks[i], &value, 1) == 1 && value == '1')
			return true;
	return false;
}

static char *
above(const char *path)
{
	const char *slash = strrchr(path, '/');
	return xstrndup(path, (size_t)(slash - path));
}

static bool
is_ours(const char *path)
{
	return strcmp(strrchr(path, '/') + 1, ours) == 0;
}

/* The group of this process, or the tree when it has moved already; the caller frees. */
static char *
own_tree(void)
{
	char *path = group_of(0);
	if (!path || !is_ours(path))
		return path;
	char *tree = above(path);
	free(path);
	return tree;
}

/* The caller frees; NULL: there is none. */
static char *
find_tree(const char *named)
{
	if (*named && strcmp(named, OS_CGROUP_OWN) != 0)
		return realpath(named, NULL);
	char *tree = own_tree();
	if (*named || !tree || is_delegated(tree))
		return tree;
	free(tree);
	return NULL;
}

int
os_cgroup_find(struct os_cgroup *cgroup, const char *named, struct err *e)
{
	char text[TEXT_MAX];
	struct statfs st;
	*cgroup = (struct os_cgroup){0};
	char *tree = find_tree(named);
	if (!tree && !*named)
		return refuse(e, "Dispatch runs in no control group that was ",
			"given to it; run it as the systemd unit, or name one in "
			"session.cgroup");
	if (!tree || statfs(tree, &st) != 0 || st.f_type != CGROUP2_SUPER_MAGIC) {
		free(tree);
		return refuse(e, "there is no control group of version 2 at ", named);
	}
	cgroup->tree = tree;
	read_text(tree, "cgroup.controllers", text);
	cgroup->controllers = os_cgroup_controllers(text);
	return 0;
}

void
os_cgroup_clear(struct os_cgroup *cgroup)
{
	free(cgroup->tree);
	*cgroup = (struct os_cgroup){0};
}

/* ---- our own place in it ---- */

static bool
holds_others(const char *tree)
{
	char text[TEXT_MAX], *end;
	read_text(tree, "cgroup.procs", text);
	for (char *p = text; *p; p = end + strspn(end, "\n"))
		if (strtol(p, &end, 10) != getpid())
			return true;
	return false;
}

static int
move_in(const char *tree)
{
	char *path = path_join(tree, ours), *now = group_of(0);
	int error = mkdir(path, 0755) == 0 || errno == EEXIST ? 0 : errno;
	if (!error && (!now || strcmp(now, path) != 0))
		error = write_text(path, "cgroup.procs", "0");
	free(now);
	free(path);
	return error;
}

/* Each by itself: one that the kernel refuses does not take the others along. */
static int
pass_on(struct os_cgroup *cgroup)
{
	char text[TEXT_MAX];
	int error = 0;
	for (size_t i = 0; i < COUNT(controllers); i++) {
		char order[16];
		snprintf(order, sizeof order, "+%s", controllers[i].name);
		if (!(cgroup->controllers & controllers[i].bit))
			continue;
		int refusal = write_text(cgroup->tree, "cgroup.subtree_control", order);
		error = error ? error : refusal;
	}
	read_text(cgroup->tree, "cgroup.subtree_control", text);
	cgroup->controllers = os_cgroup_controllers(text);
	return cgroup->controllers ? 0 : error;
}

int
os_cgroup_settle(struct os_cgroup *cgroup, struct err *e)
{
	const char *tree = cgroup->tree;
	if (holds_others(tree))
		return refuse(e, "other programs run in the control group ", tree);
	int error = move_in(tree);
	if (!error)
		error = pass_on(cgroup);
	if (error)
		return err_errno(e, error, 422, "session.limits_unavailable",
			"Whole sessions cannot be limited in the control group %s", tree);
	char *path = path_join(tree, ours);
	write_text(path, "cpu.weight", OUR_WEIGHT); /* where there is such a thing */
	free(path);
	return 0;
}

bool
os_cgroup_look(struct os_cgroup *cgroup, pid_t pid)
{
	char text[TEXT_MAX], *path = group_of(pid);
	*cgroup = (struct os_cgroup){0};
	if (path && is_ours(path)) {
		cgroup->tree = above(path);
		read_text(cgroup->tree, "cgroup.subtree_control", text);
		cgroup->controllers = os_cgroup_controllers(text);
	}
	free(path);
	return cgroup->tree != NULL;
}

int
os_cgroup_claim(const struct os_cgroup *cgroup, struct err *e)
{
	int fd = open(cgroup->tree, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return refuse(e, "another dispatch-runner uses the control group ", cgroup->tree);
}

/* ---- groups of sessions ---- */

static char *
group_path(const struct os_cgroup *cgroup, const char *name)
{
	return path_join(cgroup->tree, name);
}

char *
os_cgroup_program(const struct os_cgroup *cgroup, const char *name)
{
	return xasprintf("%s/%s/%s", cgroup->tree, name, program);
}

static int
make_directories(const struct os_cgroup *cgroup, const char *name)
{
	char *path = group_path(cgroup, name), *inner = os_cgroup_program(cgroup, name);
	int error = (mkdir(path, 0755) != 0 && errno != EEXIST) ||
			(mkdir(inner, 0755) != 0 && errno != EEXIST)
		? errno
		: 0;
	if (!error) /* else what makes groups in there leaves some that nobody removes */
		write_text(path, "cgroup.max.descendants", "1");
	free(inner);
	free(path);
	return error;
}

/* What was asked for, and cannot be had. */
static const char *
missing(const struct os_cgroup *cgroup, const struct os_cgroup_limits *limits)
{
	if (limits->memory && !(cgroup->controllers & OS_CGROUP_MEMORY))
		return "memory";
	if (limits->cpu && !(cgroup->controllers & OS_CGROUP_CPU))
		return "cpu";
	return NULL;
}

static int
set_limits(const struct os_cgroup *cgroup, const char *path,
	const struct os_cgroup_limits *limits)
{
	struct os_cgroup_write writes[OS_CGROUP_WRITES];
	os_cgroup_writes(limits, writes);
	for (size_t i = 0; i < OS_CGROUP_WRITES; i++) {
		const struct os_cgroup_write *w = &writes[i];
		if (!(cgroup->controllers & w->controller))
			continue;
		int error = write_text(path, w->file, w->text);
		if (error && !(error == ENOENT && w->optional))
			return error;
	}
	return 0;
}

int
os_cgroup_limit(const struct os_cgroup *cgroup, const char *name,
	const struct os_cgroup_limits *limits, struct err *e)
{
	const char *lacking = missing(cgroup, limits);
	if (lacking)
		return err_set(e, 422, "session.limits_unavailable",
			"Whole sessions cannot be limited: the control group %s has no "
			"controller %s; Delegate= of user@.service lists what is passed "
			"on to users.",
			cgroup->tree, lacking);
	char *path = group_path(cgroup, name);
	int error = make_directories(cgroup, name);
	if (!error)
		error = set_limits(cgroup, path, limits);
	free(path);
	return error == 0
		? 0
		: err_errno(e, error, 422, "session.limits_unavailable",
			  "The session cannot be limited in the control group %s",
			  cgroup->tree);
}

bool
os_cgroup_exists(const struct os_cgroup *cgroup, const char *name)
{
	char *path = group_path(cgroup, name);
	bool exists = access(path, F_OK) == 0;
	free(path);
	return exists;
}

int64_t
os_cgroup_killed(const struct os_cgroup *cgroup, const char *name)
{
	static const char key[] = "\noom_kill ";
	char text[TEXT_MAX], *path = group_path(cgroup, name);
	read_text(path, "memory.events", text);
	free(path);
	const char *at = strstr(text, key);
	return at ? strtoll(at + sizeof key - 1, NULL, 10) : 0;
}

bool
os_cgroup_remove(const struct os_cgroup *cgroup, const char *name)
{
	char *path = group_path(cgroup, name), *inner = os_cgroup_program(cgroup, name);
	rmdir(inner);
	bool removed = rmdir(path) == 0;
	free(inner);
	free(path);
	return removed;
}

void
os_cgroup_each(const struct os_cgroup *cgroup, void (*take)(void *arg, const char *name),
	void *arg)
{
	DIR *dir = opendir(cgroup->tree);
	struct dirent *entry;
	while (dir && (entry = readdir(dir)))
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			take(arg, entry->d_name);
	if (dir)
		closedir(dir);
}
