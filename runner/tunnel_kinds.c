/* The table of kinds, and what their files share; see tunnel.h. */
#include "config.h"

#include "lib/json_read.h"
#include "runner/tunnel.h"

#include <stdlib.h>
#include <string.h>

static const struct tunnel_kind *const kinds[TUNNEL_KINDS] = {
	&tunnel_localtunnel,
	&tunnel_vscode,
	&tunnel_cloudflared,
	&tunnel_tailscale,
};

const struct tunnel_kind *
tunnel_kind_at(int index)
{
	return index < TUNNEL_KINDS ? kinds[index] : NULL;
}

void
tunnel_word(struct buf *words, const char *word)
{
	buf_add(words, word, strlen(word) + 1);
}

void
tunnel_option(struct buf *words, const char *name, const char *value)
{
	if (!value || !*value)
		return;
	buf_printf(words, "%s=%s", name, value);
	buf_char(words, '\0');
}

char *
tunnel_local_url(struct json_object *settings)
{
	const char *host = json_member_text(settings, "local_host");
	return xasprintf("http%s://%s:%lld",
		json_member_truth(settings, "https") ? "s" : "",
		host && *host ? host : "localhost",
		(long long)json_member_int(settings, "port", 80));
}

char *
tunnel_find_url(const char *text, const char *begin)
{
	const char *at = strstr(text, begin);
	if (!at)
		return NULL;
	size_t n = strcspn(at, " \t|\"'<>()");
	while (n && strchr(".,;", at[n - 1]))
		n--;
	return n > strlen(begin) && n <= TUNNEL_TEXT_MAX ? xstrndup(at, n) : NULL;
}

bool
tunnel_says(const char *text, const char *words)
{
	return strstr(text, words) != NULL;
}
