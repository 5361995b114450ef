/*
 * A tree of control groups for a test: beneath the one that DISPATCH_CGROUP names, or, for
 * root, of its own where version 2 is mounted. Which controllers it has is up to the machine.
 */
import { accessSync, constants, mkdirSync, readFileSync, readdirSync, rmdirSync, writeFileSync }
	from "node:fs";
import { join } from "node:path";
import { cleanup, until } from "./tap.mjs";

const lines = path => readFileSync(path, "utf8").split(/\s+/).filter(Boolean);

function place() {
	const mount = readFileSync("/proc/self/mountinfo", "utf8").split("\n")
		.find(line => line.includes(" - cgroup2 "))?.split(" ")[4];
	return process.env.DISPATCH_CGROUP ?? (process.getuid() === 0 ? mount : undefined);
}

function remove(path) {
	for (const entry of readdirSync(path, { withFileTypes: true }))
		if (entry.isDirectory())
			remove(join(path, entry.name));
	rmdirSync(path);
}

/* What was killed is in its group until it has gone. */
async function clear(path) {
	writeFileSync(join(path, "cgroup.kill"), "1");
	await until("nothing is in the groups", () =>
		/^populated 0$/m.test(readFileSync(join(path, "cgroup.events"), "utf8")));
	remove(path);
}

/** {path, controllers} of a new tree, or why there is none. */
export function tree() {
	const above = place();
	if (!above)
		return "control groups can be made by root alone; DISPATCH_CGROUP names none";
	const path = join(above, `dispatch-test-${process.pid}`);
	try {
		accessSync(above, constants.W_OK);
		mkdirSync(path);
	} catch (error) {
		return `control groups cannot be made: ${error.message}`;
	}
	cleanup(() => clear(path));
	for (const name of ["cpu", "memory", "pids"])
		try {
			writeFileSync(join(above, "cgroup.subtree_control"), `+${name}`);
		} catch { /* it is not of version 2 here */ }
	return { path, controllers: lines(join(path, "cgroup.controllers")) };
}

/** The groups in it, but for that of our servers. */
export const groups = path => readdirSync(path, { withFileTypes: true })
	.filter(entry => entry.isDirectory() && entry.name !== "dispatch-servers")
	.map(entry => entry.name);

/** The processes of a group. */
export const members = path => lines(join(path, "cgroup.procs")).map(Number);

/** The path that the kernel names for the version 2 of a process. */
export const groupOf = pid =>
	/^0::(.*)$/m.exec(readFileSync(`/proc/${pid}/cgroup`, "utf8"))[1];
