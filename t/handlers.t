#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* dispatch-fcgi by itself: the ways to start it, and what its master and workers do. */
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dispatch, program, run, temporary } from "./lib/dispatch.mjs";
import { FastCgi, body, head, parse, variables } from "./lib/fastcgi.mjs";
import * as proc from "./lib/proc.mjs";
import { cleanup, done, equal, match, ok, sleep, test, until, within } from "./lib/tap.mjs";

const dir = temporary();
const socket = join(dir, "run/fcgi.sock");
mkdirSync(join(dir, "run"));
equal(dispatch("migrate", "--dir", dir).code, 0);
const key = dispatch("key", "new", "--label", "test", "--dir", dir).out.trim();

const me = variables("GET", "/api/auth/me", key);
const json = { CONTENT_TYPE: "application/json" };

/** Starts the handlers, with the words after --dir DIR, and waits until they answer. */
async function start(words = ["--socket", socket], command = [], path = socket) {
	const child = spawn([...command, program("dispatch-fcgi")][0],
		[...[...command, program("dispatch-fcgi")].slice(1), "--dir", dir, ...words],
		{ stdio: ["ignore", "ignore", "pipe"] });
	child.log = "";
	child.stderr.on("data", data => { child.log += data; });
	child.ended = new Promise(resolve => child.on("close", code => resolve(code)));
	cleanup(() => child.kill("SIGKILL"));
	await until("an answer", async () => {
		const c = existsSync(path) && await FastCgi.open(path).catch(() => null);
		return c && await c.ask(me).finally(() => c.close());
	});
	return child;
}

async function stop(child) {
	child.kill("SIGTERM");
	return within(5000, "it ends", child.ended);
}

const workers = child => proc.children(child.pid);
const twoWorkers = child => until("two workers", () => {
	const pids = workers(child);
	return pids.length === 2 && pids;
});

await test("it makes its own socket, for its user and group only", async () => {
	const child = await start();
	equal((statSync(socket).mode & 0o777).toString(8), "660");
	const c = await FastCgi.open(socket);
	equal((await c.ask(me)).json.via, "key");
	c.close();
	equal(await stop(child), 0);
});

await test("it takes the listening socket that it finds as standard input", async () => {
	const path = join(dir, "run/spawned.sock");
	const child = await start([], ["spawn-fcgi", "-n", "-s", path, "--"], path);
	const c = await FastCgi.open(path);
	equal((await c.ask(me)).status, 200);
	c.close();
	equal(await stop(child), 0);
});

await test("it answers one request as plain CGI, and takes no arguments then", async () => {
	const env = { ...me, GATEWAY_INTERFACE: "CGI/1.1", DISPATCH_DIR: dir };
	const cgi = (more, input = "") => run([program("dispatch-fcgi"), "--dir", "/nowhere"],
		{ env: { ...env, ...more }, input });
	const { code, out } = cgi({});
	equal(code, 0);
	equal(parse(Buffer.from(out)).json.via, "key");
	const text = JSON.stringify({ provider: "access-key", key });
	const login = cgi({ REQUEST_METHOD: "POST", REQUEST_URI: "/api/auth/login", ...json,
		CONTENT_LENGTH: `${text.length}` }, text);
	const reply = parse(Buffer.from(login.out));
	equal(reply.status, 200);
	match(reply.headers["set-cookie"], /^dispatch=[a-z2-7]{52}; Path=\/; .*HttpOnly/);
	const broken = parse(Buffer.from(cgi({ DISPATCH_DIR: "/nowhere" }).out));
	equal([broken.status, broken.json.code], [500, "db.missing"]);
});

await test("a kept connection stays in step, whatever a handler leaves unread", async () => {
	const child = await start();
	const c = await FastCgi.open(socket);
	const big = Buffer.alloc(200000, "x");
	const length = { CONTENT_LENGTH: `${big.length}` };
	for (let i = 0; i < 5; i++) {
		equal((await c.ask(variables("POST", "/api/nothing", key, length), big)).status, 404);
		equal((await c.ask(variables("POST", "/api/sessions", null, length), big)).status, 401);
		equal((await c.ask(variables("POST", "/api/auth/logout", key, { ...json, ...length }),
			big)).status, 413);
		equal((await c.ask(me)).status, 200);
	}
	c.close();
	await stop(child);
});

await test("a body that ends too early is refused and does nothing", async () => {
	const child = await start();
	const c = await FastCgi.open(socket);
	const text = Buffer.from(JSON.stringify({ provider: "access-key", key }));
	const reply = await c.ask(variables("POST", "/api/auth/login", null,
		{ ...json, CONTENT_LENGTH: `${text.length + 1}` }), text);
	equal([reply.status, reply.json.field], [400, "body"]);
	equal((await c.ask(me)).status, 200);
	c.close();
	await stop(child);
});

await test("a peer that misbehaves hurts nobody else", async () => {
	const child = await start(["--socket", socket, "--set", "fcgi.processes=1"]);
	const whole = Buffer.concat([head(me), body(Buffer.from("x"))]);
	for (let i = 0; i < whole.length; i += 3) { /* cut off, and flipped, at every place */
		for (const bytes of [whole.subarray(0, i), Buffer.from(whole)]) {
			if (bytes.length === whole.length && i > 7)
				bytes[i] ^= 0x55;
			const c = await FastCgi.open(socket);
			c.socket.write(bytes);
			await sleep(1);
			c.close();
		}
	}
	const c = await FastCgi.open(socket);
	equal((await within(3000, "an answer", c.ask(me))).status, 200);
	c.close();
	await stop(child);
});

await test("killed workers are replaced", async () => {
	const child = await start();
	for (let i = 0; i < 3; i++) {
		const old = await twoWorkers(child);
		old.forEach(pid => proc.kill(pid));
		await until("new ones", () => workers(child).length === 2 &&
			workers(child).every(pid => !old.includes(pid)));
		const c = await FastCgi.open(socket);
		equal((await within(3000, "an answer", c.ask(me))).status, 200);
		c.close();
	}
	match(child.log, /worker \d+ was ended by signal 9/);
	await stop(child);
});

await test("told to stop, it answers what is in hand, within two seconds", async () => {
	const child = await start();
	const c = await FastCgi.open(socket);
	const text = Buffer.from('{"kind":"pty"}');
	const began = Date.now();
	const reply = c.ask(variables("POST", "/api/sessions", key,
		{ ...json, CONTENT_LENGTH: `${text.length}` }), text);
	await sleep(200); /* no runner is there: it waits for one */
	equal(await stop(child), 0);
	equal((await reply).status, 202);
	equal((await reply).json.status, "creating");
	ok(Date.now() - began < 2000, "soon", Date.now() - began);
});

await test("workers end with their master, however that ends", async () => {
	const child = await start();
	const old = await twoWorkers(child);
	child.kill("SIGKILL");
	await until("they end", () => !old.some(proc.alive));
});

await test("what it cannot work with it says in one sentence", async () => {
	const fails = (words, options) => {
		const { code, err } = run([program("dispatch-fcgi"), ...words], options);
		match(err.split("\n")[0], /^dispatch-fcgi: .+\.$/);
		return [code, err.split("\n").length - 1];
	};
	const empty = temporary();
	chmodSync(empty, 0o700);
	equal(fails(["--dir", empty, "--socket", socket]), [1, 1]);
	equal(fails(["--dir", dir, "--socket", join(dir, "x".repeat(120))]), [1, 1]);
	equal(fails(["--dir", dir, "--socket", "/nowhere/x"]), [1, 1]);
	equal(fails(["--nonsense"])[0], 2);
	equal(fails(["--dir", dir], { input: "" })[0], 2);
	writeFileSync(join(empty, "dispatch.conf"), "fcgi.threads = many\n");
	equal(fails(["--dir", empty]), [1, 1]);
});

await done();
