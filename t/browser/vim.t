#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* A program that has the whole screen, and keys that are not letters. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, serve, temporary } from "../lib/dispatch.mjs";
import { done, equal, match, skipAll, test, until } from "../lib/tap.mjs";
import { open, setUp } from "./browser.mjs";

const vim = run(["sh", "-c", "command -v vim.tiny || command -v vim || :"]).out.trim();
if (!vim)
	await skipAll("vim is not installed");

const d = await serve();
const browser = await open(d);
const tab = await (await browser.profile({ key: await setUp(d) })).tab("");
const file = join(temporary(), "poem.txt");
writeFileSync(file, "first\nsecond\nthird\n");

const contents = async expected => {
	await until("the file is written", () => readFileSync(file, "utf8") === expected)
		.catch(() => equal(readFileSync(file, "utf8"), expected, "the file"));
};

await test("vim edits a file, saves it and leaves", async () => {
	await tab.shell();
	await tab.type(`${vim} -u NONE -N ${file}\n`);
	await tab.see("third\n~");
	await tab.press("ArrowDown");
	await tab.press("End");
	await tab.type("A, ümlaut and 漢字");
	await tab.press("Escape");
	await tab.type("Olast");
	await tab.press("Backspace");
	await tab.press("Backspace");
	await tab.press("Escape");
	await tab.type(":w\n");
	await contents("first\nla\nsecond, ümlaut and 漢字\nthird\n");
	await tab.see("second, ümlaut and 漢字\n");
});

await test("Ctrl with a letter reaches the program, also what browsers like to take", async () => {
	for (const key of ["Control+f", "Control+n", "Control+p", "Control+w"])
		await tab.press(key);
	await tab.type("iw");
	await tab.press("Control+w");
	await tab.press("Escape");
	await tab.type("gg");
	await tab.press("Control+a");
	await tab.type("dd:w\n");
	await contents("la\nsecond, ümlaut and 漢字\nthird\n");
});

await test("a resized window reaches the program, which draws anew", async () => {
	const { rows } = await tab.size();
	await tab.page.setViewportSize({ width: 1000, height: 600 });
	await until("fewer rows", async () => (await tab.size()).rows < rows);
	await tab.see(/\n~\n~/);
	/* A narrower terminal has cells of another width after rounding, and may then fit once more. */
	await until("it has the size of the terminal", async () => {
		await tab.type(":set lines? columns?\n");
		const [, lines, columns] = await tab.see(/lines=(\d+)[\s\S]*columns=(\d+)/);
		await tab.press("Enter");
		const { cols, rows: high } = await tab.size();
		return +lines === high && +columns === cols;
	});
});

await test("after it has left, the screen of before is back", async () => {
	await tab.type(":q!\n");
	await tab.prompt();
	await tab.type("echo back\n");
	const text = await tab.see(/\nback\n/);
	equal(text.input.includes("~\n~"), false, "leftovers");
	match(text.input, /-u NONE/, "what stood there before");
});

await browser.quiet();
await done();
