#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* dispatch doctor tells what is there, and finds what is not as it should be. */
import { chmodSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { child, dispatch, run, serve, temporary } from "./lib/dispatch.mjs";
import { possibleSettings } from "./lib/isolation.mjs";
import { kill } from "./lib/proc.mjs";
import { done, equal, match, ok, test, until } from "./lib/tap.mjs";

const d = await serve();
const client = d.client();
const doctor = (...words) => dispatch("doctor", "--dir", d.dir, ...possibleSettings(),
	...words);
const examine = () => {
	const { code, out, err } = doctor("--json");
	equal(err, "");
	return { code, ...JSON.parse(out) };
};
const { id } = await client.create([child, "counter", "200000"]);
await until("output", async () => (await client.session(id)).output > 100000);

await test("while all runs, nothing is wrong, and the sizes are told", async () => {
	for (let i = 0; i < 5; i++) {
		const { code, findings, runner_alive, largest, kinds, databases } = examine();
		equal([code, findings, runner_alive], [0, [], true]);
		equal([largest[0].id, largest[0].kind, kinds[0].live], [id, "pty", 1]);
		ok(largest[0].output > 100000, "bytes kept", largest[0].output);
		ok(databases["events.db"].bytes + databases["events.db"].wal_bytes > 100000, "bytes");
	}
	const { code, out } = doctor();
	equal(code, 0);
	match(out, /^runner +alive, generation 1$/m);
	match(out, /retention.bytes = 67108864: the last 64.0 MiB of each terminal stay/);
	match(out, /Everything is as it should be\.\n$/);
});

await test("settings are told as they are", async () => {
	match(doctor("--set", "retention.pty_days=3", "--set", "retention.bytes=0").out,
		/retention.bytes = 0: all output.*retention.pty_days = 3: .* after 3 days/s);
});

await test("a wrong option and a directory without databases are told", async () => {
	equal(doctor("--wrong").code, 2);
	const empty = dispatch("doctor", "--dir", temporary());
	equal(empty.code, 1);
	match(empty.out + empty.err, /run "dispatch migrate/);
});

await test("a root that is not there, and secrets without their key, are found", async () => {
	match(doctor("--set", "workspace.roots=/tmp:/nowhere/at/all").out,
		/^workspace\.roots names \/nowhere\/at\/all, and there is no such directory\.$/m);
	const variables = ["A", "B"].map(name => ({ name, value: "x", secret: true }));
	equal((await client.request("PUT", "api/env", { body: JSON.stringify({ variables }),
		headers: { "content-type": "application/json" } })).status, 200);
	equal(examine().findings, []);
	const path = join(d.dir, "secret.key"), key = readFileSync(path);
	for (const [spoil, expected] of [
		[() => writeFileSync(path, Buffer.alloc(32, 7)), /^2 secret variables cannot be read/],
		[() => chmodSync(path, 0o640), /secret\.key cannot be used: others may read it/],
		[() => writeFileSync(path, "x"), /secret\.key cannot be used: it does not have 32 bytes/],
		[() => unlinkSync(path), /secret\.key cannot be used: No such file/]]) {
		spoil();
		const { code, findings } = examine();
		equal([code, findings.length], [1, 1], findings);
		match(findings[0], expected);
		writeFileSync(path, key, { mode: 0o600 });
		chmodSync(path, 0o600);
	}
	equal(examine().findings, []);
});

/* The runner is stopped, so that nobody puts right what is put wrong; and between two transactions, since
 * one in the middle of which it stops would lock the log. */
const runner = await d.runner();
await until("the runner stands still, and writes nothing", () => {
	kill(runner, "SIGSTOP");
	const { code } = run(["sqlite3", join(d.dir, "events.db"), "BEGIN IMMEDIATE; ROLLBACK;"]);
	return code === 0 || (kill(runner, "SIGCONT"), false);
});
const wrong = (change, back, expected) => {
	d.sql("events", change);
	const { code, findings } = examine();
	d.sql("events", back);
	equal([code, findings.length], [1, 1], findings.join("\n"));
	match(findings[0], expected);
};

await test("a log with a hole, without its snapshot, or with wrong counts is found", async () => {
	wrong(`UPDATE session_event SET seq=-seq WHERE seq=3`,
		`UPDATE session_event SET seq=3 WHERE seq=-3`,
		/^Session \w+ should have events 1 to \d+ and has \d+ of them/);
	wrong("UPDATE run_session SET first_seq=4", "UPDATE run_session SET first_seq=1",
		/begins with event 4 and there is no snapshot before it\.$/);
	wrong(`UPDATE run_session SET first_output=output+1`,
		`UPDATE run_session SET first_output=0`, /^Session \w+ counts \d+ bytes/);
	wrong(`INSERT INTO snapshot SELECT number, last_seq+1, 0, 0, 80, 24, 1, NULL, '', ''
		FROM run_session`.replaceAll("''", "x''"), `DELETE FROM snapshot`,
		/^Session \w+ has a snapshot at \d+, behind its last event \d+\.$/);
});

await test("a session without its shim and a shim without its session are found", async () => {
	const [{ number }] = d.sql("events", "SELECT number FROM run_session");
	const other = id.replace(/./g, c => c === "a" ? "b" : "a");
	d.sql("events", `UPDATE run_session SET id='${other}' WHERE number=${number}`);
	const { code, findings } = examine();
	d.sql("events", `UPDATE run_session SET id='${id}' WHERE number=${number}`);
	equal([code, findings], [1, [`Session ${other} is running and has no shim.`,
		`The shim ${id} runs and no session knows of it.`]]);
});

await test("a full disk and another schema are found", async () => {
	renameSync(join(d.dir, "run/storage-ok"), join(d.dir, "run/storage-full"));
	equal(examine().findings, ["The disk is full: sessions wait until there is space."]);
	renameSync(join(d.dir, "run/storage-full"), join(d.dir, "run/storage-ok"));
	d.sql("events", "INSERT INTO migration SELECT '9999-later', sha256, applied_at FROM migration LIMIT 1");
	match(examine().findings[0], /made by another version of Dispatch/);
	d.sql("events", "DELETE FROM migration WHERE name='9999-later'");
	equal(examine().findings, []);
});

await test("it works when nothing runs", async () => {
	kill(runner, "SIGCONT");
	await d.stop();
	const { code, runner_alive, findings } = examine();
	equal([code, runner_alive, findings], [0, false, []]);
	match(doctor().out, /^runner +not running/m);
});
await done();
