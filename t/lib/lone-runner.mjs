/*
 * A dispatch-runner alone, without web server and handlers: it finds its commands as handlers
 * leave them, and strace may kill it at the N-th call of a kind. Skips the file where strace
 * cannot do that.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { newId } from "./client.mjs";
import { dispatch, program, run, temporary } from "./dispatch.mjs";
import { possibleSettings } from "./isolation.mjs";
import * as proc from "./proc.mjs";
import { cleanup, equal, ok, skipAll } from "./tap.mjs";

export async function loneRunner() {
	if (run(["strace", "-V"]).code !== 0)
		await skipAll("strace is not here");
	const traced = run(["strace", "-qq", "-e", "inject=getpid:signal=KILL", "true"]);
	if (/PTRACE|not permitted/i.test(traced.err))
		await skipAll("strace may not trace here");
	return new LoneRunner();
}

class LoneRunner {
	constructor() {
		this.dir = temporary();
		/** In the environment of everything that runs in its sessions. */
		this.mark = `DISPATCH_TEST=${newId()}`;
		equal(dispatch("migrate", "--dir", this.dir).code, 0, "migrate");
		cleanup(() => {
			for (const pid of [...proc.shims(this.dir), ...proc.marked(this.mark)])
				proc.kill(pid);
		});
	}

	/** The rows of a statement. */
	sql(database, text) {
		const { code, out, err } = run(["sqlite3", "-cmd", ".timeout 5000", "-json",
			join(this.dir, `${database}.db`), text]);
		ok(code === 0, err);
		return out ? JSON.parse(out) : [];
	}

	/** Starts it; `ended` of the process resolves when it does. */
	start(trace = []) {
		const words = [...trace, program("dispatch-runner"), "--dir", this.dir,
			...possibleSettings()];
		const child = spawn(words[0], words.slice(1), { stdio: ["ignore", "ignore", "pipe"] });
		child.said = "";
		child.dead = false;
		child.stderr.on("data", text => { child.said += text; });
		child.ended = new Promise(resolve => child.on("exit", resolve));
		child.ended.then(() => { child.dead = true; });
		/* What strace runs would live on without it. */
		cleanup(() => {
			for (const pid of child.dead ? [] : proc.children(child.pid))
				proc.kill(pid);
			child.kill("SIGKILL");
		});
		return child;
	}

	/** Starts it to be killed just before its n-th system call of that kind. */
	startToDie(call, n) {
		return this.start(["strace", "-qq", "-o", "/dev/null", "-e", `trace=${call}`,
			"-e", `inject=${call}:signal=KILL:when=${n}`]);
	}

	/** Starts it to be late with each system call of that kind. */
	startLate(call, ms) {
		return this.start(["strace", "-qq", "-o", "/dev/null", "-e", `trace=${call}`,
			"-e", `inject=${call}:delay_enter=${ms * 1000}`]);
	}

	/** Starts it so that its n-th system call of that kind on a file of its directory fails. */
	startToFail(call, n, file) {
		return this.start(["strace", "-qq", "-o", "/dev/null", "-P", join(this.dir, file),
			"-e", `trace=${call}`, "-e", `inject=${call}:error=EIO:when=${n}`]);
	}

	/** Kills one that was started with strace and lived. */
	async kill(traced) {
		for (const pid of proc.children(traced.pid))
			proc.kill(pid);
		await traced.ended;
	}

	/** Leaves a create command, as a handler does. Returns the id of the session. */
	ask(command) {
		const id = newId();
		const body = JSON.stringify({ kind: "pty", cwd: "/", title: "t",
			env: Object.fromEntries([this.mark.split("=")]), command: command(id) });
		this.sql("state", `INSERT INTO command (session, user, kind, body)
			VALUES ('${id}', 'somebody', 'create', CAST('${body.replaceAll("'", "''")}' AS BLOB))`);
		return id;
	}

	row(id) {
		return this.sql("events", `SELECT status, error_code, output FROM run_session
			WHERE id = '${id}'`)[0];
	}
}
