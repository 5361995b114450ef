/*
 * dispatch-shim: holds the pty or the pipes of one child and a ring of its output, so
 * that the runner can be killed, restarted and upgraded while the child goes on. What it
 * says and obeys is in shim_proto.h; which file does what, in shim.h.
 *
 *	dispatch-shim SOCKET RING-BYTES START-LIMIT-MS
 *
 * is started by the runner (shim_link.c) with descriptor 0 a socket whose other end is
 * the runner's and in which a HELLO with the cookie already waits, and descriptor 1 the
 * socket that listens at SOCKET. Secrets never pass through arguments or environment.
 *
 * It forks at once, so that it is nobody's child, and leads its own session. From then on
 * one loop: wait, take orders, move bytes, tell facts. It leaves after an acknowledged
 * exit, without START after START-LIMIT-MS, and with an exit that nobody takes after
 * SHIM_KEEP_EXIT_S. SIGTERM (the machine goes down) means the same as CLOSE.
 */
#include "config.h"

#include "runner/shim.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum watched {
	WATCH_SIGNALS,
	WATCH_LISTENER,
	WATCH_CONN,
	WATCH_BIRTH,
	WATCH_IN,
	WATCH_OUT,
	WATCH_ERR,
	WATCH_GUESTS,
	WATCH_COUNT = WATCH_GUESTS + SHIM_GUESTS,
};

static int64_t
milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void
shim_leave(struct shim *shim)
{
	unlink(shim->talk.path);
	_exit(0);
}

static void
show(_Atomic uint64_t *where, uint64_t value)
{
	atomic_store_explicit(where, value, memory_order_release);
}

void
shim_enter(struct shim *shim, enum shim_state state)
{
	struct shim_ring_header *header = shim->ring.header;

	shim->state = state;
	shim->leave_at = INT64_MAX;
	if (state == SHIM_RUNNING)
		shim->talk.facts |= FACT_STARTED | FACT_DATA;
	if (state == SHIM_FAILED_TO_START)
		shim->talk.facts |= FACT_FAILED;
	if (state == SHIM_EXITED)
		shim->talk.facts |= FACT_DATA | FACT_EXIT;
	if (state == SHIM_FAILED_TO_START || state == SHIM_EXITED)
		shim->leave_at = shim->now + (int64_t)SHIM_KEEP_EXIT_S * 1000;
	show(&header->pid, (uint64_t)shim->child.pid);
	show(&header->exit_code, (uint64_t)shim->child.code);
	show(&header->exit_signal, (uint64_t)shim->child.signal);
	show(&header->state, state);
}

static void
take_signals(struct shim *shim)
{
	struct signalfd_siginfo info;

	while (read(shim->signals, &info, sizeof(info)) == sizeof(info))
		if (info.ssi_signo == SIGTERM)
			shim_child_close(shim, SHIM_GRACE_MS);
	shim_child_reap(shim);
}

static void
write_input(struct shim *shim)
{
	struct shim_child *child = &shim->child;
	bool pipes = child->mode == SHIM_MODE_PIPES;

	if (shim->state != SHIM_STARTING && shim->state != SHIM_RUNNING)
		return;
	if (shim->state == SHIM_STARTING && child->in == -1)
		return; /* its terminal is still to come */
	if (shim_input_write(&shim->input, &child->in, pipes)) {
		shim_facts_input_done(shim);
		show(&shim->ring.header->input_done, shim->input.done);
	}
}

static struct pollfd
watch(int fd, bool read, bool write)
{
	short events = (short)((read ? POLLIN : 0) | (write ? POLLOUT : 0));

	/* Without events a hang-up would still be told, again and again. */
	return (struct pollfd){.fd = events != 0 ? fd : -1, .events = events};
}

static void
watch_all(const struct shim *shim, struct pollfd polled[WATCH_COUNT])
{
	const struct shim_child *child = &shim->child;
	const struct shim_talk *talk = &shim->talk;
	bool room = shim_ring_wants(&shim->ring, child->mode), seat = false;

	for (int i = 0; i < SHIM_GUESTS; i++) {
		polled[WATCH_GUESTS + i] = watch(talk->guests[i].fd, true, false);
		seat = seat || talk->guests[i].fd == -1;
	}
	polled[WATCH_SIGNALS] = watch(shim->signals, true, false);
	polled[WATCH_LISTENER] = watch(talk->listener, seat, false);
	polled[WATCH_CONN] = watch(talk->conn, true, talk->blocked);
	polled[WATCH_BIRTH] = watch(child->report, true, false);
	polled[WATCH_IN] = watch(child->in, false, !shim_input_empty(&shim->input));
	polled[WATCH_OUT] = watch(child->out, room, false);
	polled[WATCH_ERR] = watch(child->err, room, false);
}

static int
time_left(const struct shim *shim, int64_t next)
{
	int64_t left;

	next = shim_earlier(next, shim->leave_at);
	for (int i = 0; i < SHIM_GUESTS; i++)
		if (shim->talk.guests[i].fd != -1)
			next = shim_earlier(next, shim->talk.guests[i].until);
	if (next == INT64_MAX)
		return -1;
	left = next - milliseconds();
	return left < 0 ? 0 : left > 3600000 ? 3600000 : (int)left;
}

static void
turn(struct shim *shim, const struct pollfd polled[WATCH_COUNT])
{
	if (polled[WATCH_SIGNALS].revents)
		take_signals(shim);
	if (polled[WATCH_BIRTH].revents)
		shim_child_reap(shim);
	if (polled[WATCH_CONN].revents)
		shim_orders_take(shim);
	for (int i = 0; i < SHIM_GUESTS; i++)
		if (polled[WATCH_GUESTS + i].revents)
			shim_guests_hear(shim, &shim->talk.guests[i]);
	if (polled[WATCH_LISTENER].revents)
		shim_guests_accept(shim);
	write_input(shim);
	if (polled[WATCH_OUT].revents || polled[WATCH_ERR].revents)
		shim_child_read(shim);
}

static _Noreturn void
run(struct shim *shim)
{
	struct pollfd polled[WATCH_COUNT];

	for (;;) {
		int64_t next = shim_earlier(shim_child_tick(shim), shim_gate_tick(shim));

		next = shim_earlier(next, shim_facts_tell(shim));
		watch_all(shim, polled);
		if (poll(polled, WATCH_COUNT, time_left(shim, next)) == -1 &&
			errno != EINTR)
			_exit(1);
		shim->now = milliseconds();
		turn(shim, polled);
		shim_guests_expire(shim);
		if (shim->now >= shim->leave_at)
			shim_leave(shim);
	}
}

static int
open_signals(void)
{
	static const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTSTP, SIGTTIN,
		SIGTTOU, SIGUSR1, SIGUSR2, SIGALRM};
	sigset_t mask;

	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		signal(ignored[i], SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&mask);
	sigaddset(&mask, SIGCHLD);
	sigaddset(&mask, SIGTERM);
	if (sigprocmask(SIG_SETMASK, &mask, NULL) == -1)
		return -1;
	return signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Move what we were given out of the way of the child's 0, 1 and 2, and close all
 * else. */
static int
arrange_descriptors(struct shim_talk *talk)
{
	int null;

	os_close_from(3);
	talk->guests[0].fd = fcntl(0, F_DUPFD_CLOEXEC, 3);
	talk->listener = fcntl(1, F_DUPFD_CLOEXEC, 3);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (talk->guests[0].fd == -1 || talk->listener == -1 || null == -1)
		return -1;
	for (int fd = 0; fd < 3; fd++)
		if (dup2(null, fd) == -1)
			return -1;
	close(null);
	return 0;
}

static void
nobodys_child(void)
{
	pid_t pid = fork();

	if (pid != 0)
		_exit(pid == -1);
	setsid();
	if (chdir("/") == -1)
		_exit(1);
}

static int
prepare(struct shim *shim, char **argv)
{
	unsigned long long size = strtoull(argv[2], NULL, 10);

	if (size < SHIM_RING_MIN || size > SHIM_RING_MAX || (size & (size - 1)) != 0)
		return -1;
	for (int i = 0; i < SHIM_GUESTS; i++)
		shim->talk.guests[i].fd = -1;
	shim->now = milliseconds();
	shim->leave_at = shim->now + (int64_t)strtoul(argv[3], NULL, 10);
	shim->talk.path = argv[1];
	shim->words = argv[0];
	shim->words_len = (size_t)(argv[3] + strlen(argv[3]) - argv[0]);
	shim->talk.conn = -1;
	shim->talk.guests[0].parent = true;
	shim->talk.guests[0].until = shim->leave_at;
	shim->child = (struct shim_child){.report = -1,
		.in = -1,
		.out = -1,
		.err = -1,
		.slave = -1,
		.master = -1,
		.code = -1};
	shim->gate.listener = -1;
	if (arrange_descriptors(&shim->talk) == -1 ||
		shim_ring_open(&shim->ring, size) == -1)
		return -1;
	shim->signals = open_signals();
	prctl(PR_SET_NAME, "dispatch-shim");
	return shim->signals == -1 || os_become_subreaper() == -1 ||
			os_hide_memory() == -1
		? -1
		: 0;
}

int
main(int argc, char **argv)
{
	static struct shim shim;

	if (argc != 4)
		return 2;
	nobodys_child();
	if (prepare(&shim, argv) == -1)
		return 1;
	run(&shim);
}
