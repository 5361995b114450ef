/*
 * A disk that can be filled: a small tmpfs in a mount namespace of its own, where a test calls
 * itself, or another program, again.
 */
import { spawn, spawnSync } from "node:child_process";
import { appendFileSync, rmSync, statSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, temporary } from "./dispatch.mjs";
import { equal, ok } from "./tap.mjs";

/** Where it is mounted, in the program that was called; else undefined. */
export const disk = process.env.SMALL_DISK;

/*
 * Root of a user namespace may mount; programs then run under their own number again, because
 * a web server that thinks it is root wants more than a namespace gives.
 */
const root = process.getuid() === 0;
const back = root ? "" : `unshare -U --map-user=${process.getuid()} ` +
	`--map-group=${process.getgid()}`;
const script = `mount -t tmpfs -o size=400m,mode=700 tmpfs "$SMALL_DISK" || exit 99
	exec ${back} "$@"`;
const words = [root ? "-m" : "-rm", "sh", "-c", script, "sh"];

/** Runs argv there; resolves to its exit code, or null when nothing can be mounted here. */
export async function onSmallDisk(argv) {
	const dir = temporary();
	const env = { ...process.env, SMALL_DISK: dir };
	if (spawnSync("unshare", [...words, "true"], { env }).status !== 0)
		return null;
	const child = spawn("unshare", [...words, ...argv], { env, stdio: "inherit" });
	const stop = () => child.kill("SIGTERM");
	process.prependListener("SIGTERM", stop);
	const code = await new Promise(resolve => child.on("exit", code => resolve(code ?? 1)));
	process.off("SIGTERM", stop);
	rmSync(dir, { recursive: true });
	return code;
}

const filler = () => join(disk, "filler");

/** Bytes of room. */
export function room() {
	const { bavail, bsize } = statfsSync(disk);
	return bavail * bsize;
}

const SOME = Buffer.alloc(256 * 1024);
let keeping;

/* What is written meanwhile must not make it fail, so the last bit is taken piece by piece. */
function take() {
	const most = room() - 8 * SOME.length;
	if (most > 0)
		run(["fallocate", "-o", `${statSync(filler()).size}`, "-l", `${most}`, filler()]);
	try {
		while (room() > 0)
			appendFileSync(filler(), SOME);
	} catch (e) {
		equal(e.code, "ENOSPC");
	}
}

/** Takes all space, and what others give back (a checkpoint may), until empty(). */
export function fill() {
	writeFileSync(filler(), "");
	take();
	keeping = setInterval(take, 50);
}

/** Gives it back; what the sessions said must not have filled the disk. */
export function empty() {
	clearInterval(keeping);
	rmSync(filler(), { force: true });
	ok(room() > 10e6, "bytes of room", room());
}
