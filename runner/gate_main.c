/*
 * dispatch-gate: see gate.h and dispatch-gate(8).
 *
 *	dispatch-gate HOST…
 *
 * Standard input is a socket that listens in the network namespace of the session; all
 * that is connected to is in our own. What is read comes from programs that are not
 * trusted, so nothing is kept that could be of use to them.
 */
#include "config.h"

#include "runner/gate.h"
#include "runner/os_process.h"

#include <event2/event.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static void
on_arrival(int fd, short events, void *ctx)
{
	struct gate *gate = ctx;
	int client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	(void)events;
	if (client >= 0)
		gate_client_new(gate, client);
	else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
		usleep(10000); /* the machine's trouble: what there is goes on after it */
}

static int
read_rules(struct gate *gate, char **texts)
{
	for (; texts[gate->rule_count]; gate->rule_count++)
		if (gate->rule_count == HOSTS_MAX ||
			host_rule_read(&gate->rules[gate->rule_count],
				texts[gate->rule_count]) != 0) {
			fprintf(stderr, "dispatch-gate: %s is not a host\n",
				texts[gate->rule_count]);
			return -1;
		}
	gate->texts = (const char *const *)texts;
	return 0;
}

static int
take_listener(struct gate *gate)
{
	int yes = 0;
	socklen_t size = sizeof yes;
	if (getsockopt(0, SOL_SOCKET, SO_ACCEPTCONN, &yes, &size) != 0 || !yes) {
		fputs("dispatch-gate: standard input is not a socket that listens\n",
			stderr);
		return -1;
	}
	gate->listener = 0;
	return fcntl(0, F_SETFL, fcntl(0, F_GETFL) | O_NONBLOCK);
}

static int
prepare(struct gate *gate, char **argv)
{
	if (read_rules(gate, argv + 1) != 0 || take_listener(gate) != 0 ||
		os_hide_memory() != 0 || pipe2(gate->found, O_CLOEXEC) != 0)
		return -1;
	signal(SIGPIPE, SIG_IGN);
	gate->base = event_base_new();
	if (!gate->base)
		return -1;
	gate->arrivals = event_new(gate->base, gate->listener, EV_READ | EV_PERSIST,
		on_arrival, gate);
	gate->lookups = event_new(gate->base, gate->found[0], EV_READ | EV_PERSIST,
		gate_dial_found, gate);
	return !gate->arrivals || !gate->lookups ||
			event_add(gate->arrivals, NULL) != 0 ||
			event_add(gate->lookups, NULL) != 0
		? -1
		: 0;
}

int
main(int argc, char **argv)
{
	static struct gate gate;
	if (argc < 2) {
		fputs("usage: dispatch-gate HOST...\n", stderr);
		return 2;
	}
	if (prepare(&gate, argv) != 0)
		return 1;
	event_base_dispatch(gate.base);
	return 1;
}
