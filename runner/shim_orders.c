/* Orders of the runner. Each is checked before anything is done. */
#include "config.h"

#include "runner/shim.h"

#include <signal.h>
#include <string.h>

#include "runner/os_pty.h"
#include "runner/shim_frame.h"
#include "runner/shim_socket.h"

enum { FRAMES_PER_TURN = 16 };

static void
complain(struct shim *shim, enum shim_reason reason, uint64_t k)
{
	shim->talk.error.reason = reason;
	shim->talk.error.k = k;
	shim->talk.error.expect = shim->input.next;
	shim->talk.facts |= FACT_ERROR;
}

static bool
is_alive(const struct shim *shim)
{
	return shim->state == SHIM_STARTING || shim->state == SHIM_RUNNING;
}

static void
take_start(struct shim *shim, const struct shim_view *frame)
{
	size_t len = 0;
	const unsigned char *nonce = shim_view_bytes(frame, SHIM_F_NONCE, &len);

	if (nonce == NULL || len != SHIM_NONCE_SIZE) {
		complain(shim, SHIM_REASON_RANGE, 0);
	} else if (shim->state == SHIM_IDLE) {
		memcpy(shim->child.nonce, nonce, len);
		shim_child_start(shim, frame);
		shim->talk.told_head = shim->ring.head;
	} else if (memcmp(shim->child.nonce, nonce, len) == 0) {
		shim->talk.facts |= shim_facts_present(shim);
	} else {
		complain(shim, SHIM_REASON_STATE, 0);
	}
}

static void
take_ack(struct shim *shim, const struct shim_view *frame)
{
	uint64_t offset = shim_view_number(frame, SHIM_F_OFFSET, UINT64_MAX);

	if (shim_ring_ack(&shim->ring, offset) == -1)
		complain(shim, SHIM_REASON_RANGE, 0);
	else
		shim->talk.facts |= FACT_DATA;
}

static void
take_input(struct shim *shim, const struct shim_view *frame)
{
	struct shim_input *input = &shim->input;
	uint64_t k = shim_view_number(frame, SHIM_F_K, 0);
	size_t len = 0;
	const unsigned char *bytes = shim_view_bytes(frame, SHIM_F_BYTES, &len);

	if (!is_alive(shim))
		complain(shim, SHIM_REASON_STATE, k);
	else if (k != 0 && k <= input->done)
		shim->talk.facts |= FACT_INPUT_DONE;
	else if (k != 0 && k < input->next)
		return; /* it waits already */
	else if (k > input->next)
		complain(shim, SHIM_REASON_GAP, k);
	else if (len > SHIM_INPUT_MAX)
		complain(shim, SHIM_REASON_RANGE, k);
	else if (!shim_input_fits(input, len))
		complain(shim, SHIM_REASON_FULL, k);
	else
		shim_input_put(input, k, bytes, len);
}

static void
take_resize(struct shim *shim, const struct shim_view *frame)
{
	uint64_t cols = shim_view_number(frame, SHIM_F_COLS, 0);
	uint64_t rows = shim_view_number(frame, SHIM_F_ROWS, 0);

	if (cols < 1 || cols > UINT16_MAX || rows < 1 || rows > UINT16_MAX)
		complain(shim, SHIM_REASON_RANGE, 0);
	else if (shim->child.master == -1)
		complain(shim, SHIM_REASON_STATE, 0);
	else
		os_pty_resize(shim->child.master, (unsigned int)cols, (unsigned int)rows);
}

static void
take_signal(struct shim *shim, const struct shim_view *frame)
{
	uint64_t number = shim_view_number(frame, SHIM_F_NUMBER, 0);

	if (number < 1 || number >= NSIG)
		complain(shim, SHIM_REASON_RANGE, 0);
	else if (!is_alive(shim))
		complain(shim, SHIM_REASON_STATE, 0);
	else
		shim_child_signal(shim, (int)number);
}

static void
take_close(struct shim *shim, const struct shim_view *frame)
{
	shim_child_close(shim, shim_view_number(frame, SHIM_F_GRACE, SHIM_GRACE_MS));
}

static void
take_exit_ack(struct shim *shim, const struct shim_view *frame)
{
	(void)frame;
	if (shim->state == SHIM_EXITED || shim->state == SHIM_FAILED_TO_START)
		shim_leave(shim);
	complain(shim, SHIM_REASON_STATE, 0);
}

static void
take_stat(struct shim *shim, const struct shim_view *frame)
{
	(void)frame;
	shim->talk.facts |= FACT_STAT;
}

static const struct {
	enum shim_frame_type type;
	void (*take)(struct shim *, const struct shim_view *);
} orders[] = {
	{SHIM_START, take_start},
	{SHIM_ACK, take_ack},
	{SHIM_INPUT, take_input},
	{SHIM_RESIZE, take_resize},
	{SHIM_SIGNAL, take_signal},
	{SHIM_CLOSE, take_close},
	{SHIM_EXIT_ACK, take_exit_ack},
	{SHIM_STAT, take_stat},
};

/* Of a newer runner there may be others, which do nothing. */
static void
take(struct shim *shim, const struct shim_view *frame)
{
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++)
		if (orders[i].type == frame->type)
			orders[i].take(shim, frame);
}

void
shim_orders_take(struct shim *shim)
{
	struct shim_talk *talk = &shim->talk;
	struct shim_view frame;

	for (int i = 0; i < FRAMES_PER_TURN && talk->conn != -1; i++) {
		int result = shim_socket_receive(talk, talk->conn, &frame);

		if (result == -1)
			shim_socket_hang_up(talk);
		if (result != 1)
			return;
		take(shim, &frame);
	}
}
