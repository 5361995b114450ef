/*
 * The ring that a session's own child may write to: whatever it says, what the runner
 * reads is inside of it, and its reading goes on or ends.
 *
 * The input: `head` (8 bytes) and where to begin (8), then the beginning of the data.
 */
#include "config.h"

#include "runner/shim_link_parts.h"
#include "t/fuzz/fuzz.h"

#include <string.h>

enum { RING = SHIM_RING_MIN, READS = 4096 };

/* As it lies in the shim's memory. */
struct ring {
	struct shim_ring_header header;
	unsigned char pad[SHIM_RING_HEADER - sizeof(struct shim_ring_header)];
	unsigned char data[RING];
};

static void
read_records(struct shim_link *link, uint64_t from)
{
	static unsigned char bytes[SHIM_RECORD_MAX];
	uint64_t next = from;
	int stream;
	for (int i = 0; i < READS; i++) {
		uint64_t at = next;
		size_t len = shim_link_record(link, at, &stream, bytes, &next);
		if (len == 0)
			return;
		PROMISE(len <= SHIM_RECORD_MAX && next > at);
		PROMISE(next <= link->head);
	}
}

static void
read_bytes(struct shim_link *link, uint64_t from)
{
	const void *bytes;
	size_t len = shim_link_peek(link, from, &bytes);
	const unsigned char *at = bytes;
	volatile unsigned char sum = 0;
	PROMISE(len <= RING);
	if (len > 0)
		PROMISE(at >= link->ring_data && at + len <= link->ring_data + RING);
	for (size_t i = 0; i < len; i++)
		sum ^= at[i];
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t said[2] = {0};
	size_t words = size < sizeof said ? size : sizeof said, rest = size - words;
	struct ring *ring = link_allocate(sizeof *ring);
	memcpy(said, data, words);
	memcpy(ring->data, data + words, rest < RING ? rest : RING);
	atomic_store(&ring->header.head, said[0]);
	struct shim_link link = {.ring = &ring->header,
		.ring_data = ring->data,
		.ring_size = SHIM_RING_HEADER + RING,
		.ring_live = true,
		.acked = said[1],
		.head = said[1],
		.is_lost = true /* nobody is told */};
	read_bytes(&link, said[1]);
	link.ring_live = true;
	read_records(&link, said[1]);
	free(ring);
	return 0;
}
