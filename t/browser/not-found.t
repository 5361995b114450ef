#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* Addresses that lead nowhere: the page says so, shows nothing else instead, and leads back. */
import { done, equal, match, test, until } from "../lib/tap.mjs";
import { FAILED_REQUEST, PHONE, open, setUp } from "./browser.mjs";
import { plant, serveHome, workspaceOf } from "./files.mjs";
import { brokenMarkup, contrast, nameless, overlaps, small } from "./inspect.mjs";
import { join } from "node:path";

const { d, home } = await serveHome();
const browser = await open(d);
const key = await setUp(d);
const client = d.client();
const nobody = "a".repeat(26);
const { id: live } = await client.create(["cat"], { title: "Live" });
const tab = await (await browser.profile({ key })).tab("");
const { page } = tab;
const alert = (text, within = tab) => within.role("alert").filter({ hasText: text });
const missing = (text, within = tab) => alert(text, within).getByRole("heading", { name: "Not found" }).waitFor();
const stays = hash => equal(new URL(page.url()).hash, hash, "the address");
await tab.ready();

await test("an address that means nothing is not found, and stays to be read", async () => {
	await tab.go("#/nonsense");
	await missing("This address leads nowhere");
	stays("#/nonsense");
	match(await page.title(), /^Not found/);
	equal(await tab.session(), null, "a session in front");
	for (const inspect of [nameless, brokenMarkup, contrast, overlaps])
		equal(await inspect(tab), [], inspect.name);
});

await test("the list goes on working, and so does the way back", async () => {
	await tab.row(live).click();
	equal(await tab.ready(), live);
	await page.goBack();
	await missing("This address leads nowhere");
	await tab.button("Back to Live").click();
	equal(await tab.ready(), live);
});

await test("a session that is not there, or not one's own, is not found, now and after a reload", async () => {
	await tab.go(`#/s/${nobody}`);
	await missing("There is no such session among yours");
	await tab.reload();
	await missing("There is no such session among yours");
	stays(`#/s/${nobody}`);
	equal(await page.getByRole("tab").allInnerTexts(), ["Live"], "tabs");
});

await test("what was deleted is not found by its old address", async () => {
	const { id } = await client.create(["cat"], { title: "Short" });
	await tab.open(id);
	await client.delete(`api/sessions/${id}?force=1`);
	equal(await until("the other one is in front", async () => await tab.session() === live && live), live);
	await tab.go(`#/s/${id}`);
	await missing("There is no such session among yours");
});

await test("a place of a workspace that is gone is not found, and two tabs side by side stay two", async () => {
	await tab.row(live).click();
	await tab.ready();
	await tab.press("Control+Shift+Backslash");
	await until("two tiles", async () => await page.locator(".slot.shown").count() === 2);
	await tab.go(`#/w/${nobody}/files`);
	await missing("There is no such workspace among yours");
	equal(await page.locator(".slot.shown").count(), 0, "tiles behind it");
	await page.goBack();
	await until("two tiles", async () => await page.locator(".slot.shown").count() === 2);
	const workspace = await workspaceOf(client, plant(join(home, "lantern"), { "a.txt": "a" }));
	await page.locator(`[data-workspace="${workspace.id}"]`).waitFor();
	await tab.go(`#/w/${workspace.id}/files`);
	await page.locator('.slot.front [data-path="a.txt"]').waitFor();
});

await test("on a phone both ways back are within reach of a thumb", async () => {
	const phone = await (await browser.profile({ key, ...PHONE })).tab(`#/s/${live}`);
	await phone.ready();
	await phone.go("#/nonsense");
	await missing("This address leads nowhere", phone);
	equal(await small(phone, 44), [], "too small to hit");
	await phone.button("All sessions").tap();
	await phone.row(live).waitFor();
	await phone.page.goBack();
	await phone.button("Back to Live").tap();
	equal(await phone.ready(), live);
});

await browser.quiet(FAILED_REQUEST);
await done();
