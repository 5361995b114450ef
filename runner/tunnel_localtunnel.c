/*
 * localtunnel: the program `lt` of npm's localtunnel, with the server of its makers or
 * one's own. It tells its address in one line, "your url is: https://….example". When the
 * server has given the wanted name to somebody else, it gives another, which is told.
 * While the server cannot be reached, the program says nothing and tries on.
 *
 * --local-host would replace the Host header and with it our idea of where a page comes
 * from, so it is only given for a machine that is not this one.
 */
#include "config.h"

#include "lib/json_read.h"
#include "runner/tunnel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
is_public(struct json_object *settings)
{
	(void)settings;
	return true;
}

static void
command(const struct tunnel *t, struct buf *words)
{
	const char *host = json_member_text(t->settings, "local_host");
	char port[24];
	snprintf(port, sizeof port, "%lld",
		(long long)json_member_int(t->settings, "port", 80));
	tunnel_option(words, "--port", port);
	tunnel_option(words, "--host", json_member_text(t->settings, "host"));
	tunnel_option(words, "--subdomain", json_member_text(t->settings, "subdomain"));
	if (host && *host && strcmp(host, "localhost") != 0)
		tunnel_option(words, "--local-host", host);
	if (json_member_truth(t->settings, "https")) {
		tunnel_word(words, "--local-https");
		tunnel_word(words, "--allow-invalid-cert");
	}
}

/* The name is in front of the first dot. */
static bool
has_name(const char *url, const char *name)
{
	const char *at = strstr(url, "://");
	size_t n = strlen(name);
	return at && strncmp(at + 3, name, n) == 0 && at[3 + n] == '.';
}

static void
line(struct tunnel *t, const char *text)
{
	const char *name = json_member_text(t->settings, "subdomain");
	char *url;
	if (tunnel_says(text, "connection refused"))
		tunnel_set_cause(t, "tunnel.unreachable",
			"The server of localtunnel refuses connections.", false);
	else if (tunnel_says(text, "ENOTFOUND") || tunnel_says(text, "EAI_AGAIN"))
		tunnel_set_cause(t, "tunnel.network",
			"The server of localtunnel is not found; is this machine online?",
			false);
	if (!tunnel_says(text, "your url is: "))
		return;
	url = tunnel_find_url(text, "http");
	if (!url)
		return;
	tunnel_set_url(t, url);
	if (name && *name && !has_name(url, name)) {
		char *why = xasprintf(
			"Somebody else has the name %s now; the server gave another one.",
			name);
		tunnel_set_error(t, "tunnel.taken", why);
		free(why);
	}
	free(url);
}

const struct tunnel_kind tunnel_localtunnel = {
	.name = "localtunnel",
	.title = "localtunnel",
	.program = "lt",
	.install = "Install it with \"npm install -g localtunnel\", or name its path.",
	.is_public = is_public,
	.leads_here = true,
	.command = command,
	.line = line,
};
