/*
 * A quick tunnel of Cloudflare: `cloudflared tunnel --url …`, without an account. It
 * writes its log to standard error; the address stands in a frame of its own, on one of
 * the lines behind "Your quick Tunnel has been created!".
 */
#include "config.h"

#include "runner/tunnel.h"

#include <stdlib.h>

static bool
is_public(struct json_object *settings)
{
	(void)settings;
	return true;
}

static void
command(const struct tunnel *t, struct buf *words)
{
	char *url = tunnel_local_url(t->settings);
	tunnel_word(words, "tunnel");
	tunnel_word(words, "--no-autoupdate");
	tunnel_option(words, "--url", url);
	if (tunnel_says(url, "https://"))
		tunnel_word(words, "--no-tls-verify");
	free(url);
}

static void
line(struct tunnel *t, const char *text)
{
	char *url;
	if (tunnel_says(text, "failed to request quick Tunnel"))
		tunnel_set_cause(t, "tunnel.network",
			"Cloudflare cannot be reached; is this machine online?", false);
	else if (tunnel_says(text, "429 Too Many Requests"))
		tunnel_set_cause(t, "tunnel.refused",
			"Cloudflare refuses more quick tunnels for now.", false);
	if (!tunnel_says(text, ".trycloudflare.com") ||
		tunnel_says(text, "api.trycloudflare.com"))
		return;
	url = tunnel_find_url(text, "https://");
	if (url)
		tunnel_set_url(t, url);
	free(url);
}

const struct tunnel_kind tunnel_cloudflared = {
	.name = "cloudflared",
	.title = "Cloudflare",
	.program = "cloudflared",
	.install = "Install cloudflared, or name its path.",
	.is_public = is_public,
	.leads_here = true,
	.command = command,
	.line = line,
};
