/* What chaos prints at its end, and build/chaos/results.json. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "../lib/dispatch.mjs";
import { note } from "../lib/tap.mjs";
import { seed } from "./random.mjs";

const quantile = (list, q) => [...list].sort((a, b) => a - b)[Math.floor((list.length - 1) * q)];

const labels = {
	bytes: ["output compared", "bytes"],
	exits: ["ends as they had to be", "sessions"],
	killedShims: ["sessions that said they were lost", "sessions"],
	sent: ["inputs sent", "inputs"],
	accepted: ["inputs accepted, each applied once", "inputs"],
	unknown: ["inputs of unknown fate, applied once or not", "inputs"],
	expired: ["inputs dropped with notice", "inputs"],
	retries: ["inputs sent again", "times"],
	known: ["answered as known", "times"],
	jumps: ["snapshots in place of output", "times"],
	breaks: ["streams that broke and were resumed", "times"],
	lost: ["inputs lost", "inputs"],
	doubled: ["inputs doubled", "inputs"],
};

/** Rows of a run: each fault with its gaps, then the totals. */
export function rows({ strikes, gaps, totals }) {
	const list = [...strikes].sort().map(([name, times]) => {
		const ms = gaps.get(name) ?? [];
		return { name, unit: "times", value: times,
			...(ms.length && { median_ms: quantile(ms, 0.5), worst_ms: Math.max(...ms) }) };
	});
	for (const [name, [text, unit]] of Object.entries(labels))
		if (totals[name] !== undefined)
			list.push({ name: text, unit, value: totals[name] });
	return list;
}

const cells = ({ name, unit, value, median_ms = "", worst_ms = "" }) =>
	name.padEnd(46) + (Number.isInteger(value) ? `${value}` : value.toFixed(1)).padStart(14) +
	` ${unit}`.padEnd(10) + `${median_ms}`.padStart(8) + `${worst_ms}`.padStart(8);

/** Prints a run as comments of a test. */
export function show(run) {
	for (const row of rows(run))
		note(cells(row));
}

/** Adds up runs that were the same but for their chances. */
export function sum(runs) {
	const all = { strikes: new Map(), gaps: new Map(), totals: {} };
	for (const { strikes, gaps, totals } of runs) {
		for (const [name, n] of strikes)
			all.strikes.set(name, (all.strikes.get(name) ?? 0) + n);
		for (const [name, list] of gaps)
			all.gaps.set(name, [...(all.gaps.get(name) ?? []), ...list]);
		for (const [name, n] of Object.entries(totals))
			all.totals[name] = (all.totals[name] ?? 0) + n;
	}
	return all;
}

/** One table, and the file. `parts`: {name, rows}. */
export function finish(parts, seconds) {
	console.log(`\nchaos: seed ${seed}, ${seconds.toFixed(0)} s`);
	for (const { name, rows } of parts) {
		console.log(`\n${name.padEnd(70)}${"median".padStart(8)}${"worst".padStart(8)} ms`);
		for (const row of rows)
			console.log(`  ${cells(row)}`);
	}
	const dir = join(build, "chaos");
	mkdirSync(dir, { recursive: true });
	const list = parts.flatMap(({ name: part, rows }) => rows.map(row => ({ part, ...row })));
	writeFileSync(join(dir, "results.json"),
		`${JSON.stringify({ seed, seconds, rows: list }, null, "\t")}\n`);
}
