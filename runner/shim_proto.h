/*
 * What a runner and a shim say to each other, and the shared ring between them.
 *
 * One shim holds one child. A runner may die and be replaced at any moment, so every
 * message is either a fact that can be repeated (WELCOME, STARTED, EXIT, INPUT_DONE,
 * DATA) or an order that carries a number by which a repetition is recognised (START by
 * nonce, INPUT by k, ACK by offset). Both ends are on one machine: numbers are in host
 * byte order.
 *
 * Messages. The socket is SOCK_SEQPACKET, one frame per message: struct
 * shim_frame_header, then fields. A field is struct shim_field_header and its value,
 * padded with zeros to 8 bytes. A number is always 8 bytes. A text ends in one NUL that
 * is counted. A reader skips fields and frames that it does not know; new ones may
 * therefore be added without a new version.
 *
 *   runner → shim                               shim → runner
 *   HELLO   VERSION_MIN VERSION_MAX COOKIE      WELCOME the state below + FDS (ring)
 *           GENERATION                          REFUSED REASON; the connection is closed
 *                                               FENCED  another runner said HELLO; closed
 *   START   NONCE ARG… ENV… CWD [FILE] MODE     STARTED PID + FDS (master)
 *           COLS ROWS INPUT_DONE HEAD           FAILED  STEP ERRNO
 *           [ISOLATE ISOLATE_STEP… LIMIT_…] [GATE GATE_PORT GATE_HOST…] [GROUP]
 *   ACK     OFFSET                              DATA    HEAD
 *   INPUT   K BYTES                             INPUT_DONE K TAKEN
 *   RESIZE  COLS ROWS
 *   SIGNAL  NUMBER
 *   CLOSE   GRACE
 *   EXIT_ACK                                    EXIT    CODE SIGNAL HEAD LEFT
 *   STAT                                        STAT    the state
 *                                               ERROR   REASON K EXPECT
 *   state = VERSION STATE GENERATION HEAD ACKED INPUT_DONE INPUT_NEXT QUEUED TAKEN PID
 *           NONCE MODE and, when it applies, CODE SIGNAL LEFT STEP ERRNO
 *
 * Output. Offsets count the bytes of a session since its first run; a START says where
 * this run begins. Byte `offset` lies at data[offset & (size - 1)]. The shim writes the
 * bytes, then publishes `head` with release order. DATA is an edge: it is sent when the
 * runner has acknowledged all it was told of and there is more. When the ring is full the
 * shim stops reading and the program blocks, as on any terminal.
 *
 * With pipes instead of a pty the ring holds records: struct shim_record, the bytes,
 * zeros up to a multiple of 8. So the order of stdout and stderr among each other is kept
 * as it was read, and one offset acknowledges both. `head` only ever moves by whole
 * records; output base must be a multiple of 8, hence no record header is ever split by
 * the end of the ring.
 *
 * Input. Inputs are numbered k = 1, 2, 3 … over all runs. A k that was written before
 * is answered as done, one that is waiting is not queued twice, one that leaves a gap is
 * an ERROR. INPUT_DONE K says that every input up to K has been written to the program;
 * it may wait a few milliseconds to come together with the output that answers.
 * An INPUT without K is unnumbered: it is written in its turn, but whoever sends it must
 * bear a repetition or a loss. The shim queues SHIM_INPUT_QUEUE bytes, where an input
 * counts its length and SHIM_INPUT_COST; TAKEN counts (over the life of the shim) what
 * left that queue and QUEUED what entered it, so that the runner knows how much it may
 * send.
 */
#ifndef RUNNER_SHIM_PROTO_H
#define RUNNER_SHIM_PROTO_H

#include <stdatomic.h>
#include <stdint.h>

enum {
	SHIM_VERSION = 4,
	SHIM_VERSION_OLDEST = 1, /* that a runner talks to; only the newest starts */
	SHIM_COOKIE_SIZE = 16,
	SHIM_NONCE_SIZE = 16,
	SHIM_FRAME_MAX = 128 * 1024,   /* a whole message; bounds argv + env */
	SHIM_INPUT_MAX = 64 * 1024,    /* bytes of one INPUT */
	SHIM_INPUT_QUEUE = 128 * 1024, /* bytes waiting for the program */
	SHIM_INPUT_COST = 16,          /* what an input counts beside its bytes */
	SHIM_ARGS_MAX = 1024,          /* ARG fields, and likewise ENV fields */
	SHIM_RECORD_MAX = 16 * 1024,   /* bytes of one record of pipes mode */
	SHIM_RING_HEADER = 4096,
	SHIM_RING_MIN = 64 * 1024,
	SHIM_RING_DEFAULT = 1024 * 1024,
	SHIM_RING_MAX = 64 * 1024 * 1024,

	SHIM_START_LIMIT_MS = 10000, /* a shim without START leaves */
	SHIM_HELLO_LIMIT_MS = 2000,  /* a connection without HELLO is closed */
	SHIM_DRAIN_LIMIT_MS = 2000,  /* child gone, something keeps the pty open */
	SHIM_GRACE_MS = 2000,        /* CLOSE: SIGHUP → SIGTERM by default */
	SHIM_GRACE_MAX_MS = 600000,
	SHIM_TERM_MS = 1000,          /* CLOSE: SIGTERM → SIGKILL */
	SHIM_KILL_LIMIT_MS = 10000,   /* CLOSE: what SIGKILL cannot end is LEFT */
	SHIM_KEEP_EXIT_S = 7 * 86400, /* an exit that nobody acknowledges */
};

enum shim_frame_type {
	SHIM_HELLO = 1,
	SHIM_WELCOME,
	SHIM_REFUSED,
	SHIM_FENCED,
	SHIM_START,
	SHIM_STARTED,
	SHIM_FAILED,
	SHIM_DATA,
	SHIM_ACK,
	SHIM_INPUT,
	SHIM_INPUT_DONE,
	SHIM_RESIZE,
	SHIM_SIGNAL,
	SHIM_CLOSE,
	SHIM_EXIT,
	SHIM_EXIT_ACK,
	SHIM_STAT,
	SHIM_ERROR,
};

enum shim_field {
	SHIM_F_VERSION_MIN = 1,
	SHIM_F_VERSION_MAX,
	SHIM_F_VERSION,
	SHIM_F_COOKIE, /* SHIM_COOKIE_SIZE bytes */
	SHIM_F_GENERATION,
	SHIM_F_REASON, /* enum shim_reason */
	SHIM_F_STATE,  /* enum shim_state */
	SHIM_F_FDS,    /* bits SHIM_FD_*; they come in the order of the bits */
	SHIM_F_NONCE,  /* SHIM_NONCE_SIZE bytes */
	SHIM_F_FILE,   /* text; what to execute when it is not ARG 0 */
	SHIM_F_ARG,    /* text, repeated */
	SHIM_F_ENV,    /* text NAME=value, repeated */
	SHIM_F_CWD,    /* text, absolute */
	SHIM_F_MODE,   /* enum shim_mode */
	SHIM_F_COLS,
	SHIM_F_ROWS,
	SHIM_F_PID,
	SHIM_F_STEP, /* enum shim_step */
	SHIM_F_ERRNO,
	SHIM_F_HEAD, /* in START: where this run's output begins */
	SHIM_F_ACKED,
	SHIM_F_OFFSET,
	SHIM_F_K,
	SHIM_F_BYTES,
	SHIM_F_INPUT_DONE, /* in START: the last k of the former runs */
	SHIM_F_INPUT_NEXT, /* the k that the shim expects */
	SHIM_F_QUEUED,
	SHIM_F_TAKEN,
	SHIM_F_EXPECT,
	SHIM_F_NUMBER,
	SHIM_F_GRACE, /* ms */
	SHIM_F_CODE,
	SHIM_F_SIGNAL,
	SHIM_F_LEFT, /* 1: SIGKILL did not end everything */
	/* How the program is isolated; see lib/os_isolate.h. */
	SHIM_F_ISOLATE,      /* bits OS_ISOLATE_* */
	SHIM_F_ISOLATE_STEP, /* text, repeated */
	SHIM_F_LIMIT_PROCESSES,
	SHIM_F_LIMIT_FILES,
	SHIM_F_LIMIT_MEMORY,
	SHIM_F_LIMIT_CPU,
	/* Its way out of a network namespace; see runner/gate.h. */
	SHIM_F_GATE,      /* text: the program */
	SHIM_F_GATE_PORT, /* where it listens in there */
	SHIM_F_GATE_HOST, /* text, repeated */
	SHIM_F_GROUP,     /* text: directory of its control group, cgroups(7) */
};

enum { SHIM_FD_RING = 1, SHIM_FD_MASTER = 4, SHIM_FDS_MAX = 3 };

enum shim_state {
	SHIM_IDLE,     /* no START yet */
	SHIM_STARTING, /* forked, exec not confirmed */
	SHIM_RUNNING,
	SHIM_FAILED_TO_START, /* kept until EXIT_ACK */
	SHIM_EXITED,          /* kept until EXIT_ACK */
};

enum shim_mode { SHIM_MODE_PTY, SHIM_MODE_PIPES };

enum shim_step {
	SHIM_STEP_REQUEST, /* the START itself is malformed */
	SHIM_STEP_PTY,     /* no pty or pipes to be had */
	SHIM_STEP_FORK,
	SHIM_STEP_SESSION, /* setsid, controlling terminal, descriptors */
	SHIM_STEP_CWD,
	SHIM_STEP_EXEC,
	SHIM_STEP_ISOLATION, /* the kernel refuses a namespace, a mount or a limit */
	SHIM_STEP_GROUP,     /* it cannot be born in its control group */
};

enum shim_reason {
	SHIM_REASON_VERSION = 1, /* REFUSED: no common version */
	SHIM_REASON_COOKIE,      /* REFUSED */
	SHIM_REASON_GENERATION,  /* REFUSED: a newer runner owns this shim */
	SHIM_REASON_GAP,         /* ERROR: INPUT K is not EXPECT */
	SHIM_REASON_FULL,        /* ERROR: INPUT K does not fit the queue */
	SHIM_REASON_STATE,       /* ERROR: nothing runs, or it was started before */
	SHIM_REASON_RANGE,       /* ERROR: out of bounds; nothing was done */
};

struct shim_frame_header {
	uint8_t type;
	uint8_t flags;
	uint16_t zero;
	uint32_t len; /* bytes that follow */
};

struct shim_field_header {
	uint16_t field;
	uint16_t zero;
	uint32_t len; /* of the value, without padding */
};

enum { SHIM_STREAM_STDOUT = 1, SHIM_STREAM_STDERR = 2 };

struct shim_record {
	uint8_t stream;
	uint8_t zero[3];
	uint32_t len; /* 1..SHIM_RECORD_MAX, without padding */
};

#define SHIM_RING_MAGIC UINT64_C(0x31474e4952485344) /* "DSHRING1" */

/*
 * The first page of the ring's memfd, written by the shim alone and never read back by
 * it. True at every instant. A reader must take it as hostile: copy a value once, then
 * check the copy; the size that counts is that of the sealed memfd.
 */
struct shim_ring_header {
	uint64_t magic;
	uint32_t version;
	uint32_t header_size;
	uint64_t data_size;
	_Atomic uint64_t head;
	_Atomic uint64_t acked;
	_Atomic uint64_t input_done;
	_Atomic uint64_t state; /* enum shim_state; written last */
	_Atomic uint64_t pid;
	_Atomic uint64_t exit_code;
	_Atomic uint64_t exit_signal;
};

_Static_assert(sizeof(struct shim_frame_header) == 8, "frame header");
_Static_assert(sizeof(struct shim_field_header) == 8, "field header");
_Static_assert(sizeof(struct shim_record) == 8, "record header");
_Static_assert(sizeof(struct shim_ring_header) <= SHIM_RING_HEADER, "ring header");

#endif
