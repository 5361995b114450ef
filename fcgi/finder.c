/* See finder.h. Candidates come from rg or from our own walk; the best are kept in order,
 * so that memory does not grow with the workspace. */
#include "config.h"

#include "fcgi/finder.h"

#include "fcgi/fuzzy.h"
#include "fcgi/search.h"
#include "fcgi/walk.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "lib/path_text.h"

#include <dirent.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { TIME_MS = 5000, ENTRIES_MAX = 2 * 1000 * 1000 };

struct hit {
	char *path; /* path text */
	unsigned char type;
	int score;
};

/* Hashes of the directories that were told, in a table with open addresses. */
struct seen {
	uint64_t *slots; /* 0: free */
	size_t size, count;
};

struct hits {
	struct fuzzy fuzzy;
	int limit, count;
	struct hit list[FINDER_LIMIT];
	struct buf part; /* of a path that rg has not said to its end */
	struct seen seen;
};

static bool
is_better(const struct hit *a, const struct hit *b)
{
	return a->score != b->score ? a->score > b->score : strcmp(a->path, b->path) < 0;
}

/* Takes over the path. */
static void
keep(struct hits *hits, struct hit hit)
{
	int at = hits->count;
	while (at > 0 && is_better(&hit, &hits->list[at - 1]))
		at--;
	if (at == hits->limit) {
		free(hit.path);
		return;
	}
	if (hits->count == hits->limit)
		free(hits->list[--hits->count].path);
	memmove(&hits->list[at + 1], &hits->list[at],
		sizeof *hits->list * (size_t)(hits->count - at));
	hits->list[at] = hit;
	hits->count++;
}

static void
consider(struct hits *hits, const char *path, unsigned char type)
{
	char *text = path_text(path);
	struct hit hit = {text, type, fuzzy_score(&hits->fuzzy, text)};
	if (hit.score > 0)
		keep(hits, hit);
	else
		free(text);
}

/* ---- from our own walk ---- */

static bool
consider_entry(void *arg, const struct walk_entry *entry)
{
	consider(arg, entry->path, entry->type);
	return true;
}

/* ---- from rg ---- */

static uint64_t
hash_of(const char *path, size_t len)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a */
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (unsigned char)path[i]) * 1099511628211u;
	return hash ? hash : 1;
}

static void put_seen(struct seen *seen, uint64_t hash);

static void
grow(struct seen *seen)
{
	struct seen old = *seen;
	seen->size = old.size ? old.size * 2 : 1024;
	seen->slots = xcalloc(seen->size, sizeof *seen->slots);
	for (size_t i = 0; i < old.size; i++)
		if (old.slots[i])
			put_seen(seen, old.slots[i]);
	free(old.slots);
}

static uint64_t *
slot_of(const struct seen *seen, uint64_t hash)
{
	size_t at = hash & (seen->size - 1);
	while (seen->slots[at] && seen->slots[at] != hash)
		at = (at + 1) & (seen->size - 1);
	return &seen->slots[at];
}

static void
put_seen(struct seen *seen, uint64_t hash)
{
	*slot_of(seen, hash) = hash;
}

/* True when it is new. */
static bool
see(struct seen *seen, uint64_t hash)
{
	if (seen->count * 2 >= seen->size)
		grow(seen);
	if (*slot_of(seen, hash))
		return false;
	put_seen(seen, hash);
	seen->count++;
	return true;
}

/* rg names files only: the directories above each are told when they are first seen. */
static void
consider_directories(struct hits *hits, const char *path)
{
	for (size_t n = strlen(path); n > 0; n--) {
		if (path[n] != '/')
			continue;
		if (!see(&hits->seen, hash_of(path, n)))
			return;
		char *above = xstrndup(path, n);
		consider(hits, above, DT_DIR);
		free(above);
	}
}

static void
consider_file(struct hits *hits, const char *path)
{
	if (strncmp(path, "./", 2) == 0)
		path += 2;
	consider_directories(hits, path);
	consider(hits, path, DT_REG);
}

static bool
take_paths(void *arg, const char *bytes, size_t len)
{
	struct hits *hits = arg;
	const char *end;
	while ((end = memchr(bytes, '\0', len))) {
		size_t n = (size_t)(end - bytes);
		buf_add(&hits->part, bytes, n);
		if (hits->part.len)
			consider_file(hits, hits->part.data);
		buf_clear(&hits->part);
		bytes += n + 1;
		len -= n + 1;
	}
	buf_add(&hits->part, bytes, len);
	return hits->part.len <= PATH_TEXT_BYTES;
}

/* ---- answer ---- */

static const char *
type_name(unsigned char type)
{
	return type == DT_REG    ? "file"
		: type == DT_DIR ? "directory"
		: type == DT_LNK ? "link"
				 : "other";
}

static void
put_hit(struct buf *out, const struct finder *finder, const struct fuzzy *fuzzy,
	const struct hit *hit)
{
	int positions[FUZZY_PATTERN_MAX];
	json_begin(out, '{');
	json_key(out, "path"), json_string(out, hit->path);
	if (finder->matches) {
		bool found = fuzzy_positions(fuzzy, hit->path, positions);
		json_key(out, "type"), json_string(out, type_name(hit->type));
		json_key(out, "matches"), json_begin(out, '[');
		for (int i = 0; found && i < fuzzy->count; i++)
			json_int(out, positions[i]);
		json_end(out, ']');
	}
	json_end(out, '}');
}

int
finder_put(struct buf *out, const struct finder *finder, struct err *e)
{
	struct hits *hits = xcalloc(1, sizeof *hits);
	struct walk walk = {
		.b = finder->b,
		.end = clock_monotonic() + TIME_MS,
		.entries = ENTRIES_MAX,
		.each = consider_entry,
		.arg = hits,
	};
	hits->limit = finder->limit;
	fuzzy_read(&hits->fuzzy, finder->name);
	int rc = search_list(finder->conf, finder->b, TIME_MS, take_paths, hits, e);
	if (rc == 0)
		walk_all(&walk);
	json_begin(out, '[');
	for (int i = 0; i < hits->count; i++) {
		put_hit(out, finder, &hits->fuzzy, &hits->list[i]);
		free(hits->list[i].path);
	}
	json_end(out, ']');
	buf_free(&hits->part);
	free(hits->seen.slots);
	free(hits);
	return rc < 0 ? -1 : 0;
}
