/* See run_lines.h. */
#include "config.h"

#include "runner/run_lines.h"

#include "runner/adapter.h"
#include "runner/app.h"
#include "runner/run.h"

static void
on_line(void *arg, const char *text, size_t len)
{
	struct run *run = arg;
	run->adapter->line(run, text, len);
}

static void
on_too_long(void *arg, const char *text, size_t len)
{
	struct run *run = arg;
	run->adapter->too_long(run, text, len);
}

static const struct line_handler handler = {on_line, on_too_long};

void
run_lines_begin(struct run *run)
{
	struct err e = {0};
	run->read = run->row.ring_offset;
	run->reader.most = run->adapter->line_max;
	if (run->row.number &&
		line_reader_load(&run->reader, run->app->events, run->row.number, &e) !=
			0)
		log_error(&run->app->log, "session %s: %s", run->row.id, e.text);
}

void
run_lines_read(struct run *run, size_t most)
{
	unsigned char bytes[SHIM_RECORD_MAX];
	uint64_t next;
	int stream;
	size_t n, total = 0;
	while (run->link && total < most &&
		(n = shim_link_record(run->link, (uint64_t)run->read, &stream, bytes,
			 &next)) > 0) {
		/* What it emits stands behind this record. */
		run->read = (int64_t)next;
		total += n;
		if (stream == SHIM_STREAM_STDOUT)
			line_reader_feed(&run->reader, (const char *)bytes, n, &handler,
				run);
		else
			run->adapter->words(run, (const char *)bytes, n);
	}
}

int
run_lines_save(struct run *run, struct err *e)
{
	return line_reader_save(&run->reader, run->app->events, run->row.number, e);
}

void
run_lines_end(struct run *run)
{
	line_reader_end(&run->reader, &handler, run);
}
