#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* Long logs of Claude sessions: quick to open, smooth to scroll, searched and saved as a whole. */
import { readFileSync } from "node:fs";
import { longConversation, writeClaudeLog } from "../lib/claude-log.mjs";
import { serve } from "../lib/dispatch.mjs";
import { done, equal, match, note, ok, test, until } from "../lib/tap.mjs";
import { FAILED_REQUEST, open, setUp } from "./browser.mjs";

const d = await serve();
const browser = await open(d);
const key = await setUp(d);
const TURNS = 3400;
const EVIL = '<script>alert(1)</script> <b onclick="x">b</b> [a](javascript:alert(1)) ' +
	"![i](https://x.invalid/i.png)";
const evil = writeClaudeLog(d.dir, [
	["session:status", "status", { status: "running" }],
	["claude:message", "text", { message: "m", text: EVIL }],
	["claude:message", "tool_call", { id: "c", message: "m", name: "Bash", kind: "execute",
		title: "x", input: { command: "echo \u001b[8mhidden\u202e" } }],
	["claude:message", "a type of the future", { text: 1 }],
	["claude:error", "missing", { text: "", install: "npm install -g claude" }],
	["claude:message", "text", { message: "n", text: "the end" }],
], { title: "Evil" });
const middle = writeClaudeLog(d.dir, longConversation(300), { title: "Middle" });
const long = writeClaudeLog(d.dir, longConversation(TURNS), { title: "Long" });
const tab = await (await browser.profile({ key })).tab("");
const { page } = tab;
const scroller = () => tab.pane().locator("[role=log]");
const seen = text => tab.pane().getByText(text, { exact: true });

await test("a log of 10,000 messages shows its end at once, with few elements", async () => {
	await tab.go(`#/s/${long}`);
	await seen(`Question ${TURNS - 1} about the engine`).waitFor();
	equal(await scroller().getAttribute("data-stuck"), "true");
	const elements = await page.evaluate(() => document.querySelectorAll("*").length);
	ok(elements < 2000, `${elements} elements in the page`);
});

await test("scrolling up moves what is read by as much, whatever is found out above", async () => {
	const off = await page.evaluate(async () => {
		const view = document.querySelector("[role=log]");
		const painted = () => new Promise(then =>
			requestAnimationFrame(() => setTimeout(then, 0)));
		const off = [];
		for (let i = 0; i < 100; i++) {
			const row = [...view.querySelectorAll("[data-key]")].find(one => {
				const { top, bottom } = one.getBoundingClientRect();
				return bottom > 120 && top < 500;
			});
			const before = row.getBoundingClientRect().top;
			view.scrollTop -= 130;
			await painted();
			await painted();
			off.push(row.getBoundingClientRect().top - before - 130);
		}
		return off.filter(pixels => Math.abs(pixels) > 1.5);
	});
	equal(off, [], "pixels that rows were off");
	equal(await scroller().getAttribute("data-stuck"), "false");
});

await test("one button leads back to the end", async () => {
	await tab.button("Jump to the end").click();
	await seen(`Question ${TURNS - 1} about the engine`).waitFor();
	equal(await scroller().getAttribute("data-stuck"), "true");
});

await test("finding looks through all of it and shows the place", async () => {
	await tab.press("Control+Shift+F");
	await tab.type("Question 7 about");
	await tab.says(tab.page.locator(".find [role=status]"), "0 of 1");
	await tab.press("Enter");
	await seen("Question 7 about the engine").waitFor();
	ok(await seen("Question 7 about the engine").evaluate(found => {
		const { top, bottom } = found.getBoundingClientRect();
		return top > 70 && bottom < innerHeight - 100;
	}), "the place is in view");
	equal(await page.evaluate(() => CSS.highlights.get("found").size), 1, "marks");
	await tab.press("Escape");
	await tab.page.locator(".find").waitFor({ state: "detached" });
});

await test("the conversation is saved whole as Markdown", async () => {
	const saving = page.waitForEvent("download");
	await tab.pane().getByRole("button", { name: "Session menu" }).click();
	await tab.role("menuitem", "Save as Markdown").click();
	const download = await saving;
	equal(download.suggestedFilename(), "Long.md");
	const text = readFileSync(await download.path(), "utf8");
	match(text, /^# Long\n\n## You\n\nQuestion 0 about .*\n\n## Claude\n\nAnswer \*\*0\*\*\./);
	equal(text.match(/^Question \d+ about/gm).length, TURNS);
});

await test("text that wants to be more than text stays text", async () => {
	await tab.go(`#/s/${evil}`);
	await seen("the end").waitFor();
	const inside = tab.pane().locator("[role=log]");
	equal(await inside.locator("script, b, img, a").count(), 0, "elements from the text");
	await inside.getByText("<script>alert(1)</script>", { exact: false }).waitFor();
	const command = inside.locator("[data-tool] pre").first();
	match(await command.innerText(), /\\x1b\[8mhidden\\u202e$/);
	await inside.getByText("npm install -g claude").waitFor();
});

await test("on the way down to the beginning nothing is lost and nothing comes twice", async () => {
	await tab.go(`#/s/${middle}`);
	await seen("Question 299 about the engine").waitFor();
	const found = new Set();
	await until("the first question", async () => {
		const texts = await page.evaluate(async () => {
			const view = document.querySelector(".slot.front [role=log]");
			view.scrollTop -= 500;
			/* Not further before this has been drawn. */
			for (let i = 0; i < 2; i++)
				await new Promise(then => requestAnimationFrame(() => setTimeout(then, 0)));
			return [...view.querySelectorAll('[data-kind="prompt"]')]
				.map(one => one.innerText.trim());
		});
		equal(new Set(texts).size, texts.length, "prompts are shown once");
		texts.forEach(text => found.add(text));
		return texts.includes("Question 0 about the engine");
	}, 60000);
	note(`${found.size} of 300 questions were seen`);
	equal(found.size, 300);
});

await browser.quiet(FAILED_REQUEST);
await done();
