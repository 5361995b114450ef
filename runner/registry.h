/* The runs that are alive in this process, found by the id of their session. */
#ifndef DISPATCH_RUNNER_REGISTRY_H
#define DISPATCH_RUNNER_REGISTRY_H

struct registry;
struct run;

struct registry *registry_create(void);

/* Destroys the runs as well; their shims and programs live on. */
void registry_destroy(struct registry *registry);

/* NULL when there is none. */
struct run *registry_find(const struct registry *registry, const char *id);

void registry_add(struct registry *registry, struct run *run);
void registry_remove(struct registry *registry, struct run *run);

/* Calls each(arg, run) for every run; it may destroy that run. */
void registry_each(struct registry *registry, void (*each)(void *arg, struct run *run),
	void *arg);

#endif
