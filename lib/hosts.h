/*
 * Hosts of the internet: as they are named in a request, in a list of those that may be
 * reached, and as addresses. No names are looked up here.
 */
#ifndef DISPATCH_LIB_HOSTS_H
#define DISPATCH_LIB_HOSTS_H

#include <stdbool.h>
#include <stddef.h>

struct sockaddr;

enum { HOST_SIZE = 254, HOSTS_MAX = 64, HOST_RULE_MAX = 262 };

struct host {
	char name[HOST_SIZE]; /* lower case, no dot at its end; or an address as by
	                       * inet_ntop(3), without brackets */
	bool address;
	unsigned int port; /* 0: none was named */
};

/*
 * Reads "name", "name:port", "192.0.2.1:port", "[2001:db8::1]:port": RFC 1123 names, `_`
 * as well. What only some would take for an address ("127.1", "0x7f.1") is neither. 0, or
 * -1 for another text; *host is not changed then.
 */
int host_read(struct host *host, const char *text, size_t len);

/* A row of a list: a host, or "*." and a name for all names below it. Without a port it
 * means 80 and 443. */
struct host_rule {
	struct host host;
	bool below;
};

/* 0, or -1 for a text that is none. */
int host_rule_read(struct host_rule *rule, const char *text);

bool host_rule_allows(const struct host_rule *rule, const char *name, unsigned int port);

/* Whether an address is one of the internet's: not of this machine, of a local or private
 * network, of a provider's services for its machines, nor of many. An address that wraps
 * another is what it wraps. False for families other than IPv4 and IPv6. */
bool host_is_public(const struct sockaddr *address);

#endif
