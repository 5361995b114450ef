/*
 * See supervise.h. A child is in a process group of its own, so that Ctrl-C of the
 * terminal reaches only us and the order of stopping is ours; and it gets a signal from
 * the kernel when we are killed.
 */
#include "config.h"

#include "cli/supervise.h"

#include "cli/os_linux.h"
#include "lib/clock.h"
#include "lib/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	SETTLED_MS = 1000, /* a child that ran for so long was fine */
	DELAY_MIN_MS = 100,
	DELAY_MAX_MS = 5000,
};

static sigset_t
our_signals(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	return set;
}

void
supervise_block_signals(void)
{
	sigset_t set = our_signals();
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
}

/* ---- one child ------------------------------------------------------------- */

static void
redirect(int in, const char *log)
{
	if (in < 0)
		in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int out = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (in >= 0)
		dup2(in, STDIN_FILENO);
	if (out >= 0) {
		dup2(out, STDOUT_FILENO);
		dup2(out, STDERR_FILENO);
	}
}

/* Whatever it starts has it, too, and nobody closes what they do not know. */
static void
hold(int fd)
{
	if (fd == CHILD_HELD)
		fcntl(fd, F_SETFD, 0);
	else if (fd >= 0)
		dup2(fd, CHILD_HELD);
}

/* In the fresh child; a failure travels back through `report`, which exec closes. */
static void
become(const struct child *c, pid_t parent, int report)
{
	sigset_t none;
	if (report == CHILD_HELD && c->held >= 0)
		report = fcntl(report, F_DUPFD_CLOEXEC, CHILD_HELD + 1);
	sigemptyset(&none);
	setpgid(0, 0);
	redirect(c->input, c->log);
	hold(c->held);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (os_end_with_parent(parent, c->orphan_signal ? c->orphan_signal : SIGTERM) !=
		0)
		_exit(127);
	execv(c->argv[0], c->argv);
	int saved_errno = errno;
	(void)!write(report, &saved_errno, sizeof saved_errno);
	_exit(127);
}

static int
start(struct child *c, struct err *e)
{
	int report[2], failure = 0;
	pid_t parent = getpid();
	if (pipe2(report, O_CLOEXEC) != 0)
		return err_errno(e, errno, 500, "child.start", "Cannot start %s",
			c->name);
	pid_t pid = fork();
	if (pid == 0)
		become(c, parent, report[1]);
	close(report[1]);
	if (pid < 0) {
		close(report[0]);
		return err_errno(e, errno, 500, "child.start", "Cannot start %s",
			c->name);
	}
	setpgid(pid, pid);
	c->pid = pid;
	c->started = clock_monotonic();
	ssize_t n = read(report[0], &failure, sizeof failure);
	close(report[0]);
	if (n != (ssize_t)sizeof failure)
		return 0;
	waitpid(pid, NULL, 0);
	c->pid = 0;
	return err_errno(e, failure, 500, "child.start", "Cannot start %s", c->argv[0]);
}

static void
describe(int status, char *text, size_t size)
{
	if (WIFSIGNALED(status))
		snprintf(text, size, "was ended by signal %d", WTERMSIG(status));
	else
		snprintf(text, size, "ended with exit code %d", WEXITSTATUS(status));
}

/* The last line of a log file: mostly the reason why its program ended. */
static void
last_line(const char *path, char *line, size_t size)
{
	char tail[1024] = "";
	FILE *f = fopen(path, "re");
	*line = '\0';
	if (!f)
		return;
	if (fseek(f, -(long)(sizeof tail - 1), SEEK_END) != 0)
		rewind(f);
	size_t n = fread(tail, 1, sizeof tail - 1, f);
	fclose(f);
	while (n && tail[n - 1] == '\n')
		n--;
	tail[n] = '\0';
	const char *newline = strrchr(tail, '\n');
	snprintf(line, size, "%s", newline ? newline + 1 : tail);
}

/* Plans the next start. */
static void
postpone(struct child *c)
{
	int64_t now = clock_monotonic();
	if (now - c->started >= SETTLED_MS)
		c->delay = 0;
	else if (c->delay == 0)
		c->delay = DELAY_MIN_MS;
	else
		c->delay = c->delay * 2 < DELAY_MAX_MS ? c->delay * 2 : DELAY_MAX_MS;
	c->start_at = now + c->delay;
}

static int
ended(struct supervisor *s, struct child *c, int status, struct err *e)
{
	char how[60], why[200];
	describe(status, how, sizeof how);
	if (c->whole_group)
		kill(-c->pid, SIGKILL);
	c->pid = 0;
	if (!s->patient) {
		last_line(c->log, why, sizeof why);
		return err_set(e, 500, "child.ended", "%s %s: %s (see %s).", c->name, how,
			*why ? why : "it did not say why", c->log);
	}
	postpone(c);
	log_warning(s->log, "%s %s; starting it again in %d ms (its log: %s)", c->name,
		how, c->delay, c->log);
	return 0;
}

/* ---- all of them ----------------------------------------------------------- */

static struct child *
find(struct supervisor *s, pid_t pid)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->children[i].pid == pid)
			return &s->children[i];
	return NULL;
}

static int
reap(struct supervisor *s, struct err *e)
{
	int status, result = 0;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct child *c = find(s, pid);
		if (c && ended(s, c, status, e) != 0)
			result = -1;
	}
	return result;
}

static void
start_due(struct supervisor *s)
{
	struct err e = {0};
	for (size_t i = 0; i < s->count; i++) {
		struct child *c = &s->children[i];
		if (c->pid || clock_monotonic() < c->start_at || start(c, &e) == 0)
			continue;
		c->started = clock_monotonic();
		postpone(c);
		log_error(s->log, "%s", e.text);
	}
}

/* Milliseconds until the next planned start, at most `limit`. */
static int
until_due(const struct supervisor *s, int limit)
{
	int64_t now = clock_monotonic();
	for (size_t i = 0; i < s->count; i++) {
		const struct child *c = &s->children[i];
		if (c->pid == 0 && c->start_at - now < limit)
			limit = c->start_at > now ? (int)(c->start_at - now) : 0;
	}
	return limit;
}

/* The next of our signals, or 0 after timeout_ms. */
static int
next_signal(int timeout_ms)
{
	sigset_t set = our_signals();
	struct timespec timeout = {
		.tv_sec = timeout_ms / 1000,
		.tv_nsec = timeout_ms % 1000 * 1000000L,
	};
	int number = sigtimedwait(&set, NULL, &timeout);
	return number > 0 ? number : 0;
}

int
supervise_start(struct supervisor *s, struct err *e)
{
	for (size_t i = 0; i < s->count; i++)
		if (start(&s->children[i], e) != 0)
			return -1;
	return 0;
}

int
supervise_wait(struct supervisor *s, int timeout_ms, struct err *e)
{
	int number = next_signal(until_due(s, timeout_ms));
	if (number && number != SIGCHLD)
		return number;
	if (reap(s, e) != 0)
		return -1;
	start_due(s);
	return 0;
}

/* Waits for the child's end; false when it runs still after its time, or patience is
 * lost. */
static bool
wait_end(struct child *c, bool *hurry)
{
	int64_t deadline = clock_monotonic() + c->stop_ms;
	while (waitpid(c->pid, NULL, WNOHANG) == 0) {
		int64_t left = deadline - clock_monotonic();
		if (left <= 0 || *hurry)
			return false;
		int number = next_signal((int)left);
		if (number && number != SIGCHLD)
			*hurry = true;
	}
	return true;
}

static void
stop(const struct supervisor *s, struct child *c, bool *hurry)
{
	if (c->pid == 0)
		return;
	if (!c->drains)
		kill(c->pid, c->stop_signal);
	bool gone = wait_end(c, hurry);
	if (!gone) {
		log_warning(s->log, "%s does not stop; killing it", c->name);
		kill(c->pid, SIGKILL);
	}
	if (c->whole_group)
		kill(-c->pid, SIGKILL);
	if (!gone)
		waitpid(c->pid, NULL, 0);
	c->pid = 0;
}

void
supervise_stop(struct supervisor *s)
{
	bool hurry = false;
	for (size_t i = 0; i < s->count; i++)
		if (s->children[i].pid && s->children[i].drains)
			kill(s->children[i].pid, s->children[i].stop_signal);
	for (size_t i = s->count; i > 0; i--)
		stop(s, &s->children[i - 1], &hurry);
}
