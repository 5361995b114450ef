#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * The runner is killed at each step of creating a session: never are there two programs, and
 * never is one, or a shim, left that no session knows. The runner runs alone here, and finds
 * its commands as handlers leave them; strace kills it at the N-th call of a kind.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { newId } from "./lib/client.mjs";
import { dispatch, program, run, temporary } from "./lib/dispatch.mjs";
import * as proc from "./lib/proc.mjs";
import { cleanup, done, equal, note, ok, skipAll, test, until } from "./lib/tap.mjs";

/* What changes something outside of the process, or waits for somebody. */
const calls = ["sendmsg", "sendto", "recvmsg", "connect", "socket", "vfork,clone,clone3,fork",
	"mmap", "pwrite64", "fdatasync,fsync", "unlink,unlinkat", "epoll_wait", "close"];
const MOST = 40;

if (run(["strace", "-V"]).code !== 0)
	await skipAll("strace is not here");
const traced = run(["strace", "-qq", "-e", "inject=getpid:signal=KILL", "true"]);
if (/PTRACE|not permitted/i.test(traced.err))
	await skipAll("strace may not trace here");

const dir = temporary();
const births = join(dir, "births");
const mark = `DISPATCH_TEST=${newId()}`;
equal(dispatch("migrate", "--dir", dir).code, 0);
const sql = (database, text) => {
	const { code, out, err } = run(["sqlite3", "-cmd", ".timeout 5000", "-json",
		join(dir, `${database}.db`), text]);
	ok(code === 0, err);
	return out ? JSON.parse(out) : [];
};
cleanup(() => {
	for (const pid of [...proc.shims(dir), ...proc.marked(mark)])
		proc.kill(pid);
});

/* A runner, traced or not; `ended` resolves when it does. */
function start(trace = []) {
	const words = [...trace, program("dispatch-runner"), "--dir", dir];
	const child = spawn(words[0], words.slice(1), { stdio: ["ignore", "ignore", "pipe"] });
	child.said = "";
	child.stderr.on("data", text => { child.said += text; });
	child.ended = new Promise(resolve => child.on("exit", resolve));
	cleanup(() => child.kill("SIGKILL"));
	return child;
}

/* Leaves a create command, as a handler does. The program notes its birth. */
function ask() {
	const id = newId();
	const body = JSON.stringify({ kind: "pty", cwd: "/", title: "t",
		env: Object.fromEntries([mark.split("=")]),
		command: ["sh", "-c", `echo ${id} $$ >>${births}; exec sleep 600`] });
	sql("state", `INSERT INTO command (session, user, kind, body)
		VALUES ('${id}', 'somebody', 'create', CAST('${body.replaceAll("'", "''")}' AS BLOB))`);
	return id;
}

const row = id => sql("events",
	`SELECT status, error_code FROM run_session WHERE id = '${id}'`)[0];
const born = id => {
	let text = "";
	try {
		text = readFileSync(births, "utf8");
	} catch { /* nobody yet */ }
	return text.split("\n").filter(line => line.startsWith(id)).map(line => +line.split(" ")[1]);
};

/* One session whose runner is killed at the N-th call. False when it came through. */
async function killAt(call, n, outcomes) {
	const id = ask();
	const traced = start(["strace", "-qq", "-o", "/dev/null", "-e", `trace=${call}`,
		"-e", `inject=${call}:signal=KILL:when=${n}`]);
	let dead = false;
	traced.ended.then(() => { dead = true; });
	await until("it is dead, or the session runs", () => dead || born(id).length, 15000);
	const struck = dead;
	if (!dead) {
		for (const pid of proc.children(traced.pid))
			proc.kill(pid);
		await traced.ended;
	}
	const next = start();
	let state;
	const settled = await until(`the session killed at ${call} ${n} settles`, () => {
		state = row(id);
		return ["running", "failed", "lost"].includes(state?.status) && state;
	}, 15000).catch(e => {
		e.message += `: ${JSON.stringify(state)}\n${traced.said}\n${next.said}`;
		throw e;
	});
	if (settled.status === "running")
		await until("the program notes its birth", () => born(id).length);
	for (const pid of born(id))
		proc.kill(pid);
	await until("the session ends", () => row(id).status !== "running");
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
		const runner = start();
		await until("all shims have left", () => proc.shims(dir).length === 0, 12000);
		equal(proc.marked(mark), [], "programs");
		note(`${kills} kills`, JSON.stringify(sql("events",
			"SELECT status, count(*) AS sessions FROM run_session GROUP BY status")));
		runner.kill("SIGKILL");
		await runner.ended;
	});
await done();
