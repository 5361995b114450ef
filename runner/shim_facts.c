/*
 * What the runner must be told is a set of facts, not a queue of messages: a fact stays
 * due until the socket takes it and is written as it is then. So nothing can pile up
 * here, and a runner that reconnects is told all that matters.
 */
#include "config.h"

#include "runner/shim.h"

#include "runner/shim_frame.h"
#include "runner/shim_socket.h"

enum { SHIM_ECHO_MS = 5 }; /* an answer mostly comes sooner */

static void
put_end(struct shim_frame *frame, const struct shim_child *child)
{
	if (child->reaped) {
		shim_frame_number(frame, SHIM_F_CODE, (uint64_t)child->code);
		shim_frame_number(frame, SHIM_F_SIGNAL, (uint64_t)child->signal);
	}
	shim_frame_number(frame, SHIM_F_LEFT, child->left);
}

static void
put_failure(struct shim_frame *frame, const struct shim_child *child)
{
	shim_frame_number(frame, SHIM_F_STEP, child->failed_step);
	shim_frame_number(frame, SHIM_F_ERRNO, (uint64_t)child->failed_errno);
}

static void
put_state(struct shim_frame *frame, const struct shim *shim)
{
	shim_frame_number(frame, SHIM_F_VERSION, SHIM_VERSION);
	shim_frame_number(frame, SHIM_F_STATE, shim->state);
	shim_frame_number(frame, SHIM_F_GENERATION, shim->talk.generation);
	shim_frame_number(frame, SHIM_F_HEAD, shim->ring.head);
	shim_frame_number(frame, SHIM_F_ACKED, shim->ring.acked);
	shim_frame_number(frame, SHIM_F_INPUT_DONE, shim->input.done);
	shim_frame_number(frame, SHIM_F_INPUT_NEXT, shim->input.next);
	shim_frame_number(frame, SHIM_F_QUEUED, shim->input.queued);
	shim_frame_number(frame, SHIM_F_TAKEN, shim->input.taken);
	shim_frame_number(frame, SHIM_F_PID, (uint64_t)shim->child.pid);
	shim_frame_number(frame, SHIM_F_MODE, shim->child.mode);
	shim_frame_bytes(frame, SHIM_F_NONCE, shim->child.nonce, SHIM_NONCE_SIZE);
	if (shim->state == SHIM_EXITED)
		put_end(frame, &shim->child);
	if (shim->state == SHIM_FAILED_TO_START)
		put_failure(frame, &shim->child);
}

static int
send_welcome(struct shim *shim)
{
	struct shim_frame frame;

	shim_socket_begin(shim, &frame, SHIM_WELCOME);
	put_state(&frame, shim);
	shim_frame_number(&frame, SHIM_F_FDS, SHIM_FD_RING);
	return shim_socket_send(shim->talk.conn, &frame, &shim->ring.fd, 1);
}

static int
send_started(struct shim *shim)
{
	struct shim_child *child = &shim->child;
	struct shim_frame frame;
	uint64_t which = 0;
	if (child->master != -1)
		which |= SHIM_FD_MASTER;
	shim_socket_begin(shim, &frame, SHIM_STARTED);
	shim_frame_number(&frame, SHIM_F_PID, (uint64_t)child->pid);
	shim_frame_number(&frame, SHIM_F_FDS, which);
	return shim_socket_send(shim->talk.conn, &frame, &child->master, which ? 1 : 0);
}

static int
send_failed(struct shim *shim)
{
	struct shim_frame frame;

	shim_socket_begin(shim, &frame, SHIM_FAILED);
	put_failure(&frame, &shim->child);
	return shim_socket_send(shim->talk.conn, &frame, NULL, 0);
}

static int
send_input_done(struct shim *shim)
{
	struct shim_frame frame;

	shim_socket_begin(shim, &frame, SHIM_INPUT_DONE);
	shim_frame_number(&frame, SHIM_F_K, shim->input.done);
	shim_frame_number(&frame, SHIM_F_TAKEN, shim->input.taken);
	return shim_socket_send(shim->talk.conn, &frame, NULL, 0);
}

/* Only when the runner has handled all it was told of; ACK makes this fact due again. */
static int
send_data(struct shim *shim)
{
	struct shim_talk *talk = &shim->talk;
	struct shim_frame frame;
	int result;

	if (shim->ring.head == talk->told_head || shim->ring.acked < talk->told_head)
		return 0;
	shim_socket_begin(shim, &frame, SHIM_DATA);
	shim_frame_number(&frame, SHIM_F_HEAD, shim->ring.head);
	result = shim_socket_send(talk->conn, &frame, NULL, 0);
	if (result == 0)
		talk->told_head = shim->ring.head;
	return result;
}

static int
send_exit(struct shim *shim)
{
	struct shim_frame frame;

	shim_socket_begin(shim, &frame, SHIM_EXIT);
	put_end(&frame, &shim->child);
	shim_frame_number(&frame, SHIM_F_HEAD, shim->ring.head);
	shim_frame_number(&frame, SHIM_F_INPUT_DONE, shim->input.done);
	return shim_socket_send(shim->talk.conn, &frame, NULL, 0);
}

static int
send_stat(struct shim *shim)
{
	struct shim_frame frame;

	shim_socket_begin(shim, &frame, SHIM_STAT);
	put_state(&frame, shim);
	return shim_socket_send(shim->talk.conn, &frame, NULL, 0);
}

static int
send_error(struct shim *shim)
{
	struct shim_frame frame;

	shim_socket_begin(shim, &frame, SHIM_ERROR);
	shim_frame_number(&frame, SHIM_F_REASON, shim->talk.error.reason);
	shim_frame_number(&frame, SHIM_F_K, shim->talk.error.k);
	shim_frame_number(&frame, SHIM_F_EXPECT, shim->talk.error.expect);
	return shim_socket_send(shim->talk.conn, &frame, NULL, 0);
}

/* In the order in which the runner must hear of them. */
static const struct {
	enum shim_fact fact;
	int (*send)(struct shim *);
} facts[] = {
	{FACT_WELCOME, send_welcome},
	{FACT_STARTED, send_started},
	{FACT_FAILED, send_failed},
	{FACT_INPUT_DONE, send_input_done},
	{FACT_DATA, send_data},
	{FACT_EXIT, send_exit},
	{FACT_STAT, send_stat},
	{FACT_ERROR, send_error},
};

void
shim_facts_input_done(struct shim *shim)
{
	struct shim_talk *talk = &shim->talk;

	if (!(talk->facts & FACT_INPUT_DONE))
		talk->done_due = shim->now + SHIM_ECHO_MS;
	talk->facts |= FACT_INPUT_DONE;
}

/* A key is nearly always answered by output: both wake the runner once. */
static bool
must_wait(const struct shim *shim, enum shim_fact fact)
{
	const struct shim_talk *talk = &shim->talk;

	if (fact == FACT_INPUT_DONE)
		return !(talk->facts & FACT_DATA) && shim->now < talk->done_due;
	return fact == FACT_DATA && shim->state == SHIM_STARTING; /* after STARTED */
}

int64_t
shim_facts_tell(struct shim *shim)
{
	struct shim_talk *talk = &shim->talk;

	talk->blocked = false;
	for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		int result;

		if (talk->conn == -1 || !(talk->facts & facts[i].fact) ||
			must_wait(shim, facts[i].fact))
			continue;
		result = facts[i].send(shim);
		if (result == -1) {
			shim_socket_hang_up(talk);
			return INT64_MAX;
		}
		if (result == 1) {
			talk->blocked = true;
			return INT64_MAX;
		}
		talk->facts &= ~(unsigned int)facts[i].fact;
	}
	if (talk->conn == -1 || !(talk->facts & FACT_INPUT_DONE))
		return INT64_MAX;
	return talk->done_due;
}

unsigned int
shim_facts_present(const struct shim *shim)
{
	switch (shim->state) {
	case SHIM_RUNNING:
		return FACT_STARTED | FACT_DATA;
	case SHIM_FAILED_TO_START:
		return FACT_FAILED;
	case SHIM_EXITED:
		return FACT_DATA | FACT_EXIT;
	case SHIM_IDLE:
	case SHIM_STARTING:
		break;
	}
	return 0;
}
