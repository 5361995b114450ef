/*
 * The parts of dispatch-shim and what each of them owns. See shim.c for the whole.
 *
 *	shim.c        start, the loop, time, the end
 *	shim_ring.c   the output ring
 *	shim_birth.c  the child: from START to a program that runs
 *	shim_report.c what it tells until it runs
 *	shim_child.c  the child: its descriptors, its death, the close ladder
 *	shim_gate.c   the child's way out of a network of its own
 *	shim_input.c  the queue of input for the child
 *	shim_guests.c the socket: who may speak
 *	shim_orders.c what the runner orders
 *	shim_facts.c  what it is told
 *	shim_socket.c frames, for these three
 *
 * All memory is one static struct shim, made before START; afterwards nothing is
 * allocated, so a machine without memory cannot end a session here.
 */
#ifndef RUNNER_SHIM_H
#define RUNNER_SHIM_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "runner/os_process.h"
#include "runner/shim_proto.h"

struct shim_ring {
	int fd; /* read-only, to hand out */
	struct shim_ring_header *header;
	unsigned char *data;
	uint64_t size;
	uint64_t head, acked; /* the truth; the header only shows it */
};

int shim_ring_open(struct shim_ring *, uint64_t size);
/* Where a run begins; once, before the first byte. */
void shim_ring_begin(struct shim_ring *, uint64_t base);
uint64_t shim_ring_space(const struct shim_ring *);
/* -1 when offset is above head. A lower offset than before is no error and does
 * nothing. */
int shim_ring_ack(struct shim_ring *, uint64_t offset);
/* One read from fd into the ring: as it comes, or as a record of `stream`. As
 * read(2); call only when shim_ring_wants(). */
ssize_t shim_ring_read(struct shim_ring *, int fd);
ssize_t shim_ring_read_record(struct shim_ring *, int fd, int stream);
/* Room for the smallest read of that mode. */
bool shim_ring_wants(const struct shim_ring *, enum shim_mode);

struct shim_input {
	uint64_t done; /* every k up to here was written to the child */
	uint64_t next; /* the k that is expected */
	uint64_t queued,
		taken; /* bytes that ever entered and left, SHIM_INPUT_COST included */
	struct shim_input_head {
		uint64_t k;
		uint64_t len;
	} current;     /* being written */
	uint32_t left; /* bytes of it; meaningful while `open` */
	bool open;     /* `current` was taken from the queue and is not finished */
	unsigned char bytes[SHIM_INPUT_QUEUE];
};

void shim_input_begin(struct shim_input *, uint64_t base);
bool shim_input_empty(const struct shim_input *);
bool shim_input_fits(const struct shim_input *, size_t len);
void shim_input_put(struct shim_input *, uint64_t k, const void *, size_t);
/*
 * Write what *fd takes. Returns whether an input was finished. A descriptor that cannot
 * be written any more (its reader closed it) swallows everything; then it is closed and
 * set to -1 if `closable`.
 */
bool shim_input_write(struct shim_input *, int *fd, bool closable);

enum shim_ladder {
	LADDER_NONE,
	LADDER_HANGUP,
	LADDER_TERM,
	LADDER_KILL,
	LADDER_GIVEN_UP
};

struct shim_child {
	enum shim_mode mode;
	unsigned char nonce[SHIM_NONCE_SIZE];
	pid_t pid;  /* 0: never forked */
	pid_t init; /* of its pid namespace; 0: it has none, or that has ended */
	int report; /* shim_report.h; end of file: executed */
	int in;     /* master, or the child's stdin; -1 when closed */
	int out;    /* master, or the child's stdout; -1 at EOF */
	int err;    /* the child's stderr; -1 at EOF, and with a pty */
	int slave;  /* held until the reaping, so that EOF can only mean the end */
	int master; /* of the pty, until the exit is complete */
	bool reaped;
	bool alone; /* no descendant is left */
	int code, signal;
	bool left;
	enum shim_step failed_step;
	int failed_errno;
	int64_t reaped_at, active_at; /* ms; last sign of output */
	uint64_t after_reaping;       /* bytes read since */
	enum shim_ladder ladder;
	int64_t ladder_at, give_up_at; /* ms; the next step is due */
};

enum { SHIM_GATE_HOSTS_MAX = 64, SHIM_GATE_WORDS_MAX = 24 * 1024 };

/* The program that relays for the child, while that lives; see gate.h. */
struct shim_gate {
	pid_t pid;     /* 0: it does not run */
	int listener;  /* in the child's namespace; -1: there is no gate */
	int64_t begin; /* ms; not before */
	char words[SHIM_GATE_WORDS_MAX];
	char *argv[SHIM_GATE_HOSTS_MAX + 2];
};

struct shim_guest {
	int fd; /* -1: free */
	int64_t until;
	bool parent; /* inherited from whoever started us; its HELLO sets the cookie */
};

enum { SHIM_GUESTS = 4 };

/* What the runner has to be told; each is sent as soon as the socket takes it. */
enum shim_fact {
	FACT_WELCOME = 1,
	FACT_STARTED = 2,
	FACT_FAILED = 4,
	FACT_INPUT_DONE = 8,
	FACT_DATA = 16,
	FACT_EXIT = 32,
	FACT_STAT = 64,
	FACT_ERROR = 128,
};

struct shim_talk {
	const char *path;
	int listener, conn;
	struct shim_guest guests[SHIM_GUESTS];
	bool has_cookie;
	unsigned char cookie[SHIM_COOKIE_SIZE];
	uint64_t generation;
	unsigned int facts; /* enum shim_fact, due */
	bool blocked;       /* the socket is full */
	int64_t done_due;   /* ms; FACT_INPUT_DONE waits for output no longer than this */
	uint64_t told_head;
	struct {
		enum shim_reason reason;
		uint64_t k, expect;
	} error;
	_Alignas(8) unsigned char in[SHIM_FRAME_MAX];
	_Alignas(8) unsigned char out[1024];
};

struct shim {
	enum shim_state state;
	int64_t now;      /* ms, CLOCK_MONOTONIC, once per turn */
	int64_t leave_at; /* without START, or with an exit that nobody takes */
	int signals;      /* signalfd: SIGCHLD, SIGTERM */
	char *words;      /* our command line, by which we are found */
	size_t words_len; /* bytes of it */
	struct shim_ring ring;
	struct shim_input input;
	struct shim_child child;
	struct shim_gate gate;
	struct shim_talk talk;
	struct os_processes processes;
};

/* shim.c: remove the socket and end. */
_Noreturn void shim_leave(struct shim *);
/* A state the ring's header and the runner must know. */
void shim_enter(struct shim *, enum shim_state);

/* shim_child.c */
struct shim_view;
void shim_child_start(struct shim *, const struct shim_view *start);
void shim_child_read(struct shim *);
/* What was told of its birth, and then who ended: nobody while it starts, since until
 * then it is not known who is ours. */
void shim_child_reap(struct shim *);
void shim_child_signal(struct shim *, int number);
void shim_child_close(struct shim *, uint64_t grace_ms);
/* What time alone brings: the ladder, the end of the output. Returns when to come
 * again. */
int64_t shim_child_tick(struct shim *);

/* shim_gate.c */
/* What is to be run, out of a START. 0, or -1 for one that cannot be followed. */
int shim_gate_read(struct shim_gate *, const struct shim_view *start);
/* In the forked process: a socket that listens at this port of loopback. -1 with errno.
 */
int shim_gate_listen(unsigned int port);
/* The child has it: from now on there is a gate. */
void shim_gate_open(struct shim *, int listener);
void shim_gate_close(struct shim *);
/* That process ended. */
void shim_gate_reap(struct shim *, pid_t);
/* Starts it when it is due. Returns when to come again. */
int64_t shim_gate_tick(struct shim *);

/* shim_guests.c */
void shim_guests_accept(struct shim *);
/* What a guest says: it becomes the runner, or goes. */
void shim_guests_hear(struct shim *, struct shim_guest *);
/* Those who have said nothing for too long. */
void shim_guests_expire(struct shim *);

/* shim_orders.c */
void shim_orders_take(struct shim *);

/* shim_facts.c */
/* What is true now, for a runner that knows nothing. */
unsigned int shim_facts_present(const struct shim *);
/* Input was written to the child. */
void shim_facts_input_done(struct shim *);
/* As much of what is due as the socket takes. Returns when to come again. */
int64_t shim_facts_tell(struct shim *);

static inline int64_t
shim_earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

#endif
