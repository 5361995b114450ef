#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * Servers are killed while a program prints 20 MB/s and somebody types: nothing is lost,
 * nothing is doubled, and viewers are live again within a second.
 */
import { loadavg } from "node:os";
import { Count, Typist, counter } from "./lib/counter.mjs";
import { sanitized, serve, webServers } from "./lib/dispatch.mjs";
import { kill } from "./lib/proc.mjs";
import { done, equal, note, ok, sleep, test, until } from "./lib/tap.mjs";

const RATE = sanitized ? 5e6 : 20e6;
const KILLS = +(process.env.KILLS ?? 20);
const LIMIT_MS = sanitized ? 3000 : 1000;

const idle = loadavg()[0] < 1;

const quantile = (list, q) => [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) * q)];

async function killRunner(d) {
	kill(await d.settled("dispatch-runner"));
}

/* The handlers first, which breaks no stream; the web server of a moment that is never the same. */
async function killServers(d) {
	await sleep(Math.random() * 400);
	const workers = await until("workers", async () => {
		const pids = await d.workers();
		return pids.length && pids;
	});
	for (const pid of workers)
		kill(pid);
	await sleep(200);
	kill(await d.settled(d.web));
}

/* Runs a counter, and kills again and again what is between it and its viewer. */
async function survive(d) {
	const client = d.client();
	const session = await client.create(counter(RATE));
	const count = new Count();
	const notes = [], gaps = [];
	const viewer = client.viewer([session.id], { on: {
		output: bytes => count.take(bytes),
		event: event => event.channel === "session:status" && notes.push(event),
	} });
	await viewer.until("output", () => viewer.bytes > 1e6);
	const typist = new Typist(client.writer(session.id));
	const began = Date.now(), bytes = viewer.bytes;
	for (let i = 0; i < KILLS; i++)
		for (const strike of [killRunner, killServers]) {
			const { hellos } = viewer;
			await strike(d);
			const at = Date.now();
			await viewer.until("the stream is back", () => viewer.hellos > hellos);
			const seen = viewer.bytes;
			await viewer.until("output goes on", () => viewer.bytes > seen);
			gaps.push(Date.now() - at);
		}
	const rate = (viewer.bytes - bytes) / (Date.now() - began) / 1000;
	await typist.stop();
	const final = () => notes.find(event => event.data.status === "exited");
	await viewer.until("the session ends", final, 60000);
	viewer.close();

	note(`${rate.toFixed(1)} MB/s, ${typist.sent.length} words typed, ` +
		`${typist.writer.retries} sent again, ${typist.writer.duplicates} of them known`);
	note(`live again after ${quantile(gaps, 0.5)} ms (median), ${Math.max(...gaps)} ms (worst)`);
	equal(count.rest.length, 0, "bytes of an unfinished line");
	equal(count.words.length, typist.sent.length, "words that arrived");
	equal(count.words, typist.sent, "words");
	equal(final().data.exit_code, 0, "exit code");
	equal(notes.filter(event => event.type === "input-expired"), [], "dropped input");
	equal((await client.session(session.id)).run, 1, "runs");
	/* With other work on the machine only the median says something about us. */
	ok(quantile(gaps, idle ? 1 : 0.5) < LIMIT_MS, `live again within ${LIMIT_MS} ms`, gaps);
	await client.delete(`api/sessions/${session.id}`);
}

for (const web of webServers) {
	/* All of it is compared, so all of it must be kept. */
	const d = await serve({ web, args: ["--set", "retention.bytes=0"] });
	await test(`${web}: kill -9 of the runner, and of the web server and all handlers, ${KILLS} ` +
		"times each, loses and doubles nothing", () => survive(d), 180000);
	await d.clean();
}
await done();
