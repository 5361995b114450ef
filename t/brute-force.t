#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * Ten thousand keys are guessed as fast as they can be sent, from one address and from five
 * hundred. How many of them were looked at is counted twice: by the answers, and by the lines
 * of the log; and whoever has the right key gets in meanwhile, from elsewhere.
 */
import http from "node:http";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Client, newId } from "./lib/client.mjs";
import { sanitized, serve, webServers } from "./lib/dispatch.mjs";
import { done, equal, note, ok, sleep, test, until } from "./lib/tap.mjs";

const tries = 10000, addresses = 500, size = 5, refill = 12, accountSize = 30, accountRefill = 120;
const address = i => `127.1.${i >> 8}.${i & 255}`;
const own = { "sec-fetch-site": "same-origin" };

/* A client with a source address, as the web server sees it. */
function clientFrom(d, localAddress, sockets = 1) {
	const client = new Client(d.url, own);
	client.agent = new http.Agent({ keepAlive: true, maxSockets: sockets, localAddress });
	return client;
}

const signIn = (client, key) => client.post("api/auth/login", { provider: "access-key", key });
const guess = (id = newId()) => `dk_${id}_${newId()}${newId()}`;

/* Guesses `count` times; how often there was which answer. */
async function attack(client, count, id, counts, width = 1) {
	await Promise.all(Array.from({ length: width }, async () => {
		for (let i = 0; i < count / width; i++) {
			const { summary } = await signIn(client, guess(id));
			counts[summary] = (counts[summary] ?? 0) + 1;
		}
	}));
	client.close();
}

/* From many addresses, a few at a time. */
async function attackFromAll(d, each, id, counts) {
	const queue = Array.from({ length: addresses }, (_, i) => address(i));
	await Promise.all(Array.from({ length: 8 }, async () => {
		while (queue.length)
			await attack(clientFrom(d, queue.shift()), each, id, counts);
	}));
}

const median = times => times[times.length >> 1];

/* How long each of `count` runs took, in milliseconds. */
async function timed(count, run) {
	const times = [];
	for (let i = 0; i < count; i++) {
		const from = performance.now();
		await run();
		times.push(performance.now() - from);
	}
	return times;
}

/* How many sign-ins the handlers have refused by themselves. */
const lookedAt = d => readdirSync(join(d.dir, "log"))
	.map(name => readFileSync(join(d.dir, "log", name), "utf8"))
	.reduce((sum, text) => sum + (text.match(/api\/auth\/login: 401 auth\.denied/g)?.length ?? 0), 0);

for (const web of webServers) {
	const d = await serve({ web });
	const key = d.key();
	const { id: user } = d.sql("state", "SELECT id FROM user")[0];

	/* Runs an attack, while somebody with the right key signs in again and again. */
	async function under(run, most) {
		d.sql("state", "DELETE FROM rate_limit WHERE bucket <> 'audit'");
		const counts = {}, times = [], before = lookedAt(d);
		const friend = clientFrom(d, "127.2.0.1");
		const usual = await timed(9, () => signIn(friend, key));
		const began = Date.now();
		let over = false;
		const attacked = run(counts).finally(() => { over = true; });
		while (!over) {
			times.push(...await timed(1, async () =>
				equal((await signIn(friend, key)).status, 200, "the right key")));
			await sleep(100);
		}
		await attacked;
		friend.close();
		const seconds = Math.ceil((Date.now() - began) / 1000);
		times.sort((a, b) => a - b);
		usual.sort((a, b) => a - b);
		note(`${JSON.stringify(counts)} in ${seconds} s; ${times.length} sign-ins, median ` +
			`${median(times).toFixed(1)} ms (${median(usual).toFixed(1)} before), worst ${times.at(-1).toFixed(1)} ms`);
		const heard = counts["401 auth.denied"] ?? 0;
		equal(Object.keys(counts).sort(), ["401 auth.denied", "429 rate.limited"], "answers");
		ok(heard <= most(seconds), "looked at", heard, most(seconds));
		equal(lookedAt(d) - before, heard, "the log has as many");
		ok(d.sql("state", "SELECT count(*) AS n FROM rate_limit")[0].n <= 10000, "rows");
		/* One that falls on a busy moment of the machine is no wait of ours. */
		if (!sanitized)
			ok(times[Math.floor(times.length * 0.75)] < 300, "three of four soon",
				usual, times);
	}

	const perAddress = seconds => size + Math.ceil(seconds / refill);

	await test(`${web}: of ten thousand guesses from one address a few are looked at`, async () => {
		await under(counts => attack(clientFrom(d, address(0), 8), tries, undefined, counts, 8),
			perAddress);
		const there = clientFrom(d, address(0));
		await until("what came back meanwhile is guessed away, too",
			async () => (await signIn(there, guess())).status === 429);
		const reply = await signIn(there, key);
		equal(reply.summary, "429 rate.limited", "not even the right key is heard there");
		ok(+reply.headers["retry-after"] >= 1 && +reply.headers["retry-after"] <= refill,
			"Retry-After", reply.headers);
		there.headers = { authorization: `Bearer ${key}` };
		equal((await there.get("api/auth/me")).status, 200, "who is known works on");
		there.close();
	});

	await test(`${web}: from five hundred addresses, so many from each`, () =>
		under(counts => attackFromAll(d, tries / addresses, undefined, counts),
			seconds => addresses * perAddress(seconds)));

	await test(`${web}: one person is guessed at less often still, and not kept out`, () =>
		under(counts => attackFromAll(d, 4, key.split("_")[1], counts),
			seconds => addresses + accountSize + Math.ceil(seconds / accountRefill)));

	await test(`${web}: the audit tells of it, and can still be read`, () => {
		const [{ n }] = d.sql("state",
			"SELECT count(*) AS n FROM audit WHERE action='sign-in.refused'");
		ok(n >= 5 && n <= 110, "lines", n);
		equal(d.sql("state", `SELECT count(*) AS n FROM audit WHERE user='${user}' AND
			action='sign-in'`)[0].n > 0, true, "sign-ins");
	});

	await d.clean();
}
await done();
