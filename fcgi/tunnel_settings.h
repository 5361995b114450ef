/* The kinds of tunnels as people set them up; what the runner makes of their settings
 * stands in runner/tunnel_<kind>.c. */
#ifndef DISPATCH_FCGI_TUNNEL_SETTINGS_H
#define DISPATCH_FCGI_TUNNEL_SETTINGS_H

#include <stdbool.h>

#include "fcgi/route.h"
#include "lib/err.h"

struct json_object;

struct tunnel_about {
	const char *name;
	const char *title;
	const char *program; /* when no other is set */
	bool local;          /* it leads to a port of this machine */
	bool named;          /* it has an account in which it is registered */
	const struct param *settings;
	int setting_count;
};

/* The kind number 0, 1, 2 …, or NULL; the one of that name. */
const struct tunnel_about *tunnel_about_at(int index);
const struct tunnel_about *tunnel_about_find(const char *name);

/* Whether anybody can reach its address. */
bool tunnel_about_is_public(const struct tunnel_about *kind,
	struct json_object *settings);

/* Errors: 400 "request.invalid" (unknown, or of another type), 422 "tunnel.program",
 * "tunnel.subdomain", "tunnel.server", "tunnel.local_host", "tunnel.name",
 * "tunnel.folder", each with its field. */
int tunnel_settings_check(const struct tunnel_about *kind, struct json_object *settings,
	struct err *e);

#endif
