/* See git_records.h. */
#include "config.h"

#include "fcgi/git_records.h"

#include <string.h>

static bool
finish(struct git_records *r, const char *bytes, size_t len)
{
	buf_add(&r->part, bytes, len);
	bool more = r->record(r->arg, r->part.len ? r->part.data : "", r->part.len);
	buf_clear(&r->part);
	return more;
}

bool
git_records_take(void *arg, const char *bytes, size_t len)
{
	struct git_records *r = arg;
	const char *end;
	while ((end = memchr(bytes, r->end, len))) {
		size_t n = (size_t)(end - bytes);
		if (!finish(r, bytes, n))
			return false;
		bytes += n + 1;
		len -= n + 1;
	}
	buf_add(&r->part, bytes, len);
	return r->part.len <= GIT_RECORD_MAX;
}

void
git_records_free(struct git_records *r)
{
	buf_free(&r->part);
}
