/*
 * The table of settings and the three sources that fill them; see conf.h. A value is
 * checked against its row the moment it is read, so the rest of the program never checks
 * again.
 */
#include "config.h"

#include "lib/conf.h"

#include "lib/path.h"

#include <ctype.h>
#include <errno.h>
#include <pwd.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum kind { KIND_INT, KIND_SIZE, KIND_TEXT, KIND_PREFIX, KIND_LEVEL, KIND_ISOLATION };

struct setting {
	const char *key;
	enum kind kind;
	size_t offset;
	const char *initial;
	int64_t min, max; /* of numbers */
	const char *meaning;
};

#define AT(member) offsetof(struct conf, member)

static const struct setting settings[] = {
	{"auth.device", KIND_INT, AT(auth_device), "0", 0, 1,
		"1: programs and devices may ask to be let in with a code (RFC 8628)"},
	{"auth.fresh", KIND_INT, AT(auth_fresh), "300", 10, 86400,
		"seconds after a sign-in in which power can be given away"},
	{"auth.idle", KIND_INT, AT(auth_idle), "604800", 60, 31536000,
		"seconds after which an unused sign-in ends"},
	{"auth.lifetime", KIND_INT, AT(auth_lifetime), "2592000", 60, 31536000,
		"seconds after which every sign-in ends"},
	{"claude.allow_bypass", KIND_INT, AT(claude_allow_bypass), "0", 0, 1,
		"1: Claude may be told to ask for no permission at all"},
	{"claude.commands_ttl", KIND_INT, AT(claude_commands_ttl), "2592000", 0, 31536000,
		"seconds for which the commands count that Claude reported somewhere"},
	{"claude.isolation", KIND_ISOLATION, AT(claude_isolation), "project", 0, 0,
		"what Claude may reach: none, open, project or read-only"},
	{"claude.mode", KIND_TEXT, AT(claude_mode), "", 0, 0,
		"permission mode of a new Claude session; empty: its own default"},
	{"claude.model", KIND_TEXT, AT(claude_model), "", 0, 0,
		"model of a new Claude session; empty: its own default"},
	{"claude.program", KIND_TEXT, AT(claude_program), "", 0, 0,
		"the claude program; empty: looked for in the usual places"},
	{"claude.silence", KIND_INT, AT(claude_silence), "60000", 100, 3600000,
		"milliseconds without a word from Claude after which a person is told"},
	{"command.ttl", KIND_INT, AT(command_ttl), "30000", 0, 600000,
		"milliseconds an input may wait for the runner"},
	{"fcgi.processes", KIND_INT, AT(fcgi_processes), "2", 1, 64,
		"worker processes of dispatch-fcgi"},
	{"fcgi.threads", KIND_INT, AT(fcgi_threads), "32", 1, 256,
		"threads of each worker process"},
	{"files.processes", KIND_INT, AT(files_processes), "2", 1, 64,
		"worker processes of dispatch-fcgi --pool files"},
	{"files.threads", KIND_INT, AT(files_threads), "16", 1, 256,
		"threads of each of them"},
	{"github.client_id", KIND_TEXT, AT(github_client_id), "", 0, 0,
		"of an OAuth application of GitHub; empty: nobody signs in with GitHub"},
	{"github.organisations", KIND_TEXT, AT(github_organisations), "", 0, 0,
		"names of organisations whose members may sign in, with commas"},
	{"github.secret_file", KIND_TEXT, AT(github_secret_file), "", 0, 0,
		"file with the client secret; empty: github.secret in the directory"},
	{"github.url", KIND_TEXT, AT(github_url), "https://github.com", 0, 0,
		"GitHub, or a GitHub Enterprise Server"},
	{"github.users", KIND_TEXT, AT(github_users), "", 0, 0,
		"numeric ids of those who may sign in, with commas"},
	{"http.hosts", KIND_TEXT, AT(http_hosts), "", 0, 0,
		"host names requests may use, with commas; empty: loopback names"},
	{"http.plain", KIND_INT, AT(http_plain), "0", 0, 1,
		"1: other machines are answered without TLS, because it ends at one of "
		"them"},
	{"http.prefix", KIND_PREFIX, AT(http_prefix), "/", 0, 0,
		"path under which Dispatch is mounted, such as / or /dispatch/"},
	{"log.level", KIND_LEVEL, AT(log_level), "info", 0, 0, "error, warning or info"},
	{"retention.bytes", KIND_INT, AT(retention_bytes), "67108864", 0, INT64_MAX,
		"bytes of output kept of a terminal session at least; 0: all"},
	{"retention.claude_days", KIND_INT, AT(retention_claude_days), "0", 0, 36500,
		"days after which what Claude said is removed; 0: never"},
	{"retention.editor_bytes", KIND_INT, AT(retention_editor_bytes), "2147483648", 0,
		INT64_MAX, "bytes of contents of files kept for their history; 0: all"},
	{"retention.editor_days", KIND_INT, AT(retention_editor_days), "0", 0, 36500,
		"days after which what editors did is removed; 0: never"},
	{"retention.pty_days", KIND_INT, AT(retention_pty_days), "0", 0, 36500,
		"days after which output of terminals is removed; 0: never"},
	{"retention.total", KIND_INT, AT(retention_total), "4294967296", 0, INT64_MAX,
		"bytes of output kept of all sessions together; 0: all"},
	{"search.program", KIND_TEXT, AT(search_program), "", 0, 0,
		"the rg program; empty: rg of the PATH; none: our own search"},
	{"session.cgroup", KIND_TEXT, AT(session_cgroup), "", 0, 0,
		"control group in which sessions have groups of their own; own: the one "
		"that Dispatch is started in; empty: that, if systemd marked it"},
	{"session.cpu", KIND_INT, AT(session_cpu), "0", 0, INT64_MAX,
		"seconds of processor time of a process in a session; 0: any"},
	{"session.isolation", KIND_ISOLATION, AT(session_isolation), "open", 0, 0,
		"what a shell may reach: none, open, project or read-only"},
	{"session.limit", KIND_INT, AT(session_limit), "64", 1, 4096,
		"running sessions of one person"},
	{"session.memory", KIND_INT, AT(session_memory), "0", 0, INT64_MAX,
		"bytes of data that a process in a session may have; 0: any"},
	{"session.open_files", KIND_INT, AT(session_open_files), "0", 0, 1073741816,
		"files that a process in a session may have open; 0: as the system"},
	{"session.processes", KIND_INT, AT(session_processes), "4096", 0, 4194304,
		"processes and threads of a session; 0: as the system"},
	{"session.ring", KIND_SIZE, AT(session_ring), "1048576", 65536, 67108864,
		"bytes of output kept while the runner is away; a power of two"},
	{"session.shell", KIND_TEXT, AT(session_shell), "", 0, 0,
		"program of a new shell; empty: the login shell"},
	{"session.total_cpu", KIND_INT, AT(session_total_cpu), "0", 0, 1000000,
		"hundredths of a processor that a whole session may use; 0: any"},
	{"session.total_memory", KIND_INT, AT(session_total_memory), "0", 0, INT64_MAX,
		"bytes of memory that a whole session may have; 0: any"},
	{"stream.heartbeat", KIND_INT, AT(stream_heartbeat), "15000", 100, 60000,
		"milliseconds between signs of life on a stream"},
	{"stream.limit", KIND_INT, AT(stream_limit), "64", 1, 4096,
		"open streams of one person"},
	{"stream.window", KIND_INT, AT(stream_window), "524288", 65536, 16777216,
		"bytes a viewer may have on the way"},
	{"trash.days", KIND_INT, AT(trash_days), "30", 0, 36500,
		"days after which a deleted file is removed from the trash; 0: never"},
	{"tunnel.allowed", KIND_INT, AT(tunnel_allowed), "1", 0, 1,
		"0: nobody can make this machine reachable through a tunnel"},
	{"tunnel.check", KIND_INT, AT(tunnel_check), "60000", 100, 3600000,
		"milliseconds between two looks at the address of an open tunnel"},
	{"tunnel.lifetime", KIND_INT, AT(tunnel_lifetime), "86400", 1, 31536000,
		"seconds after which a public tunnel closes, whatever was wished for"},
	{"tunnel.patience", KIND_INT, AT(tunnel_patience), "60000", 100, 3600000,
		"milliseconds in which a tunnel has to tell its address"},
	{"tunnel.retry", KIND_INT, AT(tunnel_retry), "1000", 1, 60000,
		"milliseconds until a tunnel that ended is tried again, at first"},
	{"tunnel.tries", KIND_INT, AT(tunnel_tries), "8", 1, 1000,
		"failures in a row after which a tunnel is given up"},
	{"workspace.roots", KIND_TEXT, AT(workspace_roots), "", 0, 0,
		"directories that hold all workspaces, with colons; empty: the home"},
};

const char *const conf_isolations[] = {"none", "open", "project", "read-only", NULL};

static const char *const levels[] = {"error", "warning", "info"};

#define COUNT(a) (sizeof(a) / sizeof *(a))

static int
set_number(int64_t *to, const struct setting *s, const char *value)
{
	char *end;
	errno = 0;
	long long n = strtoll(value, &end, 10);
	if (errno || end == value || *end || n < s->min || n > s->max)
		return -1;
	if (s->kind == KIND_SIZE && (n & (n - 1)))
		return -1;
	*to = n;
	return 0;
}

static int
set_level(int64_t *to, const char *value)
{
	for (size_t i = 0; i < COUNT(levels); i++)
		if (strcmp(levels[i], value) == 0) {
			*to = (int64_t)i;
			return 0;
		}
	return -1;
}

static bool
is_text(const struct setting *s)
{
	return s->kind == KIND_TEXT || s->kind == KIND_PREFIX ||
		s->kind == KIND_ISOLATION;
}

static bool
is_isolation(const char *value)
{
	for (const char *const *p = conf_isolations; *p; p++)
		if (strcmp(*p, value) == 0)
			return true;
	return false;
}

static int
set_text(char **to, const struct setting *s, const char *value)
{
	size_t n = strlen(value);
	if (s->kind == KIND_ISOLATION && !is_isolation(value))
		return -1;
	if (s->kind == KIND_PREFIX) {
		if (n == 0 || n > 200 || value[0] != '/' || value[n - 1] != '/' ||
			strstr(value, "//") || strstr(value, "/."))
			return -1;
		if (strspn(value,
			    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789-_./~") != n)
			return -1;
	}
	free(*to);
	*to = xstrdup(value);
	return 0;
}

static int
set_value(struct conf *conf, const struct setting *s, const char *value)
{
	void *to = (char *)conf + s->offset;
	switch (s->kind) {
	case KIND_INT:
	case KIND_SIZE:
		return set_number(to, s, value);
	case KIND_LEVEL:
		return set_level(to, value);
	case KIND_ISOLATION:
	case KIND_TEXT:
	case KIND_PREFIX:
		return set_text(to, s, value);
	}
	abort();
}

static const struct setting *
find_setting(const char *key)
{
	for (size_t i = 0; i < COUNT(settings); i++)
		if (strcmp(settings[i].key, key) == 0)
			return &settings[i];
	return NULL;
}

static char *
trim(char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	size_t n = strlen(text);
	while (n && isspace((unsigned char)text[n - 1]))
		text[--n] = '\0';
	return text;
}

/* Applies one `key=value`; the text is changed. `where` is for the error. */
static int
apply(struct conf *conf, char *text, const char *where, struct err *e)
{
	char *equals = strchr(text, '=');
	if (!equals)
		return err_set(e, 500, "conf.invalid", "%s: expected key = value.",
			where);
	*equals = '\0';
	const char *key = trim(text), *value = trim(equals + 1);
	const struct setting *s = find_setting(key);
	if (!s)
		return err_set(e, 500, "conf.invalid", "%s: there is no setting \"%s\".",
			where, key);
	if (set_value(conf, s, value) == 0)
		return 0;
	if (s->min != s->max)
		return err_set(e, 500, "conf.invalid",
			"%s: %s cannot be \"%s\"; expected: %s, %lld to %lld.", where,
			key, value, s->meaning, (long long)s->min, (long long)s->max);
	return err_set(e, 500, "conf.invalid", "%s: %s cannot be \"%s\"; expected: %s.",
		where, key, value, s->meaning);
}

static int
apply_file(struct conf *conf, const char *path, struct err *e)
{
	char line[1024];
	int number = 0, result = 0;
	FILE *f = fopen(path, "re");
	if (!f && errno == ENOENT)
		return 0;
	if (!f)
		return err_errno(e, errno, 500, "conf.invalid", "Cannot read %s", path);
	while (result == 0 && fgets(line, sizeof line, f)) {
		char *text = trim(line);
		number++;
		if (!*text || *text == '#')
			continue;
		char *where = xasprintf("%s:%d", path, number);
		result = apply(conf, text, where, e);
		free(where);
	}
	fclose(f);
	return result;
}

static char *
default_dir(void)
{
	const char *dir = getenv("DISPATCH_DIR");
	if (dir && *dir)
		return xstrdup(dir);
	const char *data = getenv("XDG_DATA_HOME");
	if (data && *data == '/')
		return path_join(data, "dispatch");
	const char *home = getenv("HOME");
	if (!home || !*home) {
		struct passwd *pw = getpwuid(geteuid());
		home = pw ? pw->pw_dir : "/";
	}
	return path_join(home, ".local/share/dispatch");
}

static char *
absolute(char *dir)
{
	char here[4096];
	size_t n = strlen(dir);
	while (n > 1 && dir[n - 1] == '/')
		dir[--n] = '\0';
	if (*dir == '/' || !getcwd(here, sizeof here))
		return dir;
	char *whole = path_join(here, dir);
	free(dir);
	return whole;
}

int
conf_argument(struct conf_args *args, int argc, char **argv, int *i, struct err *e)
{
	static const char *const names[] = {"--dir", "--set"};
	for (size_t k = 0; k < COUNT(names); k++) {
		size_t n = strlen(names[k]);
		const char *value = NULL;
		if (strncmp(argv[*i], names[k], n) != 0)
			continue;
		if (argv[*i][n] == '=')
			value = argv[*i] + n + 1;
		else if (argv[*i][n])
			continue;
		else if (*i + 1 < argc)
			value = argv[++*i];
		if (!value || !*value)
			return err_set(e, 500, "usage", "%s needs a value.", names[k]);
		if (k == 0) {
			args->dir = value;
			return 1;
		}
		args->settings = xrealloc(args->settings,
			sizeof *args->settings * (size_t)(args->count + 1));
		args->settings[args->count++] = value;
		return 1;
	}
	return 0;
}

int
conf_load(struct conf *conf, const struct conf_args *args, struct err *e)
{
	*conf = (struct conf){0};
	for (size_t i = 0; i < COUNT(settings); i++)
		if (set_value(conf, &settings[i], settings[i].initial) != 0)
			abort();
	conf->dir = absolute(args->dir ? xstrdup(args->dir) : default_dir());
	char *file = path_join(conf->dir, "dispatch.conf");
	int result = apply_file(conf, file, e);
	free(file);
	for (int i = 0; i < args->count && result == 0; i++) {
		char *text = xstrdup(args->settings[i]);
		result = apply(conf, text, "--set", e);
		free(text);
	}
	return result;
}

void
conf_free(struct conf *conf)
{
	for (size_t i = 0; i < COUNT(settings); i++)
		if (is_text(&settings[i]))
			free(*(char **)((char *)conf + settings[i].offset));
	free(conf->dir);
	*conf = (struct conf){0};
}
