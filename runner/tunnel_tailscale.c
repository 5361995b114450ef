/*
 * Tailscale: `tailscale serve` for the machines of one's own network, `tailscale funnel`
 * for everybody. In the foreground, so that it ends with its program. What is not allowed
 * yet is told with an address at which a person can allow it; the program waits there.
 */
#include "config.h"

#include "lib/json_read.h"
#include "runner/tunnel.h"

#include <stdlib.h>
#include <string.h>

enum { ALLOW_SECONDS = 900 };

static bool
is_public(struct json_object *settings)
{
	const char *mode = json_member_text(settings, "mode");
	return mode && strcmp(mode, "funnel") == 0;
}

static void
command(const struct tunnel *t, struct buf *words)
{
	char *url = tunnel_local_url(t->settings);
	if (strncmp(url, "https://", 8) == 0) {
		/* Its word for: do not look at the name. */
		char *insecure = xasprintf("https+insecure%s", url + 5);
		free(url);
		url = insecure;
	}
	tunnel_word(words, is_public(t->settings) ? "funnel" : "serve");
	tunnel_word(words, "--yes");
	tunnel_word(words, url);
	free(url);
}

static const struct {
	const char *says, *code, *why;
	bool final;
} problems[] = {
	{"Logged out", "tunnel.login",
		"Tailscale is not signed in on this machine: run \"tailscale up\".",
		true},
	{"not logged in", "tunnel.login",
		"Tailscale is not signed in on this machine: run \"tailscale up\".",
		true},
	{"Tailscale is stopped", "tunnel.stopped",
		"Tailscale is stopped on this machine: run \"tailscale up\".", true},
	{"failed to connect to local tailscaled", "tunnel.stopped",
		"The service tailscaled does not run on this machine.", true},
	{"Access denied", "tunnel.denied",
		"Tailscale does not let this account: run \"sudo tailscale set "
		"--operator=$USER\".",
		true},
	{"already in use", "tunnel.taken",
		"Something else is served at this address already.", true},
};

static void
line(struct tunnel *t, const char *text)
{
	char *url;
	for (size_t i = 0; i < sizeof problems / sizeof *problems; i++)
		if (tunnel_says(text, problems[i].says))
			tunnel_set_cause(t, problems[i].code, problems[i].why,
				problems[i].final);
	url = tunnel_find_url(text, "https://");
	if (url && strncmp(url, "https://login.tailscale.com/", 28) == 0)
		tunnel_need_login(t, url, NULL, ALLOW_SECONDS);
	else if (url && tunnel_says(url, ".ts.net"))
		tunnel_set_url(t, url);
	free(url);
}

const struct tunnel_kind tunnel_tailscale = {
	.name = "tailscale",
	.title = "Tailscale",
	.program = "tailscale",
	.install = "Install Tailscale and sign this machine in, or name its path.",
	.is_public = is_public,
	.leads_here = true,
	.command = command,
	.line = line,
};
