#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * The short form of `make chaos` (see t/chaos/main.mjs): everything is struck in random order
 * while people work through a bad network, and what they were told turns out true.
 */
import { webServers } from "./lib/dispatch.mjs";
import { done, note, test } from "./lib/tap.mjs";
import { kills } from "./chaos/kills.mjs";
import { churn, reloads, standstill } from "./chaos/parts.mjs";
import { seed } from "./chaos/random.mjs";
import { show } from "./chaos/report.mjs";

const STRIKES = +(process.env.KILLS ?? 10);
const [web] = webServers;

/* They wait more than they work, so some go on side by side; each has a test for its outcome. */
function begin(runs) {
	for (const run of runs)
		run.catch(() => {});
	return runs;
}

note(`seed ${seed}; SEED=${seed} brings the same chances again`);
const struck = begin(webServers.map(web => kills(web, "short", n => n >= STRIKES)));
for (const [i, web] of webServers.entries())
	await test(`${web}: ${STRIKES} kills and other strikes, in any order, lose and double nothing`,
		async () => show(await struck[i]), 300000);

const [still, reloaded, gone] = begin([standstill(web, 1500), reloads(web, 3, 8, 500), churn(200)]);
await test("a runner that stands still loses nothing without a word",
	async () => show(await still), 120000);
await test("a web server that is reloaded under typing and output loses nothing",
	async () => show(await reloaded), 120000);
await test("200 sessions come and go and leave nothing",
	async () => note(JSON.stringify(await gone)), 180000);
await done();
