#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* A session whose runner is slow to hear of it, or fails to read what it is asked for. */
import { loneRunner } from "./lib/lone-runner.mjs";
import { done, equal, ok, test, until } from "./lib/tap.mjs";

const lone = await loneRunner();

await test("a program is said to run before what it prints, however late that is heard", async () => {
	const late = lone.startLate("recvmsg", 300);
	const id = lone.ask(() => ["sh", "-c", "echo first; exec sleep 600"]);
	await until("its output is in the log", () => lone.row(id)?.output > 0, 15000);
	const events = lone.sql("events", `SELECT channel FROM session_event WHERE session =
		(SELECT number FROM run_session WHERE id = '${id}') ORDER BY seq`);
	equal(events.map(({ channel }) => channel), ["pty:resize", "session:status", "pty:output"]);
	await lone.kill(late);
});

await test("a command that could not be read is read again", async () => {
	let failures = 0;
	for (let n = 12; n <= 24; n++) { /* the databases are opened with about 14 */
		const id = lone.ask(() => ["sh", "-c", "exec sleep 600"]);
		const failing = lone.startToFail("pread64", n, "state.db");
		await until("it is heard, or the runner did not start",
			() => failing.dead || ["running", "failed"].includes(lone.row(id)?.status), 15000);
		failures += /cannot read commands/.test(failing.said);
		if (failing.dead) {
			const next = lone.start();
			await until("it runs", () => lone.row(id)?.status === "running", 15000);
			next.kill("SIGKILL");
			await next.ended;
		} else {
			await lone.kill(failing);
		}
	}
	ok(failures > 0, "a command was not read at first", failures);
}, 120000);

await done();
