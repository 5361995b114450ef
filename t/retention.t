#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * What is kept of the log: terminals by bytes, by their sum and by age, always from a snapshot
 * on and never with a hole; what is removed gives its space back, and viewers are told. Most of
 * the snapshots that this is about are made here, often, and say nothing.
 */
import { statSync } from "node:fs";
import { join } from "node:path";
import { child, dispatch, serve } from "./lib/dispatch.mjs";
import { possibleSettings } from "./lib/isolation.mjs";
import { kill } from "./lib/proc.mjs";
import { cleanup, done, equal, match, note, ok, sleep, test, until } from "./lib/tap.mjs";

const MIB = 1 << 20, DAY = 86400000;
const d = await serve({ args: ["--set", "retention.bytes=1048576",
	"--set", "retention.total=6291456", "--set", "retention.pty_days=2"] });
const client = d.client();

/* PRAGMA: checkpoints are the runner's alone. */
const sql = text => d.sql("events", `PRAGMA wal_autocheckpoint=0; ${text}`).slice(1);
const row = id => d.sql("events", `SELECT number, first_seq, last_seq, first_output, output,
	(SELECT min(seq) FROM session_event WHERE session=number) AS oldest,
	(SELECT count(*) FROM session_event WHERE session=number) AS events,
	(SELECT count(*) FROM snapshot WHERE session=number) AS snapshots,
	(SELECT count(*) FROM snapshot WHERE session=number AND seq<first_seq-1) AS old_snapshots
	FROM run_session WHERE id='${id}'`)[0];
const snapshot = (id, seq = "last_seq") => sql(`INSERT OR IGNORE INTO snapshot
	(session, seq, ts, output, cols, rows, run, owner, scrollback, screen)
	SELECT session, seq, ts, session_event.output, 80, 24, 1, NULL, x'20', zeroblob(2000)
	FROM run_session JOIN session_event ON session=number AND seq=${seq}
	WHERE run_session.id='${id}'`);
const forget = id => sql(`DELETE FROM snapshot
	WHERE session=(SELECT number FROM run_session WHERE id='${id}')`);
/* The runner's own last one has been made. */
const rested = id => until("the last snapshot", () => d.sql("events", `SELECT 1 FROM snapshot
	JOIN run_session ON number=session
	WHERE id='${id}' AND run_session.output-snapshot.output<32768`).length, 20000);
const findings = () =>
	JSON.parse(dispatch("doctor", "--dir", d.dir, ...possibleSettings(), "--json").out).findings;
const kept = r => r.output - r.first_output;
const start = async (rate, lines) =>
	(await client.create([child, "counter", `${rate}`, ...lines ? [`${lines}`] : []])).id;
const quit = async id => {
	await client.writer(id).write("quit....");
	await until("the end", async () => (await client.session(id)).status === "exited");
};
const cleaned = id => until("the leftovers are gone", () => {
	const r = row(id);
	return r.events === r.last_seq - r.first_seq + 1 && !r.old_snapshots && r;
}, 20000);
const gone = id => until("the session's rows are gone", () => !row(id));
const remove = async id => {
	equal((await client.delete(`api/sessions/${id}`)).status, 204);
	await gone(id);
};

await test("a terminal keeps its last bytes and not much more, and output goes on", async () => {
	const id = await start(4e6);
	let largest = 0;
	for (let i = 0; i < 30; i++) {
		snapshot(id);
		await sleep(100);
		const r = row(id);
		if (r.first_seq > 1)
			ok(kept(r) >= MIB, "bytes kept", kept(r));
		largest = Math.max(largest, kept(r));
	}
	const r = row(id);
	ok(r.output > 5 * MIB && r.first_output > 0, "bytes said", r);
	ok(largest < 8 * MIB, "most that was kept", largest);
	await quit(id);
	await sleep(1000); /* nothing moves any more */
	const { first_seq: first, first_output: before } = await cleaned(id);
	equal(findings(), []);
	const [base] = d.sql("events", `SELECT seq, snapshot.output FROM snapshot JOIN run_session
		ON number=session WHERE id='${id}' ORDER BY seq LIMIT 1`);
	equal([base.seq, base.output], [first - 1, before], "the base");
	const { items } = (await client.get(`api/sessions/${id}/events?after=${first - 1}`)).json;
	equal(items[0].seq, first, "the log begins there");
	await remove(id);
}, 60000);

await test("without a snapshot nothing is removed", async () => {
	const id = await start(8e6, 50000); /* 3.2 MB */
	await until("the end", async () => (await client.session(id)).status === "exited", 20000);
	await rested(id);
	forget(id);
	const { first_seq: first, output } = row(id);
	await sleep(1000);
	equal([row(id).first_seq, output >= 3.2e6], [first, true]);
	await remove(id);
});

await test("all together keep no more than they may: the largest is shortened", async () => {
	const ids = [];
	for (let i = 0; i < 8; i++) {
		const id = await start(4e6, 15000); /* 0.96 MB */
		await until("the end", async () => (await client.session(id)).status === "exited",
			20000);
		snapshot(id, "last_seq/2"), snapshot(id);
		ids.push(id);
	}
	const sum = () => ids.reduce((sum, id) => sum + kept(row(id)), 0);
	await until("less than the total", () => sum() <= 6 * MIB, 20000);
	note(`${(sum() / MIB).toFixed(1)} MiB kept`);
	ok(sum() > 4.5 * MIB, "not much less", sum());
	for (const id of ids)
		await cleaned(id);
	equal(findings(), []);
	for (const id of ids)
		await remove(id);
}, 60000);

await test("an old session that has ended keeps its last screen, and what made a short one",
	async () => {
	const [old, young, bare, tiny] = [await start(1e6, 1000), await start(1e6, 1000),
		await start(1e6, 2000), await start(1e6, 100)];
	for (const id of [old, young, bare, tiny])
		await until("the end", async () => (await client.session(id)).status === "exited");
	await rested(bare);
	forget(bare);
	kill(await d.runner()); /* the next one does not know that there were any */
	await until("another runner", () => d.runner());
	snapshot(old, 3), snapshot(old), snapshot(young);
	for (const id of [old, bare, tiny])
		sql(`UPDATE run_session SET ended_at=ended_at-${3 * DAY} WHERE id='${id}'`);
	const r = await until("events are gone", () => row(old).events === 0 && row(old));
	equal([r.first_seq, r.first_output], [r.last_seq + 1, r.output]);
	equal((await until("older snapshots too", () => row(old).snapshots === 1 && row(old)))
		.snapshots, 1);
	await until("without a snapshot too, when one was made", () => row(bare).events === 0);
	const screen = (await client.get(`api/sessions/${bare}/snapshot`)).json;
	equal(screen.seq, row(bare).last_seq, "its place");
	match(Buffer.from(screen.bytes, "base64").toString(), /0000001999o/, "its last line");
	await sleep(500);
	equal([row(tiny).first_seq, row(tiny).events], [1, row(tiny).last_seq], "the short one");
	equal(row(young).first_seq, 1, "the young one");
	equal(findings(), []);
	for (const id of [old, young, bare, tiny])
		await remove(id);
}, 60000);

await test("a terminal that runs loses what is too old, up to a snapshot", async () => {
	const id = await start(2e5);
	await until("events", () => row(id).last_seq > 40);
	snapshot(id, 20);
	sql(`UPDATE session_event SET ts=ts-${3 * DAY} WHERE seq<=25`);
	sql(`UPDATE snapshot SET ts=ts-${3 * DAY}`);
	await until("the beginning has moved", () => row(id).first_seq === 21);
	await cleaned(id);
	equal(findings(), []);
	await quit(id);
	await remove(id);
});

/* ---- viewers ---- */

const numbers = (from, to) =>
	Array.from({ length: to - from + 1 }, (_, i) => `${from + i}\r\n`).join("");

/** What a viewer gets, in order: gaps, snapshots, and the output between them as one. */
function watch(id, options = {}) {
	const seen = [];
	const viewer = client.viewer([id], { ...options, on: {
		gap: ({ from, to, reason }) => seen.push({ gap: [from, to, reason] }),
		snapshot: ({ seq, output }, bytes) =>
			seen.push({ snapshot: seq, output, text: bytes.toString("latin1") }),
		output: bytes => {
			const last = seen.at(-1);
			if (last?.said !== undefined)
				last.said += bytes.toString("latin1");
			else
				seen.push({ said: bytes.toString("latin1") });
		},
	} });
	cleanup(() => viewer.close());
	return { viewer, seen };
}

await test("viewers of a log without its beginning get a gap, a snapshot, and all the rest",
	async () => {
	const { id } = await client.create(["sh", "-c",
		"seq 500000; sleep 1.5; seq 500001 1000000"]);
	await until("the end", async () => (await client.session(id)).status === "exited", 20000);
	await rested(id);
	await until("the beginning has moved", () => row(id).first_seq > 1);
	const { first_seq: first, last_seq: last, first_output: before } = row(id);
	const level = async ({ viewer, seen }) => {
		await viewer.until("level", () => viewer.seq.get(id) >= last);
		viewer.close();
		return seen;
	};
	const all = numbers(1, 1000000);

	const [gap, base, rest, ...more] = await level(watch(id));
	equal(gap.gap, [1, first - 1, "retention"], "the gap");
	equal([base.snapshot, base.output], [first - 1, before], "the base");
	ok(rest.said === all.slice(before), "the output behind it", rest.said.length);
	equal(more, [], "nothing else");
	const lines = all.slice(0, before).split("\r\n").slice(-10, -1);
	ok(lines.length === 9 && lines.every(line => base.text.includes(line)),
		"the last lines of the base", lines, base.text.slice(-400));

	const [snapshot, ...live] = await level(watch(id, { jump: true }));
	ok(snapshot.snapshot >= first - 1, "its place", snapshot);
	equal(live.filter(part => part.said === undefined), [], "neither gap nor snapshot");
	match(snapshot.text + (live[0]?.said ?? ""), /999999\r\n1000000/, "the last lines");

	const { gap: told, items } = (await client.get(`api/sessions/${id}/events?after=0`)).json;
	equal([told, items[0].seq], [{ from: 1, to: first - 1 }, first], "GET events");
	const behind = (await client.get(`api/sessions/${id}/events?after=${first - 1}`)).json;
	equal(behind.gap, undefined, "behind the gap");
	await remove(id);
}, 60000);

await test("a slow viewer is told what was removed before it came to it", async () => {
	const id = await start(4e6);
	const { viewer, seen } = watch(id);
	viewer.sendAck = () => {};
	await until("it is overtaken", () => row(id).first_seq > viewer.seq.get(id) + 1, 20000);
	await sleep(200); /* what was on the way has come */
	const stopped = viewer.seq.get(id);
	equal(seen.length, 1, "only output until then");
	delete viewer.sendAck;
	viewer.sendAck();
	await viewer.until("the gap", () => seen.some(part => part.gap));
	await quit(id);
	const { last_seq: last, output } = row(id);
	await viewer.until("level", () => viewer.seq.get(id) >= last);
	viewer.close();
	ok(seen[1].gap[0] >= stopped + 1, "where it begins", seen[1].gap, stopped);
	let at = 0;
	for (const [i, part] of seen.entries()) {
		if (part.gap)
			equal(seen[i + 1].snapshot, part.gap[1], "a snapshot is behind a gap");
		if (part.snapshot)
			at = part.output;
		if (part.said) {
			equal(part.said.slice(64 - at % 64).slice(0, 10),
				`${Math.ceil((at + 1) / 64)}`.padStart(10, "0"), "the next line");
			at += part.said.length;
		}
	}
	equal(at, output, "all bytes together");
	await remove(id);
}, 60000);

await test("what is removed gives its space back", async () => {
	const size = () => statSync(join(d.dir, "events.db")).size;
	const id = await start(2e7, 20000);
	await until("the end", async () => (await client.session(id)).status === "exited", 60000);
	await rested(id);
	sql(`UPDATE snapshot SET screen=zeroblob(${30 * MIB})
		WHERE session=(SELECT number FROM run_session WHERE id='${id}')`);
	await until("it is in the database", () => size() > 30 * MIB, 20000);
	const before = size();
	await remove(id);
	await until("the file shrinks", () => size() < 16 * MIB, 40000);
	note(`from ${(before / MIB).toFixed(1)} to ${(size() / MIB).toFixed(1)} MiB`);
	equal(findings(), []);
}, 120000);

await test("kill -9 while much is removed leaves no hole, and it goes on", async () => {
	const ids = [await start(1e7), await start(1e7), await start(1e7)];
	for (let i = 0; i < 8; i++) {
		for (let k = 0; k < 4; k++) {
			ids.forEach(id => snapshot(id));
			await sleep(150);
		}
		kill(await d.runner());
		/* Who is killed twice a second does not get to copy the write-ahead log. */
		equal(findings().filter(text => !/shim|write-ahead log/.test(text)), []);
		await until("another runner", () => d.runner());
	}
	for (const id of ids) {
		await quit(id);
		snapshot(id);
		const r = await cleaned(id);
		ok(r.first_seq > 1, "the first event", r);
		await remove(id);
	}
	equal(d.sql("events", "SELECT count(*) AS n FROM session_event")[0].n, 0, "events");
	equal(d.sql("events", "SELECT count(*) AS n FROM snapshot")[0].n, 0, "snapshots");
}, 120000);
await done();
