/*
 * Claude: from asking for a session until the first character that it answers, and what a
 * piece of an answer costs. The limit: the bare program on pipes. Both talk to a stand-in
 * for Anthropic's API, t/lib/stub-api.mjs, where there is no network but loopback.
 */
#include "config.h"

#include "t/bench/bench.h"
#include "t/bench/client.h"
#include "t/bench/viewer.h"

#include "lib/json.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { READ_BYTES = 256 * 1024 };

/* What is needed, or why it is not there. */
struct claude_bench {
	char *program, *api, *home;
	pid_t stub;
	int port;
};

/* ---- alone ---- */

static bool
write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	if (fd >= 0)
		close(fd);
	return written;
}

/* A user namespace of one's own gives who is not root the right to the other one. */
static bool
become_own_root(void)
{
	char map[64], groups[64];
	snprintf(map, sizeof map, "%d %d 1\n", (int)geteuid(), (int)geteuid());
	snprintf(groups, sizeof groups, "%d %d 1\n", (int)getegid(), (int)getegid());
	return unshare(CLONE_NEWUSER) == 0 &&
		write_text("/proc/self/setgroups", "deny") &&
		write_text("/proc/self/uid_map", map) &&
		write_text("/proc/self/gid_map", groups);
}

/* Leaves the network for good, but for loopback; see network_namespaces(7). */
static bool
leave_network(void)
{
	struct ifreq lo = {.ifr_name = "lo"};
	if (geteuid() != 0 && !become_own_root())
		return false;
	if (unshare(CLONE_NEWNET) != 0)
		return false;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool up = fd >= 0 && ioctl(fd, SIOCGIFFLAGS, &lo) == 0;
	lo.ifr_flags |= IFF_UP;
	up = up && ioctl(fd, SIOCSIFFLAGS, &lo) == 0;
	if (fd >= 0)
		close(fd);
	return up;
}

static void
start_stub(struct claude_bench *c, const char *source)
{
	char *script = xasprintf("%s/t/lib/stub-api.mjs", source), line[64] = "";
	const char *argv[] = {"node", script, "--port", "0", NULL};
	int fds[2];
	if (pipe2(fds, O_CLOEXEC) != 0)
		fail("cannot make a pipe");
	c->stub = start_program(argv, -1, fds[1], false);
	close(fds[1]);
	ssize_t n = read(fds[0], line, sizeof line - 1);
	const char *port = n > 0 ? strchr(line, ':') : NULL;
	if (!port)
		fail("%s did not start", script);
	c->api = xasprintf("http://127.0.0.1:%ld", strtol(port + 1, NULL, 10));
	close(fds[0]);
	free(script);
}

static bool
prepare(struct bench *b, struct claude_bench *c)
{
	const char *source = getenv("DISPATCH_SOURCE");
	struct utsname machine;
	uname(&machine);
	const char *arch = strcmp(machine.machine, "x86_64") == 0 ? "x64" : "arm64";
	*c = (struct claude_bench){0};
	c->program =
		xasprintf("%s/t/node_modules/@anthropic-ai/claude-code-linux-%s/claude",
			source ? source : ".", arch);
	if (!source || access(c->program, X_OK) != 0) {
		report_note("the claude program is not installed: not measured");
		return false;
	}
	if (!leave_network()) {
		report_note("no network namespace can be made here: not measured");
		return false;
	}
	c->home = xasprintf("%s/home", b->folder);
	if (mkdir(c->home, 0700) != 0)
		fail("cannot make %s", c->home);
	start_stub(c, source);
	return true;
}

static void
clear(struct claude_bench *c)
{
	if (c->stub)
		end_process(c->stub);
	free(c->program);
	free(c->api);
	free(c->home);
}

/* ---- what is said ---- */

/* The environment of both, name and value in turn. */
static void
list_environment(const struct claude_bench *c, const char *list[14])
{
	const char *all[] = {"HOME", c->home, "ANTHROPIC_API_KEY", "test-key",
		"ANTHROPIC_BASE_URL", c->api, "DISABLE_TELEMETRY", "1",
		"DISABLE_ERROR_REPORTING", "1",
		"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1", "DISABLE_AUTOUPDATER",
		"1"};
	memcpy(list, all, sizeof all);
}

static char *
prompt(int pieces)
{
	return xasprintf("[[stub:long {\"n\":%d}]] go", pieces);
}

/* When it was asked for, and when what came. */
struct times {
	double began, first, last;
};

/* ---- the bare program ---- */

struct bare_claude {
	pid_t pid;
	int in, out;
	struct buf text; /* what was read and not used */
};

static void
start_bare(const struct claude_bench *c, struct bare_claude *bare)
{
	const char *env[14], *argv[32] = {"env", "-i", NULL};
	char *words[7], *path = xasprintf("PATH=%s", getenv("PATH"));
	static const char *const options[] = {"--output-format", "stream-json",
		"--verbose", "--input-format", "stream-json",
		"--permission-prompt-tool=stdio", "--include-partial-messages",
		"--setting-sources=user,project,local"};
	int n = 2, to[2], from[2];
	list_environment(c, env);
	for (int i = 0; i < 7; i++)
		argv[n++] = words[i] = xasprintf("%s=%s", env[2 * i], env[2 * i + 1]);
	argv[n++] = path;
	argv[n++] = c->program;
	for (size_t i = 0; i < sizeof options / sizeof *options; i++)
		argv[n++] = options[i];
	if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0)
		fail("cannot make a pipe");
	*bare = (struct bare_claude){.in = to[1], .out = from[0]};
	bare->pid = start_program(argv, to[0], from[1], true);
	close(to[0]);
	close(from[1]);
	for (int i = 0; i < 7; i++)
		free(words[i]);
	free(path);
}

/* Reads until a line holds the word; forgets up to its end. */
static void
wait_for_line(struct bare_claude *bare, const char *word)
{
	struct buf *text = &bare->text;
	for (;;) {
		char *newline;
		while (text->len && (newline = memchr(text->data, '\n', text->len))) {
			size_t len = (size_t)(newline - text->data) + 1;
			bool found = memmem(text->data, len, word, strlen(word));
			text->len -= len;
			memmove(text->data, newline + 1, text->len);
			if (found)
				return;
		}
		text->len += read_some(bare->out, buf_room(text, READ_BYTES), READ_BYTES);
	}
}

static void
ask_bare(struct bare_claude *bare, int pieces)
{
	struct buf b = BUF_INIT;
	char *text = prompt(pieces);
	buf_str(&b, "{\"type\":\"user\",\"message\":{\"role\":\"user\"");
	json_key(&b, "content"), json_string(&b, text);
	buf_str(&b, "}}\n");
	write_all(bare->in, b.data, b.len);
	buf_free(&b);
	free(text);
}

static void
time_bare(const struct claude_bench *c, int pieces, struct times *t)
{
	static const char initialize[] =
		"{\"type\":\"control_request\",\"request_id\":\"i\","
		"\"request\":{\"subtype\":\"initialize\"}}\n";
	struct bare_claude bare;
	t->began = now_us();
	start_bare(c, &bare);
	write_all(bare.in, initialize, sizeof initialize - 1);
	ask_bare(&bare, pieces);
	wait_for_line(&bare, "\"text_delta\"");
	t->first = now_us();
	wait_for_line(&bare, "\"duration_ms\"");
	t->last = now_us();
	end_process(bare.pid);
	close(bare.in);
	close(bare.out);
	buf_free(&bare.text);
}

/* ---- ours ---- */

static void
create(const struct claude_bench *c, struct client *client, char id[ID_SIZE])
{
	const char *env[14];
	struct buf b = BUF_INIT;
	list_environment(c, env);
	json_begin(&b, '{');
	json_key(&b, "kind"), json_string(&b, "claude");
	json_key(&b, "cwd"), json_string(&b, c->home);
	json_key(&b, "env"), json_begin(&b, '{');
	for (int i = 0; i < 7; i++)
		json_key(&b, env[2 * i]), json_string(&b, env[2 * i + 1]);
	json_end(&b, '}');
	json_end(&b, '}');
	if (client_request(client, "POST", "sessions", b.data) != 201)
		fail("cannot make a Claude session: %s", client->answer.data);
	const char *at = strstr(client->answer.data, "\"id\":\"");
	snprintf(id, ID_SIZE, "%s", at ? at + 6 : "");
	buf_free(&b);
}

static void
ask_ours(struct client *client, const char *id, int pieces)
{
	struct buf b = BUF_INIT;
	char path[64], *text = prompt(pieces);
	json_begin(&b, '{');
	json_key(&b, "text"), json_string(&b, text);
	json_end(&b, '}');
	snprintf(path, sizeof path, "sessions/%s/message", id);
	if (client_request(client, "POST", path, b.data) != 202)
		fail("cannot say anything to Claude: %s", client->answer.data);
	buf_free(&b);
	free(text);
}

/* A message of the stream: its event, and a word in its data. */
struct wanted {
	const char *event, *word;
};

static bool
is_wanted(const struct message *m, const struct wanted *w)
{
	return strcmp(m->event, w->event) == 0 &&
		memmem(m->data, m->data_len, w->word, strlen(w->word));
}

/* Until one of them comes; the list ends with a NULL. */
static void
wait_for_one(struct viewer *v, const struct wanted *list)
{
	struct message m;
	while (viewer_next(v, &m))
		for (const struct wanted *w = list; w->event; w++)
			if (is_wanted(&m, w))
				return;
	fail("a stream ended");
}

/* A short answer may be whole before a piece of it was due. */
static const struct wanted hello[] = {{"hello", ""}, {0}},
			   text[] = {{"partial", "\"text\""},
				   {"event", "\"type\":\"text\""}, {0}},
			   turn[] = {{"event", "\"type\":\"turn\""}, {0}};

static void
time_ours(const struct claude_bench *c, struct client *client, int pieces,
	struct times *t)
{
	struct viewer v;
	char id[ID_SIZE];
	t->began = now_us();
	create(c, client, id);
	viewer_open(&v, client->instance, id, 0, "");
	wait_for_one(&v, hello); /* pieces of an answer come to who is there */
	ask_ours(client, id, pieces);
	wait_for_one(&v, text);
	t->first = now_us();
	wait_for_one(&v, turn);
	t->last = now_us();
	viewer_close(&v);
	client_delete(client, id);
}

static void
add_times(struct row rows[2], enum column column, const struct times *t, int pieces)
{
	row_add(&rows[0], column, (t->first - t->began) / 1000);
	row_add(&rows[1], column, (t->last - t->first) / pieces);
}

void
bench_claude(struct bench *b)
{
	struct claude_bench c;
	struct instance in;
	struct client client;
	struct row rows[2];
	struct times t;
	int pieces = b->size->pieces;
	if (prepare(b, &c)) {
		char *setting = xasprintf("claude.program=%s", c.program);
		const char *settings[] = {setting, NULL};
		bench_open(b, &in, "claude", settings);
		client_open(&client, &in);
		row_init(&rows[0], "ms", "Claude, from nothing to the first character");
		row_init(&rows[1], "us", "Claude, each of %d pieces of an answer",
			pieces);
		for (int round = 0; round < b->size->rounds; round++) {
			time_bare(&c, pieces, &t);
			add_times(rows, LIMIT, &t, pieces);
			time_ours(&c, &client, pieces, &t);
			add_times(rows, OURS, &t, pieces);
		}
		report_row(&b->report, &rows[0]);
		report_row(&b->report, &rows[1]);
		client_close(&client);
		bench_close(&in);
		free(setting);
	}
	clear(&c);
}
