/*
 * See git_environment.h. Settings go by GIT_CONFIG_KEY_<n>, which win over every file and
 * take any name. Settings of which git has none to switch them off are options of the
 * commands: --no-ext-diff, --no-textconv.
 */
#include "config.h"

#include "fcgi/git_environment.h"

#include "fcgi/git_text.h"
#include "lib/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILTERS_MAX = 64 }; /* of a repository's own */

/* What git and the programs that a person has it run need to know of them. */
static const char *const inherited[] = {"HOME", "PATH", "USER", "LOGNAME", "TZ", "TMPDIR",
	"XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "SSH_AUTH_SOCK", "GNUPGHOME"};

static const char *const always[] = {
	"LC_ALL=C.UTF-8", /* its words are read */
	"LANGUAGE=",
	"GIT_TERMINAL_PROMPT=0",
	"GIT_ASKPASS=",
	"SSH_ASKPASS_REQUIRE=never",
	"GCM_INTERACTIVE=never",
	"GIT_EDITOR=:",
	"GIT_SEQUENCE_EDITOR=:",
	"GIT_MERGE_AUTOEDIT=no",
	"GIT_PAGER=cat",
	"GIT_ALLOW_PROTOCOL=none", /* nothing is fetched on the way */
	NULL,
};

static const char *const reading[] = {
	"GIT_OPTIONAL_LOCKS=0",
	NULL,
};

struct setting {
	const char *key, *value;
};

static const struct setting common[] = {
	{"core.quotePath", "false"},
	{"core.editor", ":"},
	{"advice.detachedHead", "false"},
};

static const struct setting harmless[] = {
	{"core.fsmonitor", "false"},
	{"core.hooksPath", "/dev/null"},
	{"core.pager", "cat"},
	{"core.sshCommand", "false"},
	{"core.askPass", ""},
	{"credential.helper", ""},
	{"protocol.allow", "never"},
	{"gpg.program", "false"},
	{"gpg.ssh.program", "false"},
	{"gpg.x509.program", "false"},
	{"log.showSignature", "false"},
	{"log.mailmap", "false"},
	{"diff.submodule", "short"},
	{"diff.ignoreSubmodules", "dirty"},
	{"diff.noprefix", "false"},
	{"diff.mnemonicPrefix", "false"},
	{"diff.relative", "false"},
	{"diff.interHunkContext", "0"},
	{"status.submoduleSummary", "false"},
	{"blame.ignoreRevsFile", ""},
	{"submodule.recurse", "false"},
};

/* ---- settings ---- */

static const char count_name[] = "GIT_CONFIG_COUNT=";

/* The count is the first word. */
static void
add_setting(struct words *env, const char *key, const char *value)
{
	long n = strtol(env->list[0] + sizeof count_name - 1, NULL, 10);
	free(env->list[0]);
	env->list[0] = xasprintf("%s%ld", count_name, n + 1);
	words_format(env, "GIT_CONFIG_KEY_%ld=%s", n, key);
	words_format(env, "GIT_CONFIG_VALUE_%ld=%s", n, value);
}

static void
add_settings(struct words *env, const struct setting *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		add_setting(env, list[i].key, list[i].value);
}

void
git_environment(struct words *env, bool act)
{
	words_format(env, "%s0", count_name);
	for (size_t i = 0; i < sizeof inherited / sizeof *inherited; i++)
		if (getenv(inherited[i]))
			words_format(env, "%s=%s", inherited[i], getenv(inherited[i]));
	words_each(env, always);
	add_settings(env, common, sizeof common / sizeof *common);
	if (act)
		return;
	words_each(env, reading);
	add_settings(env, harmless, sizeof harmless / sizeof *harmless);
}

/* ---- filters ---- */

/* "filter.<name>.<variable>": the name may have dots. */
static bool
take_filter(struct git_text key, struct git_text *driver)
{
	if (!git_text_skip(&key, "filter."))
		return false;
	*driver = key;
	while (driver->left && driver->at[driver->left - 1] != '.')
		driver->left--;
	if (driver->left == 0)
		return false;
	driver->left--;
	return true;
}

static bool
is_own(const struct git_text *scope)
{
	return git_text_is(scope, "local") || git_text_is(scope, "worktree");
}

/* "scope\0key\nvalue\0"; a key without a value has no newline. */
static bool
next_entry(struct git_text *t, struct git_text *scope, struct git_text *key,
	struct git_text *value)
{
	struct git_text entry;
	if (!git_text_until(t, '\0', scope) || !git_text_until(t, '\0', &entry))
		return false;
	*value = entry;
	if (!git_text_until(value, '\n', key)) {
		*key = entry;
		*value = GIT_TEXT("", 0);
	}
	return true;
}

/* The person's own value of the variable of that filter; the caller frees. */
static char *
own_value(const char *list, size_t len, const struct git_text *driver,
	const char *variable)
{
	struct git_text t = GIT_TEXT(list, len), scope, key, value, other;
	char *found = NULL;
	while (next_entry(&t, &scope, &key, &value)) {
		if (is_own(&scope) || git_text_is(&scope, "command") ||
			!take_filter(key, &other) || other.left != driver->left ||
			memcmp(other.at, driver->at, other.left) != 0)
			continue;
		const struct git_text rest = {other.at + other.left + 1,
			(size_t)(key.at + key.left - other.at) - other.left - 1};
		if (git_text_is(&rest, variable)) {
			free(found);
			found = xstrndup(value.at, value.left);
		}
	}
	return found;
}

static void
switch_off(struct words *env, const char *list, size_t len, const struct git_text *driver)
{
	static const struct setting off[] = {{"clean", ""}, {"smudge", ""},
		{"process", ""}, {"required", "false"}};
	for (size_t i = 0; i < sizeof off / sizeof *off; i++) {
		char *key = xasprintf("filter.%.*s.%s", (int)driver->left, driver->at,
			off[i].key);
		char *own = own_value(list, len, driver, off[i].key);
		add_setting(env, key, own ? own : off[i].value);
		free(own);
		free(key);
	}
}

bool
git_environment_harden(struct words *env, const char *list, size_t len)
{
	struct git_text t = GIT_TEXT(list, len), scope, key, value, driver;
	struct git_text last = {"", 0};
	int filters = 0;
	while (next_entry(&t, &scope, &key, &value)) {
		if (!is_own(&scope) || !take_filter(key, &driver) ||
			(last.left == driver.left &&
				memcmp(last.at, driver.at, last.left) == 0))
			continue;
		if (++filters > FILTERS_MAX)
			return false;
		switch_off(env, list, len, &driver);
		last = driver;
	}
	return true;
}
