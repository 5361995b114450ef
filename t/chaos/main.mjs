/*
 * make chaos: kills for some minutes, then the special cases.
 *
 *	SEED=N            the same chances again
 *	CHAOS_MINUTES=N   of kills, for each web server (default: 2)
 *	KILLS=N           so many strikes for each web server, instead of minutes
 *	SESSIONS=N        made and ended (default: 10000)
 *	CLAUDE_KILLS=N    of the runner under a conversation with Claude (default: 50)
 *	PARTS="kills disk churn claude reloads standstill"   only these
 *	WEB=nginx         only this web server
 *
 * Ends with 1 when something was lost, doubled, wrong or left over.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { webServers } from "../lib/dispatch.mjs";
import { onSmallDisk } from "../lib/small-disk.mjs";
import { done, equal, note, test } from "../lib/tap.mjs";
import { kills } from "./kills.mjs";
import { churn, reloads, standstill } from "./parts.mjs";
import { seed } from "./random.mjs";
import { finish, rows, sum } from "./report.mjs";

/* Of one round; its log is gone with it, so that the disk need not hold them all. */
const ROUND = 40;

const wanted = process.env.PARTS?.split(/[\s,]+/);
const results = [];
const began = Date.now();

const part = (short, name, fn, ms) => !wanted || wanted.includes(short)
	? test(name, async () => {
		const run = await fn();
		if (run)
			results.push({ name, rows: run.totals ? rows(run) : Object.entries(run)
				.map(([name, value]) => ({ name, unit: "", value })) });
	}, ms) : undefined;

/* Rounds with kills, until time is up or there were enough. */
async function rounds(web) {
	const most = +(process.env.KILLS ?? Infinity);
	const end = Date.now() + (process.env.KILLS ? Infinity
		: +(process.env.CHAOS_MINUTES ?? 2) * 60000);
	const runs = [];
	for (let n = 0; n < most && Date.now() < end; n += ROUND) {
		const name = `kills ${n}`;
		runs.push(await kills(web, name, i => i >= Math.min(ROUND, most - n) ||
			Date.now() > end));
		note(`${web}: ${name} to ${n + ROUND} are proved`);
	}
	return sum(runs);
}

note(`seed ${seed}`);
for (const web of webServers) {
	await part("kills", `${web}: kills of everything, in any order, lose and double nothing`,
		() => rounds(web), 2 ** 31 - 1);
	await part("standstill", `${web}: a runner that stands still for 30 s loses nothing ` +
		"without a word", () => standstill(web, 30000), 300000);
	await part("reloads", `${web}: 20 reloads in 60 s under 50 streams lose nothing`,
		() => reloads(web, 20, 50, 3000), 300000);
	await part("disk", `${web}: a full disk under kills loses nothing`, async () =>
		equal(await onSmallDisk([process.execPath, fileURLToPath(new URL("disk.mjs",
			import.meta.url)), web, "10"]) ?? 0, 0, "exit code"), 600000);
}
const sessions = +(process.env.SESSIONS ?? 10000);
await part("churn", `${sessions} sessions come and go and leave nothing`,
	() => churn(sessions), 2 ** 31 - 1);
await part("claude", "a conversation with Claude is the same after each kill of the runner", async () => {
	const test = spawn(process.execPath, [fileURLToPath(new URL("../lib/run.mjs", import.meta.url)),
		fileURLToPath(new URL("../claude-kill.t", import.meta.url))],
	{ stdio: ["ignore", 2, 2], env: { ...process.env, KILLS: process.env.CLAUDE_KILLS ?? "50" } });
	equal(await new Promise(done => test.on("close", done)), 0, "exit code");
}, 2 ** 31 - 1);
finish(results, (Date.now() - began) / 1000);
await done();
