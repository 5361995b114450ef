#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* Exit code, signal and last byte are right, however and whenever a program ends. */
import { Screen } from "./lib/client.mjs";
import { serve } from "./lib/dispatch.mjs";
import { descendants, kill } from "./lib/proc.mjs";
import { cleanup, done, equal, ok, test, until } from "./lib/tap.mjs";

const d = await serve();
const client = d.client();

const ended = id => until("the end", async () => {
	const session = await client.session(id);
	return !["creating", "starting", "running", "stopping"].includes(session.status) && session;
}, 15000);

const result = ({ status, exit_code, exit_signal, error }) =>
	({ status, exit_code, exit_signal, error });
const exited = (exit_code, exit_signal = null) =>
	({ status: "exited", exit_code, exit_signal, error: null });

await test("a program that ends in a millisecond leaves all its output and its code",
	async () => {
		const runs = Array.from({ length: 40 }, async (_, i) => {
			const { id } = await client.create(["sh", "-c", `printf 'number ${i}'; exit ${i}`]);
			equal(result(await ended(id)), exited(i));
			equal((await client.output(id)).toString(), `number ${i}`, "output");
			const events = await client.events(id);
			equal(events.at(-1).data.exit_code, i, "the last event");
			equal(events.map(event => event.seq), events.map((_, k) => k + 1), "seq");
		});
		await Promise.all(runs);
	});

await test("output before the end is complete, also when there is much", async () => {
	const { id } = await client.create(["sh", "-c",
		"stty raw; head -c 3000000 /dev/zero; printf end; exit 5"]);
	equal(result(await ended(id)), exited(5));
	const output = await client.output(id);
	equal(output.length, 3000003, "bytes");
	equal(output.subarray(-3).toString(), "end");
});

await test("kill -9 is reported as the signal that it is", async () => {
	const { id } = await client.create(["sh", "-c", "echo soon; kill -9 $$"]);
	equal(result(await ended(id)), exited(null, "KILL"));
	equal((await client.output(id)).toString(), "soon\r\n");
});

await test("a core-dumping signal is reported as a signal, too", async () => {
	const { id } = await client.create(["sh", "-c", "ulimit -c 0; kill -SEGV $$"]);
	equal(result(await ended(id)), exited(null, "SEGV"));
});

await test("a background program that keeps the terminal does not hide the end", async () => {
	const { id } = await client.create(["sh", "-c",
		"trap '' HUP; sleep 30 & echo started; exit 6"]);
	const began = Date.now();
	equal(result(await ended(id)), exited(6));
	ok(Date.now() - began < 6000, "soon", Date.now() - began);
	ok((await client.output(id)).toString().includes("started"), "output");
});

await test("a program that ignores every gentle signal is stopped all the same", async () => {
	const { id } = await client.create(["sh", "-c",
		"trap '' HUP TERM INT; echo stubborn; while :; do sleep 0.1; done"]);
	const screen = new Screen(client, id);
	cleanup(() => screen.close());
	await screen.see("stubborn");
	equal((await client.post(`api/sessions/${id}/stop`)).status, 202);
	equal(result(await ended(id)), exited(null, "KILL"));
});

await test("an exit while the runner is killed is reported with all output", async () => {
	const runs = [];
	for (let i = 0; i < 10; i++)
		runs.push((await client.create(["sh", "-c",
			`read go; stty raw; head -c 200000 /dev/zero; exit ${i + 1}`])).id);
	for (const id of runs)
		equal((await client.writer(id).write("go\r")), undefined);
	kill(await d.runner());
	for (const [i, id] of runs.entries()) {
		equal(result(await ended(id)), exited(i + 1));
		equal((await client.output(id)).length, 4 + 200000, "bytes");
	}
});

await test("an exit while nothing of Dispatch runs is reported at the next start", async () => {
	const codes = [0, 3, null];
	const runs = await Promise.all(["exit 0", "exit 3", "kill -9 $$"].map(end => client.create(
		["sh", "-c", `sleep 0.7; stty raw; head -c 300000 /dev/zero; echo last; ${end}`])));
	await d.stop();
	await until("the programs end", () => d.shims().every(pid => descendants(pid).length === 0));
	equal(d.shims().length, 3, "shims that keep the result");
	await d.start();
	for (const [i, { id }] of runs.entries()) {
		equal(result(await ended(id)), exited(codes[i], codes[i] === null ? "KILL" : null));
		const output = await client.output(id);
		equal(output.length, 300005, "bytes");
		equal(output.subarray(-5).toString(), "last\n");
	}
});

await test("a session that ended is resumed with the same log, again and again", async () => {
	const LAST = 12;
	const { id } = await client.create(["sh", "-c", "echo run; exit 2"]);
	for (let run = 1; run <= LAST; run++) {
		equal(result(await ended(id)), exited(2));
		equal((await client.session(id)).run, run, "run");
		const reply = await client.post(`api/sessions/${id}/resume`);
		ok([200, 202].includes(reply.status), "resumed", reply.summary);
		await until("the next run", async () => (await client.session(id)).run === run + 1);
	}
	await ended(id);
	const events = await client.events(id);
	equal(events.map(event => event.seq), events.map((_, i) => i + 1), "seq");
	equal((await client.output(id)).toString(), "run\r\n".repeat(LAST + 1));
	equal(events.filter(event => event.type === "status" && event.data.status === "exited")
		.map(event => event.data.run), Array.from({ length: LAST + 1 }, (_, i) => i + 1), "ends");
});

await test("no shim is left behind", () => until("all shims left", () => d.shims().length === 0));
await done();
