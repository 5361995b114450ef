#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* Two runners on one directory: never do both write. */
import { rmSync } from "node:fs";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { Count, Typist, counter } from "./lib/counter.mjs";
import { dispatch, program, serve, temporary } from "./lib/dispatch.mjs";
import { alive, kill } from "./lib/proc.mjs";
import { cleanup, done, equal, match, ok, sleep, test, until, within } from "./lib/tap.mjs";

/* Starts one more runner; resolves to what it said and how it ended. */
function another(d) {
	const child = spawn(program("dispatch-runner"), ["--dir", d.dir],
		{ stdio: ["ignore", "ignore", "pipe"] });
	const other = { child, said: "" };
	child.stderr.on("data", text => { other.said += text; });
	other.ended = new Promise(resolve => child.on("close", resolve));
	cleanup(() => child.kill("SIGKILL"));
	return other;
}

/* A counter with somebody typing, whose end proves that all of it arrived once. */
async function watched(d) {
	const client = d.client();
	const { id } = await client.create(counter(2e6));
	const count = new Count();
	const notes = [];
	const viewer = client.viewer([id], { on: {
		output: bytes => count.take(bytes),
		event: event => event.channel === "session:status" && notes.push(event.data),
	} });
	await viewer.until("output", () => viewer.bytes > 100000);
	const typist = new Typist(client.writer(id));
	return { viewer, async prove() {
		await typist.stop();
		const final = () => notes.find(data => data.status === "exited");
		await viewer.until("the end", final);
		viewer.close();
		equal(count.words, typist.sent, "words");
		equal([count.rest.length, final().exit_code], [0, 0], "rest, exit code");
		equal((await client.session(id)).run, 1, "runs");
	} };
}

await test("ten more runners refuse to start and the first one goes on", async () => {
	const d = await serve();
	const first = await d.runner();
	const session = await watched(d);
	await Promise.all(Array.from({ length: 10 }, async () => {
		const other = another(d);
		equal(await other.ended, 1, "exit code");
		match(other.said, /Another dispatch-runner serves/);
	}));
	equal(d.pid("dispatch-runner"), first, "the same runner");
	equal(session.viewer.breaks, 0, "breaks of the stream");
	await session.prove();
	await d.clean();
});

await test("a runner that is stopped keeps others out, and goes on as if nothing was",
	async () => {
		const d = await serve();
		const first = await d.runner();
		const session = await watched(d);
		kill(first, "SIGSTOP");
		equal(await another(d).ended, 1, "exit code");
		await sleep(1500);
		kill(first, "SIGCONT");
		await session.prove();
		await d.clean();
	});

await test("a second runner that gets past the lock takes over, and the first writes no more",
	async () => {
		const d = await serve();
		const first = await d.runner();
		const session = await watched(d);
		kill(first, "SIGSTOP");
		rmSync(join(d.dir, "run/runner.lock"));
		const second = another(d);
		await until("the second one serves", () => /started, generation/.test(second.said));
		const generation = d.sql("events", "SELECT generation, pid FROM runner")[0];
		equal(generation.pid, second.child.pid);
		kill(first, "SIGCONT");
		await until("the first one leaves", () => !alive(first), 10000);
		/* It is not a child of serve, which tries to start a third one all the time. */
		await d.stop();
		second.child.kill("SIGTERM");
		await second.ended;
		await d.start();
		ok(generation.generation > 1, "a new generation", generation);
		await session.prove();
		await d.clean();
	}, 90000);

await test("a runner whose directory is gone ends, and so does one whose lock is another file",
	async () => {
		for (const gone of ["run/runner.lock", "."]) {
			const dir = temporary();
			equal(dispatch("migrate", "--dir", dir).code, 0, "migrate");
			const runner = another({ dir });
			await until("it serves", () => /started, generation/.test(runner.said));
			rmSync(join(dir, gone), { recursive: true });
			equal(await within(10000, "it ends", runner.ended), 1, "exit code");
			match(runner.said, /runner.lock is not ours any more/);
		}
	});

await done();
