/*
 * dispatch doctor: what the state directory holds, how large it is, and whether anything
 * in it is not as it should be. It only reads, and works while everything runs.
 *
 * Everything is gathered first and printed then, as text or as JSON, so that both say the
 * same. What changes while it is looked at, such as which shims there are, is looked at
 * again, and only what was wrong each time is a finding.
 */
#include "config.h"

#include "cli/cli.h"
#include "cli/doctor.h"
#include "cli/doctor_isolation.h"
#include "cli/doctor_workspaces.h"
#include "lib/buf.h"
#include "lib/crypt.h"
#include "lib/db.h"
#include "lib/migrate.h"
#include "lib/path.h"
#include "lib/store/audit.h"
#include "lib/store/retention.h"
#include "lib/store/session.h"
#include "lib/store/size.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
	BUSY_MS = 5000,
	LARGEST = 10, /* sessions that are listed */
	LOOKS = 3,    /* at what may be about to change */
	PAUSE_MS = 700,
	WAL_MOST = 512 << 20, /* twice what the runner's checkpoints leave at the worst */
};

/* ---- gathering ---- */

static int64_t
file_size(const struct doctor *d, const char *name, const char *suffix)
{
	struct stat st;
	char *path = xasprintf("%s/%s%s", d->conf.dir, name, suffix);
	int64_t size = stat(path, &st) == 0 ? (int64_t)st.st_size : 0;
	free(path);
	return size;
}

static bool
exists(const struct doctor *d, const char *name)
{
	char *path = path_join(d->conf.dir, name);
	bool found = access(path, F_OK) == 0;
	free(path);
	return found;
}

/* True when a program has the socket open. */
static bool
answers(const char *dir, const char *name, int type)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t most = sizeof address.sun_path;
	if (snprintf(address.sun_path, most, "%s/%s", dir, name) >= (int)most)
		return false;
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool yes =
		fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
	if (fd >= 0)
		close(fd);
	return yes;
}

static void
take_size(void *arg, const struct size *size)
{
	struct sizes *to = arg;
	to->list = xrealloc(to->list, sizeof *to->list * (size_t)(to->count + 1));
	struct size *s = &to->list[to->count++];
	*s = *size;
	s->kind = xstrdup(size->kind);
	s->id = xstrdup(size->id);
	s->status = xstrdup(size->status);
	s->title = xstrdup(size->title);
}

static int
look_at_file(struct doctor *d, int i, const char *name, struct db *db, struct err *e)
{
	struct file *f = &d->files[i];
	f->name = name;
	f->size = file_size(d, name, "");
	f->wal = file_size(d, name, "-wal");
	if (size_pages(db, &f->pages, e) != 0)
		return -1;
	if (f->wal >= WAL_MOST)
		buf_printf(&d->findings,
			"The write-ahead log of %s has %lld MiB: nobody copies it into "
			"the database, or a program reads and does not end.\n",
			name, (long long)(f->wal >> 20));
	if (!f->pages.incremental)
		buf_printf(&d->findings,
			"%s cannot give space back: it was not made with "
			"auto_vacuum=INCREMENTAL.\n",
			name);
	return 0;
}

/* Live rows whose program should be there, as they are found. */
struct shims {
	struct doctor *d;
	struct buf *out;
};

static void
look_for_shim(void *arg, const struct session *s)
{
	struct shims *shims = arg;
	char *name = xasprintf("run/shim/%s.sock", s->id);
	bool wanted = s->status == SESSION_RUNNING || s->status == SESSION_STOPPING;
	if (wanted && !answers(shims->d->conf.dir, name, SOCK_SEQPACKET))
		buf_printf(shims->out, "Session %s is %s and has no shim.\n", s->id,
			session_status_name(s->status));
	free(name);
}

static int
look_for_row(struct doctor *d, const char *file, struct buf *out, struct err *e)
{
	char *name = xasprintf("run/shim/%s", file), *id = xstrndup(file, ID_LENGTH);
	struct session s = {0};
	int found = 1;
	if (crypt_is_id(file, strcspn(file, ".")) &&
		answers(d->conf.dir, name, SOCK_SEQPACKET))
		found = session_find(d->events, id, &s, e);
	if (found == 0)
		buf_printf(out, "The shim %s runs and no session knows of it.\n", id);
	session_clear(&s);
	free(name);
	free(id);
	return found < 0 ? -1 : 0;
}

static int
look_at_shims(struct doctor *d, struct buf *out, struct err *e)
{
	struct shims shims = {d, out};
	char *path = path_join(d->conf.dir, "run/shim");
	DIR *dir = opendir(path);
	struct dirent *entry;
	int result = d->runner_alive
		? session_each(d->events, NULL, look_for_shim, &shims, e)
		: 0; /* whether they live is found out when it starts */
	while (dir && result == 0 && (entry = readdir(dir)))
		result = look_for_row(d, entry->d_name, out, e);
	if (dir)
		closedir(dir);
	free(path);
	return result;
}

/* Only what is wrong each time. */
static int
look_repeatedly(struct doctor *d, struct err *e)
{
	static const struct timespec pause = {.tv_nsec = PAUSE_MS * 1000000L};
	struct buf out = BUF_INIT;
	int result = look_at_shims(d, &out, e);
	for (int i = 1; i < LOOKS && result == 0 && out.len; i++) {
		nanosleep(&pause, NULL);
		buf_clear(&out);
		result = look_at_shims(d, &out, e);
	}
	if (out.len)
		buf_str(&d->findings, out.data);
	buf_free(&out);
	return result;
}

static int
look_at_log(struct doctor *d, struct err *e)
{
	if (db_begin_read(d->events, e) != 0)
		return -1;
	int result = size_kinds(d->events, take_size, &d->kinds, e);
	if (result == 0)
		result = size_largest(d->events, LARGEST, take_size, &d->largest, e);
	if (result == 0)
		result = retention_check(d->events, &d->findings, e);
	db_rollback(d->events);
	return result < 0 ? -1 : 0;
}

/* Each line of the audit is bound to those before it. */
static int
look_at_audit(struct doctor *d, struct err *e)
{
	int64_t bad = audit_verify(d->state, e);
	if (bad < 0)
		return -1;
	if (bad == 0)
		return 0;
	buf_printf(&d->findings,
		"The audit was changed: line %lld is missing, or does not follow from "
		"those before it.\n",
		(long long)bad);
	return 0;
}

static int
gather(struct doctor *d, struct err *e)
{
	const char *dir = d->conf.dir;
	struct err why = {0};
	d->isolation = doctor_isolation(&d->conf, &d->findings);
	if (migrate_check(dir, &why) != 0) {
		buf_printf(&d->findings, "%s\n", why.text);
		return 0; /* the tables may be others */
	}
	if (db_open(&d->events, dir, "events.db", DB_READ, BUSY_MS, e) != 0 ||
		db_open(&d->state, dir, "state.db", DB_READ, BUSY_MS, e) != 0)
		return -1;
	d->runner_alive = answers(dir, "run/wake.sock", SOCK_DGRAM);
	d->generation = runner_generation(d->events);
	doctor_groups(&d->groups, &d->conf, d->runner_alive ? runner_pid(d->events) : 0,
		&d->findings);
	d->storage_full = exists(d, "run/storage-full");
	if (d->storage_full && d->runner_alive)
		buf_str(&d->findings,
			"The disk is full: sessions wait until there is space.\n");
	if (look_at_audit(d, e) != 0 ||
		look_at_file(d, 0, "state.db", d->state, e) != 0 ||
		look_at_file(d, 1, "events.db", d->events, e) != 0 ||
		look_at_log(d, e) != 0 ||
		doctor_workspaces(&d->conf, d->state, &d->findings, e) != 0)
		return -1;
	return look_repeatedly(d, e);
}

/* ---- the command ---- */

static void
sizes_free(struct sizes *sizes)
{
	for (int i = 0; i < sizes->count; i++) {
		free((char *)sizes->list[i].kind);
		free((char *)sizes->list[i].id);
		free((char *)sizes->list[i].status);
		free((char *)sizes->list[i].title);
	}
	free(sizes->list);
}

static int
run_doctor(const struct subcommand *self, int argc, char **argv)
{
	struct conf_args args = {0};
	struct doctor d = {0};
	struct buf out = BUF_INIT;
	struct err e = {0};
	bool json = false;
	int code = EXIT_FAILURE;

	for (int i = 1; i < argc; i++) {
		int taken = conf_argument(&args, argc, argv, &i, &e);
		if (taken == 0 && strcmp(argv[i], "--json") == 0) {
			json = true;
		} else if (taken <= 0) {
			code = taken < 0
				? cli_usage(self, "%s", e.text)
				: cli_usage(self, "there is no option '%s'.", argv[i]);
			goto out;
		}
	}
	if (conf_load(&d.conf, &args, &e) != 0 || gather(&d, &e) != 0) {
		code = cli_fail(&e);
		goto out;
	}
	(json ? doctor_json : doctor_text)(&d, &out);
	fputs(out.data, stdout);
	code = d.findings.len ? EXIT_FAILURE : EXIT_SUCCESS;
out:
	sizes_free(&d.kinds);
	sizes_free(&d.largest);
	db_close(d.events);
	db_close(d.state);
	doctor_groups_free(&d.groups);
	buf_free(&d.findings);
	buf_free(&out);
	conf_free(&d.conf);
	free(args.settings);
	return code;
}

const struct subcommand subcommand_doctor = {
	.name = "doctor",
	.synopsis = "[--json] [--dir DIR]",
	.summary = "Tell what is kept, how large it is, and what is wrong.",
	.options = "  --json           as one JSON object\n",
	.run = run_doctor,
};
