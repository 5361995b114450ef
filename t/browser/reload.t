#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* A page may go away and come back at any time: nothing is missing, nothing is doubled. */
import { createHash } from "node:crypto";
import { serve } from "../lib/dispatch.mjs";
import { done, equal, ok, test, until } from "../lib/tap.mjs";
import { FAILED_REQUEST, open, setUp } from "./browser.mjs";

const LAST = 200000;
const ENOUGH = 900;

const d = await serve();
const browser = await open(d);
const key = await setUp(d);
const client = d.client();
const desk = await browser.profile({ key });
const tab = await desk.tab("");
let id;

const hash = bytes => createHash("sha256").update(bytes).digest("hex");
const numbers = lines => lines.filter(line => /^\d+$/.test(line)).map(Number);

/* Looks up, as a person does, until so many lines are there: a view that came too late for
 * some of the flood has begun anew with the screen alone. */
async function lookUp(tab) {
	await until("older lines have come", async () => {
		if (numbers(await tab.lines()).length >= ENOUGH)
			return true;
		await tab.press("Control+Shift+Home");
		return false;
	});
	await tab.pane('[data-older="false"]').waitFor();
}

/* Each number once and in order, to the last. */
async function whole(tab) {
	await lookUp(tab);
	const all = numbers(await tab.lines());
	equal(all.at(-1), LAST, "the last number");
	const wrong = all.findIndex((number, i) => i > 0 && number !== all[i - 1] + 1);
	equal(wrong < 0 ? null : all.slice(wrong - 2, wrong + 2), null, "numbers out of order");
}

await test("a reload in the middle of a flood finds the same shell", async () => {
	id = await tab.shell();
	await tab.type("stty -echo; echo shell $$; seq 1 200000 | { head -c 500000; " +
		"read -n1 < /dev/tty; cat; }; stty echo; echo shell $$\n");
	await until("the first half is printed", async () =>
		(await client.output(id)).length > 500000);
	const half = (await client.output(id)).length;
	ok(half < 1000000, "the flood waits for a key", half);
	await Promise.all([tab.reload(), client.writer(id).write("x")]);
	await tab.ready();
	equal(await tab.session(), id, "session");
	await tab.see(/\n200000\nshell \d+\n/, 30000);
	equal((await client.session(id)).run, 1, "runs");
});

await test("the terminal then shows each line once", () => whole(tab));

await test("the log has each byte once", async () => {
	let expected = "";
	for (let number = 1; number <= LAST; number++)
		expected += `${number}\r\n`;
	const output = (await client.output(id)).toString();
	const [, first, flood, second] = /shell (\d+)\r\n([\d\r\n]*)shell (\d+)\r\n/.exec(output);
	equal(first, second, "process");
	equal(hash(flood), hash(expected), "hash");
	const events = await client.events(id);
	equal(events.findIndex((event, i) => event.seq !== i + 1), -1, "an event out of order");
});

await test("a second browser sees the same", async () => {
	const other = await (await browser.profile({ key })).tab("");
	await other.open(id);
	await other.see(/\n200000\nshell \d+\n/, 30000);
	await whole(other);
	const end = async page => hash((await page.lines()).slice(-ENOUGH).join("\n"));
	equal(await end(other), await end(tab), "text of both terminals");
});

await test("what was typed and not sent before a reload is sent after it", async () => {
	await tab.page.route("**/api/**", route => route.abort());
	await tab.type("echo over the reload\n");
	await until("it waits", () => tab.page.locator("[data-pending]").count());
	await tab.reload();
	await tab.page.unroute("**/api/**");
	await tab.ready();
	await tab.see(/\nover the reload\n/);
	await tab.type("echo after\n");
	await tab.see(/\nafter\n/);
	const times = (await tab.lines()).filter(line => line === "over the reload").length;
	equal(times, 1, "how often it was applied");
});

await browser.quiet(FAILED_REQUEST);
await done();
