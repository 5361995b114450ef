/* See instance.h. */
#include "config.h"

#include "t/bench/instance.h"

#include "lib/buf.h"
#include "lib/conf.h"
#include "lib/os_isolate.h"
#include "lib/path.h"
#include "t/bench/measure.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SETTINGS_MAX = 8, LINE_MAX_BYTES = 512 };

/* The first line that the program prints; "" when it prints none. The descriptor stays
 * open in *from. */
static pid_t
start_and_read(const char *const argv[], char *line, int *from)
{
	int pipe_fds[2];
	size_t len = 0;
	if (pipe2(pipe_fds, O_CLOEXEC) != 0)
		fail("cannot make a pipe");
	pid_t pid = start_program(argv, -1, pipe_fds[1], false);
	close(pipe_fds[1]);
	while (len < LINE_MAX_BYTES - 1 && read(pipe_fds[0], line + len, 1) == 1 &&
		line[len] != '\n')
		len++;
	line[len] = '\0';
	*from = pipe_fds[0];
	return pid;
}

static char *
new_key(const char *dir)
{
	char *program = path_program("dispatch"), line[LINE_MAX_BYTES];
	const char *argv[] = {program, "key", "new", "--label", "bench", "--dir", dir,
		NULL};
	int from;
	pid_t pid = start_and_read(argv, line, &from);
	waitpid(pid, NULL, 0);
	close(from);
	free(program);
	if (strncmp(line, "dk_", 3) != 0)
		fail("cannot make an API key");
	return xstrdup(line);
}

/* Where the kernel refuses to isolate, sessions are measured without. */
static const char *const not_isolated[] = {"session.isolation=none",
	"claude.isolation=none", NULL};

static int
add_settings(const char **argv, int n, const char *const *settings)
{
	for (int i = 0; settings && settings[i]; i++) {
		argv[n++] = "--set";
		argv[n++] = settings[i];
	}
	return n;
}

void
instance_start(struct instance *in, const char *dir, const char *const *settings)
{
	char *program = path_program("dispatch"), line[LINE_MAX_BYTES];
	const char *argv[12 + 2 * SETTINGS_MAX] = {program, "serve", "--dir", dir,
		"--listen", "127.0.0.1:0", "--end-sessions"};
	int n = 7, from;
	if (os_isolate_try(OS_ISOLATE_FILES | OS_ISOLATE_PROCESSES) != 0)
		n = add_settings(argv, n, not_isolated);
	add_settings(argv, n, settings);
	*in = (struct instance){.dir = xstrdup(dir)};
	double began = now_us();
	in->serve = start_and_read(argv, line, &from);
	in->took_us = now_us() - began;
	errno = 0;
	const char *port = strrchr(line, ':');
	if (strncmp(line, "ready ", 6) != 0 || !port)
		fail("dispatch serve did not start: %s", line);
	in->port = (int)strtol(port + 1, NULL, 10);
	in->key = new_key(dir);
	free(program);
	/* What it prints later goes nowhere: it ignores SIGPIPE. */
	close(from);
}

void
instance_stop(struct instance *in)
{
	kill(in->serve, SIGINT);
	waitpid(in->serve, NULL, 0);
	free(in->dir);
	free(in->key);
	*in = (struct instance){0};
}

const struct processes *
instance_look(struct instance *in)
{
	processes_find(&in->processes, in->dir);
	return &in->processes;
}

bool
instance_knows(const char *setting)
{
	struct conf_args args = {.dir = "/", .settings = &setting, .count = 1};
	struct conf conf;
	struct err e = {0};
	bool known = conf_load(&conf, &args, &e) == 0;
	conf_free(&conf);
	return known;
}
