/* How a tunnel's state changes; see tunnel.h. Nothing here writes: who calls says when.
 */
#include "config.h"

#include "lib/clock.h"
#include "lib/json_read.h"
#include "runner/app.h"
#include "runner/tunnel.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool
tunnel_is_wanted(const struct tunnel *t)
{
	return t->row.state != TUNNEL_OFF && t->row.state != TUNNEL_FAILED;
}

bool
tunnel_is_public(const struct tunnel *t)
{
	return t->kind->is_public(t->settings);
}

void
tunnel_changed(struct tunnel *t)
{
	t->version++;
	tunnel_wake(t);
}

static void
set_text(char **text, const char *to)
{
	char *copy = xstrdup(to); /* before it is freed: it may be the same */
	free(*text);
	*text = copy;
}

void
tunnel_set_error(struct tunnel *t, const char *code, const char *text)
{
	set_text(&t->row.error_code, code);
	set_text(&t->row.error_text, text);
	tunnel_changed(t);
}

void
tunnel_set_state(struct tunnel *t, enum tunnel_state state)
{
	struct tunnel_row *row = &t->row;
	row->state = state;
	row->since = clock_now();
	if (state != TUNNEL_RETRYING)
		row->retry_at = 0;
	if (state != TUNNEL_LOGIN) {
		set_text(&row->login_url, NULL);
		set_text(&row->login_code, NULL);
		row->login_until = 0;
	}
	if (state != TUNNEL_OPEN) {
		set_text(&row->url, NULL);
		set_text(&row->host, NULL);
		set_text(&row->health_text, NULL);
		row->health_at = 0;
		tunnel_health_forget(t);
	}
	if (!tunnel_is_wanted(t))
		set_text(&row->settings_json, NULL);
	tunnel_changed(t);
}

void
tunnel_keep_settings(struct tunnel *t)
{
	set_text(&t->row.settings_json, json_compact(t->settings));
	tunnel_changed(t);
}

void
tunnel_close(struct tunnel *t, const char *code, const char *text)
{
	t->restarting = false;
	tunnel_set_state(t, TUNNEL_OFF);
	tunnel_set_error(t, code, text);
	t->row.ends_at = 0;
}

void
tunnel_clear_cause(struct tunnel *t)
{
	set_text(&t->cause_code, NULL);
	set_text(&t->cause_text, NULL);
	t->cause_final = false;
}

void
tunnel_set_cause(struct tunnel *t, const char *code, const char *text, bool final)
{
	if (t->cause_final)
		return;
	set_text(&t->cause_code, code);
	set_text(&t->cause_text, text);
	t->cause_final = final;
}

/* The host with its port, in lower case; NULL when the URL is none that we take. */
static char *
authority_of(const char *url)
{
	size_t skip = strncmp(url, "https://", 8) == 0 ? 8
		: strncmp(url, "http://", 7) == 0      ? 7
						       : 0;
	size_t n = strcspn(url + skip, "/?#");
	if (!skip || n == 0 || strlen(url) > TUNNEL_TEXT_MAX)
		return NULL;
	char *host = xstrndup(url + skip, n);
	for (char *c = host; *c; c++) {
		if (!isalnum((unsigned char)*c) && !strchr(".-:[]", *c)) {
			free(host);
			return NULL;
		}
		*c = (char)tolower((unsigned char)*c);
	}
	return host;
}

/* Where Dispatch is at that address: it may be mounted under a path. */
static char *
address_of(const struct tunnel *t, const char *url)
{
	const char *prefix = t->app->conf.http_prefix;
	size_t n = strlen(url);
	if (!t->kind->leads_here || strcmp(prefix, "/") == 0)
		return xstrdup(url);
	while (n && url[n - 1] == '/')
		n--;
	return xasprintf("%.*s%s", (int)n, url, prefix);
}

void
tunnel_set_url(struct tunnel *t, const char *url)
{
	enum { FIRST_LOOK_MS = 1000 };
	char *host = authority_of(url), *whole = address_of(t, url);
	if (host && tunnel_is_wanted(t) &&
		(!t->row.url || strcmp(t->row.url, whole) != 0)) {
		tunnel_set_state(t, TUNNEL_OPEN);
		tunnel_set_error(t, NULL, NULL);
		tunnel_clear_cause(t);
		set_text(&t->row.url, whole);
		set_text(&t->row.host, t->kind->leads_here ? host : NULL);
		t->health_due = clock_now() + FIRST_LOOK_MS;
	}
	free(host);
	free(whole);
}

void
tunnel_need_login(struct tunnel *t, const char *url, const char *code, int seconds)
{
	struct tunnel_row *row = &t->row;
	bool known = row->state == TUNNEL_LOGIN && row->login_url &&
		strcmp(row->login_url, url) == 0 &&
		(!code || (row->login_code && strcmp(row->login_code, code) == 0));
	if (!tunnel_is_wanted(t) || known)
		return;
	tunnel_set_state(t, TUNNEL_LOGIN);
	tunnel_set_error(t, NULL, NULL);
	tunnel_clear_cause(t);
	set_text(&row->login_url, url);
	set_text(&row->login_code, code);
	row->login_until = clock_now() + (int64_t)seconds * 1000;
}

int
tunnel_first_stage(const struct tunnel *t, const char *action)
{
	return t->kind->first_stage ? t->kind->first_stage(action) : 0;
}
