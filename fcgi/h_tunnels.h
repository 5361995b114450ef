/* The handlers of tunnels; see handlers.h. Wherever one is named, it is the first
 * parameter. */
#ifndef DISPATCH_FCGI_H_TUNNELS_H
#define DISPATCH_FCGI_H_TUNNELS_H

#include "fcgi/route.h"
#include "fcgi/tunnel_settings.h"

enum { TUNNEL_KIND, TUNNEL_PARAMS };
enum { TUNNEL_SETTINGS = TUNNEL_PARAMS, TUNNEL_PUT_PARAMS };

int h_tunnel_list(struct call *c, struct err *e);
int h_tunnel_put(struct call *c, struct err *e);
int h_tunnel_start(struct call *c, struct err *e);
int h_tunnel_stop(struct call *c, struct err *e);
int h_tunnel_unregister(struct call *c, struct err *e);
int h_tunnel_log(struct call *c, struct err *e);

/* h_tunnel_status.c */
int h_tunnel_status(struct call *c, struct err *e);

/* The kind that the first parameter names, which becomes the call's subject. Error: 404
 * "tunnel.unknown". */
const struct tunnel_about *tunnel_named(struct call *c, struct err *e);

#endif
