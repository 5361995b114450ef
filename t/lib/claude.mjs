/*
 * The real claude program for tests, against a stand-in for the Anthropic API, and nothing
 * else: the whole test file runs in a network namespace that has only loopback, and the
 * program with an environment and a home of its own. Without the program, or without the
 * right to make a namespace, the file is skipped, and says so loudly.
 *
 *	const claude = await startClaude();       first of all
 *	const d = await claude.serve();
 *	const talk = await claude.talk(d.client());
 *	await talk.say("[[stub:text]] hello");    see the head of stub-api.mjs
 *	await talk.turn();
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, mkdirSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { serve, source, temporary } from "./dispatch.mjs";
import { startStub } from "./stub-api.mjs";
import { cleanup, note, skipAll } from "./tap.mjs";

const ALONE = "DISPATCH_TEST_ALONE";

/** Path of the program; null when it could not be installed. */
export function claudeProgram() {
	const path = join(source, "t/node_modules/@anthropic-ai",
		`claude-code-linux-${process.arch}`, "claude");
	try {
		accessSync(path, constants.X_OK);
		return path;
	} catch {
		return null;
	}
}

async function skip(why) {
	console.error(`WARNING: ${why}: tests with the real claude program are SKIPPED`);
	await skipAll(why);
}

/* Runs this file again where there is no network, and ends with it. */
async function moveToLoneliness() {
	const flags = process.getuid() === 0 ? ["-n"] : ["-rn"];
	const inside = ["sh", "-c", 'ip link set lo up && exec "$@"', "sh"];
	if (spawnSync("unshare", [...flags, ...inside, "true"]).status !== 0)
		await skip("no network namespace can be made here");
	const { status, signal } = spawnSync("unshare", [...flags, ...inside, process.execPath,
		...process.execArgv, ...process.argv.slice(1)],
	{ stdio: "inherit", env: { ...process.env, [ALONE]: "1" } });
	if (signal)
		console.error(`the test was ended by ${signal}`);
	process.exit(status ?? 1);
}

export async function startClaude(options = {}) {
	const program = claudeProgram();
	if (!program)
		await skip("the claude program is not installed (see t/package.json)");
	if (!process.env[ALONE])
		await moveToLoneliness();
	const claude = new Claude(program, options);
	claude.stub = await startStub({ port: 0, delay: 0 });
	cleanup(() => claude.stub.close());
	return claude;
}

class Claude {
	constructor(program, options) {
		this.program = program;
		this.options = options;
		this.home = temporary();
		this.work = join(this.home, "project");
		mkdirSync(this.work);
	}

	/** What the program may see of the world. */
	env(more = {}) {
		return {
			HOME: this.home,
			ANTHROPIC_API_KEY: "test-key",
			ANTHROPIC_BASE_URL: `http://127.0.0.1:${this.stub.port}`,
			DISABLE_TELEMETRY: "1",
			DISABLE_ERROR_REPORTING: "1",
			CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
			CLAUDE_CODE_MAX_RETRIES: "2",
			...more,
		};
	}

	/** A Dispatch that knows the program. */
	serve(options = {}) {
		return serve({ web: process.env.WEB ?? "nginx", ...options,
			args: ["--set", `claude.program=${this.program}`, ...options.args ?? []],
			env: { HOME: this.home, ...options.env } });
	}

	/** A new session, and a viewer of it. */
	async talk(client, { env, ...options } = {}, viewing = {}) {
		const session = await client.create(null, { kind: "claude", cwd: this.work,
			env: this.env(env), ...options });
		return new Talk(client, session, viewing);
	}
}

/** A Claude session as one viewer sees it. */
export class Talk {
	constructor(client, session, { from = 0, ...options } = {}) {
		Object.assign(this, { client, session, id: session.id });
		this.events = [];
		this.partials = [];
		this.system = [];
		this.turns = 0;
		this.viewer = client.viewer([session.id], { from, ...options, on: {
			event: event => this.events.push(event),
			system: data => this.system.push(data),
			partial: data => this.partials.push(data),
		} });
		cleanup(() => this.close());
	}

	post(what, body) {
		return this.client.post(`api/sessions/${this.id}/${what}`, body);
	}

	/** Says something; resolves to the uuid. */
	async say(text, more = {}) {
		const uuid = randomUUID();
		const reply = await this.post("message", { uuid, text, ...more });
		if (reply.status !== 202)
			throw new Error(`message: ${reply.summary} ${reply.body}`);
		return uuid;
	}

	all(channel, type) {
		return this.events.filter(event => event.channel === channel &&
			(!type || event.type === type));
	}

	/** Data of all events of claude:message of this type. */
	messages(type) {
		return this.all("claude:message", type).map(event => event.data);
	}

	/** Waits until `find` gives something of the events. */
	async see(what, find, ms) {
		let found;
		await this.viewer.until(what, () => found = find(this), ms).catch(e => {
			e.message += `\nevents: ${this.story().join("\n")}`;
			throw e;
		});
		return found;
	}

	/** The data of the next turn that ends. */
	async turn(ms = 30000) {
		const n = this.turns++;
		return this.see(`turn ${n + 1}`, talk => talk.messages("turn")[n], ms);
	}

	/** The next permission that is asked for. */
	async asked(n = 0, ms = 30000) {
		return (await this.see(`permission ${n + 1}`,
			talk => talk.all("claude:permission", "requested")[n], ms)).data;
	}

	answer(permission, decision, more = {}) {
		return this.client.post(`api/permissions/${permission.id}`,
			{ decision, input_sha256: permission.input_sha256, ...more });
	}

	/** The events in short, for comparison and for explanation. */
	story() {
		return this.events.map(({ channel, type, data }) =>
			`${channel} ${type} ${JSON.stringify(data).slice(0, 200)}`);
	}

	close() {
		this.viewer.close();
	}

	notes() {
		note(this.story().join("\n"));
	}
}
