/*
 * What somebody who runs in a session tries in order to reach what is Dispatch's or of
 * other sessions; see intruder.c.
 */
#ifndef DISPATCH_T_INTRUDER_H
#define DISPATCH_T_INTRUDER_H

#include <stdbool.h>
#include <sys/types.h>

/* What an intruder can know: where things are and who is who. */
struct target {
	const char *dir; /* the state directory */
	int port;
	pid_t runner, shim, handler, other; /* pids as seen on the machine */
	const char *other_shim; /* name of the socket of another session's shim */
	const char *terminal;   /* of another session */
	dev_t terminal_system;  /* the file system that it is in */
	const char *program;    /* the runner's */
	const char *permission; /* id of a request that waits */
	const char *work;       /* a directory that may be written */
	const char *groups;     /* the tree of control groups; empty: there is none */
};

/* True: it was reached. False: errno says why not; 0: there is nothing of the kind. */
typedef bool attempt(const struct target *t);

attempt list_directory, read_state, write_state, read_events, read_key, read_settings,
	read_through_self, read_through_init, read_by_handle, link_database,
	rename_directory, rename_above, put_file, change_program;
attempt connect_runner, connect_console, connect_wake, connect_handlers, connect_files,
	connect_shim, connect_own_shim, find_abstract;
attempt trace_runner, trace_shim, trace_handler, trace_other, memory_of_runner,
	memory_of_other, copy_memory, environment_of_other, descriptors_of_runner,
	take_descriptor, root_of_runner, maps_of_shim, enter_namespace, signal_runner,
	signal_other, open_terminal;
attempt uncover, uncover_lazily, remount, cover_again, nested_uncover, nested_bind,
	nested_overlay, nested_pivot, gain_root, start_by_systemd, start_by_at,
	start_by_cron, start_by_bus, start_by_docker, leave_group, make_group,
	limit_servers;
attempt ask_without, ask_with_key, ask_with_cookie, approve, find_credential,
	inherit_descriptor, speak_to_parent, reach_elsewhere;

/* "<dir>/<name>" in a buffer that lives until the next call but three. */
const char *intruder_path(const char *dir, const char *name);

#endif
