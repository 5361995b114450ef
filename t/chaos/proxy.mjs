/* The bad network of proxy.c between our clients and a Dispatch. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { build } from "../lib/dispatch.mjs";
import { Client } from "../lib/client.mjs";
import { cleanup, until } from "../lib/tap.mjs";

/** What links are like. Chances are in 1/1000, of connections or of requests. */
export const weathers = {
	calm: {},
	/* Quick, but nothing lasts on it. */
	rough: { "up.delay": 2, "down.delay": 2, "reset": 250, "close": 100, "stall": 50,
		"after": 3000000, "pause": 300, "twice": 100, "unanswered": 50 },
	/* A train: slow, far away, with tunnels. */
	phone: { "up.delay": 60, "up.jitter": 60, "down.delay": 60, "down.jitter": 60,
		"up.rate": 100000, "down.rate": 400000, "reset": 100, "close": 50, "hole": 30,
		"stall": 100, "after": 60000, "pause": 1000, "twice": 60, "unanswered": 40 },
};
const clear = Object.fromEntries(Object.values(weathers).flatMap(Object.keys)
	.map(name => [name, name === "after" ? 20000 : 0]));

export class Proxy {
	constructor(d, weather, seed) {
		this.d = d;
		this.answers = [];
		this.process = spawn(join(build, "t/chaos/proxy"), [d.port, seed % 2 ** 32],
			{ stdio: ["pipe", "pipe", "inherit"] });
		createInterface(this.process.stdout).on("line", line => {
			if (line.startsWith("port "))
				this.port = +line.slice(5);
			else
				this.answers.shift()?.(line);
		});
		this.process.on("exit", () => { this.ended = true; });
		cleanup(() => this.end());
		this.weather = weather;
	}

	async start() {
		await until("a proxy", () => this.port || this.ended);
		await this.set(this.weather);
		return this;
	}

	ask(line) {
		return new Promise(resolve => {
			this.answers.push(resolve);
			this.process.stdin.write(`${line}\n`);
		});
	}

	set(name) {
		const values = { ...clear, ...weathers[name] };
		return this.ask(`set ${Object.entries(values).map(pair => pair.join("=")).join(" ")}`);
	}

	now(fault) {
		return this.ask(`now ${fault}`);
	}

	async count() {
		return JSON.parse(await this.ask("count"));
	}

	/** Like d.client(), through this network. A request without answer is given up soon. */
	client() {
		const direct = this.d.client();
		const { host } = new URL(this.d.url);
		return new Client(this.d.url.replace(host, `127.0.0.1:${this.port}`),
			{ ...direct.headers, host }, { timeout: 4000 });
	}

	end() {
		this.process.stdin.end();
	}
}

export const proxy = (d, weather, seed) => new Proxy(d, weather, seed).start();
