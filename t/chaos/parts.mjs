/*
 * The special cases of chaos, each a run of its own: a runner that stands still, a web server
 * that is reloaded again and again, thousands of sessions, a disk that is full.
 */
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { counter } from "../lib/counter.mjs";
import { sanitized, serve } from "../lib/dispatch.mjs";
import * as proc from "../lib/proc.mjs";
import { equal, ok, sleep, until } from "../lib/tap.mjs";
import { empty, fill } from "../lib/small-disk.mjs";
import { faults, reload } from "./faults.mjs";
import { Kills, settings } from "./kills.mjs";

/* ---- a runner that stands still ------------------------------------------------ */

/**
 * The runner is stopped for `ms` while people type and programs print. What waited for more
 * than its time is dropped, and the log says so.
 */
export async function standstill(web, ms) {
	return new Kills(web, "standstill").whole(async run => {
		const runner = await run.d.runner();
		await sleep(500);
		proc.kill(runner, "SIGSTOP");
		try {
			await sleep(ms);
		} finally {
			proc.kill(runner, "SIGCONT");
		}
		run.note("stop runner", Date.now());
		await sleep(500);
		equal(await run.d.runner(), runner, "the same runner");
	});
}

/* ---- reloads ------------------------------------------------------------------- */

/** The web server is reloaded `times` times under `streams` streams and typing. */
export async function reloads(web, times, streams, every) {
	return new Kills(web, "reloads").whole(async run => {
		const near = run.sessions[1];
		for (let i = run.watchers.length; i < streams; i++)
			run.watch(run.direct, [near]);
		const workers = () => proc.descendants(run.d.pid(web)).length;
		await until("all are watching", () => run.watchers.every(watcher => watcher.live));
		const before = workers();
		for (let i = 0; i < times; i++) {
			const at = Date.now();
			ok(await reload(run.d), "there is a web server");
			run.note("reload web server", at);
			await sleep(every);
		}
		run.complain();
		/* Old ones drain for ten seconds at most. */
		await until("workers of former configurations leave", () => workers() <= before, 20000);
	});
}

/* ---- thousands of sessions ----------------------------------------------------- */

const kilobytes = (pid, name) =>
	+new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1];

/* Handlers are not dumpable, so only root may look at what they have open. */
function descriptors(pid) {
	try {
		return readdirSync(`/proc/${pid}/fd`).length;
	} catch (e) {
		if (e.code !== "EACCES")
			throw e;
		return null;
	}
}

/* What a Dispatch holds: open files, memory, rows of each table, files and their bytes. */
async function holdings(d) {
	const pid = await d.runner();
	const rows = {};
	for (const database of ["events", "state"])
		for (const { name } of d.sql(database, "SELECT name FROM sqlite_schema WHERE " +
			"type = 'table' AND name NOT LIKE 'sqlite%'"))
			[{ n: rows[name] }] = d.sql(database, `SELECT count(*) AS n FROM "${name}"`);
	const files = readdirSync(d.dir, { recursive: true, withFileTypes: true })
		.filter(entry => entry.isFile()).map(entry => join(entry.parentPath ?? entry.path,
			entry.name));
	return {
		fds: readdirSync(`/proc/${pid}/fd`).length,
		/* Of files, rings among them: what has no name is the heap's. */
		maps: readFileSync(`/proc/${pid}/maps`, "latin1").split("\n").filter(line => line.includes("/")).length,
		threads: kilobytes(pid, "Threads"),
		rss: kilobytes(pid, "VmRSS"),
		handlers: (await d.workers()).map(descriptors),
		files: files.filter(name => !/storage-|-wal$|-shm$/.test(name)).length,
		bytes: files.reduce((sum, name) => sum + statSync(name).size, 0),
		shims: d.shims().length,
		rows,
	};
}

/* Makes a session, sees it end as it must, and deletes it. */
async function live(client, i) {
	const { id } = await client.create(["sh", "-c", `echo ${i}; exit ${i % 100}`]);
	const session = await until(`${id} ends`, async () => {
		const now = await client.session(id);
		return now.status !== "running" && now.status !== "stopping" && now;
	}, 30000);
	equal([session.status, session.exit_code], ["exited", i % 100], `session ${i}`);
	if (i % 10 === 0)
		equal((await client.output(id)).toString(), `${i}\r\n`, `output of ${i}`);
	equal((await client.delete(`api/sessions/${id}`)).status, 204, "deleted");
}

async function many(client, from, to) {
	let next = from;
	await Promise.all(Array.from({ length: 8 }, async () => {
		while (next < to)
			await live(client, next++);
	}));
}

/* Rows go in small steps after their session. */
const pruned = (d, before) => until("the rows are pruned", async () => {
	const { rows } = await holdings(d);
	return rows.session_event <= before.rows.session_event &&
		rows.run_session <= before.rows.run_session;
}, 120000).catch(e => { e.message += JSON.stringify(d.sql("events",
	"SELECT status, count(*) FROM run_session GROUP BY status")); throw e; });

/** `count` sessions are made, end and are deleted: nothing of them is left. */
export async function churn(count) {
	const d = await serve({ args: settings });
	const client = d.client();
	const typed = await client.create(counter(1000));
	await client.writer(typed.id).write("quit....");
	await client.delete(`api/sessions/${typed.id}?force=1`);
	const warm = Math.ceil(count / 4);
	await many(client, 0, warm);
	await pruned(d, { rows: { session_event: 0, run_session: 0 } });
	const before = await holdings(d), began = Date.now();
	await many(client, warm, count + warm);
	await pruned(d, before);
	const seconds = (Date.now() - began) / 1000;
	await until("all shims left", () => d.shims().length === 0);
	/* Checkpoints keep connections of their own from the first one on. */
	let after;
	const more = () => ["fds", "maps", "threads"].filter(name => after[name] > before[name] + 12);
	await until("the runner closes what it opened", async () => {
		after = await holdings(d);
		return more().length === 0;
	}, 20000).catch(e => { e.message += `: ${more()}`; throw e; });
	equal(after.handlers.length, before.handlers.length, "handlers");
	after.handlers.forEach((n, i) =>
		ok(n <= before.handlers[i] + 34, "files of a handler", before.handlers, after.handlers));
	equal([after.shims, after.files], [0, before.files], "shims, files");
	equal(after.rows, { ...before.rows, audit: after.rows.audit }, "rows");
	/* The heap has its ups and downs; a leak of a kilobyte per session shows. */
	const growth = (after.rss - before.rss) * 1024;
	ok(growth < (4 << 20) + count * 200 || sanitized, "bytes by which the runner grew", growth);
	await d.clean();
	return { sessions: count, "sessions/s": count / seconds, "runner grew by KiB":
		growth / 1024, "bytes per session": growth / count };
}

/* ---- a full disk --------------------------------------------------------------- */

/** The disk fills and empties while things are struck; on a small disk. */
export async function fullDisk(web, dir, cycles) {
	const names = ["kill runner", "kill web server", "kill worker", "kill handlers",
		"stop runner", "reset network"];
	const usable = faults.filter(({ name }) => names.includes(name));
	const run = new Kills(web, "full disk");
	Object.assign(run, { loud: 1e6, dir });
	return run.whole(async () => {
		for (let i = 0; i < cycles; i++) {
			fill();
			run.count("fill disk");
			await sleep(run.random.between(300, 900));
			await run.strike(run.random.pick(usable));
			await sleep(run.random.between(300, 900));
			empty();
			const seen = run.near.bytes;
			await run.near.until("output goes on", () => run.near.bytes > seen, 60000);
			await sleep(500);
			run.complain();
		}
		await Promise.all(run.net.pending);
	});
}
