/* What people see of a run in lists, and what its adapter remembers; see run.h. */
#include "config.h"

#include "runner/run.h"

#include "lib/buf.h"
#include "runner/app.h"
#include "runner/preview.h"
#include "runner/recorder.h"
#include "runner/run_parts.h"

#include <stdlib.h>
#include <string.h>

void
run_remember(struct run *run, char *private_json)
{
	const char *now = run->row.private_json;
	if (now && strcmp(now, private_json) == 0) {
		free(private_json);
		return;
	}
	free(run->row.private_json);
	run->row.private_json = private_json;
	run->private_changed = true;
	recorder_add(run->app->recorder, run);
}

/* Puts the text (taken over) into the row when it is another one. */
static void
change_text(struct run *run, char **to, char *text)
{
	if (*to && strcmp(*to, text) == 0) {
		free(text);
		return;
	}
	free(*to);
	*to = text;
	run_changed(run);
}

void
run_show(struct run *run, char *detail_json)
{
	change_text(run, &run->row.detail_json, detail_json);
}

void
run_attend(struct run *run, const char *attention)
{
	change_text(run, &run->row.attention, xstrdup(attention));
}

void
run_preview(struct run *run, const char *text, size_t len)
{
	char line[PREVIEW_SIZE];
	preview_line(text, len, line);
	change_text(run, &run->row.preview, xstrdup(line));
}

void
run_refresh_preview(struct run *run)
{
	char line[PREVIEW_SIZE];
	if (!run->tail_changed)
		return;
	run->tail_changed = false;
	preview_line(run->tail, run->tail_len, line);
	if (strcmp(line, run->row.preview) == 0)
		return;
	free(run->row.preview);
	run->row.preview = xstrdup(line);
	run_changed(run);
}

static void
add_to_tail(struct run *run, const char *bytes, size_t len)
{
	size_t size = sizeof run->tail;
	size_t add = len < size ? len : size;
	size_t keep = run->tail_len < size - add ? run->tail_len : size - add;
	memmove(run->tail, run->tail + run->tail_len - keep, keep);
	memcpy(run->tail + keep, bytes + len - add, add);
	run->tail_len = keep + add;
	run->tail_changed = true;
}

/* The ring gives what stands together: two pieces where it begins anew. */
void
run_remember_tail(struct run *run, int64_t from, int64_t to)
{
	while (from < to) {
		const void *bytes;
		size_t n = shim_link_peek(run->link, (uint64_t)from, &bytes);
		if (n == 0)
			return;
		if ((int64_t)n > to - from)
			n = (size_t)(to - from);
		add_to_tail(run, bytes, n);
		from += (int64_t)n;
	}
}
