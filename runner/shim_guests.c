/*
 * Who may speak. One connection is the runner's; a few guests may wait that have not said
 * HELLO yet.
 */
#include "config.h"

#include "runner/shim.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runner/os_peer.h"
#include "runner/shim_frame.h"
#include "runner/shim_socket.h"

static void
dismiss(struct shim_guest *guest)
{
	close(guest->fd);
	guest->fd = -1;
}

void
shim_guests_accept(struct shim *shim)
{
	struct shim_talk *talk = &shim->talk;

	for (int i = 0; i < SHIM_GUESTS; i++) {
		struct shim_guest *guest = &talk->guests[i];

		if (guest->fd != -1)
			continue;
		guest->fd =
			accept4(talk->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (guest->fd == -1)
			return;
		guest->until = shim->now + SHIM_HELLO_LIMIT_MS;
		guest->parent = false;
		if (!os_peer_is_me(guest->fd))
			dismiss(guest);
		return;
	}
}

void
shim_guests_expire(struct shim *shim)
{
	for (int i = 0; i < SHIM_GUESTS; i++)
		if (shim->talk.guests[i].fd != -1 &&
			shim->now >= shim->talk.guests[i].until)
			dismiss(&shim->talk.guests[i]);
}

/* Takes as long for a wrong cookie as for a right one. */
static bool
same_cookie(const unsigned char *a, const unsigned char *b)
{
	unsigned int differs = 0;

	for (int i = 0; i < SHIM_COOKIE_SIZE; i++)
		differs |= (unsigned int)(a[i] ^ b[i]);
	return differs == 0;
}

/* 0: welcome. */
static enum shim_reason
judge(struct shim_talk *talk, const struct shim_guest *guest,
	const struct shim_view *hello)
{
	size_t len = 0;
	const unsigned char *cookie = shim_view_bytes(hello, SHIM_F_COOKIE, &len);
	uint64_t generation = shim_view_number(hello, SHIM_F_GENERATION, 0);

	if (cookie == NULL || len != SHIM_COOKIE_SIZE)
		return SHIM_REASON_COOKIE;
	if (guest->parent && !talk->has_cookie) {
		memcpy(talk->cookie, cookie, len);
		talk->has_cookie = true;
	}
	if (!talk->has_cookie || !same_cookie(cookie, talk->cookie))
		return SHIM_REASON_COOKIE;
	if (shim_view_number(hello, SHIM_F_VERSION_MIN, 0) > SHIM_VERSION ||
		shim_view_number(hello, SHIM_F_VERSION_MAX, 0) < SHIM_VERSION)
		return SHIM_REASON_VERSION;
	if (generation < talk->generation)
		return SHIM_REASON_GENERATION;
	talk->generation = generation;
	return 0;
}

static void
refuse(struct shim *shim, struct shim_guest *guest, enum shim_reason reason)
{
	struct shim_frame frame;

	shim_socket_begin(shim, &frame, SHIM_REFUSED);
	shim_frame_number(&frame, SHIM_F_REASON, reason);
	shim_socket_send(guest->fd, &frame, NULL, 0);
	dismiss(guest);
}

static void
fence_off(struct shim *shim)
{
	struct shim_frame frame;

	if (shim->talk.conn == -1)
		return;
	shim_socket_begin(shim, &frame, SHIM_FENCED);
	shim_socket_send(shim->talk.conn, &frame, NULL, 0);
	shim_socket_hang_up(&shim->talk);
}

void
shim_guests_hear(struct shim *shim, struct shim_guest *guest)
{
	struct shim_talk *talk = &shim->talk;
	struct shim_view frame;
	enum shim_reason reason;
	int result = shim_socket_receive(talk, guest->fd, &frame);

	if (result == 0)
		return;
	if (result == -1 || frame.type != SHIM_HELLO) {
		dismiss(guest);
		return;
	}
	reason = judge(talk, guest, &frame);
	if (reason != 0) {
		refuse(shim, guest, reason);
		return;
	}
	fence_off(shim);
	talk->conn = guest->fd;
	guest->fd = -1;
	talk->told_head = shim->ring.acked;
	talk->facts = FACT_WELCOME | shim_facts_present(shim);
}
