/*
 * dispatch doctor: what the state directory holds, how large it is, and whether anything
 * in it is not as it should be. It only reads, and works while everything runs.
 *
 * Everything is gathered first and printed then, as text or as JSON, so that both say the
 * same. What changes while it is looked at, such as which shims there are, is looked at
 * twice, and only what was wrong both times is a finding.
 */
#include "config.h"

#include "cli/cli.h"
#include "lib/buf.h"
#include "lib/crypt.h"
#include "lib/db.h"
#include "lib/json.h"
#include "lib/migrate.h"
#include "lib/path.h"
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

struct sizes {
	struct size *list;
	int count;
};

struct file {
	const char *name;
	int64_t size, wal;
	struct pages pages;
};

struct doctor {
	struct conf conf;
	struct db *events, *state;
	bool runner_alive, storage_full;
	int64_t generation;
	struct file files[2];
	struct sizes kinds, largest;
	struct buf findings; /* a line for each */
};

/* ---- gathering ---- */

static void
find_out(struct doctor *d, const char *text)
{
	buf_printf(&d->findings, "%s\n", text);
}

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
	char text[200];
	f->name = name;
	f->size = file_size(d, name, "");
	f->wal = file_size(d, name, "-wal");
	if (size_pages(db, &f->pages, e) != 0)
		return -1;
	if (f->wal >= WAL_MOST) {
		snprintf(text, sizeof text,
			"The write-ahead log of %s has %lld MiB: nobody copies it into "
			"the database, or a program reads and does not end.",
			name, (long long)(f->wal >> 20));
		find_out(d, text);
	}
	if (!f->pages.incremental) {
		snprintf(text, sizeof text,
			"%s cannot give space back: it was not made with "
			"auto_vacuum=INCREMENTAL.",
			name);
		find_out(d, text);
	}
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

static int
gather(struct doctor *d, struct err *e)
{
	const char *dir = d->conf.dir;
	struct err why = {0};
	if (migrate_check(dir, &why) != 0) {
		find_out(d, why.text);
		return 0; /* the tables may be others */
	}
	if (db_open(&d->events, dir, "events.db", DB_READ, BUSY_MS, e) != 0 ||
		db_open(&d->state, dir, "state.db", DB_READ, BUSY_MS, e) != 0)
		return -1;
	d->runner_alive = answers(dir, "run/wake.sock", SOCK_DGRAM);
	d->generation = runner_generation(d->events);
	d->storage_full = exists(d, "run/storage-full");
	if (d->storage_full && d->runner_alive)
		find_out(d, "The disk is full: sessions wait until there is space.");
	if (look_at_file(d, 0, "state.db", d->state, e) != 0 ||
		look_at_file(d, 1, "events.db", d->events, e) != 0 ||
		look_at_log(d, e) != 0)
		return -1;
	return look_repeatedly(d, e);
}

/* ---- what the settings mean ---- */

struct meaning {
	const char *key;
	size_t offset;
	enum { OF_BYTES, OF_DAYS } unit;
	const char *before, *after; /* the value */
	const char *all;            /* when it is 0 */
};

#define AT(member) offsetof(struct conf, member)

static const struct meaning meanings[] = {
	{"retention.bytes", AT(retention_bytes), OF_BYTES, "the last",
		"of each terminal stay at least", "all output of a terminal stays"},
	{"retention.total", AT(retention_total), OF_BYTES, "above",
		"together the largest are shortened",
		"all together may be as large as they like"},
	{"retention.pty_days", AT(retention_pty_days), OF_DAYS,
		"output of terminals goes after", "",
		"output of terminals never gets too old"},
	{"retention.claude_days", AT(retention_claude_days), OF_DAYS,
		"what Claude said goes after", "", "what Claude said stays for ever"},
	{"retention.editor_days", AT(retention_editor_days), OF_DAYS,
		"what editors did goes after", "", "what editors did stays for ever"},
};

enum { MEANINGS = sizeof meanings / sizeof *meanings };

static int64_t
value_of(const struct doctor *d, const struct meaning *m)
{
	int64_t value;
	memcpy(&value, (const char *)&d->conf + m->offset, sizeof value);
	return value;
}

/* ---- printing ---- */

static double
mib(int64_t bytes)
{
	return (double)bytes / (1 << 20);
}

static void
text_sizes(struct buf *b, const struct sizes *sizes)
{
	if (sizes->count == 0)
		buf_str(b, "  none\n");
	for (int i = 0; i < sizes->count; i++) {
		const struct size *s = &sizes->list[i];
		if (s->id)
			buf_printf(b, "  %-26s %-11s", s->id, s->status);
		else
			buf_printf(b, "  %-10s %6lld sessions, %4lld live", s->kind,
				(long long)s->sessions, (long long)s->live);
		buf_printf(b, " %9lld events %9.1f MiB %5lld snapshots %8.1f MiB%s%s\n",
			(long long)s->events, mib(s->output), (long long)s->snapshots,
			mib(s->snapshots_bytes), s->title ? "  " : "",
			s->title ? s->title : "");
	}
}

static void
print_text(const struct doctor *d, struct buf *b)
{
	buf_printf(b, "directory  %s\nrunner     %s, generation %lld\n", d->conf.dir,
		d->runner_alive ? "alive" : "not running", (long long)d->generation);
	for (int i = 0; i < 2 && d->files[i].name; i++) {
		const struct file *f = &d->files[i];
		buf_printf(b,
			"%-10s %.1f MiB, %.1f MiB of it free, write-ahead log %.1f "
			"MiB\n",
			f->name, mib(f->size), mib(f->pages.empty * f->pages.size),
			mib(f->wal));
	}
	buf_str(b, "\nkept of the log, by kind:\n");
	text_sizes(b, &d->kinds);
	buf_str(b, "\nthe largest sessions:\n");
	text_sizes(b, &d->largest);
	buf_str(b, "\nretention:\n");
	for (int i = 0; i < MEANINGS; i++) {
		const struct meaning *m = &meanings[i];
		int64_t value = value_of(d, m);
		buf_printf(b, "  %s = %lld: ", m->key, (long long)value);
		if (!value)
			buf_str(b, m->all);
		else if (m->unit == OF_BYTES)
			buf_printf(b, "%s %.1f MiB %s", m->before, mib(value), m->after);
		else
			buf_printf(b, "%s %lld days", m->before, (long long)value);
		buf_char(b, '\n');
	}
	buf_printf(b, "\n%s",
		d->findings.len ? d->findings.data : "Everything is as it should be.\n");
}

static void
json_size(struct buf *b, const struct size *s)
{
	json_begin(b, '{');
	if (s->id) {
		json_key(b, "id"), json_string(b, s->id);
		json_key(b, "title"), json_string(b, s->title);
		json_key(b, "status"), json_string(b, s->status);
	} else {
		json_key(b, "sessions"), json_int(b, s->sessions);
		json_key(b, "live"), json_int(b, s->live);
	}
	json_key(b, "kind"), json_string(b, s->kind);
	json_key(b, "events"), json_int(b, s->events);
	json_key(b, "output"), json_int(b, s->output);
	json_key(b, "snapshots"), json_int(b, s->snapshots);
	json_key(b, "snapshots_bytes"), json_int(b, s->snapshots_bytes);
	json_end(b, '}');
}

static void
json_sizes(struct buf *b, const char *key, const struct sizes *sizes)
{
	json_key(b, key), json_begin(b, '[');
	for (int i = 0; i < sizes->count; i++)
		json_size(b, &sizes->list[i]);
	json_end(b, ']');
}

static void
json_file(struct buf *b, const struct file *f)
{
	json_key(b, f->name), json_begin(b, '{');
	json_key(b, "bytes"), json_int(b, f->size);
	json_key(b, "wal_bytes"), json_int(b, f->wal);
	json_key(b, "free_bytes"), json_int(b, f->pages.empty * f->pages.size);
	json_end(b, '}');
}

static void
json_findings(struct buf *b, const struct doctor *d)
{
	const char *line = d->findings.len ? d->findings.data : "";
	json_key(b, "findings"), json_begin(b, '[');
	for (const char *end; (end = strchr(line, '\n')); line = end + 1)
		json_string_n(b, line, (size_t)(end - line));
	json_end(b, ']');
}

static void
print_json(const struct doctor *d, struct buf *b)
{
	json_begin(b, '{');
	json_key(b, "directory"), json_string(b, d->conf.dir);
	json_key(b, "runner_alive"), json_truth(b, d->runner_alive);
	json_key(b, "generation"), json_int(b, d->generation);
	json_key(b, "storage_full"), json_truth(b, d->storage_full);
	json_key(b, "databases"), json_begin(b, '{');
	for (int i = 0; i < 2 && d->files[i].name; i++)
		json_file(b, &d->files[i]);
	json_end(b, '}');
	json_sizes(b, "kinds", &d->kinds);
	json_sizes(b, "largest", &d->largest);
	json_key(b, "retention"), json_begin(b, '{');
	for (int i = 0; i < MEANINGS; i++)
		json_key(b, strchr(meanings[i].key, '.') + 1),
			json_int(b, value_of(d, &meanings[i]));
	json_end(b, '}');
	json_findings(b, d);
	json_end(b, '}');
	buf_char(b, '\n');
}

/* ---- */

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
	(json ? print_json : print_text)(&d, &out);
	fputs(out.data, stdout);
	code = d.findings.len ? EXIT_FAILURE : EXIT_SUCCESS;
out:
	sizes_free(&d.kinds);
	sizes_free(&d.largest);
	db_close(d.events);
	db_close(d.state);
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
