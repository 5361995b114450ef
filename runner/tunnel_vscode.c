/*
 * A remote tunnel of VS Code: `code tunnel`. Three programs come one after the other:
 *
 *	ACCOUNT  tunnel user show              signed in: on to TUNNEL
 *	LOGIN    tunnel user login             prints where to sign in, and a code
 *	TUNNEL   tunnel                        the tunnel; asks for a code, too, when the
 *	                                       sign-in has ended meanwhile
 *
 * and UNREGISTER takes the machine's name off the account. A program that finds a tunnel
 * of this machine says so, joins it and prints its address as well.
 *
 * A code is good for a quarter of an hour with both GitHub (RFC 8628, expires_in 900) and
 * Microsoft; the program does not tell, and prints the next one by itself.
 */
#include "config.h"

#include "lib/json_read.h"
#include "runner/tunnel.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { ACCOUNT, LOGIN, TUNNEL, UNREGISTER };
enum { CODE_SECONDS = 900, CODE_MAX = 32 };

static bool
is_public(struct json_object *settings)
{
	(void)settings;
	return false; /* the address is Microsoft's, and only the account gets in */
}

static void
command(const struct tunnel *t, struct buf *words)
{
	const char *provider = json_member_text(t->settings, "provider");
	tunnel_word(words, "tunnel");
	switch (t->row.stage) {
	case ACCOUNT:
		tunnel_word(words, "user"), tunnel_word(words, "show");
		break;
	case LOGIN:
		tunnel_word(words, "user"), tunnel_word(words, "login");
		tunnel_word(words, "--provider");
		tunnel_word(words, provider && *provider ? provider : "github");
		break;
	case UNREGISTER:
		tunnel_word(words, "unregister");
		break;
	default:
		tunnel_word(words, "--accept-server-license-terms");
		tunnel_option(words, "--name", json_member_text(t->settings, "name"));
	}
}

/* The word behind these, without what ends a sentence. */
static char *
word_behind(const char *text, const char *words)
{
	const char *at = strstr(text, words);
	if (!at)
		return NULL;
	at += strlen(words);
	size_t n = 0;
	while (isalnum((unsigned char)at[n]) || at[n] == '-')
		n++;
	return n >= 4 && n <= CODE_MAX ? xstrndup(at, n) : NULL;
}

/* "please log into URL and use code CODE", or "open the page URL and enter the code
 * CODE".
 */
static void
look_for_login(struct tunnel *t, const char *text)
{
	char *code = word_behind(text, "use code ");
	if (!code)
		code = word_behind(text, "enter the code ");
	char *url = code ? tunnel_find_url(text, "https://") : NULL;
	if (url)
		tunnel_need_login(t, url, code, CODE_SECONDS);
	free(code);
	free(url);
}

/* That there was one already is told before its address. */
static bool
has_joined(const struct tunnel *t)
{
	return t->row.error_code && strcmp(t->row.error_code, "tunnel.joined") == 0;
}

static void
tell_joined(struct tunnel *t)
{
	tunnel_set_error(t, "tunnel.joined",
		"A tunnel of this machine was open already, and is used. Closing it here "
		"leaves that one open.");
}

/* The address is followed by the directory in which the program runs; the name is what
 * counts. */
static void
look_for_link(struct tunnel *t, const char *text)
{
	const char link[] = "/tunnel/";
	char *url = tunnel_says(text, "Open this link in your browser")
		? tunnel_find_url(text, "https://")
		: NULL;
	char *name = url ? strstr(url, link) : NULL;
	if (name) {
		bool joined = has_joined(t);
		name += sizeof link - 1;
		name[strcspn(name, "/?#")] = '\0';
		if (*name)
			tunnel_set_url(t, url);
		if (joined)
			tell_joined(t);
	}
	free(url);
}

static const struct {
	const char *says, *code, *why;
	bool final;
} problems[] = {
	{"is already in use", "tunnel.taken",
		"Another machine of this account has that name. Choose another, or "
		"unregister it there.",
		true},
	{"already exists", "tunnel.taken",
		"Another machine of this account has that name. Choose another, or "
		"unregister it there.",
		true},
	{"error refreshing token", "tunnel.login",
		"The sign-in has ended. Start it again to sign in anew.", false},
	{"error sending request", "tunnel.network",
		"The service of VS Code cannot be reached; is this machine online?",
		false},
	{"dns error", "tunnel.network",
		"The service of VS Code cannot be reached; is this machine online?",
		false},
	{"too many tunnels", "tunnel.refused",
		"The account has as many tunnels as it may have. Unregister one.", true},
};

static void
line(struct tunnel *t, const char *text)
{
	if (t->row.stage == ACCOUNT || t->row.stage == UNREGISTER)
		return;
	for (size_t i = 0; i < sizeof problems / sizeof *problems; i++)
		if (tunnel_says(text, problems[i].says))
			tunnel_set_cause(t, problems[i].code, problems[i].why,
				problems[i].final);
	if (tunnel_says(text, "Connected to an existing tunnel process"))
		tell_joined(t);
	look_for_login(t, text);
	if (t->row.stage == TUNNEL)
		look_for_link(t, text);
}

static int
first_stage(const char *action)
{
	return strcmp(action, "unregister") == 0 ? UNREGISTER : ACCOUNT;
}

static int
next_stage(struct tunnel *t, const struct shim_exit *exit)
{
	bool good = exit && exit->signal == 0 && exit->code == 0;
	switch (t->row.stage) {
	case ACCOUNT:
		return !exit || exit->signal ? TUNNEL_AGAIN : good ? TUNNEL : LOGIN;
	case LOGIN:
		return good ? TUNNEL : TUNNEL_AGAIN;
	case UNREGISTER:
		return good ? TUNNEL_DONE : TUNNEL_GIVE_UP;
	default:
		return TUNNEL_AGAIN;
	}
}

const struct tunnel_kind tunnel_vscode = {
	.name = "vscode",
	.title = "VS Code",
	.program = "code",
	.install = "Install VS Code or its command line program, or name its path.",
	.is_public = is_public,
	.command = command,
	.line = line,
	.first_stage = first_stage,
	.next_stage = next_stage,
};
