#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* A session with much behind it is there at once, and what was before comes when it is looked for. */
import { serve } from "../lib/dispatch.mjs";
import { done, equal, note, ok, test, until } from "../lib/tap.mjs";
import { PHONE, open, setUp } from "./browser.mjs";

const WIDTH = 100, LAST = 1850000; /* about 200 MB */
const MOST_SENT = 300 * 1024;

const d = await serve();
const browser = await open(d);
const key = await setUp(d);
const client = d.client();
const desk = await browser.profile({ key });

/* Every line says which one it is. */
const { id } = await client.create(["sh", "-c",
	`seq -f '%.0f ${"x".repeat(WIDTH)}' 1 ${LAST}; echo the end; exec cat`], { cols: 150, rows: 40 });

/* The numbered lines that the terminal in front has: {first, last, count}, and where one is missing
 * or out of order. Read in the page, because there are many. */
function readLines() {
	const { normal } = document.querySelector(".slot.front .host").terminal.buffer;
	const seen = { first: 0, last: 0, count: 0, wrong: [] };
	let text = "";
	for (let y = 0; y < normal.length; y++) {
		const line = normal.getLine(y);
		text = line.isWrapped ? text : line.translateToString(true, 0, 60);
		const value = line.isWrapped ? 0 : Number(/^(\d+) x+$/.exec(text)?.[1] ?? 0);
		if (!value)
			continue;
		if (seen.last && value !== seen.last + 1)
			seen.wrong.push([seen.last, value]);
		seen.first ||= value;
		seen.last = value;
		seen.count++;
	}
	return seen;
}

async function whole(tab) {
	const seen = await tab.page.evaluate(readLines);
	equal(seen.wrong, [], "lines out of order");
	return seen;
}

/* What a tab received through the stream, as it came over the network. */
async function received(tab) {
	const session = await tab.page.context().newCDPSession(tab.page);
	const sizes = new Map();
	await session.send("Network.enable");
	session.on("Network.requestWillBeSent", ({ requestId, request }) => {
		if (request.url.includes("/api/stream?"))
			sizes.set(requestId, 0);
	});
	session.on("Network.dataReceived", ({ requestId, dataLength }) => {
		if (sizes.has(requestId))
			sizes.set(requestId, sizes.get(requestId) + dataLength);
	});
	return () => [...sizes.values()].reduce((sum, size) => sum + size, 0);
}

/* The text of the line at the top of the view. */
const top = tab => tab.page.evaluate(() => {
	const { active } = document.querySelector(".slot.front .host").terminal.buffer;
	return active.getLine(active.viewportY).translateToString(true);
});

/* Does what a person does to see what is older, and waits until it has come. */
async function lookUp(tab, scroll) {
	const before = (await whole(tab)).first;
	let now;
	await until("older lines have come", async () => {
		await scroll();
		await tab.pane('[data-older="false"]').waitFor();
		return (now = (await whole(tab)).first) < before;
	}, 60000);
	await tab.pane('[data-older="false"]').waitFor();
	return now;
}

await until("everything is printed", async () => {
	const { last_seq } = await client.session(id);
	const { items } = (await client.get(`api/sessions/${id}/events?before=${last_seq + 1}&limit=1`)).json;
	return Buffer.from(items.at(-1)?.bytes ?? "", "base64").toString().endsWith("the end\r\n");
}, 300000);

const tab = await desk.tab();
const size = await received(tab);

await test("a session of 200 MB is on the screen after at most 300 KiB", async () => {
	const began = Date.now();
	await tab.open(id);
	await tab.see("the end");
	note(`${size()} bytes, ${Date.now() - began} ms`);
	ok(size() > 0 && size() <= MOST_SENT, "bytes received", size());
	const all = await whole(tab);
	equal(all.last, LAST, "the last line");
	ok(all.count > 500, "lines above the screen", all.count);
}, 120000);

await test("scrolling up brings what was before, and the line at the top stays", async () => {
	let before;
	await lookUp(tab, async () => {
		before = await tab.page.evaluate(() => {
			const { terminal } = document.querySelector(".slot.front .host");
			terminal.scrollToLine(3);
			return terminal.buffer.active.getLine(3).translateToString(true);
		});
	});
	equal(await top(tab), before, "the line at the top");
	const all = await whole(tab);
	equal(all.last, LAST, "the last line");
	note(`${all.count} lines`);
}, 120000);

await test("so does the wheel after the width has changed", async () => {
	await tab.page.mouse.move(700, 400);
	await tab.type("now this tab decides the size\n");
	await tab.see("decides the size\nnow this tab decides the size\n");
	await lookUp(tab, async () => {
		await tab.page.evaluate(() => {
			const { terminal } = document.querySelector(".slot.front .host");
			terminal.scrollToLine(terminal.rows);
		});
		await tab.page.mouse.wheel(0, -120);
	});
	note(`${(await whole(tab)).count} lines`);
}, 180000);

await test("so do the keys, and what is typed meanwhile is not lost", async () => {
	await lookUp(tab, async () => {
		await tab.press("Control+Shift+Home");
		await tab.type("typed while loading\n");
	});
	await tab.see("typed while loading\ntyped while loading\n");
}, 120000);

await test("what is found is found in older lines too", async () => {
	await tab.press("Control+Shift+F");
	const search = tab.page.getByRole("search");
	const { first } = await whole(tab);
	await search.getByRole("textbox").fill(`${first + 5} x`);
	await tab.says(search.getByRole("status"), "1 of 1");
	await search.getByRole("button", { name: "Close find" }).click();
});

await test("a hundred thousand lines are the most, and the first one says so", async () => {
	await until("no more comes", async () => {
		await tab.press("Control+Shift+Home");
		await tab.press("Shift+PageUp");
		await tab.pane('[data-older="false"]').waitFor();
		return (await top(tab)).includes("100,000");
	}, 170000);
	const length = await tab.page.evaluate(() =>
		document.querySelector(".slot.front .host").terminal.buffer.normal.length);
	ok(length > 99000 && length <= 100200, "lines", length);
	await whole(tab);
}, 200000);

await test("a finger that pulls the text down brings older lines on a phone", async () => {
	const phone = await (await browser.profile({ key, ...PHONE })).tab();
	await phone.open(id);
	await phone.see("the end");
	await lookUp(phone, () => phone.page.evaluate(() => {
		const host = document.querySelector(".slot.front .host");
		const touch = y => new Touch({ identifier: 1, target: host, clientX: 100, clientY: y });
		const fire = (type, y) => host.dispatchEvent(new TouchEvent(type,
			{ bubbles: true, touches: [touch(y)], targetTouches: [touch(y)] }));
		fire("touchstart", 0);
		for (let y = 0; y < 40000; y += 400)
			fire("touchmove", y);
	}));
	equal((await whole(phone)).last, LAST, "the last line");
}, 120000);

await test("a session from its first line on says nothing above it", async () => {
	const short = await client.create(["sh", "-c", "seq 1 20000; exec cat"], { cols: 100, rows: 30 });
	await until("it is printed", async () => (await client.session(short.id)).preview === "20000");
	await tab.open(short.id);
	await tab.see("20000");
	await until("the first line", async () => {
		await tab.press("Control+Shift+Home");
		await tab.press("Shift+PageUp");
		await tab.pane('[data-older="false"]').waitFor();
		return (await tab.lines())[0] === "1";
	}, 60000);
	const lines = await tab.lines();
	equal(lines.length, 20000, "lines");
	equal(lines.findIndex((line, i) => line !== `${i + 1}`), -1, "a line that is wrong");
}, 120000);

await browser.quiet();
await done();
