/*
 * The output ring of shim_proto.h, written side. Bytes first, then `head` with release
 * order, so that a reader who sees head sees the bytes. What decides is kept in struct
 * shim_ring; the shared header is never read back.
 */
#include "config.h"

#include "runner/shim.h"

#include <string.h>
#include <unistd.h>

#include "runner/os_memfd.h"

int
shim_ring_open(struct shim_ring *ring, uint64_t size)
{
	void *memory;

	ring->fd = os_memfd_create("dispatch-ring", SHIM_RING_HEADER + size, &memory);
	if (ring->fd == -1)
		return -1;
	ring->header = memory;
	ring->data = (unsigned char *)memory + SHIM_RING_HEADER;
	ring->size = size;
	ring->header->magic = SHIM_RING_MAGIC;
	ring->header->version = SHIM_VERSION;
	ring->header->header_size = SHIM_RING_HEADER;
	ring->header->data_size = size;
	return 0;
}

static void
publish(struct shim_ring *ring, uint64_t head)
{
	ring->head = head;
	atomic_store_explicit(&ring->header->head, head, memory_order_release);
}

void
shim_ring_begin(struct shim_ring *ring, uint64_t base)
{
	ring->acked = base;
	atomic_store_explicit(&ring->header->acked, base, memory_order_release);
	publish(ring, base);
}

uint64_t
shim_ring_space(const struct shim_ring *ring)
{
	return ring->size - (ring->head - ring->acked);
}

bool
shim_ring_wants(const struct shim_ring *ring, enum shim_mode mode)
{
	uint64_t least = mode == SHIM_MODE_PIPES ? sizeof(struct shim_record) + 8 : 1;

	return shim_ring_space(ring) >= least;
}

int
shim_ring_ack(struct shim_ring *ring, uint64_t offset)
{
	if (offset > ring->head)
		return -1;
	if (offset <= ring->acked)
		return 0;
	ring->acked = offset;
	atomic_store_explicit(&ring->header->acked, offset, memory_order_release);
	return 0;
}

/* The at most `len` bytes from `offset` on, as one or two pieces. Returns how many
 * pieces. */
static int
pieces(const struct shim_ring *ring, uint64_t offset, uint64_t len, struct iovec iov[2])
{
	uint64_t at = offset & (ring->size - 1);
	uint64_t first = ring->size - at < len ? ring->size - at : len;

	iov[0] = (struct iovec){ring->data + at, first};
	iov[1] = (struct iovec){ring->data, len - first};
	return len > first ? 2 : 1;
}

ssize_t
shim_ring_read(struct shim_ring *ring, int fd)
{
	struct iovec iov[2];
	int count = pieces(ring, ring->head, shim_ring_space(ring), iov);
	ssize_t n = readv(fd, iov, count);

	if (n > 0)
		publish(ring, ring->head + (uint64_t)n);
	return n;
}

/* Record and padding begin at multiples of 8, as does the end of the ring: a header
 * is never split, and padding is always in one piece. */
ssize_t
shim_ring_read_record(struct shim_ring *ring, int fd, int stream)
{
	struct shim_record record = {.stream = (uint8_t)stream};
	uint64_t start = ring->head + sizeof(record);
	uint64_t room = (shim_ring_space(ring) - sizeof(record)) & ~UINT64_C(7);
	uint64_t end, padded;
	struct iovec iov[2];
	ssize_t n;

	if (room > SHIM_RECORD_MAX)
		room = SHIM_RECORD_MAX;
	n = readv(fd, iov, pieces(ring, start, room, iov));
	if (n <= 0)
		return n;
	end = start + (uint64_t)n;
	padded = (end + 7) & ~UINT64_C(7);
	memset(ring->data + (end & (ring->size - 1)), 0, padded - end);
	record.len = (uint32_t)n;
	memcpy(ring->data + (ring->head & (ring->size - 1)), &record, sizeof(record));
	publish(ring, padded);
	return n;
}
