/*
 * A session that may reach some hosts alone: no network, and a gate (gate.h) as the proxy
 * that its programs are told of.
 */
#ifndef DISPATCH_RUNNER_ISOLATION_HOSTS_H
#define DISPATCH_RUNNER_ISOLATION_HOSTS_H

struct isolation;
struct json_object;
struct plan;

/* What the session's options say of hosts; without them nothing is changed. Takes the
 * network away, and puts the proxy into the plan's environment. */
void isolation_hosts(struct isolation *isolation, struct json_object *options,
	struct plan *plan);

#endif
