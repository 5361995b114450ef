/* What /proc tells about processes: children, names, who belongs to a directory. */
import { readFileSync, readdirSync } from "node:fs";

function read(path) {
	try {
		return readFileSync(path, "latin1");
	} catch {
		return "";
	}
}

/** Fields of /proc/PID/stat: {name, state, ppid, pgrp}, or null when it is gone. */
export function stat(pid) {
	const text = read(`/proc/${pid}/stat`);
	const end = text.lastIndexOf(")");
	if (end < 0)
		return null;
	const [state, ppid, pgrp] = text.slice(end + 2).split(" ");
	return { name: text.slice(text.indexOf("(") + 1, end), state, ppid: +ppid, pgrp: +pgrp };
}

/** True while it runs; a zombie does not. */
export function alive(pid) {
	const s = stat(pid);
	return s !== null && s.state !== "Z" && s.state !== "X";
}

/** Milliseconds since it began; 0 when it is gone. */
export function age(pid) {
	const HZ = 100; /* of /proc, on every Linux */
	const fields = read(`/proc/${pid}/stat`).split(") ").at(-1).split(" ");
	const [uptime] = read("/proc/uptime").split(" ");
	return fields.length > 19 ? uptime * 1000 - fields[19] * 1000 / HZ : 0;
}

export function all() {
	return readdirSync("/proc").filter(name => /^\d+$/.test(name)).map(Number);
}

export function children(pid) {
	return read(`/proc/${pid}/task/${pid}/children`).split(" ").filter(Boolean).map(Number);
}

export function descendants(pid) {
	return children(pid).flatMap(child => [child, ...descendants(child)]);
}

/** Words of the command line. */
export function words(pid) {
	return read(`/proc/${pid}/cmdline`).split("\0").slice(0, -1);
}

/** Pids of the shims whose socket is in this state directory. */
export function shims(dir) {
	return all().filter(pid => words(pid)[1]?.startsWith(`${dir}/run/shim/`) &&
		stat(pid)?.name.startsWith("dispatch-shim"));
}

/** Processes with NAME=VALUE in their environment at exec. */
export function marked(mark) {
	return all().filter(pid => alive(pid) &&
		read(`/proc/${pid}/environ`).split("\0").includes(mark));
}

export function kill(pid, signal = "SIGKILL") {
	try {
		process.kill(pid, signal);
	} catch (e) {
		if (e.code !== "ESRCH")
			throw e;
	}
}
