#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* A snapshot of a terminal makes of a fresh xterm.js what the whole output would have made,
 * cell by cell, and what comes after it has the same effect. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { done, equal, note, ok, skipAll, test } from "./lib/tap.mjs";

const modules = new URL("node_modules/@xterm/headless", import.meta.url);
if (!existsSync(modules))
	await skipAll("npm did not bring xterm.js");
const { Model, RESET, difference, makeXterm, playXterm, stateOf, unsayable } =
	await import("./lib/terminal.mjs");
const { cut, random, recording } = await import("./lib/terminal-fuzz.mjs");
const { sentences } = await import("./lib/terminal-cases.mjs");

const model = new Model();
const start = snapshot => Buffer.concat([RESET, snapshot.scrollback, snapshot.screen]);

/* Cuts a recording and holds the snapshot there against xterm.js; null, or what differs. */
async function compare({ cols, rows, events }, { before, after, size }, piece) {
	const direct = playXterm(makeXterm(cols, rows), before);
	model.start(cols, rows);
	model.play(before, piece);
	const snapshot = await model.snapshot();
	const restored = playXterm(makeXterm(...size), [], start(snapshot));
	const why = unsayable(direct, after);
	const found = difference(stateOf(direct), stateOf(restored));
	model.start(...size);
	model.write(start(snapshot));
	const again = await model.snapshot();
	if (restored.answers.replace(/\x1b\[[IO]/g, ""))
		return `the snapshot asks for ${JSON.stringify(restored.answers)}`;
	if (!start(again).equals(start(snapshot)))
		return `drift:\n${JSON.stringify(start(snapshot).toString())}\n` +
			JSON.stringify(start(again).toString());
	if (why)
		return null;
	if (found)
		return `at the cut: ${found}`;
	const alone = playXterm(makeXterm(...size), [],
		Buffer.concat([RESET, snapshot.screen]));
	const lost = difference(stateOf(direct), stateOf(alone), false);
	if (lost)
		return `without the scrollback: ${lost}`;
	const all = playXterm(makeXterm(cols, rows), events);
	const rest = playXterm(makeXterm(...size), after, start(snapshot));
	const later = difference(stateOf(all), stateOf(rest));
	return later && `after the rest: ${later}`;
}

/* Cuts before event `index`, in it behind `byte` bytes when it is a write. */
function cutAt({ cols, rows, events }, index, byte) {
	const before = events.slice(0, index), after = events.slice(index);
	const event = after[0];
	if (event?.write && byte) {
		before.push({ write: event.write.subarray(0, byte) });
		after[0] = { write: event.write.subarray(byte) };
	}
	return { before, after, size: before.reduce((now, e) => e.resize ?? now, [cols, rows]) };
}

function recorded(name) {
	const events = [];
	const text = readFileSync(new URL(`recordings/${name}`, import.meta.url), "utf8");
	for (const line of text.split("\n")) {
		const [kind, ...numbers] = line.split(" ");
		if (kind === "w")
			events.push({ write: Buffer.from(JSON.parse(line.slice(2))) });
		else if (kind === "r")
			events.push({ resize: numbers.map(Number) });
	}
	return { cols: 80, rows: 24, events };
}

await test("every character takes as many columns as in xterm.js", async () => {
	const service = makeXterm(80, 24)._core.unicodeService;
	const widths = await model.widths();
	for (let c = 0; c < 0x110000; c++)
		if (widths[c] - 48 !== service.wcwidth(c))
			equal(widths[c] - 48, service.wcwidth(c), `U+${c.toString(16)}`);
});

for (const name of readdirSync(new URL("recordings", import.meta.url)))
	await test(`${name.replace(".txt", "")} goes on behind a snapshot at any place`, async () => {
		const rec = recorded(name);
		const r = random(1);
		const cuts = +process.env.SNAPSHOT_CUTS || 16;
		for (let i = 0; i < cuts; i++) {
			const index = r.below(rec.events.length);
			const byte = r.below((rec.events[index].write?.length ?? 0) + 1);
			const found = await compare(rec, cutAt(rec, index, byte), 1 + r.below(5000));
			ok(!found, `event ${index}, byte ${byte}: ${found}`);
		}
	}, 300000);

await test("what terminals are tested with goes on behind a snapshot at every byte", async () => {
	for (const [name, cols, rows, ...events] of sentences) {
		const rec = { cols, rows, events: events.map(e =>
			typeof e === "string" ? { write: Buffer.from(e) } : e) };
		for (let index = 0; index <= rec.events.length; index++) {
			const length = rec.events[index]?.write?.length ?? 1;
			for (let byte = 0; byte < length; byte += length > 40 ? 7 : 1) {
				const found = await compare(rec, cutAt(rec, index, byte), 3);
				ok(!found, `${name}, event ${index}, byte ${byte}: ${found}`);
			}
		}
	}
}, 300000);

await test("the words between two runs are those of the browser", async () => {
	const source = readFileSync(new URL("../web/src/strings.ts", import.meta.url), "utf8");
	ok(/resumed: 'resumed'/.test(source), "strings.terminal.resumed in web/src/strings.ts");
});

/* The suite plays the same cases each time; SNAPSHOT_SECONDS looks for new ones that long,
 * and SNAPSHOT_SEED plays one again. */
const CASES = 400;
const one = +process.env.SNAPSHOT_SEED || 0;
const seconds = one ? 0 : +process.env.SNAPSHOT_SECONDS || 0;

await test("random sequences go on behind a snapshot at any place", async () => {
	const first = one || (seconds ? Date.now() % 1e9 : 1);
	const end = Date.now() + seconds * 1000;
	const goesOn = count => seconds ? Date.now() < end : count < (one ? 1 : CASES);
	let count = 0;
	for (; goesOn(count); count++) {
		const r = random(first + count);
		const rec = recording(r);
		const place = cut(rec, r);
		/* Without wrapping, xterm.js itself depends on how output is cut. */
		const piece = rec.events.some(e => e.write?.includes("\x1b[?7l")) ? 1 << 20 :
			1 + r.below(200);
		let found;
		try {
			found = await compare(rec, place, piece);
		} catch (e) {
			/* ED 1 in the last cell of a buffer that never scrolled: xterm.js fails. */
			if (!/isWrapped/.test(e.message))
				throw e;
		}
		ok(!found, `SNAPSHOT_SEED=${first + count}: ${found}`);
	}
	note(`${count} cases`);
}, 3600000);

model.end();
await done();
