/*
 * What does not fit into a cell: an underline's style and colour, and links. A cell has
 * the number of its style, a style the number of its link; both tables are swept when
 * they are full, by looking at every cell.
 */
#include "config.h"

#include "runner/terminal_model.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 64, SWEEP_REST = 4096 };

static uint32_t
hash(struct style s)
{
	uint32_t h = s.underline * 2654435761u ^ s.link * 2246822519u;
	return h ^ h >> 15;
}

static void
slot_put(struct styles *s, uint32_t id)
{
	uint32_t at = hash(s->list[id]) & (s->slot_count - 1);
	while (s->slots[at])
		at = (at + 1) & (s->slot_count - 1);
	s->slots[at] = id;
}

static void
rehash(struct styles *s, uint32_t slot_count)
{
	free(s->slots);
	s->slots = xcalloc(slot_count, sizeof *s->slots);
	s->slot_count = slot_count;
	for (uint32_t i = 1; i < s->count; i++)
		slot_put(s, i);
}

void
styles_init(struct terminal *t)
{
	t->styles = (struct styles){.count = 1, .size = 16};
	t->styles.list = xcalloc(t->styles.size, sizeof *t->styles.list);
	rehash(&t->styles, FIRST_SLOTS);
	t->links = (struct links){.count = 1, .size = 16};
	t->links.list = xcalloc(t->links.size, sizeof *t->links.list);
}

static void
link_free(struct link *l)
{
	free(l->id);
	free(l->target);
	*l = (struct link){0};
}

void
styles_finish(struct terminal *t)
{
	for (uint32_t i = 1; i < t->links.count; i++)
		link_free(&t->links.list[i]);
	free(t->links.list);
	free(t->styles.list);
	free(t->styles.slots);
}

static void
each_cell(struct terminal *t, void (*visit)(struct cell *c, void *data), void *data)
{
	struct screen *screens[] = {&t->normal, &t->alternate};
	for (int k = 0; k < 2; k++) {
		for (long i = 0; i < screens[k]->limit; i++) {
			struct row *r = screens[k]->ring[i];
			for (int x = 0; r && x < r->len; x++)
				if (r->cells[x].style)
					visit(&r->cells[x], data);
		}
	}
}

static void
mark(struct cell *c, void *data)
{
	((uint32_t *)data)[c->style] = 1;
}

static void
renumber(struct cell *c, void *data)
{
	c->style = ((uint32_t *)data)[c->style];
}

/* Drops the styles that no cell has. The numbers change. */
static void
sweep_styles(struct terminal *t)
{
	struct styles *s = &t->styles;
	uint32_t *numbers = xcalloc(s->count, sizeof *numbers);
	uint32_t kept = 1;
	each_cell(t, mark, numbers);
	numbers[0] = 0;
	for (uint32_t i = 1; i < s->count; i++) {
		if (!numbers[i])
			continue;
		s->list[kept] = s->list[i];
		numbers[i] = kept++;
	}
	s->count = kept;
	each_cell(t, renumber, numbers);
	t->pen.style_id = STYLE_UNKNOWN;
	free(numbers);
	rehash(s, s->slot_count);
}

static uint32_t
style_find(const struct styles *s, struct style want)
{
	uint32_t at = hash(want) & (s->slot_count - 1);
	for (; s->slots[at]; at = (at + 1) & (s->slot_count - 1)) {
		const struct style *have = &s->list[s->slots[at]];
		if (have->underline == want.underline && have->link == want.link)
			return s->slots[at];
	}
	return 0;
}

static uint32_t
style_number(struct terminal *t, struct style want)
{
	struct styles *s = &t->styles;
	uint32_t found;
	if (!want.underline && !want.link)
		return 0;
	found = style_find(s, want);
	if (found)
		return found;
	if (s->count == STYLES_MAX) {
		if (s->wait-- > 0)
			return 0;
		s->wait = SWEEP_REST;
		sweep_styles(t);
		if (s->count == STYLES_MAX)
			return 0;
	}
	if (s->count == s->size) {
		s->size *= 2;
		s->list = xrealloc(s->list, s->size * sizeof *s->list);
	}
	s->list[s->count] = want;
	if (s->count * 2 >= s->slot_count) {
		s->count++;
		rehash(s, s->slot_count * 2);
	} else {
		slot_put(s, s->count++);
	}
	return s->count - 1;
}

uint32_t
pen_style(struct terminal *t)
{
	if (t->pen.style_id == STYLE_UNKNOWN)
		t->pen.style_id = style_number(t, t->pen.style);
	return t->pen.style_id;
}

void
pen_style_changed(struct terminal *t, bool counts_anew)
{
	const struct style *s = &t->pen.style;
	t->pen.style_id = STYLE_UNKNOWN;
	if (!counts_anew)
		return;
	if (s->underline >> UNDERLINE_SHIFT || s->link)
		t->pen.bg |= BG_STYLED;
	else
		t->pen.bg &= ~BG_STYLED;
}

static void
unchain_unused(struct links *l, uint32_t *at)
{
	while (*at) {
		struct link *link = &l->list[*at];
		if (link->used) {
			at = &link->next;
			continue;
		}
		*at = link->next;
		link_free(link);
	}
}

/* Frees the links that no style has; their places are used again. */
static void
sweep_links(struct terminal *t)
{
	sweep_styles(t);
	for (uint32_t i = 1; i < t->links.count; i++)
		t->links.list[i].used = i == t->pen.style.link;
	for (uint32_t i = 1; i < t->styles.count; i++)
		t->links.list[t->styles.list[i].link].used = true;
	for (int i = 0; i < LINK_CHAINS; i++)
		unchain_unused(&t->links, &t->links.chains[i]);
}

/* A place whose link was freed, or a new one; 0 when all are in use. After a sweep that
 * gained nothing the next one waits, since it looks at every cell. */
static uint32_t
free_link(struct terminal *t)
{
	struct links *l = &t->links;
	if (l->count < LINKS_MAX) {
		if (l->count == l->size) {
			l->size *= 2;
			l->list = xrealloc(l->list, l->size * sizeof *l->list);
		}
		l->list[l->count] = (struct link){0};
		return l->count++;
	}
	for (int turn = 0; turn < 2; turn++) {
		for (; l->next_free < l->count; l->next_free++)
			if (!l->list[l->next_free].target)
				return l->next_free;
		if (l->wait-- > 0)
			return 0;
		l->wait = SWEEP_REST;
		sweep_links(t);
		l->next_free = 1;
	}
	return 0;
}

static uint32_t
link_hash(const char *id, const char *target)
{
	uint32_t h = 2166136261u;
	for (; *id; id++)
		h = (h ^ (uint8_t)*id) * 16777619u;
	h *= 16777619u;
	for (; *target; target++)
		h = (h ^ (uint8_t)*target) * 16777619u;
	return h % LINK_CHAINS;
}

uint32_t
link_add(struct terminal *t, const char *id, const char *target)
{
	struct links *l = &t->links;
	uint32_t chain = link_hash(id, target), at;
	if (strlen(id) + strlen(target) > LINK_BYTES)
		return 0;
	for (at = l->chains[chain]; at; at = l->list[at].next)
		if (strcmp(l->list[at].id, id) == 0 &&
			strcmp(l->list[at].target, target) == 0)
			return at;
	at = free_link(t);
	if (!at)
		return 0;
	l->list[at] = (struct link){.id = xstrdup(id),
		.target = xstrdup(target),
		.next = l->chains[chain]};
	l->chains[chain] = at;
	return at;
}
