/* See tunnel_settings.h. */
#include "config.h"

#include "fcgi/tunnel_settings.h"

#include "fcgi/domain.h"
#include "fcgi/param.h"
#include "lib/http.h"
#include "lib/json_read.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { MINUTES_MAX = 30 * 24 * 60, NAME_MAX_LENGTH = 20 };

static const char *const providers[] = {"github", "microsoft", NULL};
static const char *const modes[] = {"serve", "funnel", NULL};

#define EVERY \
	{"program", IN_BODY, TYPE_TEXT, false, 0, 512}, \
		{"start_at_boot", IN_BODY, TYPE_BOOL, false}, \
	{ \
		"minutes", IN_BODY, TYPE_INT, false, 0, MINUTES_MAX \
	}
#define LOCAL \
	{"port", IN_BODY, TYPE_INT, false, 1, 65535}, \
		{"local_host", IN_BODY, TYPE_TEXT, false, 0, 255}, \
	{ \
		"https", IN_BODY, TYPE_BOOL, false \
	}

static const struct param localtunnel[] = {
	EVERY,
	LOCAL,
	{"host", IN_BODY, TYPE_TEXT, false, 0, 255},
	{"subdomain", IN_BODY, TYPE_TEXT, false, 0, 63},
};

static const struct param vscode[] = {
	EVERY,
	{"name", IN_BODY, TYPE_TEXT, false, 0, 64},
	{"folder", IN_BODY, TYPE_TEXT, false, 0, 4096},
	{"provider", IN_BODY, TYPE_ENUM, false, .values = providers},
};

static const struct param cloudflared[] = {EVERY, LOCAL};

static const struct param tailscale[] = {
	EVERY,
	LOCAL,
	{"mode", IN_BODY, TYPE_ENUM, false, .values = modes},
};

#define SETTINGS(of) .settings = (of), .setting_count = COUNT(of)

static const struct tunnel_about kinds[] = {
	{"localtunnel", "localtunnel", "lt", .local = true, SETTINGS(localtunnel)},
	{"vscode", "VS Code", "code", .named = true, SETTINGS(vscode)},
	{"cloudflared", "Cloudflare", "cloudflared", .local = true,
		SETTINGS(cloudflared)},
	{"tailscale", "Tailscale", "tailscale", .local = true, SETTINGS(tailscale)},
};

const struct tunnel_about *
tunnel_about_at(int index)
{
	return index < COUNT(kinds) ? &kinds[index] : NULL;
}

const struct tunnel_about *
tunnel_about_find(const char *name)
{
	for (int i = 0; i < COUNT(kinds); i++)
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	return NULL;
}

bool
tunnel_about_is_public(const struct tunnel_about *kind, struct json_object *settings)
{
	const char *mode = json_member_text(settings, "mode");
	if (kind->settings == tailscale)
		return mode && strcmp(mode, "funnel") == 0;
	return kind->local;
}

/* ---- what a text may be; an empty one stands for what is usual ---- */

static bool
consists_of(const char *text, const char *others)
{
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr(others, *text))
			return false;
	return true;
}

static bool
is_program(const char *text)
{
	size_t n = strlen(text);
	if (*text == '/' || strncmp(text, "~/", 2) == 0)
		return text[n - 1] != '/';
	return *text != '-' && consists_of(text, "._+-");
}

/* As the servers of localtunnel take it. */
static bool
is_subdomain(const char *text)
{
	size_t n = strlen(text);
	for (const char *c = text; *c; c++)
		if (isupper((unsigned char)*c))
			return false;
	return n >= 4 && *text != '-' && text[n - 1] != '-' && consists_of(text, "-");
}

static bool
is_server(const char *text)
{
	return http_check_base(text) == 0;
}

static bool
is_host(const char *text)
{
	return *text != '-' && consists_of(text, ".-:[]");
}

/* As the service of VS Code takes it. */
static bool
is_name(const char *text)
{
	return strlen(text) <= NAME_MAX_LENGTH && *text != '-' && consists_of(text, "-_");
}

static bool
is_folder(const char *text)
{
	return *text == '/' || strcmp(text, "~") == 0 || strncmp(text, "~/", 2) == 0;
}

static const struct {
	const char *name;
	bool (*is_good)(const char *text);
	const char *code, *words;
} rules[] = {
	{"program", is_program, "tunnel.program",
		"A program is a name, such as lt, or a path that begins with / or ~/."},
	{"subdomain", is_subdomain, "tunnel.subdomain",
		"A subdomain has 4 to 63 lower-case letters and digits, and - between "
		"them."},
	{"host", is_server, "tunnel.server",
		"A server is a URL with https, or http on this machine, without a slash "
		"at its end."},
	{"local_host", is_host, "tunnel.local_host", "This is not the name of a host."},
	{"name", is_name, "tunnel.name",
		"A name has at most 20 letters, digits, - and _, and begins with no -."},
	{"folder", is_folder, "tunnel.folder", "A folder begins with / or ~/."},
};

int
tunnel_settings_check(const struct tunnel_about *kind, struct json_object *settings,
	struct err *e)
{
	struct value values[MAX_PARAMS] = {0};
	if (param_take_members(kind->settings, kind->setting_count, settings, values,
		    e) != 0)
		return param_within(e, "settings");
	for (int i = 0; i < COUNT(rules); i++) {
		const char *text = json_member_text(settings, rules[i].name);
		if (!text || !*text || rules[i].is_good(text))
			continue;
		err_set(e, 422, rules[i].code, "%s", rules[i].words);
		snprintf(e->field, sizeof e->field, "settings.%s", rules[i].name);
		return -1;
	}
	return 0;
}
