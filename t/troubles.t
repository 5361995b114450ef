#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* What may happen to the parts: killed shims, a stopped runner, locked databases, a reboot. */
import { spawn } from "node:child_process";
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Screen } from "./lib/client.mjs";
import { Count, Typist, counter } from "./lib/counter.mjs";
import { serve } from "./lib/dispatch.mjs";
import { alive, descendants, kill, words } from "./lib/proc.mjs";
import { cleanup, done, equal, match, ok, sleep, test, until } from "./lib/tap.mjs";

const d = await serve();
const client = d.client();
const settled = (id, ...statuses) => until(`status ${statuses}`, async () => {
	const session = await client.session(id);
	return statuses.includes(session.status) && session;
}, 15000);
const shimOf = id => d.shims().find(pid => words(pid)[1]?.includes(id));

/* A session that prints its pid and then what it is told. */
async function listener() {
	const { id } = await client.create(["sh", "-c",
		"echo $$; while read line; do echo got $line; done"]);
	const screen = new Screen(client, id);
	cleanup(() => screen.close());
	await screen.see(/^\d+\r\n/);
	return { id, screen, pid: +screen.text.match(/\d+/)[0] };
}

await test("a shim that is killed takes its session down honestly, and it can be resumed",
	async () => {
		const { id, screen, pid } = await listener();
		await screen.type("one\r");
		await screen.see("got one");
		kill(shimOf(id));
		const session = await settled(id, "lost", "exited");
		ok(session.status === "lost" ? session.error : session.exit_signal, "a reason", session);
		await until("the program is gone", () => !alive(pid));
		match((await client.output(id)).toString(), /got one\r\n$/, "what it said");
		await client.post(`api/sessions/${id}/resume`);
		const again = await settled(id, "running");
		equal(again.run, 2);
		equal((await client.delete(`api/sessions/${id}?force=1`)).status, 204);
	});

await test("runner and shim killed together leave no ghost", async () => {
	const { id, pid } = await listener();
	kill(shimOf(id));
	kill(await d.runner());
	const session = await settled(id, "lost", "exited");
	equal(session.run, 1, "runs");
	await until("the program is gone", () => !alive(pid));
	equal(shimOf(id), undefined);
	equal((await client.delete(`api/sessions/${id}`)).status, 204);
});

await test("what a shim could not hand over is the only thing missing", async () => {
	const { id } = await client.create(counter(2e6));
	const count = new Count();
	const viewer = client.viewer([id], { on: { output: bytes => count.take(bytes) } });
	await viewer.until("output", () => viewer.bytes > 1e6);
	kill(shimOf(id));
	await settled(id, "lost", "exited");
	viewer.close();
	ok(count.line > 15000, "lines without a hole", count.line);
});

await test("a shim that cannot be reached is not taken for dead, and is found again",
	async () => {
		const { id, screen, pid } = await listener();
		await d.stop();
		const socket = join(d.dir, "run/shim", `${id}.sock`);
		const file = words(shimOf(id))[1];
		renameSync(file, `${socket}.away`);
		await d.start();
		equal((await settled(id, "unreachable", "lost")).status, "unreachable");
		equal((await client.post(`api/sessions/${id}/resume`)).summary, "409 session.running");
		ok(alive(pid), "the program lives");
		renameSync(`${socket}.away`, file);
		await settled(id, "running");
		await screen.type("still\r");
		await screen.see("got still");
		equal(descendants(shimOf(id)), [pid], "one program");
		equal((await client.delete(`api/sessions/${id}?force=1`)).status, 204);
	}, 90000);

await test("a shim that cannot be reached for ever can still be ended", async () => {
	const { id, pid } = await listener();
	await d.stop();
	rmSync(words(shimOf(id))[1]);
	await d.start();
	await settled(id, "unreachable");
	equal((await client.post(`api/sessions/${id}/stop`)).status, 202);
	await until("the program is gone", () => !alive(pid) && !shimOf(id), 20000);
	await settled(id, "lost", "exited");
	equal((await client.delete(`api/sessions/${id}`)).status, 204);
}, 90000);

await test("after a reboot a session is lost, and says so", async () => {
	const { id, pid } = await listener();
	const shim = shimOf(id);
	await d.stop();
	kill(shim);
	kill(pid);
	await until("they are gone", () => !alive(shim) && !alive(pid));
	d.sql("events", `UPDATE run_session SET boot_id = 'another' WHERE id = '${id}'`);
	await d.start();
	const session = await settled(id, "lost");
	ok(session.error.detail.length > 10, "a sentence", session.error);
	equal((await client.get(`api/sessions/${id}/events`)).status, 200, "its log");
});

await test("while the runner is stopped handlers answer, and input waits", async () => {
	const { id, screen } = await listener();
	const runner = await d.runner();
	kill(runner, "SIGSTOP");
	try {
		const began = Date.now();
		equal((await client.get("api/sessions")).status, 200);
		equal((await client.get(`api/sessions/${id}/events`)).status, 200);
		await screen.type("patient\r");
		ok(Date.now() - began < 1000, "at once", Date.now() - began);
		const created = await client.post("api/sessions", { kind: "pty", command: ["true"] });
		equal(created.status, 202, "a new session will start");
		kill(runner, "SIGCONT");
		await until("it has run", async () => (await client.get("api/sessions")).json.items
			.some(session => session.id === created.json.id && session.status === "exited"));
	} finally {
		kill(runner, "SIGCONT");
	}
	await screen.see("got patient");
	equal((await client.delete(`api/sessions/${id}?force=1`)).status, 204);
}, 30000);

/* Holds the write lock of a database until the function that it gives is called. */
async function lock(database) {
	const shell = spawn("sqlite3", [join(d.dir, `${database}.db`)],
		{ stdio: ["pipe", "pipe", "inherit"] });
	let said = "";
	shell.stdout.on("data", text => { said += text; });
	shell.stdin.write(".timeout 10000\nBEGIN IMMEDIATE;\nSELECT 'locked';\n");
	await until("the lock", () => said.includes("locked"));
	return () => new Promise(resolve => {
		shell.on("close", resolve);
		shell.stdin.end("ROLLBACK;\n");
	});
}

await test("a locked event log holds output back and loses none", async () => {
	const { id } = await client.create(counter(2e6));
	const count = new Count();
	let final;
	const viewer = client.viewer([id], { on: {
		output: bytes => count.take(bytes),
		event: event => { final ??= event.data?.status === "exited" ? event : undefined; },
	} });
	await viewer.until("output", () => viewer.bytes > 1e6);
	const typist = new Typist(client.writer(id)); /* not before the program has made its terminal raw */
	for (const ms of [100, 1900]) {
		const unlock = await lock("events");
		await sleep(ms);
		equal((await client.get("api/sessions")).status, 200, "reading goes on");
		const { bytes } = viewer;
		await unlock();
		await viewer.until("output goes on", () => viewer.bytes > bytes);
	}
	await typist.stop();
	await viewer.until("the end", () => final);
	viewer.close();
	equal([count.words, count.rest.length], [typist.sent, 0], "words, rest");
});

await test("a locked state database is waited for, then named, and no input is doubled",
	async () => {
		const { id, screen } = await listener();
		let unlock = await lock("state");
		const short = screen.type("short\r");
		await sleep(1000);
		await unlock();
		await short;
		equal(screen.writer.retries, 0, "waited for");
		await screen.see("got short");
		unlock = await lock("state");
		const reply = await client.input(id, screen.writer.writer, 2, "long\r");
		equal(reply.summary, "503 db.busy");
		ok(+reply.headers["retry-after"] > 0, "Retry-After", reply.headers);
		equal((await client.get("api/sessions")).status, 200, "reading goes on");
		await unlock();
		await screen.type("long\r");
		await screen.see("got long");
		equal(screen.text.match(/got long/g).length, 1, "times");
	});
await done();
