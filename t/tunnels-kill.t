#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * Tunnels through deaths: of the runner, of the program, of the machine's owner's patience; and
 * programs that say too much, or nothing. KILLS says how often the runner dies, FLOOD how many bytes
 * are said (1e9: a gigabyte).
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { sanitized, serve } from "./lib/dispatch.mjs";
import * as proc from "./lib/proc.mjs";
import { done, equal, ok, sleep, test, until } from "./lib/tap.mjs";
import { StandIn, Tunnels } from "./lib/tunnels.mjs";

const KILLS = +(process.env.KILLS ?? 20);

const args = ["tunnel.retry=20", "tunnel.patience=1500", "tunnel.tries=3"].flatMap(s => ["--set", s]);
const d = await serve({ args });
const tunnels = new Tunnels(d.client());
const url = "https://quiet-owl.example";
const lt = new StandIn("lt", [{ out: `your url is: ${url}\n` }]);
const code = new StandIn("code", [{ when: "tunnel user show", exit: 0 },
	{ out: "[2026-11-26 19:00:00] info Open this link in your browser https://vscode.dev/tunnel/den/home\n" }]);
const host = () => d.sql("events", "SELECT host FROM tunnel WHERE kind='localtunnel'")[0].host;
/** What the audit says of tunnels, the newest first; without what people have asked for. */
async function byItself(from = tunnels) {
	const { items } = (await from.client.get("api/audit?action=tunnel&limit=200")).json;
	const { broken_at } = (await from.client.get("api/audit/chain")).json;
	equal(broken_at, null, "the audit is whole");
	return items.filter(item => item.address === "server" && item.user === "")
		.map(item => `${item.action} ${item.subject}`);
}

const program = kind => ({ localtunnel: lt, vscode: code })[kind];

async function open(kind, stand = program(kind)) {
	equal((await tunnels.put(kind, { program: stand.path })).status, 200);
	await tunnels.post(kind, "start");
}

/* serve starts at once again what ran for a second, and a little later what did not. */
async function killRunner(runner) {
	runner ??= await d.settled("dispatch-runner");
	proc.kill(runner);
	await until("another runner", async () => {
		const next = d.pid("dispatch-runner");
		return next && next !== runner;
	});
}

await test(`of two open tunnels, ${KILLS} deaths of the runner neither double nor lose one`, async () => {
	await open("localtunnel");
	await open("vscode");
	await tunnels.until("localtunnel", "open");
	await tunnels.until("vscode", "open");
	const pids = [lt.alive, code.alive].flat();
	equal(pids.length, 2);
	const { since } = await tunnels.get("localtunnel");
	for (let i = 0; i < KILLS; i++) {
		/* Also one that has hardly begun. */
		await killRunner(i % 4 ? await d.runner() : undefined);
		await sleep(i % 3 * 20);
		equal([lt.alive, code.alive].flat(), pids, `after ${i + 1} deaths`);
		equal((await tunnels.get("localtunnel")).state, "open");
	}
	equal([lt.runs.length, code.runs.length], [1, 2], "how often programs were started");
	equal((await tunnels.get("localtunnel")).since, since);
	await tunnels.post("localtunnel", "stop");
	await tunnels.post("vscode", "stop");
	await until("both end", () => lt.alive.length + code.alive.length === 0);
}, 60000 + KILLS * 3000);

await test("a runner that dies while one is opened opens it all the same, once", async () => {
	for (let i = 0; i < 5; i++) {
		const runner = await d.settled("dispatch-runner"), before = lt.runs.length;
		const started = tunnels.post("localtunnel", "start").catch(() => {});
		await sleep(i * 15);
		await killRunner(runner);
		await started;
		await tunnels.until("localtunnel", "open");
		equal(lt.runs.length, before + 1, "programs started");
		equal(lt.alive.length, 1);
		await tunnels.post("localtunnel", "stop");
		await until("it ends", () => lt.alive.length === 0);
	}
}, 60000);

await test("a program that is killed is started again, and its host is nobody's meanwhile", async () => {
	await open("localtunnel");
	await tunnels.until("localtunnel", "open");
	const [pid] = lt.alive;
	equal(host(), "quiet-owl.example");
	proc.kill(pid);
	await until("another program", () => lt.alive.length === 1 && lt.alive[0] !== pid);
	await tunnels.until("localtunnel", "open");
});

await test("program and runner die together: the host is let go, the tunnel comes back", async () => {
	const [pid] = lt.alive;
	proc.kill(await d.settled("dispatch-runner"));
	proc.kill(pid);
	await until("another program", () => lt.alive.length === 1 && lt.alive[0] !== pid);
	await tunnels.until("localtunnel", "open");
	await tunnels.post("localtunnel", "stop");
	equal(host(), null);
	await until("it ends", () => lt.alive.length === 0);
});

await test("one that says nothing is stopped and given up with a reason", async () => {
	const silent = new StandIn("silent", [{}]);
	await open("localtunnel", silent);
	const { error } = await tunnels.until("localtunnel", "failed", 30000);
	equal(error.code, "tunnel.silent");
	await until("none is left", () => silent.alive.length === 0);
	equal(silent.runs.length, 3);
	await until("the audit is told", async () => (await byItself())[0] === "tunnel.fail localtunnel");
}, 60000);

await test("one that says half lines for ever is no different", async () => {
	const half = new StandIn("half", [{ out: "your url is: https://quiet" }]);
	await open("localtunnel", half);
	await until("it has run", () => half.runs.length > 0);
	await tunnels.post("localtunnel", "stop");
	equal((await tunnels.get("localtunnel")).state, "off");
	await until("none is left", () => half.alive.length === 0);
});

await test("a line that is half said when the runner dies is heard as a whole by the next one", async () => {
	const slow = new StandIn("cloudflared", [{ err: "2026-11-26T19:00:00Z INF |  https://calm-ri",
		rest: "ver.trycloudflare.com  |\n" }]);
	await open("cloudflared", slow);
	await until("the half is read", () => d.sql("events", `SELECT 1 FROM run_session WHERE kind='tunnel'
		AND private_json LIKE '%calm-ri%' AND deleted_at IS NULL`).length === 1);
	await killRunner();
	slow.goOn();
	equal((await tunnels.until("cloudflared", "open")).url, "https://calm-river.trycloudflare.com");
	equal(slow.runs.length, 1);
	await tunnels.post("cloudflared", "stop");
	await until("it ends", () => slow.alive.length === 0);
});

await test("one that says very much keeps its state, and neither memory nor disk grow", async () => {
	const bytes = +(process.env.FLOOD ?? 64e6);
	const loud = new StandIn("loud", [{ out: `your url is: ${url}\n`, flood: bytes }]);
	const rss = async () => +/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${await d.runner()}/status`, "utf8"))[1];
	const size = () => statSync(join(d.dir, "events.db")).size;
	const before = [await rss(), size()];
	await open("localtunnel", loud);
	await tunnels.until("localtunnel", "open", 30000);
	const offset = () => d.sql("events", "SELECT max(ring_offset) n FROM run_session WHERE kind='tunnel' AND deleted_at IS NULL")[0].n;
	await until("all of it was read", () => offset() >= bytes, 300000);
	/* Sanitizers keep what was freed for a while. */
	ok(await rss() - before[0] < (sanitized ? 512 : 16) * 1024, "kB of memory", before[0], await rss());
	ok(size() - before[1] < 8e6, "bytes of database", before[1], size());
	equal(d.sql("events", "SELECT count(*) n FROM tunnel_line WHERE kind='localtunnel'"), [{ n: 200 }]);
	equal((await tunnels.get("localtunnel")).state, "open");
	await tunnels.post("localtunnel", "stop");
	await until("it ends", () => loud.alive.length === 0);
}, 400000);

await test("a public tunnel closes at the set time, with its host", async () => {
	const other = await serve({ args: [...args, "--set", "tunnel.lifetime=1"] });
	const its = new Tunnels(other.client());
	await its.put("localtunnel", { program: lt.path });
	await its.post("localtunnel", "start");
	const { error } = await until("it is closed", async () => {
		const tunnel = await its.get("localtunnel");
		return tunnel.state === "off" && tunnel.error && tunnel;
	});
	equal(error.code, "tunnel.closed");
	await until("its program ends", () => lt.alive.length === 0);
	equal(other.sql("events", "SELECT host FROM tunnel WHERE kind='localtunnel'"), [{ host: null }]);
	await until("the audit is told", async () => (await byItself(its)).length > 0);
	equal(await byItself(its), ["tunnel.expire localtunnel"]);
	await other.clean();
});

await test("one that starts with the server does, and no other; the end of all ends them", async () => {
	await open("vscode");
	await tunnels.until("vscode", "open");
	await tunnels.put("localtunnel", { program: lt.path, start_at_boot: true });
	proc.kill(await d.settled("dispatch-runner"), "SIGUSR1");
	await until("their programs end", () => code.alive.length === 0);
	const before = code.runs.length;
	await tunnels.until("localtunnel", "open");
	equal((await byItself()).slice(0, 2), ["tunnel.start localtunnel", "tunnel.end vscode"]);
	equal((await tunnels.get("vscode")).state, "off");
	equal(code.runs.length, before);
	await tunnels.post("localtunnel", "stop");
	await until("it ends", () => lt.alive.length === 0);
	await killRunner();
	await until("the runner answers", async () => (await tunnels.post("vscode", "stop")).status === 200);
	equal((await tunnels.get("localtunnel")).state, "off", "a runner's death is no start of the server");
});

await done();
