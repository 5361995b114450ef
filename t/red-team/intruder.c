/*
 *	intruder OUT [harmless=1] dir=D port=N runner=PID shim=PID handler=PID
 *	         other=PID other_shim=NAME terminal=PATH devpts=DEV program=FILE
 *	         permission=ID work=DIR [groups=DIR]
 *
 * Tries everything of the table and writes a line of JSON for each way into the file
 * OUT: its name, whether it was open, and what stood against it. Run where nothing
 * isolates it, it shows that it would find what it looks for.
 */
#include "config.h"

#include "t/red-team/intruder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *name;
	attempt *attempt;
	bool harmless; /* also where it succeeds */
} ways[] = {
	{"list the state directory", list_directory, true},
	{"read the accounts", read_state, true},
	{"write the accounts", write_state, true},
	{"read the log", read_events, true},
	{"read the key of secrets", read_key, true},
	{"read the settings", read_settings, true},
	{"put settings there", put_file},
	{"read through /proc/self/root", read_through_self, true},
	{"read through /proc/1/root", read_through_init},
	{"open files by their handle", read_by_handle},
	{"link the database elsewhere", link_database},
	{"change the program of the runner", change_program, true},
	{"rename the state directory", rename_directory},
	{"rename what is above it", rename_above},
	{"connect to the runner", connect_runner, true},
	{"connect to the runner as a console", connect_console, true},
	{"wake the runner", connect_wake, true},
	{"connect to the handlers", connect_handlers, true},
	{"connect to the pool of files", connect_files, true},
	{"connect to another shim", connect_shim, true},
	{"connect through the root of a shim", connect_own_shim},
	{"find an abstract socket", find_abstract},
	{"trace the runner", trace_runner},
	{"trace a shim", trace_shim},
	{"trace a handler", trace_handler},
	{"trace another session", trace_other, true},
	{"open the memory of the runner", memory_of_runner},
	{"open the memory of another session", memory_of_other, true},
	{"copy the memory of another session", copy_memory, true},
	{"read the environment of another session", environment_of_other, true},
	{"see what the runner has open", descriptors_of_runner, true},
	{"take a descriptor of the runner", take_descriptor, true},
	{"walk into the root of the runner", root_of_runner, true},
	{"read the maps of a shim", maps_of_shim},
	{"enter the namespace of another session", enter_namespace},
	{"signal the runner", signal_runner, true},
	{"signal another session", signal_other, true},
	{"open the terminal of another session", open_terminal, true},
	{"unmount what hides", uncover},
	{"unmount it lazily", uncover_lazily},
	{"mount it again to be written", remount},
	{"mount anything", cover_again},
	{"unmount in a namespace of its own", nested_uncover},
	{"bind what is above in a namespace of its own", nested_bind},
	{"overlay what is above in a namespace of its own", nested_overlay},
	{"exchange the root in a namespace of its own", nested_pivot},
	{"become root", gain_root},
	{"be started by systemd", start_by_systemd},
	{"be started by at", start_by_at},
	{"be started by cron", start_by_cron},
	{"be started over the bus", start_by_bus},
	{"be started by docker", start_by_docker},
	{"leave its control group", leave_group, true},
	{"make a control group", make_group, true},
	{"limit the servers", limit_servers, true},
	{"ask without a credential", ask_without},
	{"ask with a key that was made up", ask_with_key},
	{"ask with a cookie that was made up", ask_with_cookie},
	{"approve a request", approve},
	{"find a credential in the environment", find_credential},
	{"find a descriptor that was left open", inherit_descriptor},
	{"say something to who started it", speak_to_parent},
	{"reach a host that is not in its list", reach_elsewhere, true},
};

const char *
intruder_path(const char *dir, const char *name)
{
	static char paths[4][8192];
	static int next;
	char *path = paths[next++ % 4];
	snprintf(path, sizeof paths[0], "%s/%s", dir, name);
	return path;
}

static const char *
told(char **argv, const char *name)
{
	size_t n = strlen(name);
	for (char **p = argv; *p; p++)
		if (strncmp(*p, name, n) == 0 && (*p)[n] == '=')
			return *p + n + 1;
	return "";
}

static pid_t
told_pid(char **argv, const char *name)
{
	return (pid_t)strtol(told(argv, name), NULL, 10);
}

int
main(int argc, char **argv)
{
	struct target t = {
		.dir = told(argv, "dir"),
		.port = (int)strtol(told(argv, "port"), NULL, 10),
		.runner = told_pid(argv, "runner"),
		.shim = told_pid(argv, "shim"),
		.handler = told_pid(argv, "handler"),
		.other = told_pid(argv, "other"),
		.other_shim = told(argv, "other_shim"),
		.terminal = told(argv, "terminal"),
		.terminal_system = (dev_t)strtoull(told(argv, "devpts"), NULL, 10),
		.program = told(argv, "program"),
		.permission = told(argv, "permission"),
		.work = told(argv, "work"),
		.groups = told(argv, "groups"),
	};
	if (argc < 3 || !*t.dir || t.shim == 0)
		return 2;
	bool harmless = *told(argv, "harmless");
	bool inherited = inherit_descriptor(&t);
	FILE *out = fopen(argv[1], "we");
	if (!out)
		return 3;
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
		if (harmless && !ways[i].harmless)
			continue;
		errno = 0;
		bool open = ways[i].attempt == inherit_descriptor ? inherited
								  : ways[i].attempt(&t);
		const char *why = errno ? strerror(errno) : "there is none";
		fprintf(out, "{\"way\":\"%s\",\"open\":%s,\"why\":\"%s\"}\n",
			ways[i].name, open ? "true" : "false", why);
		fflush(out);
	}
	return fclose(out) == 0 ? 0 : 4;
}
