/*
 * The gate of a session that may reach some hosts: see gate.h. It listens in the child's
 * network namespace, in a socket that the child made and we keep, and runs outside of it,
 * as our child. So it is started again when it dies (not at once, lest it be all we do),
 * and what connects meanwhile waits. It ends with the child, and with us.
 */
#include "config.h"

#include "runner/shim.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runner/shim_frame.h"

enum { AGAIN_MS = 1000, BACKLOG = 128 };

static int
add_word(struct shim_gate *gate, size_t *used, size_t *count, const char *word)
{
	size_t size = word != NULL ? strlen(word) + 1 : 0;

	if (size == 0 || *count > SHIM_GATE_HOSTS_MAX ||
		size > sizeof(gate->words) - *used)
		return -1;
	memcpy(gate->words + *used, word, size);
	gate->argv[(*count)++] = gate->words + *used;
	*used += size;
	return 0;
}

int
shim_gate_read(struct shim_gate *gate, const struct shim_view *start)
{
	const char *program = shim_view_text(start, SHIM_F_GATE);
	struct shim_cursor cursor = {0};
	size_t used = 0, count = 0;

	if (program == NULL)
		return 0;
	if (program[0] != '/' || add_word(gate, &used, &count, program) == -1)
		return -1;
	while (shim_view_next(start, &cursor))
		if (cursor.field == SHIM_F_GATE_HOST &&
			add_word(gate, &used, &count, shim_cursor_text(&cursor)) == -1)
			return -1;
	return 0;
}

int
shim_gate_listen(unsigned int port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr = {htonl(INADDR_LOOPBACK)},
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd == -1)
		return -1;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
		listen(fd, BACKLOG) == 0)
		return fd;
	close(fd);
	return -1;
}

void
shim_gate_open(struct shim *shim, int listener)
{
	shim->gate.listener = listener;
	shim->gate.begin = shim->now;
}

void
shim_gate_close(struct shim *shim)
{
	struct shim_gate *gate = &shim->gate;

	if (gate->listener != -1)
		close(gate->listener);
	gate->listener = -1;
	if (gate->pid > 0)
		kill(gate->pid, SIGKILL);
}

void
shim_gate_reap(struct shim *shim, pid_t pid)
{
	if (pid == shim->gate.pid)
		shim->gate.pid = 0;
}

static _Noreturn void
become_gate(const struct shim_gate *gate, pid_t shim)
{
	char *env[] = {NULL};

	os_die_with_parent();
	if (getppid() != shim || dup2(gate->listener, STDIN_FILENO) == -1)
		_exit(126);
	os_close_from_on_exec(3);
	os_default_signals();
	execve(gate->argv[0], gate->argv, env);
	_exit(127);
}

int64_t
shim_gate_tick(struct shim *shim)
{
	struct shim_gate *gate = &shim->gate;
	pid_t self, pid;

	if (gate->listener == -1 || gate->pid > 0 || shim->child.ladder != LADDER_NONE ||
		gate->argv[0] == NULL)
		return INT64_MAX;
	if (shim->now < gate->begin)
		return gate->begin;
	gate->begin = shim->now + AGAIN_MS;
	self = getpid();
	pid = fork();
	if (pid == 0)
		become_gate(gate, self);
	if (pid == -1)
		return gate->begin;
	gate->pid = pid;
	return INT64_MAX;
}
