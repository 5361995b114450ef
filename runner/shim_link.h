/*
 * The runner's end of a shim: one struct shim_link is one connection to one shim.
 *
 *	spawn or adopt → welcome → start → started → data, input_done …
 *	→ exited → exit_ack → lost
 *
 * Everything comes back through handlers, called from the event loop and never from
 * inside a function of this header, so there is one order of things for a new shim and
 * for one that was found again. No function blocks. A handler may free the link that
 * called it.
 *
 * The link never ends the child: freeing it, or dying, only closes the connection. After
 * `lost` the mapped ring can still be read (shim_link_peek); everything else fails until
 * a new link adopts the shim.
 *
 * Exactness. Read from the offset that is committed, commit, then shim_link_ack(). After
 * a restart adopt, and read on from the committed offset, which lies within the ring's
 * [acked, head]. Inputs carry k; after a restart go on with welcome.input_done + 1 (an
 * input that the shim has queued already is recognised, sending it again is right).
 *
 * Work per turn: `data` is called when there are unread bytes. Take what fits this turn
 * (shim_link_peek gives a contiguous piece; take at most 32 KiB), commit, acknowledge; if
 * more is there, `data` is called again in the next turn.
 */
#ifndef RUNNER_SHIM_LINK_H
#define RUNNER_SHIM_LINK_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runner/shim_proto.h"

struct err;
struct event_base;
struct os_isolate;
struct shim_link;

struct shim_link_conf {
	/*
	 * Socket, at most 107 bytes. Its directory must be ours, mode 0700, no
	 * symlink.
	 */
	const char *path;
	/* dispatch-shim, opened once at start with O_PATH | O_CLOEXEC, so that replacing
	 * the file under a living runner changes nothing. Spawn only; not closed here. */
	int program_fd;
	/*
	 * Power of two, SHIM_RING_MIN..SHIM_RING_MAX; 0: SHIM_RING_DEFAULT. Spawn
	 * only.
	 */
	size_t ring_size;
	/* How long the shim waits for START; 0: SHIM_START_LIMIT_MS. Spawn only. */
	unsigned int start_limit_ms;
	/* Of this runner; higher than that of any runner before it. */
	uint64_t generation;
	/* The secret of this shim. Keep it with the session: adoption needs it. */
	unsigned char cookie[SHIM_COOKIE_SIZE];
};

struct shim_welcome {
	enum shim_state state;
	uint64_t head;       /* bytes produced */
	uint64_t acked;      /* bytes below are gone from the ring */
	uint64_t input_done; /* every input up to this k reached the program */
	uint64_t input_next; /* the k that the shim has not seen yet */
	pid_t pid;           /* of the child; 0: never started */
	enum shim_mode mode;
	/* Of the START that was accepted; zeros when idle. */
	unsigned char nonce[SHIM_NONCE_SIZE];
};

struct shim_failure {
	enum shim_step step;
	int error; /* errno */
};

struct shim_exit {
	int code;            /* 0..255; 0 when a signal ended it; -1 unknown, see left */
	int signal;          /* 0: it exited */
	uint64_t head;       /* where the output ends; no byte follows */
	uint64_t input_done; /* later inputs never reached the program */
	int left;            /* 1: a close left behind what cannot be killed */
};

/* An order of ours that the shim did not follow. */
struct shim_error {
	enum shim_reason reason;
	uint64_t k;      /* of the input; 0: it was something else */
	uint64_t expect; /* the k that the shim expects */
};

enum shim_lost {
	SHIM_LOST_NO_SOCKET, /* nothing at this path: it left, or never was */
	SHIM_LOST_DEAD,      /* a socket without a process behind it */
	SHIM_LOST_FENCED,    /* refused or cut off: a newer runner owns the shim */
	SHIM_LOST_REFUSED,   /* wrong cookie, version, or not our user's shim */
	SHIM_LOST_PEER_GONE, /* the connection ended; adopt again to learn more */
	SHIM_LOST_LEFT,      /* the shim left after our EXIT_ACK: the good end */
	SHIM_LOST_SILENT,    /* no answer in time: unreachable, which is not dead */
	SHIM_LOST_BROKEN,    /* it sent or wrote what a shim never does */
};

/* Any of these may be NULL. `ctx` is what spawn or adopt was given. */
struct shim_link_handlers {
	/*
	 * First, once. A state of STARTING, RUNNING, FAILED_TO_START or EXITED is
	 * followed by started, failed or exited as if it had just happened.
	 */
	void (*welcome)(void *ctx, const struct shim_welcome *);
	void (*started)(void *ctx, pid_t pid);
	/* The child did not come to be. Commit, then shim_link_exit_ack(). */
	void (*failed)(void *ctx, const struct shim_failure *);
	/* There are bytes between the last acknowledged offset and head. */
	void (*data)(void *ctx);
	/*
	 * Every input up to k has been written to the program (so k may jump). k is 0
	 * when only room for inputs became free.
	 */
	void (*input_done)(void *ctx, uint64_t k);
	/* Output is complete up to exit.head and may still have to be read. Read, commit,
	 * then shim_link_exit_ack(). Comes again on every connection until then. */
	void (*exited)(void *ctx, const struct shim_exit *);
	void (*error)(void *ctx, const struct shim_error *);
	/* Answer to shim_link_stat(). */
	void (*stat)(void *ctx, const struct shim_welcome *);
	/* Last, once. `why` is a sentence for the log, valid during the call. */
	void (*lost)(void *ctx, enum shim_lost, const char *why);
};

/* Everything is copied into one frame of SHIM_FRAME_MAX; argv and env have at most
 * SHIM_ARGS_MAX elements each. */
struct shim_start {
	unsigned char nonce[SHIM_NONCE_SIZE]; /* one per attempt, random */
	/* The program; NULL: argv[0]. Without `/` it is looked for in the PATH of
	 * `env`. */
	const char *file;
	const char *const *argv; /* NULL-terminated, at least one element */
	const char *const *env;  /* NULL-terminated NAME=value; all that the child gets */
	const char *cwd;         /* absolute */
	enum shim_mode mode;
	unsigned int cols, rows; /* 1..65535; ignored with pipes */
	uint64_t input_base;     /* last k of the former runs; 0 in the first */
	uint64_t output_base;    /* where the former run's output ended; with pipes
	                          * a multiple of 8 */
	const struct os_isolate *isolate; /* NULL: not at all */
	/* The gate's program and its hosts, for a namespace without a network; NULL: it
	 * has none. At most SHIM_GATE_HOSTS_MAX. */
	const char *gate;
	const char *const *hosts;
	unsigned int gate_port;
	const char *group; /* directory of its control group; NULL: that of the shim */
};

/*
 * Start a shim and connect to it. The shim is not a child of the caller afterwards and
 * outlives it. A stale socket at conf->path (no process behind it) is replaced.
 *
 * Returns NULL with *e filled: `shim.busy` when a living shim holds the path, `shim.path`
 * when path or directory are not as described above, `shim.spawn` when the system
 * refuses.
 */
struct shim_link *shim_link_spawn(struct event_base *, const struct shim_link_conf *,
	const struct shim_link_handlers *, void *ctx, struct err *);

/*
 * Connect to a shim that exists. That it cannot be reached is told by `lost`. NULL with
 * *e filled only for a bad conf->path or lack of descriptors.
 */
struct shim_link *shim_link_adopt(struct event_base *, const struct shim_link_conf *,
	const struct shim_link_handlers *, void *ctx, struct err *);

/*
 * Close the connection; the shim and its child go on. NULL is allowed. Legal in a
 * handler.
 */
void shim_link_free(struct shim_link *);

/*
 * Orders. 0, or -1 with *e filled: `shim.state` (no welcome yet, lost, or not now),
 * `shim.range` (argument out of bounds), `shim.full` (try again after the next
 * input_done; for other orders: later).
 */
int shim_link_start(struct shim_link *, const struct shim_start *, struct err *);

/*
 * Input k = the last one + 1, len 0..SHIM_INPUT_MAX; the bytes are copied. k = 0:
 * unnumbered. Several may be under way; `shim.full` when SHIM_INPUT_QUEUE would be
 * exceeded.
 */
int shim_link_input(struct shim_link *, uint64_t k, const void *bytes, size_t len,
	struct err *);

int shim_link_resize(struct shim_link *, unsigned int cols, unsigned int rows,
	struct err *);

/* To the foreground process group of the pty, or the child's process group with pipes. */
int shim_link_signal(struct shim_link *, int number, struct err *);

/*
 * End the program and everything that it started: SIGHUP and SIGCONT, after grace_ms
 * SIGTERM, after one more second SIGKILL until nothing is left. Ends in `exited`; goes on
 * without us once the shim has the order. May be repeated (the shorter grace counts). A
 * shim that was not started leaves.
 */
int shim_link_close(struct shim_link *, unsigned int grace_ms, struct err *);

/*
 * After the exit (or failure) is committed. The shim removes its socket and leaves:
 * `lost` with SHIM_LOST_LEFT. Before that the path is not free for another shim.
 */
int shim_link_exit_ack(struct shim_link *, struct err *);

/* Ask for the present state: `stat`. */
int shim_link_stat(struct shim_link *, struct err *);

/*
 * Everything below offset is committed; the ring may reuse it. Offset is clipped to
 * [acked, head]. Never fails: when the socket is full only the highest offset is kept.
 * If more bytes are there, `data` follows in the next turn of the loop.
 */
void shim_link_ack(struct shim_link *, uint64_t offset);

/*
 * Bytes produced so far, checked; the acknowledged offset when the ring is not
 * readable.
 */
uint64_t shim_link_head(struct shim_link *);

/*
 * The contiguous bytes from offset on; *bytes points into the ring and is good until
 * shim_link_ack() goes beyond it or the link is freed. Returns their number, 0 when there
 * are none, or offset is outside [acked, head]. The bytes are the program's: untrusted.
 */
size_t shim_link_peek(struct shim_link *, uint64_t offset, const void **bytes);

/*
 * Pipes mode: the record at offset. Copies at most SHIM_RECORD_MAX bytes to `bytes`, sets
 * *stream to SHIM_STREAM_STDOUT or _STDERR and *next to the offset of the next record,
 * and returns the length; 0 when there is no whole record. Acknowledge only such offsets.
 */
size_t shim_link_record(struct shim_link *, uint64_t offset, int *stream,
	unsigned char bytes[SHIM_RECORD_MAX], uint64_t *next);

#endif
