#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* `dispatch backup`: a copy, made while everything runs, that is a state directory itself. */
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Screen } from "./lib/client.mjs";
import { Count, counter } from "./lib/counter.mjs";
import { dispatch, serve, temporary } from "./lib/dispatch.mjs";
import { done, equal, match, ok, test, until } from "./lib/tap.mjs";

const home = temporary();
const d = await serve();
const client = d.client();
const backUp = (to, ...more) => dispatch("backup", to, "--dir", d.dir, ...more);
const mode = path => (statSync(path).mode & 0o777).toString(8);

/* Follows the numbered lines of a session, none of which may be missing. */
function follow(by, id) {
	const count = new Count();
	const viewer = by.viewer([id], { on: { output: bytes => count.take(bytes) } });
	return { count, viewer, beyond: line => viewer.until(`line ${line}`, () => count.line > line) };
}

await test("a backup under load is whole, private, and starts as a Dispatch of its own", async () => {
	const { id } = await client.create(counter(2_000_000));
	const typed = await client.create(["cat"]);
	const screen = new Screen(client, typed.id);
	await screen.type("before\n");
	await screen.see("before\r\nbefore");
	const live = follow(client, id);
	await live.beyond(20_000);
	const least = live.count.line;
	const to = join(home, "copy");
	const { code, out, err } = backUp(to);
	equal([code, out, err], [0, "", ""]);
	const most = live.count.line;
	await live.beyond(most + 1000);
	equal(readdirSync(to).filter(name => !/-(wal|shm)$/.test(name)).sort(), ["events.db", "state.db"]);
	equal(["", "state.db", "events.db"].map(name => mode(join(to, name))), ["700", "600", "600"]);
	await live.viewer.close();
	await client.delete(`api/sessions/${id}?force=1`);

	const copy = await serve({ dir: to });
	const there = copy.client(d.apiKey);
	await until("a program that is not there is lost", async () => (await there.session(id)).status === "lost");
	const again = follow(there, id);
	await again.beyond(least - 1);
	const shown = new Screen(there, typed.id);
	await shown.see("before\r\nbefore");
	const fresh = new Screen(there, (await there.create(["cat"])).id);
	await fresh.type("after\n");
	await fresh.see("after\r\nafter");
	equal(dispatch("doctor", "--dir", to).code, 0, "doctor");
	await copy.stop();
});

await test("put in place while the programs live on, it goes on with them, and tells what it does not know", async () => {
	const { id } = await client.create(counter(500_000));
	const live = follow(client, id);
	await live.beyond(1000);
	const to = join(home, "back");
	equal(backUp(to).code, 0);
	const writer = client.writer(id);
	for (const word of ["one.....", "two.....", "three..."])
		await writer.write(Buffer.from(word));
	await live.viewer.until("what was typed", () => live.count.words.length === 3);
	await live.beyond(live.count.line + 5000);
	await live.viewer.close();
	await d.stop();
	for (const name of ["state.db", "events.db"]) {
		for (const suffix of ["", "-wal", "-shm"])
			rmSync(join(d.dir, name + suffix), { force: true });
		renameSync(join(to, name), join(d.dir, name));
	}
	await d.start();
	const after = d.client();
	const count = new Count();
	let have = 0, missing = 0;
	const viewer = after.viewer([id], { on: {
		output: bytes => { have += bytes.length; count.take(bytes); },
		event: ({ type, data }) => {
			if (type !== "output-missing")
				return;
			missing = data.bytes;
			count.skipTo(have + missing);
		},
	} });
	await viewer.until("what it prints now", () => missing && count.line * 64 > have + missing - 64);
	ok(missing > 100_000, "bytes that are missing", missing);
	await after.writer(id).write(Buffer.from("four...."));
	await viewer.until("what is typed now", () => count.words.at(-1) === "four....");
	await viewer.close();
	await after.delete(`api/sessions/${id}?force=1`);
});

await test("what is there already is left as it is", async () => {
	const to = join(home, "taken");
	mkdirSync(to);
	writeFileSync(join(to, "state.db"), "mine");
	const { code, err } = backUp(to);
	equal(code, 1);
	match(err, /^dispatch: .*taken is there already[^\n]*\n$/);
	equal(readFileSync(join(to, "state.db"), "utf8"), "mine");
	equal(existsSync(`${to}.unfinished`), false);
});

await test("one that is under way, or was broken off, is left alone and named", () => {
	const to = join(home, "second");
	mkdirSync(`${to}.unfinished`);
	writeFileSync(join(`${to}.unfinished`, "events.db"), "half");
	const { code, err } = backUp(to);
	equal(code, 1);
	match(err, /^dispatch: .*second\.unfinished is there[^\n]*\n$/);
	equal([existsSync(to), readFileSync(join(`${to}.unfinished`, "events.db"), "utf8")], [false, "half"]);
	rmSync(`${to}.unfinished`, { recursive: true });
	equal(backUp(to).code, 0);
});

await test("secrets come only when they are asked for, settings always", () => {
	writeFileSync(join(d.dir, "secret.key"), Buffer.alloc(32, 7), { mode: 0o600 });
	writeFileSync(join(d.dir, "dispatch.conf"), "trash.days = 3\n");
	const has = (to, ...more) => {
		equal(backUp(join(home, to), ...more).code, 0);
		return ["dispatch.conf", "secret.key"].map(name => existsSync(join(home, to, name)));
	};
	equal(has("without"), [true, false]);
	equal(has("with", "--with-secrets"), [true, true]);
	equal(mode(join(home, "with", "secret.key")), "600");
});

await test("a command line that is wrong is told so", () => {
	for (const words of [[], ["a", "b"], ["--nothing"], [""]])
		equal(dispatch("backup", ...words, "--dir", d.dir).code, 2, words.join(" "));
});

done();
