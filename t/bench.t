#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * The benchmark, with as little of everything as will do: that it measures what it says, not
 * how fast anything is.
 */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { build, run, source, temporary } from "./lib/dispatch.mjs";
import { done, equal, note, ok, test } from "./lib/tap.mjs";

const OURS = ["ours"], BOTH = ["ours", "limit", "ratio"];

const expected = [
	[/^echo, idle, (p50|p99|max)$/, 3, BOTH],
	[/^echo, beside a flood, (p50|p99|max)$/, 3, BOTH],
	[/^echo, during a checkpoint of \d+ MiB, (p50|p99|max)$/, 3, OURS],
	[/^\.\.\. the checkpoint took$/, 1, OURS],
	[/^\.\.\. write-ahead log before it$/, 1, OURS],
	[/^4 MB to one viewer$/, 1, BOTH],
	[/^\.\.\. limit: bare pty into SQLite$/, 1, BOTH],
	[/^\.\.\. CPU of all processes/, 1, OURS],
	[/^\.\.\. peak memory/, 3, OURS],
	[/^attach to 1 MB, jump, the first$/, 1, OURS],
	[/^attach to 1 MB, jump$/, 1, BOTH],
	[/^attach to 1 MB, all of it, the first$/, 1, OURS],
	[/^attach to 1 MB, all of it$/, 1, BOTH],
	[/^\.\.\. sent$/, 2, OURS],
	[/^echo, until the last of (1|10) viewers has it, (p50|p99)$/, 4, BOTH],
	[/^0\.5 MB to 10 viewers at once$/, 1, BOTH],
	[/^echo, 10 sessions, 2 of them print, (p50|p99|max)$/, 3, BOTH],
	[/^[05] sessions: (runner|handlers|nginx|all)$/, 8, OURS],
	[/^5 sessions: each, beyond its child$/, 1, OURS],
	[/^list of 50 sessions, 8 connections$/, 1, BOTH],
	[/^\.\.\. p99$/, 1, BOTH],
	[/^(runner|handlers), until (its|their) first answer$/, 2, BOTH],
	[/^dispatch serve, until ready(, new directory)?$/, 2, OURS],
	[/^until the next commit, /, 2, OURS],
	[/^until the viewer is live, /, 2, OURS],
	[/^\.\.\. output, all the time$/, 1, OURS],
	[/^\.\.\. lost or doubled$/, 1, OURS],
	[/^status of 1000 files$/, 1, BOTH],
	[/^folder of 2000 entries, the first 2000$/, 1, OURS],
	[/^folder of 2000 entries, all$/, 1, BOTH],
	[/^search in 8 MB$/, 1, run(["sh", "-c", "command -v rg"]).code === 0 ? BOTH : OURS],
	[/^(upload of 16 MB, to the disk|download of 16 MB)$/, 2, BOTH],
	[/^\.\.\. most memory that all of it took more$/, 1, OURS],
];

const isNumber = value => typeof value === "number" && Number.isFinite(value);

const folder = temporary(), file = join(temporary(), "results.json");
let rows = [];

await test("the benchmark measures every row, and the text arrives to the last byte", async () => {
	const { code, out, err } = run([join(build, "t/bench/bench"), "--quick", "--json", file],
		{ timeout: 240000, env: { ...process.env, DISPATCH_SOURCE: source, TMPDIR: folder } });
	equal(code, 0, `exit code; ${out}\n${err}`);
	equal(readdirSync(folder).filter(name => name.startsWith("dispatch-bench-")), [], "folders left behind");
	rows = JSON.parse(readFileSync(file, "utf8"));
	if (out.includes("not measured"))
		note(/.*not measured.*/.exec(out)[0]);
	else
		expected.push([/^Claude, /, 2, BOTH]);
	for (const [name, count, columns] of expected) {
		const found = rows.filter(row => name.test(row.name));
		equal(found.length, count, `rows of ${name}`);
		for (const row of found)
			for (const column of columns)
				ok(isNumber(row[column]), `${column} is a number`, row);
	}
	equal(rows.length, expected.reduce((sum, [, count]) => sum + count, 0), "rows");
}, 300000);

await test("a row of the results has name, unit, ours, limit, peer and ratio", () => {
	for (const row of rows) {
		equal(Object.keys(row), ["name", "unit", "ours", "limit", "peer", "ratio"]);
		for (const column of ["ours", "limit", "peer", "ratio"])
			ok(row[column] === null || isNumber(row[column]), column, row);
	}
});

await test("nothing is lost when the runner is killed", () => {
	equal(rows.find(row => row.name === "... lost or doubled")?.ours, 0, "lines");
});

await done();
