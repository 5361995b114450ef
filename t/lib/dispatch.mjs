/*
 * A whole Dispatch for a test: `dispatch serve` of the build tree, on a free port and in a
 * directory of its own, which goes away with the test, shells and all. Its processes are
 * found as the children of our own, never by name alone.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Client, newId } from "./client.mjs";
import { possibleSettings } from "./isolation.mjs";
import * as proc from "./proc.mjs";
import { cleanup, note, until, within } from "./tap.mjs";

export const source = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

/* Where the programs are: $DISPATCH_BUILD, here (under make check), or build/. */
export const build = [process.env.DISPATCH_BUILD, ".", join(source, "build")]
	.filter(Boolean).map(dir => resolve(dir)).find(dir => existsSync(join(dir, "dispatch")));
if (!build)
	throw new Error("no built dispatch: set DISPATCH_BUILD to the build tree");

export const program = name => join(build, name);

/** The program of t/lib/child.c. */
export const child = join(build, "t/lib/child");

/** True when the programs were built with sanitizers, and so take their time. */
export const sanitized = /^SAN_CFLAGS = \S/m.test(readFileSync(join(build, "Makefile"), "utf8"));

/** A directory with a short path, because socket paths are short; gone at the end. */
export function temporary() {
	const dir = mkdtempSync("/tmp/d");
	cleanup(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
	return dir;
}

/** Runs a program to its end: {code, out, err}. */
export function run(argv, options = {}) {
	const { status, signal, stdout, stderr, error } = spawnSync(argv[0], argv.slice(1),
		{ encoding: "utf8", timeout: 30000, ...options });
	if (error) {
		error.message += `\n${stdout?.slice(-2000)}\n${stderr?.slice(-2000)}`;
		throw error;
	}
	return { code: status ?? signal, out: stdout, err: stderr };
}

export const dispatch = (...words) => run([program("dispatch"), ...words]);

export class Dispatch {
	constructor(options) {
		Object.assign(this, { web: "nginx", args: [], env: {}, port: 0, prefix: "/",
			wrap: [] },
			options);
		this.dir ??= temporary();
		this.out = this.err = "";
	}

	/** Starts it and waits until it is ready. */
	async start(extra = []) {
		const args = ["serve", "--dir", this.dir, "--web", this.web,
			"--listen", `127.0.0.1:${this.port}`, "--prefix", this.prefix,
			...possibleSettings(), ...this.args, ...extra];
		this.out = this.err = "";
		const [file, ...words] = [...this.wrap, program("dispatch"), ...args];
		this.process = spawn(file, words, {
			stdio: ["ignore", "pipe", "pipe"],
			cwd: "/",
			env: { ...process.env, ...this.env },
		});
		this.process.stdout.setEncoding("utf8").on("data", text => { this.out += text; });
		this.process.stderr.setEncoding("utf8").on("data", text => { this.err += text; });
		this.ended = new Promise(done => this.process.on("close", (code, signal) => {
			this.process = null;
			done(code ?? signal);
		}));
		const ready = await until("serve is ready", () =>
			/^ready (\S+)\n/m.exec(this.out) || !this.process, 30000);
		if (ready === true)
			throw new Error(`serve ended: ${this.err}`);
		this.url = ready[1];
		this.port = +new URL(this.url).port;
		return this;
	}

	/** The setup code of the printed link. */
	setupCode() {
		return until("a setup link", () => /#setup=(\S+)\n/.exec(this.out)?.[1]);
	}

	/** Stops it as Ctrl-C does; resolves to its exit code. */
	stop(signal = "SIGINT") {
		this.process?.kill(signal);
		return within(30000, "serve ends", this.ended);
	}

	/** Stops it and ends whatever shims and programs are left of it. */
	async clean() {
		if (this.process)
			await this.stop().catch(() => this.process.kill("SIGKILL"));
		for (const shim of proc.shims(this.dir))
			for (const pid of [shim, ...proc.descendants(shim)])
				proc.kill(pid);
		if (process.env.TAP_LOGS)
			this.notes();
	}

	/** Prints the logs, to explain a failure. */
	notes() {
		note(`serve: ${this.err}`);
		const dir = join(this.dir, "log");
		for (const file of existsSync(dir) ? readdirSync(dir) : [])
			note(`${file}: ${readFileSync(join(dir, file), "utf8").slice(-4000)}`);
	}

	/** Pid of "dispatch-runner", "dispatch-fcgi" or the web server; 0 while there is none. */
	pid(name) {
		if (!this.process)
			return 0;
		return proc.children(this.process.pid).find(pid => proc.alive(pid) &&
			proc.words(pid)[0]?.split(/[\s/]/).some(word => word.replace(":", "") === name))
			?? 0;
	}

	runner() {
		return until("a runner", () => this.pid("dispatch-runner"));
	}

	/** Its pid, as soon as it has run for so long that serve starts the next one at once. */
	settled(name) {
		const SETTLED_MS = 1000 + 50;
		return until(`${name} has run for a while`, () => {
			const pid = this.pid(name);
			return pid && proc.age(pid) >= SETTLED_MS && pid;
		});
	}

	/** Pids of the processes that answer requests. */
	async workers() {
		const parent = await until("the handlers", () => this.pid("dispatch-fcgi"));
		return proc.descendants(parent);
	}

	webServer() {
		return until("a web server", () => this.pid(this.web));
	}

	shims() {
		return proc.shims(this.dir);
	}

	/** Pids of the processes that have a database open: SQLite holds byte 128 of its -shm for as long. Who closed
	 * any other descriptor of that file would have let go of it. */
	holders(database) {
		const { ino } = statSync(join(this.dir, `${database}.db-shm`));
		const held = new RegExp(`^\\d+: POSIX +ADVISORY +READ +(\\d+) [^ ]+:${ino} 128 128$`, "gm");
		return [...readFileSync("/proc/locks", "utf8").matchAll(held)].map(found => Number(found[1]));
	}

	/** A new API key. */
	key(label = "test") {
		const { code, out, err } = dispatch("key", "new", "--label", label, "--dir", this.dir);
		if (code !== 0)
			throw new Error(err);
		return out.trim();
	}

	/** A client with an API key, or without any (null). */
	client(key = this.apiKey ??= this.key()) {
		return new Client(this.url, key ? { authorization: `Bearer ${key}` } : {});
	}

	/** The API key of another user, who is made. */
	otherKey(name = "Other", role = "member") {
		const user = newId(), id = newId(), secret = newId() + newId();
		const hash = createHash("sha256").update(secret).digest("hex");
		const now = Date.now();
		this.sql("state", `INSERT INTO user (id, name, role, created_at) VALUES ('${user}', '${name}', '${role}', ${now});
			INSERT INTO credential (id, user, kind, label, hash, created_at)
			VALUES ('${id}', '${user}', 'api', 'test', x'${hash}', ${now});`);
		return `dk_${id}_${secret}`;
	}

	/** Rows of one of the databases. */
	sql(database, statement) {
		const { code, out, err } = run(["sqlite3", "-cmd", ".timeout 5000", "-json",
			join(this.dir, `${database}.db`), statement]);
		if (code !== 0)
			throw new Error(err);
		return out ? JSON.parse(out) : [];
	}
}

/** A running Dispatch; {web, dir, args, env, prefix, wrap}; wrap: words before its own. */
export async function serve(options = {}) {
	const d = new Dispatch(options);
	cleanup(() => d.clean());
	return await d.start();
}

/** The web servers to test with; WEB=nginx chooses one. */
export const webServers = process.env.WEB ? [process.env.WEB] : ["nginx", "lighttpd"];
