#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* From the printed link to a shell: four screens. */
import { serve } from "../lib/dispatch.mjs";
import { done, equal, match, ok, test } from "../lib/tap.mjs";
import { FAILED_REQUEST, open } from "./browser.mjs";

const d = await serve();
const browser = await open(d);
const desk = await browser.profile();
const tab = await desk.tab();
const link = `#setup=${await d.setupCode()}`;
let key;

await test("without the link, the page says how to begin", async () => {
	const other = await (await browser.profile()).tab("");
	await other.role("heading", "Dispatch is not set up yet").waitFor();
});

await test("the printed link asks for a name", async () => {
	await tab.go(link);
	await tab.role("heading", "Set up Dispatch").waitFor();
	ok(await tab.button("Continue").isDisabled(), "nothing to continue with");
	await tab.type("Ada Lovelace");
	await tab.press("Enter");
});

await test("it shows the access key once, to copy", async () => {
	const box = tab.page.locator("[data-access-key]");
	await box.waitFor();
	key = await box.innerText();
	match(key, /^ak_[a-z2-7]{26}_[a-z2-7]{52}$/, "key");
	await tab.button("Copy").click();
	await tab.button("Copied").waitFor();
	equal(await tab.page.evaluate(() => navigator.clipboard.readText()), key, "clipboard");
	equal(new URL(tab.page.url()).hash.includes("setup"), false, "the code in the address");
});

await test("then the first shell runs, in the size that the page shows", async () => {
	await tab.button("I saved it").click();
	await tab.ready();
	await tab.type("stty size; echo $((6*7))\n");
	const [, rows, cols] = await tab.see(/\n(\d+) (\d+)\n42\n/);
	equal(await tab.size(), { cols: +cols, rows: +rows }, "size");
	await tab.says(tab.page.locator(".slot.front .size"), `${cols}×${rows}`);
	equal(await tab.page.title(), "Shell · Dispatch");
});

await test("the link works once, and says so", async () => {
	const other = await (await browser.profile()).tab(link);
	await other.role("heading", "Sign in").waitFor();
	await other.says(other.page.locator("main"), /link was used/);
});

await test("who is signed in already comes from the link to the shell", async () => {
	const again = await desk.tab(link);
	await again.ready();
	equal(new URL(again.page.url()).hash.includes("setup"), false, "the code in the address");
});

await browser.quiet(FAILED_REQUEST);
await done();
