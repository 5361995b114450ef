#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * A disk that is full stops nothing but output: the program waits, everybody is told why, and
 * all goes on by itself, with every byte, when there is space. The disk is a small tmpfs in a
 * mount namespace of this test's own; there the test calls itself again.
 */
import { spawn, spawnSync } from "node:child_process";
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Count, Typist, counter } from "./lib/counter.mjs";
import { run, serve, temporary } from "./lib/dispatch.mjs";
import { kill } from "./lib/proc.mjs";
import { done, equal, match, ok, skipAll, test, until } from "./lib/tap.mjs";

const self = fileURLToPath(import.meta.url);
const disk = process.env.SMALL_DISK;

/*
 * Root of a user namespace may mount; programs then run under their own number again, because
 * a web server that thinks it is root wants more than a namespace gives.
 */
async function enter() {
	const dir = temporary();
	const root = process.getuid() === 0;
	const back = root ? "" : `unshare -U --map-user=${process.getuid()} ` +
		`--map-group=${process.getgid()}`;
	const script = `mount -t tmpfs -o size=128m,mode=700 tmpfs "$SMALL_DISK" || exit 99
		exec ${back} "$@"`;
	const words = [root ? "-m" : "-rm", "sh", "-c", script, "sh"];
	const env = { ...process.env, SMALL_DISK: dir };
	const { status } = spawnSync("unshare", [...words, "true"], { env });
	if (status !== 0)
		await skipAll("no file system can be mounted here");
	const child = spawn("unshare", [...words, self], { env, stdio: "inherit" });
	process.removeAllListeners("SIGTERM");
	process.on("SIGTERM", () => child.kill("SIGTERM"));
	const code = await new Promise(resolve => child.on("exit", code => resolve(code ?? 1)));
	rmSync(dir, { recursive: true });
	process.exit(code);
}

if (!disk)
	await enter();

const d = await serve({ dir: disk });
const client = d.client();
const filler = join(disk, "filler");

/* Takes all space but `left` bytes. */
function fill(left = 0) {
	const { bavail, bsize } = statfsSync(disk);
	try {
		writeFileSync(filler, Buffer.alloc(Math.max(0, bavail * bsize - left)));
	} catch (e) {
		equal(e.code, "ENOSPC");
	}
}

async function watch(command) {
	rmSync(filler, { force: true });
	checkRoom();
	const { id } = await client.create(command);
	const count = new Count(), system = [], notes = [];
	const viewer = client.viewer([id], { on: {
		output: bytes => count.take(bytes),
		system: data => data.channel === "storage" && system.push(data.type),
		event: event => event.channel === "session:status" && notes.push(event.data),
	} });
	await viewer.until("output", () => viewer.bytes > 10000);
	return { id, count, system, notes, viewer };
}

const storage = async () => (await client.get("api/health")).json;
/* There must be room, or the disk is full of what the sessions said. */
function checkRoom() {
	const { bavail, bsize } = statfsSync(disk);
	ok(bavail * bsize > 20e6, "bytes of room", bavail * bsize,
		run(["ls", "-l", disk]).out);
}

const exited = notes => notes.find(data => data.status === "exited");

await test("a full disk holds the program, tells everybody, and loses nothing", async () => {
	const lines = 200000; /* 12.8 MB */
	const session = await watch(counter(4e6, lines));
	fill();
	await session.viewer.until("the notice", () => session.system.includes("full"));
	const health = await storage();
	equal([health.status, health.storage], ["degraded", "full"]);
	await until("output stands still", async () => {
		const { bytes } = session.viewer;
		await new Promise(resolve => setTimeout(resolve, 400));
		return session.viewer.bytes === bytes;
	});
	equal(exited(session.notes), undefined, "the program waits");
	equal((await client.session(session.id)).status, "running");
	equal((await client.events(session.id)).at(-1).seq,
		session.viewer.seq.get(session.id), "what was said can be read");

	rmSync(filler);
	await session.viewer.until("the all-clear", () => session.system.includes("ok"));
	equal((await storage()).storage, "ok");
	await session.viewer.until("the end", () => exited(session.notes), 30000);
	equal([session.count.line, session.count.rest.length], [lines, 0], "lines");
	equal(exited(session.notes).exit_code, 0);
	equal(session.viewer.breaks, 0, "breaks of the stream");
	session.viewer.close();
	equal((await client.delete(`api/sessions/${session.id}`)).status, 204);
}, 90000);

await test("what is typed while the disk is full is refused with the reason or arrives once",
	async () => {
		const session = await watch(counter(2e5));
		const typist = new Typist(client.writer(session.id), 50);
		fill();
		await session.viewer.until("the notice", () => session.system.includes("full"));
		let refused;
		for (let n = 0; n < 40 && !refused; n++) {
			const reply = await client.post("api/sessions",
				{ kind: "pty", command: ["true"], env: { X: "x".repeat(60000) } });
			refused = reply.status >= 400 && reply;
		}
		if (refused)
			equal(refused.summary, "507 storage.full");
		match((await client.get("api/auth/me")).summary, /^200$/, "reading goes on");
		rmSync(filler);
		await session.viewer.until("the all-clear", () => session.system.includes("ok"));
		await typist.stop();
		await session.viewer.until("the end", () => exited(session.notes), 30000);
		equal(session.count.words, typist.sent, "words");
		session.viewer.close();
	}, 90000);

await test("the runner is killed while the disk is full, and still nothing is lost", async () => {
	/* It has no end: a checkpoint may make room again after the disk was filled. */
	const session = await watch(counter(4e6));
	fill();
	await session.viewer.until("the notice", () => session.system.includes("full"), 40000);
	kill(await d.runner());
	await until("another runner", () => d.runner());
	rmSync(filler);
	const seen = session.count.line;
	await session.viewer.until("output goes on", () => session.count.line > seen, 30000);
	await client.writer(session.id).write("quit....");
	await session.viewer.until("the end", () => exited(session.notes), 30000);
	equal([session.count.rest.length, exited(session.notes).exit_code], [0, 0]);
	session.viewer.close();
	equal((await client.delete(`api/sessions/${session.id}`)).status, 204);
}, 120000);

/* There is room for a while yet in a write-ahead log that begins anew. */
await test("the disk fills and empties ten times", async () => {
	const session = await watch(counter(4e6));
	for (let i = 1; i <= 10; i++) {
		fill();
		await session.viewer.until("the notice",
			() => session.system.filter(type => type === "full").length === i, 30000);
		rmSync(filler);
		await session.viewer.until("the all-clear",
			() => session.system.filter(type => type === "ok").length === i);
	}
	await client.writer(session.id).write("quit....");
	await session.viewer.until("the end", () => exited(session.notes), 30000);
	equal([session.count.rest.length, exited(session.notes).exit_code], [0, 0]);
	ok(session.count.line > 1000, "lines", session.count.line);
	session.viewer.close();
}, 300000);
await done();
