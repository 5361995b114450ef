/* See partials.h. */
#include "config.h"

#include "runner/partials.h"

#include "lib/json.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct partials {
	LIST_HEAD(, partial) list;
	uint64_t last_id;
	void (*grown)(void *arg);
	void *arg;
};

struct partials *
partials_create(void (*grown)(void *arg), void *arg)
{
	struct partials *partials = xcalloc(1, sizeof *partials);
	LIST_INIT(&partials->list);
	partials->grown = grown;
	partials->arg = arg;
	return partials;
}

void
partials_destroy(struct partials *partials)
{
	if (!partials)
		return;
	while (!LIST_EMPTY(&partials->list))
		partials_end(partials, LIST_FIRST(&partials->list));
	free(partials);
}

void
partials_end(struct partials *partials, struct partial *p)
{
	(void)partials;
	LIST_REMOVE(p, link);
	buf_free(&p->text);
	free(p->message);
	free(p->parent);
	free(p->name);
	free(p);
}

void
partials_end_all(struct partials *partials, int64_t session, const char *message)
{
	struct partial *p, *next;
	for (p = LIST_FIRST(&partials->list); p; p = next) {
		next = LIST_NEXT(p, link);
		if (p->session == session &&
			(!message || strcmp(p->message, message) == 0))
			partials_end(partials, p);
	}
}

static void
make_room(struct partials *partials, int64_t session)
{
	struct partial *p, *oldest = NULL;
	int count = 0;
	LIST_FOREACH(p, &partials->list, link)
	if (p->session == session) {
		oldest = p;
		count++;
	}
	if (count >= PARTIALS_MAX)
		partials_end(partials, oldest);
}

struct partial *
partials_begin(struct partials *partials, const struct partial *what)
{
	make_room(partials, what->session);
	struct partial *p = xcalloc(1, sizeof *p);
	*p = (struct partial){.id = ++partials->last_id,
		.session = what->session,
		.message = xstrdup(what->message),
		.index = what->index,
		.kind = what->kind,
		.parent = xstrdup(what->parent),
		.name = xstrdup(what->name)};
	LIST_INSERT_HEAD(&partials->list, p, link);
	return p;
}

struct partial *
partials_find(struct partials *partials, int64_t session, const char *message, int index)
{
	struct partial *p;
	LIST_FOREACH(p, &partials->list, link)
	if (p->session == session && p->index == index &&
		strcmp(p->message, message) == 0)
		return p;
	return NULL;
}

struct partial *
partials_first(struct partials *partials, int64_t session, const char *message)
{
	struct partial *p, *first = NULL;
	LIST_FOREACH(p, &partials->list, link)
	if (p->session == session && strcmp(p->message, message) == 0 &&
		(!first || p->index < first->index))
		first = p;
	return first;
}

void
partials_grow(struct partials *partials, struct partial *p, const char *text, size_t len)
{
	if (p->text.len + len > PARTIAL_BYTES)
		return;
	buf_add(&p->text, text, len);
	partials->grown(partials->arg);
}

/* Units of UTF-16 in valid UTF-8. */
static size_t
count_units(const char *text, size_t len)
{
	size_t units = 0;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		units += ((c & 0xc0) != 0x80) + (c >= 0xf0);
	}
	return units;
}

static void
encode(const struct partial *p, const char *session_id, struct partial_place *place,
	struct buf *b)
{
	const char *text = p->text.data + place->bytes;
	size_t len = p->text.len - place->bytes;
	buf_str(b, "event: partial\ndata: ");
	json_begin(b, '{');
	json_key(b, "session"), json_string(b, session_id);
	json_key(b, "message"), json_string(b, p->message);
	json_key(b, "index"), json_int(b, p->index);
	json_key(b, "kind"), json_string(b, p->kind);
	if (p->parent)
		json_key(b, "parent"), json_string(b, p->parent);
	if (p->name)
		json_key(b, "name"), json_string(b, p->name);
	json_key(b, "at"), json_int(b, (int64_t)place->units);
	json_key(b, "text"), json_string_n(b, text, len);
	json_end(b, '}');
	buf_str(b, "\n\n");
	place->bytes += len;
	place->units += count_units(text, len);
}

static bool
is_open(const struct partials *partials, uint64_t id)
{
	const struct partial *p;
	LIST_FOREACH(p, &partials->list, link)
	if (p->id == id)
		return true;
	return false;
}

/* The place of a block, at first one of a block that is no more. */
static struct partial_place *
place_of(const struct partials *partials, uint64_t id, struct partial_place *places)
{
	struct partial_place *unused = NULL;
	for (int i = 0; i < PARTIALS_MAX; i++) {
		if (places[i].id == id)
			return &places[i];
		if (!unused && !is_open(partials, places[i].id))
			unused = &places[i];
	}
	if (unused)
		*unused = (struct partial_place){.id = id};
	return unused;
}

void
partials_encode(const struct partials *partials, int64_t session, const char *session_id,
	struct partial_place places[PARTIALS_MAX], struct buf *b)
{
	const struct partial *p;
	LIST_FOREACH(p, &partials->list, link)
	{
		if (p->session != session)
			continue;
		struct partial_place *place = place_of(partials, p->id, places);
		if (place && place->bytes < p->text.len)
			encode(p, session_id, place, b);
	}
}
