/* See registry.h. Ids are random, so their first characters are as good as any hash. */
#include "config.h"

#include "runner/registry.h"

#include "lib/buf.h"
#include "runner/run.h"

#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1024 };

LIST_HEAD(run_list, run);

struct registry {
	struct run_list buckets[BUCKETS];
};

static unsigned
bucket_of(const char *id)
{
	unsigned hash = 0;
	for (int i = 0; i < 4 && id[i]; i++)
		hash = hash * 32 + (unsigned char)id[i];
	return hash % BUCKETS;
}

struct registry *
registry_create(void)
{
	struct registry *registry = xcalloc(1, sizeof *registry);
	for (int i = 0; i < BUCKETS; i++)
		LIST_INIT(&registry->buckets[i]);
	return registry;
}

static void
destroy(void *arg, struct run *run)
{
	(void)arg;
	run_destroy(run);
}

void
registry_destroy(struct registry *registry)
{
	if (!registry)
		return;
	registry_each(registry, destroy, NULL);
	free(registry);
}

struct run *
registry_find(const struct registry *registry, const char *id)
{
	struct run *run;
	LIST_FOREACH(run, &registry->buckets[bucket_of(id)], registry_link)
	if (strcmp(run->row.id, id) == 0)
		return run;
	return NULL;
}

void
registry_add(struct registry *registry, struct run *run)
{
	LIST_INSERT_HEAD(&registry->buckets[bucket_of(run->row.id)], run, registry_link);
}

void
registry_remove(struct registry *registry, struct run *run)
{
	(void)registry;
	LIST_REMOVE(run, registry_link);
}

void
registry_each(struct registry *registry, void (*each)(void *arg, struct run *run),
	void *arg)
{
	for (int i = 0; i < BUCKETS; i++) {
		struct run *run, *next;
		for (run = LIST_FIRST(&registry->buckets[i]); run; run = next) {
			next = LIST_NEXT(run, registry_link);
			each(arg, run);
		}
	}
}
