#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* The log of a session whose runner is slow to hear of it. */
import { loneRunner } from "./lib/lone-runner.mjs";
import { done, equal, test, until } from "./lib/tap.mjs";

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

await done();
