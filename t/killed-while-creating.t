#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * The runner is killed at each step of creating a session: never are there two programs, and
 * never is one, or a shim, left that no session knows. The runner runs alone here, and finds
 * its commands as handlers leave them; strace kills it at the N-th call of a kind.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { temporary } from "./lib/dispatch.mjs";
import { loneRunner } from "./lib/lone-runner.mjs";
import * as proc from "./lib/proc.mjs";
import { done, equal, note, ok, test, until } from "./lib/tap.mjs";

/* What changes something outside of the process, or waits for somebody. */
const calls = ["sendmsg", "sendto", "recvmsg", "connect", "socket", "vfork,clone,clone3,fork",
	"mmap", "pwrite64", "fdatasync,fsync", "unlink,unlinkat", "epoll_wait", "close"];
const MOST = 40;

const lone = await loneRunner();
const births = join(temporary(), "births");
/* The program notes its birth. */
const program = id => ["sh", "-c", `echo ${id} $$ >>${births}; exec sleep 600`];
const born = id => {
	let text = "";
	try {
		text = readFileSync(births, "utf8");
	} catch { /* nobody yet */ }
	return text.split("\n").filter(line => line.startsWith(id)).map(line => +line.split(" ")[1]);
};

/* One session whose runner is killed at the N-th call. False when it came through. */
async function killAt(call, n, outcomes) {
	const id = lone.ask(program);
	const traced = lone.startToDie(call, n);
	await until("it is dead, or the session runs", () => traced.dead || born(id).length, 15000);
	const struck = traced.dead;
	if (!struck)
		await lone.kill(traced);
	const next = lone.start();
	let state;
	const settled = await until(`the session killed at ${call} ${n} settles`, () => {
		state = lone.row(id);
		return ["running", "failed", "lost"].includes(state?.status) && state;
	}, 15000).catch(e => {
		e.message += `: ${JSON.stringify(state)}\n${traced.said}\n${next.said}`;
		throw e;
	});
	if (settled.status === "running")
		await until("the program notes its birth", () => born(id).length);
	for (const pid of born(id))
		proc.kill(pid);
	await until("the session ends", () => lone.row(id).status !== "running");
	next.kill("SIGKILL");
	await next.ended;
	const key = `${settled.status}${settled.error_code ? ` (${settled.error_code})` : ""}`;
	outcomes[key] = (outcomes[key] ?? 0) + 1;
	equal(born(id).length, settled.status === "running" ? 1 : born(id).length,
		`births of the session killed at ${call} ${n}`);
	ok(born(id).length <= 1, `at most one program, killed at ${call} ${n}`, born(id));
	return struck;
}

let kills = 0;
for (const call of calls)
	await test(`killed at each ${call}, a session has one program or none`, async () => {
		const outcomes = {};
		let n = 1;
		while (n <= MOST && await killAt(call, n, outcomes)) {
			n += n < 12 ? 1 : 3;
			kills++;
		}
		note(`up to call ${n}:`, JSON.stringify(outcomes));
	}, 120000);

await test("ten seconds later no shim and no program is left that no session knows",
	async () => {
		ok(kills > 30, "enough was tried", kills);
		const runner = lone.start();
		await until("all shims have left", () => proc.shims(lone.dir).length === 0, 12000);
		equal(proc.marked(lone.mark), [], "programs");
		note(`${kills} kills`, JSON.stringify(lone.sql("events",
			"SELECT status, count(*) AS sessions FROM run_session GROUP BY status")));
		runner.kill("SIGKILL");
		await runner.ended;
	});
await done();
