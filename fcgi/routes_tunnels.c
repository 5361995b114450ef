/* Tunnels to this machine. See domain.h. */
#include "config.h"

#include "fcgi/domain.h"
#include "fcgi/h_tunnels.h"

#define KIND_PARAM \
	[TUNNEL_KIND] = {"kind", IN_PATH, TYPE_TEXT, true, 1, 32, \
		.doc = "localtunnel, vscode, cloudflared or tailscale"}
#define TUNNEL \
	{ \
		200, "Tunnel", "how it stands" \
	}
#define TUNNEL_LATER \
	{ \
		202, "Tunnel", "the runner is away: it follows within command.ttl" \
	}

static const struct param kind_params[] = {
	KIND_PARAM,
};

static const struct param put_params[] = {
	KIND_PARAM,
	[TUNNEL_SETTINGS] = {"settings", IN_BODY, TYPE_OBJECT, true,
		.doc = "all of them: program, start_at_boot, minutes; port, local_host, "
		       "https (not vscode); host, subdomain (localtunnel); name, folder, "
		       "provider (vscode); mode (tailscale)"},
};

static const struct route routes[] = {
	{"GET", "api/tunnels", CAP_READ, .handle = h_tunnel_list,
		.answers = {{200, "Tunnels", "one of each kind"}},
		.doc = "Lists tunnels; sign-ins, errors and settings for administrators "
		       "only"},
	{"PUT", "api/tunnels/<kind>", CAP_ADMIN, BODY_JSON, JSON_MAX, PARAMS(put_params),
		.handle = h_tunnel_put, .audit = "tunnel.settings", .answers = {TUNNEL},
		.doc = "Sets a tunnel up, from its next start on"},
	{"POST", "api/tunnels/<kind>/start", CAP_ADMIN, PARAMS(kind_params),
		.handle = h_tunnel_start, .audit = "tunnel.start",
		.answers = {TUNNEL, TUNNEL_LATER}, .doc = "Opens a tunnel, or anew",
		.fresh = true},
	{"POST", "api/tunnels/<kind>/stop", CAP_ADMIN, PARAMS(kind_params),
		.handle = h_tunnel_stop, .audit = "tunnel.stop",
		.answers = {TUNNEL, TUNNEL_LATER}, .doc = "Closes a tunnel"},
	{"POST", "api/tunnels/<kind>/unregister", CAP_ADMIN, PARAMS(kind_params),
		.handle = h_tunnel_unregister, .audit = "tunnel.unregister",
		.answers = {TUNNEL, TUNNEL_LATER},
		.doc = "Takes this machine off the account of a tunnel; its name is free "
		       "then",
		.fresh = true},
	{"GET", "api/tunnels/<kind>/log", CAP_ADMIN, PARAMS(kind_params),
		.handle = h_tunnel_log,
		.answers = {{200, "TunnelLines", "the last 200, oldest first"}},
		.doc = "What the program of a tunnel said last"},
	{"GET", "api/tunnels/<kind>/status", CAP_ADMIN, PARAMS(kind_params),
		.handle = h_tunnel_status,
		.answers = {{200, "TunnelStatus", "may take a second"}},
		.doc = "What the program of a tunnel says of its state (vscode)"},
};

static const struct schema schemas[] = {
	{"TunnelLogin", {{"url", TEXT}, {"code", MAYBE_TEXT}, {"expires_at", NUMBER}}},
	{"TunnelError", {{"code", TEXT}, {"detail", TEXT}}},
	{"TunnelHealth", {{"at", NUMBER}, {"problem", MAYBE_TEXT}}},
	{"Tunnel",
		{{"kind", TEXT}, {"title", TEXT}, {"default_program", TEXT},
			{"state",
				"{\"enum\":[\"off\",\"starting\",\"login\",\"open\","
				"\"retrying\",\"failed\"]}"},
			{"public", TRUTH}, {"unregistering", TRUTH}, {"url", MAYBE_TEXT},
			{"editor_url", MAYBE_TEXT},
			{"login", OR_NULL(REF("TunnelLogin"))}, {"since", NUMBER},
			{"ends_at", MAYBE_NUMBER}, {"retry_at", MAYBE_NUMBER},
			{"tries", NUMBER}, {"error", OR_NULL(REF("TunnelError"))},
			{"health", OR_NULL(REF("TunnelHealth"))}, {"settings", ANY}}},
	{"Tunnels",
		{{"items", LIST(REF("Tunnel"))}, {"next", MAYBE_TEXT},
			{"allowed", TRUTH}}},
	{"TunnelStatus",
		{{"running", TRUTH}, {"connected", TRUTH}, {"name", MAYBE_TEXT},
			{"problem", MAYBE_TEXT}}},
	{"TunnelLine", {{"n", NUMBER}, {"at", NUMBER}, {"text", TEXT}}},
	ITEMS("TunnelLines", "TunnelLine"),
};

const struct domain domain_tunnels = {DOMAIN(routes, schemas)};
