/* A shim that is none: whatever it says breaks its own link, and nothing else. */
#include "config.h"

#include "runner/os_memfd.h"
#include "runner/shim_frame.h"
#include "t/unit/shim_runner.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct impostor {
	int listener, conn, ring_fd;
	struct shim_ring_header *header;
	_Alignas(8) unsigned char bytes[4096];
};

static void
impostor_say(struct impostor *i, struct shim_frame *frame, const int *fds, size_t nfds)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(16 * sizeof(int))] = {0};
	struct iovec iov = {frame->bytes, shim_frame_end(frame)};
	struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1};

	if (nfds > 0) {
		struct cmsghdr *cmsg;

		message.msg_control = control;
		message.msg_controllen = CMSG_SPACE(nfds * sizeof(int));
		cmsg = (struct cmsghdr *)(void *)control;
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(nfds * sizeof(int));
		memcpy(CMSG_DATA(cmsg), fds, nfds * sizeof(int));
	}
	assert_true(sendmsg(i->conn, &message, MSG_NOSIGNAL) > 0);
}

static void
impostor_number(struct impostor *i, enum shim_frame_type type, enum shim_field field,
	uint64_t number)
{
	struct shim_frame frame;

	shim_frame_begin(&frame, i->bytes, sizeof(i->bytes), type, 0);
	shim_frame_number(&frame, field, number);
	impostor_say(i, &frame, NULL, 0);
}

static void
impostor_welcome(struct impostor *i, int ring_fd, size_t nfds)
{
	struct shim_frame frame;
	int fds[16];

	for (size_t n = 0; n < nfds; n++)
		fds[n] = ring_fd;
	shim_frame_begin(&frame, i->bytes, sizeof(i->bytes), SHIM_WELCOME, 0);
	shim_frame_number(&frame, SHIM_F_STATE, SHIM_RUNNING);
	shim_frame_number(&frame, SHIM_F_HEAD, 100);
	shim_frame_number(&frame, SHIM_F_ACKED, 50);
	shim_frame_number(&frame, 999, 1); /* from the future */
	shim_frame_number(&frame, SHIM_F_FDS, SHIM_FD_RING);
	impostor_say(i, &frame, fds, nfds);
}

/* An adopted link whose other end is ours; its ring shows acked 50, head 100. */
static void
impostor_begin(struct runner *r, struct impostor *i, size_t size)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct err e = {0};
	void *memory;

	i->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	memcpy(address.sun_path, r->path, strlen(r->path) + 1);
	unlink(r->path);
	assert_int_equal(bind(i->listener, (struct sockaddr *)&address, sizeof(address)),
		0);
	assert_int_equal(listen(i->listener, 4), 0);
	runner_drop(r);
	runner_forget(r);
	r->committed = 50;
	r->link = shim_link_adopt(r->base, &r->conf, &r->handlers, r, &e);
	assert_non_null(r->link);
	i->conn = accept(i->listener, NULL, NULL);
	i->ring_fd = os_memfd_create("impostor", SHIM_RING_HEADER + size, &memory);
	i->header = memory;
	i->header->magic = SHIM_RING_MAGIC;
	i->header->header_size = SHIM_RING_HEADER;
	i->header->head = 100;
	i->header->acked = 50;
}

static void
impostor_end(struct runner *r, struct impostor *i, size_t size)
{
	until(r, r->lost);
	assert_int_equal(r->why, SHIM_LOST_BROKEN);
	runner_drop(r);
	close(i->conn);
	close(i->listener);
	close(i->ring_fd);
	munmap(i->header, SHIM_RING_HEADER + size);
	unlink(r->path);
}

static void
a_ring_with_an_impossible_length_breaks_only_its_link(void **state)
{
	static const uint64_t heads[] = {49, 0, 50 + SHIM_RING_MIN + 1, UINT64_MAX,
		UINT64_C(1) << 63, 99};
	struct runner *r = *state;
	struct impostor i;
	const void *bytes;

	for (size_t n = 0; n < sizeof(heads) / sizeof(heads[0]); n++) {
		r->handlers.data = NULL;
		impostor_begin(r, &i, SHIM_RING_MIN);
		impostor_welcome(&i, i.ring_fd, 1);
		until(r, r->welcomed);
		assert_int_equal(shim_link_peek(r->link, 50, &bytes), 50);
		assert_int_equal(shim_link_peek(r->link, 49, &bytes), 0);
		assert_int_equal(shim_link_peek(r->link, 100, &bytes), 0);
		assert_int_equal(shim_link_peek(r->link, UINT64_MAX, &bytes), 0);
		i.header->head = heads[n];
		assert_int_equal(shim_link_peek(r->link, 50, &bytes), 0);
		assert_int_equal(shim_link_head(r->link), 50);
		impostor_end(r, &i, SHIM_RING_MIN);
	}
}

static void
a_ring_that_could_change_its_size_is_refused(void **state)
{
	struct runner *r = *state;
	struct impostor i;
	int fd;

	for (int n = 0; n < 4; n++) {
		size_t size = n == 3 ? SHIM_RING_MIN + 4096 : SHIM_RING_MIN;

		impostor_begin(r, &i, size);
		fd = memfd_create("open", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		assert_int_equal(ftruncate(fd, SHIM_RING_HEADER + SHIM_RING_MIN), 0);
		if (n == 0)
			impostor_welcome(&i, fd, 1);
		if (n == 1)
			i.header->magic++;
		if (n == 1 || n == 3)
			impostor_welcome(&i, i.ring_fd, 1);
		if (n == 2)
			impostor_welcome(&i, i.ring_fd, 0);
		close(fd);
		impostor_end(r, &i, size);
		assert_false(r->welcomed);
	}
}

static void
a_flood_of_descriptors_leaks_none(void **state)
{
	struct runner *r = *state;
	int before = open_descriptors();
	struct shim_frame frame;
	struct impostor i;
	int fds[16];

	impostor_begin(r, &i, SHIM_RING_MIN);
	impostor_welcome(&i, i.ring_fd, 1);
	until(r, r->welcomed);
	for (int n = 0; n < 100; n++) {
		fds[0] = fds[1] = fds[2] = i.ring_fd;
		shim_frame_begin(&frame, i.bytes, sizeof(i.bytes), 200, 0);
		impostor_say(&i, &frame, fds, 3);
	}
	runner_turn_for(r, 30);
	assert_false(r->lost);
	impostor_welcome(&i, i.ring_fd, 16);
	impostor_end(r, &i, SHIM_RING_MIN);
	assert_int_equal(open_descriptors(), before);
}

static void
facts_that_cannot_be_break_the_link(void **state)
{
	struct runner *r = *state;
	struct impostor i;

	for (int n = 0; n < 3; n++) {
		impostor_begin(r, &i, SHIM_RING_MIN);
		impostor_welcome(&i, i.ring_fd, 1);
		until(r, r->welcomed);
		if (n == 0)
			impostor_number(&i, SHIM_EXIT, SHIM_F_HEAD, 99);
		if (n == 1)
			impostor_number(&i, SHIM_INPUT_DONE, SHIM_F_TAKEN, 1);
		if (n == 2)
			assert_int_equal(send(i.conn, "no frame at all", 15, 0), 15);
		impostor_end(r, &i, SHIM_RING_MIN);
	}
}

int
main(int argc, char **argv)
{
	int result;
	const struct CMUnitTest tests[] = {
		RUNNER_TEST(a_ring_with_an_impossible_length_breaks_only_its_link),
		RUNNER_TEST(a_ring_that_could_change_its_size_is_refused),
		RUNNER_TEST(a_flood_of_descriptors_leaks_none),
		RUNNER_TEST(facts_that_cannot_be_break_the_link),
	};

	if (shim_child(argc, argv, &result))
		return result;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
