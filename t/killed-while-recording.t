#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * The runner is killed at each step of recording a line that nothing follows: the next one
 * takes up where it was, and the program, which prints more than the ring of its shim holds,
 * is never left waiting.
 */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporary } from "./lib/dispatch.mjs";
import { loneRunner } from "./lib/lone-runner.mjs";
import { done, equal, note, ok, test, until } from "./lib/tap.mjs";

const MORE = 3000000; /* bytes: more than the ring */
/* By kind of call: how many there are about, and how many are passed over each time. */
const calls = { sendto: [8, 1], epoll_wait: [10, 1], pwrite64: [30, 3] };
const lone = await loneRunner();
const flags = temporary();
const flag = (id, what) => join(flags, `${id}-${what}`);

/* Says that it runs; prints a line when it is told to, and much when it is told again. */
const program = id => ["sh", "-c", `: >${flag(id, "runs")}
	wait_for() { until [ -e "$1" ]; do sleep 0.02; done; }
	wait_for ${flag(id, "line")}; echo line
	wait_for ${flag(id, "much")}; head -c ${MORE} /dev/zero | tr '\\0' x; exec sleep 600`];

/* One session whose runner is killed at the N-th call. False when it came through, and was
 * killed when the line was committed. */
async function killAt(call, n) {
	const id = lone.ask(program);
	const traced = lone.startToDie(call, n);
	await until("it is dead, or the session runs",
		() => traced.dead || lone.row(id)?.status === "running" && existsSync(flag(id, "runs")),
		15000);
	const early = traced.dead;
	writeFileSync(flag(id, "line"), "");
	if (!early)
		await until("it is dead, or has recorded the line",
			() => traced.dead || lone.row(id).output >= 6, 15000);
	const struck = traced.dead;
	if (!struck)
		await lone.kill(traced);
	const next = lone.start();
	const explain = e => {
		e.message += `: ${JSON.stringify(lone.row(id))}\n${next.said}`;
		throw e;
	};
	await until("the next one has the line", () => lone.row(id)?.output >= 6, 15000);
	writeFileSync(flag(id, "much"), "");
	const expected = 6 + MORE; /* "line\r\n" */
	await until(`everything is recorded, killed at ${call} ${n}`,
		() => lone.row(id).output >= expected, 15000).catch(explain);
	equal(lone.row(id).output, expected, "bytes");
	lone.sql("state", `INSERT INTO command (session, user, kind, body)
		VALUES ('${id}', 'somebody', 'stop', CAST('{}' AS BLOB))`);
	await until(`the session ends, killed at ${call} ${n}`,
		() => lone.row(id).status === "exited", 30000).catch(explain);
	next.kill("SIGKILL");
	await next.ended;
	return struck;
}

for (const [call, [most, step]] of Object.entries(calls))
	await test(`killed at each ${call}, nothing is lost and the program goes on`, async () => {
		let kills = 0;
		for (let n = 1; n <= most; n += step)
			kills += await killAt(call, n);
		ok(kills > 1, "it was killed", kills);
		note(`${kills} times`);
	}, 170000);
await done();
