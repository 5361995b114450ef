/*
 * The runner's end of a link to the real shim, which starts this very test as a child:
 * see shim_child.h. What it is told is kept here, and what it reads is checked by
 * position or kept. A function that cannot do its work fails the test.
 */
#ifndef DISPATCH_T_SHIM_RUNNER_H
#define DISPATCH_T_SHIM_RUNNER_H

#include "lib/err.h"
#include "lib/os_isolate.h"
#include "runner/shim_link.h"
#include "t/unit/shim_child.h"

#include <event2/event.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { RUNNER_PATIENCE_MS = 8000 };

extern const unsigned char runner_cookie[SHIM_COOKIE_SIZE];

struct runner {
	char dir[64];
	char path[107];
	char self[512];
	int program;
	struct event_base *base;
	struct shim_link *link;
	struct shim_link_conf conf;
	struct shim_link_handlers handlers;
	bool isolated;
	struct os_isolate isolate;

	bool welcomed, started, failed, exited, errored, stated, lost;
	struct shim_welcome welcome;
	struct shim_failure failure;
	struct shim_exit exit;
	struct shim_error error;
	enum shim_lost why;
	pid_t pid;
	uint64_t input_done;

	uint64_t committed; /* offset: all below was read, checked and kept */
	uint64_t stop_at;   /* commit no further; 0: all */
	bool flood;         /* check against shim_child_flood(), keep nothing */
	bool lazy;          /* acknowledge only now and then */
	uint64_t wrong;     /* bytes that were not what they should be */
	unsigned int turns;
	char *kept;
	size_t nkept;
};

/* For cmocka: *state is a runner that has no link yet; a shim that a test leaves behind
 * is ended. Its programs are isolated by nothing; have terminals of their own; are closed
 * in as those of the profile project. Where the kernel allows no namespaces, all are the
 * first. */
int runner_set_up(void **state);
int runner_set_up_terminals(void **state);
int runner_set_up_closed(void **state);
int runner_tear_down(void **state);

#define RUNNER_TEST(name) \
	cmocka_unit_test_setup_teardown(name, runner_set_up, runner_tear_down)
#define RUNNER_TEST_IN(set_up, name) \
	{ \
#name ", " #set_up, name, set_up, runner_tear_down, NULL \
	}

int64_t runner_clock(void); /* milliseconds */
void runner_turn(struct runner *r);
void runner_turn_for(struct runner *r, int ms);

/* Turns the loop until `condition` holds; fails after RUNNER_PATIENCE_MS. */
#define until(r, condition) \
	do { \
		int64_t until_end_ = runner_clock() + RUNNER_PATIENCE_MS; \
		while (!(condition)) { \
			if (runner_clock() > until_end_) \
				fail_msg("waited in vain for: %s", #condition); \
			runner_turn(r); \
		} \
	} while (0)

/* A new shim, which says what it is; what was told before is forgotten. */
void runner_spawn(struct runner *r);

/* Leaves the shim alone. */
void runner_drop(struct runner *r);

/* The same shim once more; or r->lost says that there is none. */
void runner_adopt(struct runner *r);
void runner_forget(struct runner *r);

/* To run a child of shim_child.h: argv has its name from [2] on, and is lent. */
struct shim_start runner_command(struct runner *r, const char **argv);

/* Until it runs, or does not. */
void runner_start(struct runner *r, const struct shim_start *shim_start);

/* A new shim in which the child runs. */
#define runner_start_child(r, ...) \
	do { \
		const char *start_argv_[] = {NULL, NULL, __VA_ARGS__, NULL}; \
		struct shim_start start_ = runner_command(r, start_argv_); \
		runner_spawn(r); \
		runner_start(r, &start_); \
		assert_true((r)->started); \
	} while (0)

/* What is acknowledged up to there cannot be read any more. */
bool runner_has_acknowledged(struct runner *r, uint64_t offset);

/* What was read otherwise than by the link is checked or kept, too. */
void runner_commit(struct runner *r, const unsigned char *bytes, size_t len);

/* It has ended, and everything was read. */
bool runner_is_complete(struct runner *r);

/* The good end: everything read, exit acknowledged, socket gone. */
void runner_finish(struct runner *r);

bool is_gone(pid_t pid);
int open_descriptors(void);

#endif
