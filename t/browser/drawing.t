#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* The terminal as people see it: drawn with WebGL where there is any, in both themes. */
import { serve } from "../lib/dispatch.mjs";
import { done, equal, note, ok, test, until } from "../lib/tap.mjs";
import { FAILED_REQUEST, open, setUp } from "./browser.mjs";

const d = await serve();
const browser = await open(d);
const desk = await browser.profile({ key: await setUp(d), renderer: "auto" });
const tab = await desk.tab("");
const stage = tab.page.locator(".slot.front .stage");
await tab.page.locator(".new [data-new=pty]").click();
await tab.ready();
const id = await tab.session();
const preview = tab.row(id).locator(".preview");
await tab.says(preview, /[$#]$/);

/* Text cannot be read from a canvas: the list tells what was printed, a picture that it shows. */
const changed = async (before, what) => until(what, async () =>
	!(await stage.screenshot()).equals(before));

await test("what is typed is drawn", async () => {
	note(await stage.locator("canvas").count() ? "with WebGL" : "without WebGL");
	const before = await stage.screenshot();
	await tab.type("echo drawn; sleep 1000\n");
	await tab.says(preview, "drawn");
	await changed(before, "another picture");
});

await test("the theme reaches the page and the terminal at once", async () => {
	const account = tab.page.locator("footer").getByRole("button",
		{ name: "Account and settings" });
	const background = () => stage.evaluate(element => getComputedStyle(element).backgroundColor);
	const dark = await background();
	await account.click();
	await tab.role("menuitemradio", "Light").click();
	equal(await tab.page.evaluate(() => document.documentElement.dataset.theme), "light");
	ok(await background() !== dark, "the terminal stays dark");
	const before = await stage.screenshot();
	await tab.role("menuitemradio", "Dark").click();
	await changed(before, "another picture");
	equal(await background(), dark);
	await tab.press("Escape");
});

await test("larger text means fewer columns, for the program too", async () => {
	const columns = async () => +(await tab.page.locator(".slot.front .size").innerText())
		.split("×")[0];
	const before = await columns();
	for (let i = 0; i < 3; i++) {
		await tab.press("Control+k");
		await tab.type("larger text");
		await tab.press("Enter");
	}
	await until("fewer columns", async () => await columns() < before);
	await until("the program knows", async () =>
		(await d.client().session(id)).cols === await columns());
});

await test("what stands over the terminal can be clicked", async () => {
	await tab.ready();
	await desk.context.setOffline(true);
	await tab.type("x");
	await tab.page.locator("[data-pending]").getByRole("button", { name: "Discard" }).click();
	await desk.context.setOffline(false);
	await tab.link("live");
	await tab.press("Control+Shift+F");
	const search = tab.page.getByRole("search");
	await search.getByRole("textbox").fill("drawn");
	await tab.says(search.getByRole("status"), /^\d of \d$/);
	await search.getByRole("button", { name: "Close find" }).click();
	await search.waitFor({ state: "detached" });
});

await browser.quiet(FAILED_REQUEST);
await done();
