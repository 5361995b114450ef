/*
 * Repositories for tests, made with git itself, and what git's own plumbing says of them.
 * Names are bytes: `text` writes them as path text, as Dispatch does.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { temporary } from "./dispatch.mjs";
import { document, mismatch } from "./openapi.mjs";

/** Nothing of the person's own settings; everybody is called Ada. */
export const gitEnv = {
	HOME: "/nowhere", PATH: process.env.PATH, LC_ALL: "C.UTF-8",
	GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null",
	GIT_AUTHOR_NAME: "Ada", GIT_AUTHOR_EMAIL: "ada@example.org",
	GIT_COMMITTER_NAME: "Ada", GIT_COMMITTER_EMAIL: "ada@example.org",
};

/** Path text of bytes (a Buffer), for names without genuine U+EF00…. */
export function text(bytes) {
	const decoder = new TextDecoder("utf-8", { fatal: true });
	let out = "";
	for (let i = 0; i < bytes.length;) {
		const length = [1, 2, 3, 4].find(n => {
			try {
				return [...decoder.decode(bytes.subarray(i, i + n))].length === 1;
			} catch {
				return false;
			}
		});
		const plain = length && (length > 1 || (bytes[i] >= 0x20 && bytes[i] !== 0x7f));
		out += plain ? bytes.subarray(i, i + length) : String.fromCodePoint(0xef00 + bytes[i]);
		i += plain ? length : 1;
	}
	return out;
}

export class Repository {
	constructor(dir) {
		this.dir = dir;
	}

	/** What git says, as bytes; it may fail when `fails` is set. */
	bytes(words, { input, env, fails = false } = {}) {
		const { status, stdout, stderr, error } = spawnSync("git", words, { cwd: this.dir,
			input, env: { ...gitEnv, ...env }, maxBuffer: 1 << 28 });
		if (error)
			throw error;
		if (status !== 0 && !fails)
			throw new Error(`git ${words.join(" ")}: ${status} ${stderr}`);
		return stdout;
	}

	git(...words) {
		return this.bytes(words).toString().trimEnd();
	}

	/** What git says with -z, as texts. */
	list(...words) {
		return this.bytes(words).toString("latin1").split("\0").slice(0, -1)
			.map(name => text(Buffer.from(name, "latin1")));
	}

	commit(message = "A commit") {
		this.git("add", "-A");
		this.git("commit", "-q", "--allow-empty", "-m", message);
		return this.git("rev-parse", "HEAD");
	}
}

/** A new repository in a directory of its own. */
export function repository(dir = temporary()) {
	mkdirSync(dir, { recursive: true });
	const made = new Repository(realpathSync(dir));
	made.git("init", "-q", "-b", "main");
	return made;
}

/* Every answer must be one that the interface describes. */
function documented(method, verb, reply) {
	const { responses } = document.paths[`/api/git/${verb}`][method];
	const answer = responses[reply.status] ?? responses.default;
	const [[type, { schema } = {}] = []] = Object.entries(answer.content ?? {});
	const wrong = schema ? mismatch(reply.json, schema)
		: type ? null : reply.body.length && "a body where none is described";
	if ((reply.status < 400 && answer === responses.default) || wrong)
		throw new Error(`${method} ${verb}: ${reply.status} is not as described: ${wrong}`);
	return reply;
}

/** A workspace as a client sees its git. */
export class Workspace {
	constructor(client, id) {
		Object.assign(this, { client, id });
	}

	async get(verb, query = {}) {
		const params = new URLSearchParams({ workspace: this.id, ...query });
		return documented("get", verb, await this.client.get(`api/git/${verb}?${params}`));
	}

	async post(verb, value = {}) {
		return documented("post", verb,
			await this.client.post(`api/git/${verb}?workspace=${this.id}`, value));
	}

	/** The answer of what must work. */
	async read(verb, query) {
		const reply = await this.get(verb, query);
		if (reply.status !== 200)
			throw new Error(`${verb}: ${reply.status} ${reply.body}`);
		return reply.json;
	}

	async act(verb, value) {
		const reply = await this.post(verb, value);
		if (reply.status >= 300)
			throw new Error(`${verb}: ${reply.status} ${reply.body}`);
		return reply.body.length ? reply.json : null;
	}
}

/** Makes a directory a workspace. */
export async function workspace(client, dir) {
	const reply = await client.post("api/workspaces", { path: realpathSync(dir) });
	if (reply.status !== 201)
		throw new Error(`workspace: ${reply.status} ${reply.body}`);
	return new Workspace(client, reply.json.id);
}

/** A home in which git knows who one is. */
export function gitHome() {
	const home = temporary();
	writeFileSync(`${home}/.gitconfig`, "[user]\n\tname = Ada\n\temail = ada@example.org\n");
	return home;
}
