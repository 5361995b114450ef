#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * The handlers without `dispatch serve`: with the snippets of nginx/ filled in by hand, behind
 * each way that web servers have to start or to reach a program.
 */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { Client, newId, Screen } from "./lib/client.mjs";
import { dispatch, program, run, source, temporary } from "./lib/dispatch.mjs";
import * as proc from "./lib/proc.mjs";
import { cleanup, done, equal, match, note, ok, test, until } from "./lib/tap.mjs";

const dir = temporary();
const conf = temporary();
const env = { ...process.env, DISPATCH_DIR: dir, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
equal(dispatch("migrate", "--dir", dir).code, 0);
const key = dispatch("key", "new", "--label", "test", "--dir", dir).out.trim();

/* A program for as long as it is needed; dies with its children. */
function start(words, options = {}) {
	const child = spawn(words[0], words.slice(1), { env, detached: true,
		stdio: ["ignore", "ignore", "pipe"], ...options });
	child.said = "";
	child.stderr.on("data", text => { child.said += text; });
	child.ended = new Promise(resolve => child.on("close", resolve));
	child.on("error", e => { child.said += e.message; });
	child.end = async () => {
		const all = [child.pid, ...proc.descendants(child.pid)];
		proc.kill(-child.pid, "SIGTERM");
		await Promise.race([child.ended, new Promise(resolve => setTimeout(resolve, 3000))]);
		for (const pid of all)
			proc.kill(pid);
	};
	cleanup(child.end);
	return child;
}

const freePort = () => new Promise(resolve => {
	const server = net.createServer().listen(0, "127.0.0.1", () => {
		const { port } = server.address();
		server.close(() => resolve(port));
	});
});

function snippet(web, socket, edit = text => text, files = socket) {
	const values = { PREFIX: "/", WEB: conf, FCGI: `unix:${socket}`, FCGI_SOCKET: socket,
		FILES: `unix:${files}`, FILES_SOCKET: files,
		STREAM: join(dir, "run/stream.sock") };
	const text = readFileSync(join(source, `nginx/dispatch.${web}.conf`), "utf8")
		.replace(/@([A-Z_]+)@/g, (all, name) => values[name] ?? all);
	writeFileSync(join(conf, `${web}.snippet`), edit(text));
}

async function nginx(port) {
	const temps = ["client_body", "fastcgi", "proxy", "scgi", "uwsgi"]
		.map(name => `${name}_temp_path ${conf}/${name};`).join(" ");
	writeFileSync(join(conf, "nginx.conf"), `daemon off; pid ${conf}/pid;
		${process.getuid() === 0 ? "user root;" : ""} error_log ${conf}/nginx.log;
		events {} http { access_log off; ${temps}
		server { listen 127.0.0.1:${port}; include ${conf}/nginx.snippet; } }`);
	return start(["nginx", "-e", `${conf}/nginx.log`, "-p", conf, "-c", `${conf}/nginx.conf`]);
}

async function lighttpd(port) {
	writeFileSync(join(conf, "lighttpd.conf"), `server.bind = "127.0.0.1"
		server.port = ${port}
		server.document-root = "${conf}/none"
		server.errorlog = "${conf}/lighttpd.log"
		server.upload-dirs = ( "${conf}" )
		include "${conf}/lighttpd.snippet"\n`);
	return start(["lighttpd", "-D", "-f", join(conf, "lighttpd.conf")]);
}

const servers = { nginx, lighttpd };
const socket = () => join(conf, `${newId().slice(0, 8)}.sock`);
const exists = path => until(`${path} is there`, () => run(["test", "-S", path]).code === 0);

/* Each way: starts what is needed behind the web server, writes the snippet. */
const ways = {
	async "a socket of its own"(web) {
		const path = socket(), other = socket();
		const child = start([program("dispatch-fcgi"), "--dir", dir, "--socket", path]);
		const files = start([program("dispatch-fcgi"), "--dir", dir, "--pool", "files",
			"--socket", other]);
		await exists(path);
		await exists(other);
		snippet(web, path, undefined, other);
		return { end: () => Promise.all([child.end(), files.end()]), files: "404 workspace.unknown" };
	},
	async "a socket from spawn-fcgi as standard input"(web) {
		const path = socket();
		const child = start(["spawn-fcgi", "-n", "-s", path, "--",
			program("dispatch-fcgi"), "--dir", dir]);
		await exists(path);
		snippet(web, path);
		/* A web server that has only one socket sends files where they are not served. */
		return Object.assign(child, { files: "421 pool.wrong" });
	},
	async "plain CGI under fcgiwrap"(web) {
		const path = socket();
		const child = start(["fcgiwrap", "-f", "-c", "4", "-s", `unix:${path}`]);
		await exists(path);
		snippet(web, path, text => web === "nginx"
			? text.replace("fastcgi_param HTTP_PROXY", `fastcgi_param SCRIPT_FILENAME
				${program("dispatch-fcgi")}; fastcgi_param DISPATCH_DIR ${dir};
				fastcgi_param HTTP_PROXY`)
			: text.replace("fastcgi.server = (", `alias.url = ("/api" =>
				"${program("dispatch-fcgi")}")
				setenv.add-environment = ( "DISPATCH_DIR" => "${dir}" )
				fastcgi.server = (`).replace("\"check-local\" => \"disable\"",
				"\"check-local\" => \"enable\""));
		return Object.assign(child, web === "nginx" && { files: "404 workspace.unknown" });
	},
	async "lighttpd's bin-path"(web) {
		if (web !== "lighttpd")
			return null;
		snippet(web, socket(), text => text.replace("\"check-local\"",
			`"bin-path" => "${program("dispatch-fcgi")} --dir ${dir}", "max-procs" => 1,
			"check-local"`));
		return { end() {} };
	},
	async "plain CGI under lighttpd's mod_cgi"(web) {
		if (web !== "lighttpd")
			return null;
		snippet(web, "none", text => `server.modules += ( "mod_cgi" )\n` +
			text.replace(/fastcgi\.server = \([^]*?\)\) \)/,
				`alias.url = ( "/api" => "${program("dispatch-fcgi")}" )
				cgi.assign = ( "dispatch-fcgi" => "" )
				setenv.add-environment = ( "DISPATCH_DIR" => "${dir}" )`));
		return { end() {} };
	},
};

/* What must work whichever way a request comes. */
async function prove(url, files) {
	const client = new Client(url, { authorization: `Bearer ${key}` });
	const nobody = new Client(url);
	cleanup(() => { client.close(); nobody.close(); });
	await until("an answer", async () =>
		(await nobody.get("api/health").catch(() => null))?.status === 200);
	const health = (await nobody.get("api/health")).json;
	equal([health.status, health.runner.alive], ["ok", true]);
	equal((await nobody.get("api/sessions")).summary, "401 auth.required");
	equal((await client.get("api/auth/me", { headers: { proxy: "http://127.0.0.1:1" } })).status,
		200, "with a header named Proxy");
	equal((await client.get("api/auth/me", { headers: { host: "evil.example" } })).summary,
		"421 host.refused");
	equal((await client.get("api/nothing")).summary, "404 route.unknown");
	equal((await client.get(`api/sessions/${newId()}/events?after=0&limit=5`)).summary,
		"404 session.unknown");
	equal((await client.get("api/sessions/%2e%2e/sessions")).status >= 400, true, "dots");

	if (files)
		equal((await client.get(`api/files?workspace=${newId()}`)).summary, files);

	const { id } = await client.create(["sh", "-c",
		"stty raw -echo; printf ready; exec head -c 70000"]);
	const screen = new Screen(client, id);
	cleanup(() => screen.close());
	await screen.see("ready");
	const bytes = Buffer.from(Array.from({ length: 65536 }, (_, i) => i * 7 & 255));
	equal((await client.input(id, newId(), 1, Buffer.concat([bytes, Buffer.alloc(1)]))).summary,
		"413 request.too_large");
	await screen.writer.write(bytes);
	await screen.writer.write(bytes.subarray(0, 70000 - 65536));
	equal((await screen.ended()).exit_code, 0);
	ok(Buffer.from(screen.text.slice(5), "latin1").equals(
		Buffer.concat([bytes, bytes.subarray(0, 70000 - 65536)])), "every byte came back");
	equal((await client.patch(`api/sessions/${id}`, { title: "ünïcødé ☃" })).json.title,
		"ünïcødé ☃");
	equal((await client.post("api/sessions", { kind: "pty", cols: "x" })).json.field, "cols");
	equal((await client.delete(`api/sessions/${id}`)).status, 204);
	const many = await Promise.all(Array.from({ length: 16 }, () => client.get("api/sessions")));
	equal(many.map(reply => reply.status), Array(16).fill(200), "sixteen at once");
}

const runner = start([program("dispatch-runner"), "--dir", dir]);
await until("the runner", () => /started/.test(runner.said));

for (const [way, prepare] of Object.entries(ways))
	for (const [web, serve] of Object.entries(servers)) {
		const behind = await prepare(web);
		if (!behind)
			continue;
		await test(`${web}: ${way}`, async () => {
			const port = await freePort();
			const server = await serve(port);
			try {
				await prove(`http://127.0.0.1:${port}/`, behind.files);
			} catch (e) {
				note(server.said, behind.said ?? "");
				throw e;
			} finally {
				await server.end();
				await behind.end();
			}
		});
	}

await test("standard input that is nothing of the kind is one clear sentence", () => {
	const { code, err } = run([program("dispatch-fcgi"), "--dir", dir]);
	equal(code, 2);
	match(err, /^dispatch-fcgi: Standard input is no socket[^\n]+\n/);
});
await done();
