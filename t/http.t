#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* dispatch-http: what it says of an address, and that the runner keeps none longer than it wants. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync, readdirSync, readlinkSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { program, run, serve } from "./lib/dispatch.mjs";
import * as proc from "./lib/proc.mjs";
import { cleanup, done, equal, match, ok, test, until } from "./lib/tap.mjs";
import { freePort, StandIn, Tunnels } from "./lib/tunnels.mjs";

const listen = server => new Promise(resolve => {
	server.unref().listen(0, "127.0.0.1", () => resolve(server.address().port));
});

/* ---- by itself ---- */

const asked = [];
const port = await listen(http.createServer((request, reply) => {
	const [status, text] = { "/none": [404], "/moved": [302], "/large": [200, "x".repeat(65537)],
		"/full": [200, "x".repeat(65536)] }[request.url] ?? [200, "{}"];
	asked.push(request.url);
	if (request.url === "/form")
		return void request.setEncoding("utf8").on("data", form => reply.end([request.method,
			request.headers["content-type"], request.headers.authorization, form].join(" ")));
	if (request.url !== "/silent")
		reply.writeHead(status, { location: "/" }).end(text);
}));

const start = (words, input, env = {}) => new Promise(resolve => {
	const child = execFile(program("dispatch-http"), words, { env: { ...process.env, ...env } },
		(error, out, err) => resolve({ code: error?.code ?? 0, out, err }));
	child.stdin.on("error", () => {}).end(input);
});
const send = async (request, env) => (await start([], JSON.stringify({ plain: true, timeout_ms: 3000,
	most: 65536, status_only: true, ...request }), env)).out;
const ask = (path, more = {}, env = {}) => send({ url: `http://127.0.0.1:${port}${path}`, ...more }, env);

await test("it says with which status an address answers, and follows it nowhere", async () => {
	equal(await ask("/api/health"), "200\n");
	equal(await ask("/none"), "404\n");
	equal(await ask("/moved"), "302\n");
	equal(asked, ["/api/health", "/none", "/moved"]);
});

await test("it says what the answer was, if that is wanted", async () => {
	equal(await ask("/api/health", { status_only: false }), "200\n{}");
});

await test("a form is posted, with the authorization that goes along, to this machine without TLS", async () => {
	equal(await ask("/form", { plain: false, form: "a=b%20c", authorization: "Bearer x", status_only: false }),
		"200\nPOST application/x-www-form-urlencoded Bearer x a=b%20c");
});

await test("it says in one line why there was no answer that counts", async () => {
	match(await send({ url: `http://127.0.0.1:${await freePort()}/` }), /^0 There was no good answer: [^\n]+\.\n$/);
	match(await send({ url: "file:///etc/passwd" }), /^0 There was no good answer: Unsupported protocol\.\n$/);
	equal(await ask("/full"), "200\n");
	equal(await ask("/large"), "0 The answer was too long.\n");
});

await test("it waits as long as it is told", async () => {
	const before = performance.now();
	match(await ask("/silent", { timeout_ms: 300 }), /^0 There was no good answer: Timeout was reached\.\n$/);
	const ms = performance.now() - before;
	ok(ms > 290 && ms < 2900, "milliseconds", ms);
});

await test("it knows no proxy", async () => {
	const nowhere = `http://127.0.0.1:${await freePort()}`;
	equal(await ask("/", {}, { http_proxy: nowhere, all_proxy: nowhere, ALL_PROXY: nowhere }), "200\n");
});

await test("what is no request is refused", async () => {
	for (const [words, input] of [[[], ""], [[], "{}"], [[], "[1]"], [[], '{"url":"http://127.0.0.1/"}'], [[], "{\"url\":\"http://127.0.0.1/"],
		[["http://127.0.0.1/"], ""], [[], JSON.stringify({ url: `http://127.0.0.1/${"x".repeat(65536)}` })]])
		equal(await start(words, input), { code: 2, out: "", err: "usage: dispatch-http < REQUEST\n" });
});

/* ---- of a runner ---- */

const d = await serve({ args: ["--set", "tunnel.check=100"] });
const tunnels = new Tunnels(d.client());
let runner = await d.runner();
const problem = async () => (await tunnels.get("localtunnel")).health?.problem;
/** Also one that has ended and was not reaped. */
const probes = () => proc.children(runner).filter(pid => proc.stat(pid)?.name === "dispatch-http");

const silent = net.createServer(socket => socket.on("error", () => {}));
const stand = new StandIn("lt", [{ out: `your url is: http://127.0.0.1:${await listen(silent)}\n` }]);
await tunnels.put("localtunnel", { program: stand.path });

/** Opens the tunnel: the pid of a probe that is connected. */
async function connected() {
	const question = new Promise(resolve => silent.once("connection", resolve));
	await tunnels.post("localtunnel", "start");
	await question;
	return probes()[0];
}

/** The same, of one that does nothing any more. */
async function hung() {
	const pid = await connected();
	proc.kill(pid, "SIGSTOP");
	cleanup(() => proc.kill(pid, "SIGCONT"));
	return pid;
}

async function close() {
	await tunnels.post("localtunnel", "stop");
	await until("none is left", () => probes().length === 0);
}

await test("the runner itself maps no libcurl", () => {
	equal(/curl|ssl|gnutls/.test(readFileSync(`/proc/${runner}/maps`, "utf8")), false);
});

const link = (pid, fd) => readlinkSync(`/proc/${pid}/fd/${fd}`);
const links = pid => readdirSync(`/proc/${pid}/fd`).filter(fd => fd > 2).map(fd => link(pid, fd));
const started = readdirSync("/proc/self/fd").filter(fd => existsSync(`/proc/self/fd/${fd}`))
	.map(fd => link(process.pid, fd));

await test("one has no descriptor of the runner but its standard error, and no signal held back", async () => {
	const pid = await hung();
	/* What this test was started with is everybody's. */
	const own = links(runner).filter(held => !started.includes(held));
	equal(links(pid).filter(held => own.includes(held)), []);
	equal(link(pid, 2), link(runner, 2));
	match(readFileSync(`/proc/${pid}/status`, "utf8"), /^SigBlk:\t0+$/m);
	await close();
});

await test("one that hangs is killed after five seconds, that is told, and the next is asked", async () => {
	const pid = await hung(), before = performance.now();
	await until("it is told", async () => await problem() === "There was no answer in time.");
	ok(performance.now() - before > 4000, "milliseconds", performance.now() - before);
	equal(proc.stat(pid), null, "it is reaped");
	await until("the next one", () => probes().length === 1);
	await close();
}, 20000);

await test("one whose tunnel is closed is killed, whatever it does", async () => {
	const pid = await hung(), before = performance.now();
	await close();
	const ms = performance.now() - before;
	ok(ms < 1000, "milliseconds", ms);
	equal(proc.stat(pid), null);
});

await test("one that dies is told, and the next is asked", async () => {
	proc.kill(await connected());
	await until("it is told", async () => await problem() ===
		"dispatch-http ended without an answer.");
	await until("the next one", () => probes().length === 1);
	await close();
});

await test("where none can be started, that is told", async () => {
	const [, soft] = /^Max open files +(\d+)/m.exec(readFileSync(`/proc/${runner}/limits`, "utf8"));
	await connected();
	run(["prlimit", "--pid", `${runner}`, "--nofile=3:"]);
	proc.kill(probes()[0]);
	await until("it is told", async () => await problem() === "It could not be asked: Too many open files.");
	run(["prlimit", "--pid", `${runner}`, `--nofile=${soft}:`]);
	await until("it is asked again", () => probes().length === 1);
	await close();
});

await test("a runner that is to stop takes it along, and one that is killed, too", async () => {
	for (const signal of ["SIGTERM", "SIGKILL"]) {
		runner = await d.settled("dispatch-runner");
		const pid = await hung(), before = performance.now();
		proc.kill(runner, signal);
		await until("both end", () => !proc.alive(runner) && !proc.alive(pid));
		const ms = performance.now() - before;
		ok(ms < 1000, signal, ms);
		await until("another runner", () => ![0, runner].includes(d.pid("dispatch-runner")));
		await tunnels.post("localtunnel", "stop");
	}
});

await done();
