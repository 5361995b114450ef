/*
 * The ring, read side. The shim runs as our user, but so does the child that it holds. So
 * the header is copied once and then judged: head may only grow, and never be more than
 * the ring's size beyond what we acknowledged. Whatever breaks these rules breaks this
 * link
 * (`lost`, SHIM_LOST_BROKEN) and nothing else.
 */
#include "config.h"

#include "runner/shim_link_parts.h"

#include <string.h>

#include "runner/os_memfd.h"

static uint64_t
capacity(const struct shim_link *link)
{
	return link->ring_size - SHIM_RING_HEADER;
}

/* Takes a new head from the ring if it is a possible one. */
void
link_look_at_head(struct shim_link *link)
{
	uint64_t head;

	if (!link->ring_live)
		return;
	head = atomic_load_explicit(&link->ring->head, memory_order_acquire);
	if (head >= link->head && head - link->acked <= capacity(link)) {
		link->head = head;
		return;
	}
	link->ring_live = false;
	link->head = link->acked;
	link_lose(link, SHIM_LOST_BROKEN,
		"The ring of the shim at %s shows an impossible length.",
		link->conf.path);
}

void
link_announce_data(struct shim_link *link)
{
	link_look_at_head(link);
	if (!link->ring_live || link->head == link->acked || link->is_lost)
		return;
	link->data_due = true;
	if (link->busy == 0) /* else it is told when the words of this turn are heard */
		link_call_later(link);
}

/* From here on offsets count from `acked`. */
void
link_begin_ring(struct shim_link *link, uint64_t acked)
{
	link->acked = link->head = acked;
	link->ring_live = link->ring != NULL;
	link_announce_data(link);
}

int
link_map_ring(struct shim_link *link)
{
	const void *memory;
	size_t size, data;

	memory = os_memfd_map(link->ring_fd, SHIM_RING_HEADER + SHIM_RING_MIN,
		SHIM_RING_HEADER + SHIM_RING_MAX, &size);
	if (memory == NULL)
		return -1;
	link->ring = memory;
	link->ring_data = (const unsigned char *)memory + SHIM_RING_HEADER;
	link->ring_size = size;
	data = size - SHIM_RING_HEADER;
	if ((data & (data - 1)) != 0 || link->ring->magic != SHIM_RING_MAGIC ||
		link->ring->header_size != SHIM_RING_HEADER)
		return -1;
	return 0;
}

uint64_t
shim_link_head(struct shim_link *link)
{
	link_look_at_head(link);
	return link->head;
}

size_t
shim_link_peek(struct shim_link *link, uint64_t offset, const void **bytes)
{
	uint64_t at, len;

	link_look_at_head(link);
	if (!link->ring_live || offset < link->acked || offset >= link->head)
		return 0;
	at = offset & (capacity(link) - 1);
	len = link->head - offset;
	if (len > capacity(link) - at)
		len = capacity(link) - at;
	*bytes = link->ring_data + at;
	return len;
}

static void
copy_out(const struct shim_link *link, uint64_t offset, unsigned char *to, size_t len)
{
	size_t at = offset & (capacity(link) - 1);
	size_t first = len < capacity(link) - at ? len : capacity(link) - at;

	memcpy(to, link->ring_data + at, first);
	memcpy(to + first, link->ring_data, len - first);
}

size_t
shim_link_record(struct shim_link *link, uint64_t offset, int *stream,
	unsigned char bytes[SHIM_RECORD_MAX], uint64_t *next)
{
	struct shim_record record;
	uint64_t end;

	link_look_at_head(link);
	if (!link->ring_live || offset < link->acked || offset >= link->head)
		return 0;
	if (offset % 8 != 0 || link->head - offset < sizeof(record) + 8)
		goto broken;
	copy_out(link, offset, (unsigned char *)&record, sizeof(record));
	if (record.len == 0 || record.len > SHIM_RECORD_MAX ||
		(record.stream != SHIM_STREAM_STDOUT &&
			record.stream != SHIM_STREAM_STDERR))
		goto broken;
	end = offset + sizeof(record) + ((record.len + UINT64_C(7)) & ~UINT64_C(7));
	if (end > link->head)
		goto broken;
	copy_out(link, offset + sizeof(record), bytes, record.len);
	*stream = record.stream;
	*next = end;
	return record.len;
broken:
	link->ring_live = false;
	link_lose(link, SHIM_LOST_BROKEN,
		"The ring of the shim at %s holds no record at %llu.", link->conf.path,
		(unsigned long long)offset);
	return 0;
}

void
shim_link_ack(struct shim_link *link, uint64_t offset)
{
	link_look_at_head(link);
	if (!link->ring_live)
		return;
	if (offset > link->head)
		offset = link->head;
	if (offset > link->acked) {
		link->acked = offset;
		if (link_is_up(link))
			link_send_ack(link);
	}
	link_announce_data(link);
}
