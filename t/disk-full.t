#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * A disk that is full stops nothing but output: the program waits, everybody is told why, and
 * all goes on by itself, with every byte, when there is space. The disk is a small tmpfs in a
 * mount namespace of this test's own; there the test calls itself again.
 */
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Count, Typist, counter } from "./lib/counter.mjs";
import { dispatch, run, serve, temporary } from "./lib/dispatch.mjs";
import { kill } from "./lib/proc.mjs";
import { disk, empty, fill, onSmallDisk, room } from "./lib/small-disk.mjs";
import { done, equal, match, ok, skipAll, test, until } from "./lib/tap.mjs";

if (!disk) {
	const code = await onSmallDisk([fileURLToPath(import.meta.url)]);
	if (code === null)
		await skipAll("no file system can be mounted here");
	process.exit(code);
}

let d, client, began = 0;

/* A Dispatch of its own, because a full disk has room in the log that was written before. */
const onFreshDisk = (name, fn, ms) => test(name, async () => {
	d = await serve({ dir: join(disk, `${++began}`) });
	client = d.client();
	await fn();
	empty();
	await d.clean();
	rmSync(d.dir, { recursive: true, force: true });
}, ms);

/* A counter that begins with begin(), and then has no end of its own. */
async function watch(rate) {
	const flag = join(temporary(), "begin");
	const { id } = await client.create(["sh", "-c",
		'until [ -e "$0" ]; do sleep 0.05; done; exec "$@"', flag, ...counter(rate)]);
	const count = new Count(), system = [], notes = [];
	const viewer = client.viewer([id], { on: {
		output: bytes => count.take(bytes),
		system: data => data.channel === "storage" && system.push(data.type),
		event: event => event.channel === "session:status" && notes.push(event.data),
	} });
	await viewer.until("a stream", () => viewer.live);
	const begin = () => writeFileSync(flag, "");
	return { id, count, system, notes, viewer, begin };
}

/* A checkpoint may make room for a moment, so that they come more than once. */
const told = (session, type, ms) => session.viewer.until(`news that the disk is ${type}`,
	() => session.system.at(-1) === type, ms).catch(e => {
	e.message += `\n${room()} bytes of room, ${session.viewer.bytes} bytes were seen; ` +
		`${session.system.join(" ")}\n${run(["ls", "-l", d.dir]).out}`;
	throw e;
});
const storage = async () => (await client.get("api/health")).json;
const exited = notes => notes.find(data => data.status === "exited");

await onFreshDisk("a full disk holds the program, tells everybody, and loses nothing", async () => {
	const session = await watch(4e6);
	fill();
	session.begin();
	await told(session, "full", 60000);
	await until("health tells of it", async () => {
		const { status, storage } = (await client.get("api/health")).json;
		return status === "degraded" && storage === "full";
	});
	await until("output stands still", async () => {
		const { bytes } = session.viewer;
		await new Promise(resolve => setTimeout(resolve, 400));
		return session.viewer.bytes === bytes;
	});
	equal(exited(session.notes), undefined, "the program waits");
	equal((await client.session(session.id)).status, "running");
	equal((await client.events(session.id)).at(-1).seq,
		session.viewer.seq.get(session.id), "what was said can be read");

	empty();
	await told(session, "ok");
	equal((await storage()).storage, "ok");
	await client.writer(session.id).write("quit....");
	await session.viewer.until("the end", () => exited(session.notes), 30000);
	equal([session.count.words, session.count.rest.length], [["quit...."], 0], "words, rest");
	equal(exited(session.notes).exit_code, 0);
	equal(session.viewer.breaks, 0, "breaks of the stream");
	session.viewer.close();
	equal((await client.delete(`api/sessions/${session.id}`)).status, 204);
}, 200000);

await onFreshDisk("what is typed while the disk is full is refused with the reason or arrives once",
	async () => {
		const session = await watch(4e5);
		session.begin();
		await session.viewer.until("output", () => session.count.line > 0);
		const typist = new Typist(client.writer(session.id), 50);
		fill();
		await told(session, "full", 60000);
		let refused;
		for (let n = 0; n < 40 && !refused; n++) {
			const reply = await client.post("api/sessions",
				{ kind: "pty", command: ["true"], env: { X: "x".repeat(60000) } });
			refused = reply.status >= 400 && reply;
		}
		if (refused)
			equal(refused.summary, "507 storage.full");
		match((await client.get("api/auth/me")).summary, /^200$/, "reading goes on");
		empty();
		await told(session, "ok");
		await typist.stop();
		await session.viewer.until("the end", () => exited(session.notes), 30000);
		equal(session.count.words, typist.sent, "words");
		session.viewer.close();
	}, 200000);

await onFreshDisk("a backup that has no room says so, and leaves nothing that looks like one", async () => {
	const to = join(disk, "copy");
	fill();
	const { code, err } = dispatch("backup", to, "--dir", d.dir);
	equal([code, err], [1, "dispatch: The disk is full.\n"]);
	equal([existsSync(to), existsSync(`${to}.unfinished`)], [false, false]);
	empty();
	equal(dispatch("backup", to, "--dir", d.dir).code, 0, "with room");
	rmSync(to, { recursive: true });
});

await onFreshDisk("the runner is killed while the disk is full, and nothing is lost", async () => {
	const session = await watch(4e6);
	fill();
	session.begin();
	await told(session, "full", 60000);
	kill(await d.runner());
	await until("another runner", () => d.runner());
	empty();
	const seen = session.count.line;
	await session.viewer.until("output goes on", () => session.count.line > seen, 30000);
	await client.writer(session.id).write("quit....");
	await session.viewer.until("the end", () => exited(session.notes), 30000);
	equal([session.count.rest.length, exited(session.notes).exit_code], [0, 0]);
	session.viewer.close();
	equal((await client.delete(`api/sessions/${session.id}`)).status, 204);
}, 300000);

/* There is room for a while yet in a write-ahead log that begins anew. */
await onFreshDisk("the disk fills and empties five times", async () => {
	const session = await watch(2e6);
	session.begin();
	for (let i = 0; i < 5; i++) {
		fill();
		await told(session, "full", 90000);
		empty();
		await told(session, "ok");
	}
	await client.writer(session.id).write("quit....");
	await session.viewer.until("the end", () => exited(session.notes), 30000);
	equal([session.count.rest.length, exited(session.notes).exit_code], [0, 0]);
	ok(session.count.line > 1000, "lines", session.count.line);
	session.viewer.close();
}, 500000);
await done();
