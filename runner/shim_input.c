/*
 * Input that waits for the child: a byte queue of fixed size in which each input is a
 * struct shim_input_head and its bytes. An input is done when its last byte was written.
 */
#include "config.h"

#include "runner/shim.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

_Static_assert(sizeof(struct shim_input_head) == SHIM_INPUT_COST, "cost of an input");
_Static_assert((SHIM_INPUT_QUEUE & (SHIM_INPUT_QUEUE - 1)) == 0, "power of two");

void
shim_input_begin(struct shim_input *input, uint64_t base)
{
	input->done = base;
	input->next = base + 1;
}

bool
shim_input_empty(const struct shim_input *input)
{
	return !input->open && input->queued == input->taken;
}

bool
shim_input_fits(const struct shim_input *input, size_t len)
{
	return len + SHIM_INPUT_COST <= SHIM_INPUT_QUEUE - (input->queued - input->taken);
}

/* The contiguous part of the queue at a position. */
static unsigned char *
piece(struct shim_input *input, uint64_t position, size_t *len)
{
	size_t at = position & (SHIM_INPUT_QUEUE - 1);

	if (*len > SHIM_INPUT_QUEUE - at)
		*len = SHIM_INPUT_QUEUE - at;
	return input->bytes + at;
}

static void
append(struct shim_input *input, const void *bytes, size_t len)
{
	const unsigned char *from = bytes;

	while (len > 0) {
		size_t n = len;
		unsigned char *to = piece(input, input->queued, &n);

		memcpy(to, from, n);
		input->queued += n;
		from += n;
		len -= n;
	}
}

void
shim_input_put(struct shim_input *input, uint64_t k, const void *bytes, size_t len)
{
	struct shim_input_head head = {.k = k, .len = len};

	append(input, &head, sizeof(head));
	append(input, bytes, len);
	if (k != 0)
		input->next = k + 1;
}

static void
open_next(struct shim_input *input)
{
	unsigned char *to = (unsigned char *)&input->current;
	size_t done = 0;

	while (done < sizeof(input->current)) {
		size_t n = sizeof(input->current) - done;
		unsigned char *from = piece(input, input->taken, &n);

		memcpy(to + done, from, n);
		input->taken += n;
		done += n;
	}
	input->left = input->current.len;
	input->open = true;
}

/* Bytes taken from the queue, 0 when the descriptor is full. */
static size_t
write_some(struct shim_input *input, int fd, bool *broken)
{
	size_t n = input->left;
	const unsigned char *from = piece(input, input->taken, &n);
	ssize_t written = fd == -1 ? (ssize_t)n : write(fd, from, n);

	if (written >= 0)
		return (size_t)written;
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	*broken = true;
	return n;
}

bool
shim_input_write(struct shim_input *input, int *fd, bool closable)
{
	bool finished = false, end = false;

	while (!shim_input_empty(input)) {
		if (!input->open)
			open_next(input);
		if (input->left > 0) {
			size_t n = write_some(input, *fd, &end);

			if (n == 0)
				break;
			input->left -= (uint32_t)n;
			input->taken += n;
		}
		if (input->left == 0) {
			input->open = false;
			finished = true;
			if (input->current.k != 0)
				input->done = input->current.k;
		}
		if (end && closable && *fd != -1) {
			close(*fd);
			*fd = -1;
		}
	}
	return finished;
}
