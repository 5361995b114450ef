#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* Tunnels: what may be set, who may open one, and localtunnel with its real programs. */
import http from "node:http";
import net from "node:net";
import { Client } from "./lib/client.mjs";
import { serve, temporary, webServers } from "./lib/dispatch.mjs";
import * as proc from "./lib/proc.mjs";
import { done, equal, match, ok, test, until } from "./lib/tap.mjs";
import { hasLocaltunnel, localtunnelClient, localtunnelServer, StandIn, through, Tunnels } from "./lib/tunnels.mjs";

const QUICK = ["tunnel.retry=20", "tunnel.tries=4", "tunnel.check=200"].flatMap(s => ["--set", s]);
const d = await serve({ args: QUICK });
const client = d.client();
const tunnels = new Tunnels(client);
const URL_LINE = "your url is: https://quiet-owl.example\n";
const codeOf = reply => [reply.status, reply.json.code, reply.json.field ?? null];

await test("four kinds are there, and all are off", async () => {
	const { json } = await client.get("api/tunnels");
	equal(json.items.map(item => [item.kind, item.state]), [["localtunnel", "off"],
		["vscode", "off"], ["cloudflared", "off"], ["tailscale", "off"]]);
	equal(json.allowed, true);
	equal(json.items[0].settings, { program: "", start_at_boot: false, port: d.port, https: false });
});

await test("what cannot be right is refused with a code of its own", async () => {
	const bad = async (kind, settings) => codeOf(await tunnels.put(kind, settings));
	equal(codeOf(await tunnels.put("ngrok", {})), [404, "tunnel.unknown", null]);
	equal(codeOf(await tunnels.post("ngrok", "start")), [404, "tunnel.unknown", null]);
	for (const subdomain of ["abc", "-abcd", "Abcd", "a.bcd", "abcd-", "ab cd"])
		equal(await bad("localtunnel", { subdomain }), [422, "tunnel.subdomain", "settings.subdomain"]);
	for (const name of ["-x", "a b", "x".repeat(21), "é"])
		equal(await bad("vscode", { name }), [422, "tunnel.name", "settings.name"]);
	for (const program of ["-lt", "bin/lt", "lt;id", "/bin/"])
		equal(await bad("localtunnel", { program }), [422, "tunnel.program", "settings.program"]);
	for (const host of ["http://example.org", "example.org", "https://a@b.example", "https://x/"])
		equal(await bad("localtunnel", { host }), [422, "tunnel.server", "settings.host"]);
	equal(await bad("localtunnel", { port: 0 }), [400, "request.invalid", "settings.port"]);
	equal(await bad("localtunnel", { name: "x" }), [400, "request.invalid", "settings.name"]);
	equal(await bad("vscode", { provider: "other" }), [400, "request.invalid", "settings.provider"]);
	equal(codeOf(await tunnels.post("localtunnel", "unregister")), [409, "tunnel.kind", null]);
});

await test("who is no administrator sees what is open, and can open nothing", async () => {
	const other = new Tunnels(d.client(d.otherKey()));
	equal((await other.put("localtunnel", {})).summary, "403 role.refused");
	equal((await other.post("localtunnel", "start")).summary, "403 role.refused");
	equal((await other.client.get("api/tunnels/localtunnel/log")).summary, "403 role.refused");
	equal((await other.get("localtunnel")).settings, {});
});

await test("a program that is not there is told at once, with what to do", async () => {
	await tunnels.put("localtunnel", { program: "/nowhere/lt" });
	const reply = await tunnels.post("localtunnel", "start");
	ok([200, 202].includes(reply.status), "the answer", reply.summary);
	const { error, tries } = await tunnels.until("localtunnel", "failed");
	equal([error.code, tries], ["tunnel.program", 1]);
	match(error.detail, /There is no program \/nowhere\/lt\. Install it/);
});

await test("a program that ends is tried again, and given up with its last words", async () => {
	const program = new StandIn("lt", [{ err: "Something broke\n", exit: 3 }]);
	await tunnels.put("localtunnel", { program: program.path });
	await tunnels.post("localtunnel", "start");
	const { error } = await tunnels.until("localtunnel", "failed");
	equal(error.code, "tunnel.ended");
	match(error.detail, /status 3; it said last: “Something broke”\. It was tried 4 times in a row\./);
	equal(program.runs.length, 4);
	equal(program.runs[0].words, ["--port=" + d.port]);
});

await test("stopping ends the program, and starting again begins anew", async () => {
	const program = new StandIn("lt", [{ out: URL_LINE, bytes: true }]);
	await tunnels.put("localtunnel", { program: program.path, subdomain: "quiet-owl" });
	await tunnels.post("localtunnel", "start");
	const open = await tunnels.until("localtunnel", "open");
	equal([open.url, open.public, open.error], ["https://quiet-owl.example", true, null]);
	ok(open.ends_at > Date.now(), "it ends by itself");
	const [first] = program.alive;
	await tunnels.post("localtunnel", "start");
	const second = await until("another one", () => program.alive.find(pid => pid !== first));
	equal((await tunnels.until("localtunnel", "open")).url, "https://quiet-owl.example");
	equal(program.alive, [second]);
	equal((await tunnels.post("localtunnel", "stop")).json.state, "off");
	await until("its program ends", () => !proc.alive(second));
	equal((await tunnels.get("localtunnel")).url, null);
	await until("its last line is kept", async () =>
		(await tunnels.lines("localtunnel")).at(-1) === URL_LINE.trim());
	await until("nothing is left of its sessions", () => d.sql("events",
		"SELECT 1 FROM run_session WHERE kind='tunnel' AND deleted_at IS NULL").length === 0);
});

await test("when its name was given to somebody else, the tunnel says so and is open", async () => {
	const program = new StandIn("lt", [{ out: URL_LINE }]);
	await tunnels.put("localtunnel", { program: program.path, subdomain: "other-owl" });
	await tunnels.post("localtunnel", "start");
	equal((await tunnels.until("localtunnel", "open")).error.code, "tunnel.taken");
	await tunnels.post("localtunnel", "stop");
});

await test("every page is told of a tunnel, and the audit tells who opened it", async () => {
	const program = new StandIn("lt", [{ out: URL_LINE }]);
	await tunnels.put("localtunnel", { program: program.path });
	const other = d.client(d.otherKey("Viewer", "viewer")), told = [];
	const stream = await new Promise(resolve => {
		const opened = other.stream("window=0", {
			open: () => resolve(opened),
			message: (name, data) => name === "system" && told.push(data),
		});
	});
	await tunnels.post("localtunnel", "start");
	await until("it is told", () => told.some(({ channel, data }) => channel === "tunnel" &&
		data.state === "open" && data.public && data.url === "https://quiet-owl.example"));
	const { items } = (await client.get("api/audit")).json;
	equal(items.find(item => item.action === "tunnel.start").subject, "localtunnel");
	await tunnels.post("localtunnel", "stop");
	await until("its end, too", () => told.at(-1).data.state === "off");
	stream.request.destroy();
});

await test("opening one needs a sign-in that has just been, and so does having it opened", async () => {
	const own = { "sec-fetch-site": "same-origin" };
	const reply = await d.client(null).post("api/auth/login",
		{ provider: "access-key", key: d.key() }, { headers: own });
	const cookie = reply.headers["set-cookie"][0].split(";")[0];
	const person = new Tunnels(new Client(d.url, { cookie, ...own }));
	equal((await person.put("localtunnel", { start_at_boot: true })).status, 200);
	d.sql("state", "UPDATE auth_session SET fresh_at = fresh_at - 301000");
	equal((await person.post("localtunnel", "start")).summary, "403 auth.stale");
	equal((await person.put("localtunnel", { start_at_boot: true })).summary, "403 auth.stale");
	equal((await person.put("vscode", { program: "/bin/echo" })).summary, "403 auth.stale");
	equal((await person.put("localtunnel", {})).status, 200);
	equal((await person.post("localtunnel", "stop")).status, 200);
	equal((await person.post("vscode", "unregister")).summary, "403 auth.stale",
		"what gives the machine's name up");
});

const rowOf = kind => d.sql("events", `SELECT state, settings_json FROM tunnel WHERE kind='${kind}'`)[0];

await test("what is changed while a tunnel is open is told of the next one, also to the next runner", async () => {
	const url = "https://den.tail1a2b3.ts.net/";
	const program = new StandIn("tailscale", [{ out: `${url}\n` }]);
	const words = () => program.runs.map(run => run.words[0]);
	await tunnels.put("tailscale", { program: program.path, mode: "funnel" });
	await tunnels.post("tailscale", "start");
	const { ends_at } = await tunnels.until("tailscale", "open");
	await tunnels.put("tailscale", { program: program.path, mode: "serve" });
	const stands = async () => {
		const tunnel = await tunnels.get("tailscale");
		return [tunnel.state, tunnel.public, tunnel.ends_at, tunnel.settings.mode];
	};
	equal(await stands(), ["open", true, ends_at, "serve"]);
	const runner = await d.runner();
	proc.kill(runner);
	await until("another runner", async () => ![0, runner].includes(d.pid("dispatch-runner")));
	equal(await stands(), ["open", true, ends_at, "serve"]);
	proc.kill(program.alive[0]);
	await until("it was tried again", () => words().length === 2);
	await tunnels.until("tailscale", "open");
	equal([words(), await stands()], [["funnel", "funnel"], ["open", true, ends_at, "serve"]]);
	await tunnels.post("tailscale", "stop");
	equal(await stands(), ["off", false, null, "serve"]);
	equal(rowOf("tailscale"), { state: "off", settings_json: null });
	const { items } = (await client.get("api/audit?action=tunnel&limit=4")).json;
	equal(items.filter(item => item.subject.startsWith("tailscale")).map(item => [item.action, item.subject]),
		[["tunnel.stop", "tailscale funnel"], ["tunnel.settings", "tailscale"], ["tunnel.start", "tailscale funnel"],
			["tunnel.settings", "tailscale"]]);
});

/** Servers that end with the test file. */
const listen = (server, host = "127.0.0.1") => new Promise(resolve => {
	server.unref().listen(0, host, () => resolve(server.address().port));
});

await test("a public address that is plain http is asked how it is, like any other", async () => {
	const asked = [];
	const port = await listen(http.createServer((request, reply) => {
		asked.push(request.url);
		reply.end("{}");
	}), "127.0.0.2"); /* which is not among what counts as this machine */
	const program = new StandIn("lt", [{ out: `your url is: http://127.0.0.2:${port}\n` }]);
	await tunnels.put("localtunnel", { program: program.path });
	await tunnels.post("localtunnel", "start");
	const { health } = await until("it was asked", async () => {
		const tunnel = await tunnels.get("localtunnel");
		return tunnel.health && tunnel;
	});
	equal([health.problem, asked[0]], [null, "/api/health"]);
	await tunnels.post("localtunnel", "stop");
});

await test("a runner that is to stop waits for no address that does not answer", async () => {
	const silent = net.createServer();
	const question = new Promise(resolve => silent.once("connection", resolve));
	const program = new StandIn("lt", [{ out: `your url is: http://127.0.0.1:${await listen(silent)}\n` }]);
	await tunnels.put("localtunnel", { program: program.path });
	await tunnels.post("localtunnel", "start");
	await question;
	const runner = await d.runner(), before = performance.now();
	proc.kill(runner, "SIGTERM");
	await until("it ends", () => !proc.alive(runner));
	const ms = performance.now() - before;
	ok(ms < 1000, "milliseconds", ms);
	await until("another runner", () => d.pid("dispatch-runner"));
	await tunnels.post("localtunnel", "stop");
});

await test("where an administrator has switched tunnels off, none opens", async () => {
	const other = await serve({ args: ["--set", "tunnel.allowed=0"] });
	const reply = await new Tunnels(other.client()).post("localtunnel", "start");
	equal(reply.summary, "403 tunnel.forbidden");
	equal((await other.client().get("api/tunnels")).json.allowed, false);
	await other.clean();
});

await test("where Dispatch is mounted under a path, the address leads to that path", async () => {
	const own = await serve({ args: [...QUICK, "--prefix", "/dispatch/"] });
	const mine = new Tunnels(own.client());
	const program = new StandIn("lt", [{ out: URL_LINE, bytes: true }]);
	await mine.put("localtunnel", { program: program.path });
	await mine.post("localtunnel", "start");
	equal((await mine.until("localtunnel", "open")).url, "https://quiet-owl.example/dispatch/");
	const { url, host } = own.sql("events", "SELECT url, host FROM tunnel WHERE kind='localtunnel'")[0];
	equal([url, host], ["https://quiet-owl.example/dispatch/", "quiet-owl.example"]);
	await mine.post("localtunnel", "stop");
	await own.clean();
});

if (hasLocaltunnel)
	for (const web of webServers)
		await test(`localtunnel brings our pages to the world, behind ${web}`, async () => {
			const server = await localtunnelServer();
			const own = await serve({ web, args: [...QUICK, "--set", "tunnel.patience=5000"] });
			const mine = new Tunnels(own.client());
			const answer = async path => {
				const reply = await through(server, url, path, own.client().headers);
				return [reply.statusCode, reply.body];
			};
			const url = `http://gentle-fox.${server.domain}`;
			await mine.put("localtunnel", { program: localtunnelClient(temporary()),
				host: server.url, subdomain: "gentle-fox" });
			equal((await mine.post("localtunnel", "start")).status, 200);
			equal((await mine.until("localtunnel", "open")).url, url);
			const [status, body] = await answer("/api/health");
			equal([status, JSON.parse(body).status], [200, "ok"]);
			match((await answer("/"))[1], /<!doctype html>/i);
			await until("its address answers", async () => {
				const { health } = await mine.get("localtunnel");
				return health && health.problem === null;
			});

			const { id } = await own.client().create(["/bin/sh", "-c", "echo through the tunnel; sleep 60"]);
			const stream = await through(server, url, `/api/stream?s=${id}:0&window=0`, own.client().headers);
			equal(stream.statusCode, 200);
			await until("the stream comes through it", () => stream.body.includes(
				Buffer.from("through the tunnel").toString("base64").slice(0, 20)));
			stream.destroy();

			const [shim] = own.shims().filter(pid => proc.descendants(pid).some(child =>
				proc.words(child).join(" ").includes("lt.js")));
			const direct = async () => {
				const { hostname, port } = new URL(own.url);
				const reply = await through({ url: `http://${hostname}:${port}` }, url, "/api/auth/me", own.client().headers);
				return reply.statusCode;
			};
			equal(await direct(), 200, "its host is ours while it is open");
			ok(shim, "its program");
			await mine.post("localtunnel", "stop");
			equal(await direct(), 421, "and no longer");
			server.stop();
			await own.clean();
		}, 120000);

await done();
