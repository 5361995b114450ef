/* See doctor.h. */
#include "config.h"

#include "cli/doctor.h"

#include "lib/json.h"

#include <stddef.h>
#include <string.h>

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

/* ---- for people ---- */

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

void
doctor_text(const struct doctor *d, struct buf *b)
{
	buf_printf(b, "directory  %s\nrunner     %s, generation %lld\n", d->conf.dir,
		d->runner_alive ? "alive" : "not running", (long long)d->generation);
	buf_printf(b, "isolation  %s; shells: %s, Claude: %s\n",
		d->isolation ? d->isolation : "possible", d->conf.session_isolation,
		d->conf.claude_isolation);
	doctor_groups_text(&d->groups, b);
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

/* ---- for programs ---- */

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

void
doctor_json(const struct doctor *d, struct buf *b)
{
	json_begin(b, '{');
	json_key(b, "directory"), json_string(b, d->conf.dir);
	json_key(b, "runner_alive"), json_truth(b, d->runner_alive);
	json_key(b, "generation"), json_int(b, d->generation);
	json_key(b, "storage_full"), json_truth(b, d->storage_full);
	json_key(b, "isolation"), json_begin(b, '{');
	json_key(b, "possible"), json_truth(b, !d->isolation);
	json_key(b, "refusal"), json_string(b, d->isolation);
	json_key(b, "session"), json_string(b, d->conf.session_isolation);
	json_key(b, "claude"), json_string(b, d->conf.claude_isolation);
	json_end(b, '}');
	doctor_groups_json(&d->groups, b);
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
