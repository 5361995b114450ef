#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* What a program writes is what a viewer gets, live and on replay, to the last byte. */
import { createHash } from "node:crypto";
import { spawnSync } from "node:child_process";
import { child, sanitized, serve, webServers } from "./lib/dispatch.mjs";
import { done, equal, note, ok, test } from "./lib/tap.mjs";

const megabytes = sanitized ? 20 : 100;

/* Runs the program in a session; what a viewer got: {hash, bytes, seconds, first}. */
async function watch(client, id, window) {
	const hash = createHash("sha256");
	const began = Date.now();
	let first = null, final = false;
	const viewer = client.viewer([id], { window, on: {
		output: bytes => { first ??= bytes; hash.update(bytes); },
		event: event => {
			final ||= event.type === "status" && event.data.status === "exited";
		},
	} });
	await viewer.until("the end", () => final, 120000);
	viewer.close();
	equal(viewer.breaks, 0, "breaks of the stream");
	return { hash: hash.digest("hex"), bytes: viewer.bytes, first,
		seconds: (Date.now() - began) / 1000 };
}

const direct = words => spawnSync(child, words, { maxBuffer: 2 ** 28 }).stdout;
const sha256 = bytes => createHash("sha256").update(bytes).digest("hex");

for (const web of webServers) {
	/* All of it is compared, so all of it must be kept. */
	const d = await serve({ web, args: ["--set", "retention.bytes=0"] });
	const client = d.client();

	await test(`${web}: every byte value and what is not UTF-8 arrive as they were written`,
		async () => {
			const expected = direct(["bytes"]);
			const { id } = await client.create([child, "bytes"]);
			const live = await watch(client, id);
			equal(live.hash, sha256(expected), "live");
			equal((await watch(client, id, 0)).hash, live.hash, "on replay");
			ok(expected.equals(await client.output(id)), "from the log");
		});

	await test(`${web}: ${megabytes} MB of coloured text arrive exactly, live and on replay`,
		async () => {
			const words = ["coloured", `${megabytes * 1e6}`];
			const expected = sha256(direct(words));
			const { id } = await client.create([child, ...words]);
			const live = await watch(client, id);
			const paced = await watch(client, id);
			const simple = await watch(client, id, 0);
			for (const [how, got] of Object.entries({ live, paced, simple })) {
				note(`${how}: ${(got.bytes / 1e6 / got.seconds).toFixed(0)} MB/s`);
				equal(got.bytes, megabytes * 1e6, `bytes, ${how}`);
				equal(got.hash, expected, `hash, ${how}`);
			}
		}, 300000);

	await d.clean();
}
await done();
