#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* With a thumb: 390 pixels wide, touch, a soft keyboard that lacks the keys of a terminal. */
import { serve, temporary } from "../lib/dispatch.mjs";
import { done, equal, ok, test, until } from "../lib/tap.mjs";
import { FAILED_REQUEST, PHONE, open, setUp } from "./browser.mjs";

const d = await serve({ args: ["--set", "workspace.roots=/"] });
const browser = await open(d);
const key = await setUp(d);
const client = d.client();
const phone = await browser.profile({ key, ...PHONE });
const tab = await phone.tab("");
const bar = tab.page.getByRole("toolbar", { name: "Terminal keys" });
const press = name => bar.getByRole("button", { name, exact: true }).tap();
let id;

await test("a new shell fits the screen", async () => {
	await tab.page.locator(".new [data-new=pty]").tap();
	await tab.pane('[data-state="live"]').waitFor();
	id = await tab.ready();
	await tab.prompt();
	const { cols, rows } = await tab.size();
	ok(cols > 35 && cols < 60 && rows > 20, "size", { cols, rows });
	equal(await tab.page.evaluate(() => document.scrollingElement.scrollWidth), 390, "width");
});

await test("with the focus in the terminal the key bar stands below it", async () => {
	await tab.pane().locator(".xterm").tap();
	await bar.waitFor();
	const box = await bar.boundingBox();
	equal(Math.round(box.y + box.height), 844, "at the bottom");
	await until("the program knows of the room that is left", async () => {
		const { rows } = await tab.size();
		return rows < 45 && (await client.session(id)).rows === rows;
	});
});

await test("its keys reach the program, and the focus stays in the terminal", async () => {
	await tab.type("cat -v\n");
	for (const name of ["esc", "tab", "up"])
		await press(name);
	await tab.type("\n");
	await tab.see(/\n\^\[ *\^\[\[A\n/);
	await press("Control, for the next key");
	equal(await bar.getByRole("button", { name: "Control, for the next key" })
		.getAttribute("aria-pressed"), "true", "Control is held");
	await tab.type("c");
	await tab.prompt();
	equal(await bar.getByRole("button", { name: "Control, for the next key" })
		.getAttribute("aria-pressed"), "false", "and let go");
});

await test("more keys: signs, Ctrl C, paste", async () => {
	await press("More keys");
	await tab.type("echo a");
	await press("|");
	await tab.type("cat; echo ");
	await press("~");
	await tab.type("\n");
	await tab.see(/\na\n\/[^\n]*\n[^\n]*[$#]\n$/);
	await tab.run("sleep 1000");
	await press("^C");
	await tab.prompt();
	await tab.page.evaluate(() => navigator.clipboard.writeText("echo $((6*7))"));
	await press("paste");
	await tab.see(/echo \$\(\(6\*7\)\)/);
	await tab.type("\n");
	await tab.see("\n42\n");
});

await test("a finger scrolls through the history", async () => {
	await tab.type("seq 1 300\n");
	await tab.see("\n300\n");
	const top = () => tab.page.evaluate(() =>
		document.querySelector(".slot.front .host").terminal.buffer.active.viewportY);
	const before = await top();
	const session = await phone.context.newCDPSession(tab.page);
	const touch = (type, ...touchPoints) =>
		session.send("Input.dispatchTouchEvent", { type, touchPoints });
	await touch("touchStart", { x: 200, y: 300 });
	for (let y = 320; y <= 500; y += 20)
		await touch("touchMove", { x: 200, y });
	await touch("touchEnd");
	await until("the screen moves", async () => await top() < before);
});

await test("back leads to the list, a row to its shell", async () => {
	await tab.button("All sessions").tap();
	await tab.row(id).waitFor();
	ok(!(await tab.pane().isVisible()), "the pane is hidden");
	await tab.row(id).tap();
	await tab.pane().waitFor();
	equal(await tab.ready(), id);
	await tab.page.goBack();
	await tab.row(id).waitFor();
});

await test("the tabs at the bottom lead to the four places, and leave their room to the keyboard", async () => {
	const tabs = tab.page.getByRole("navigation", { name: "Go to" });
	const current = name => tabs.getByRole("button", { name }).and(tab.page.locator("[aria-current]")).waitFor();
	await current("Sessions");
	await tabs.getByRole("button", { name: "Terminal" }).tap();
	equal(await tab.ready(), id);
	await current("Terminal");
	const box = await tabs.boundingBox();
	equal(Math.round(box.y + box.height), 844, "at the bottom");
	await tab.pane().locator(".xterm").tap();
	await bar.waitFor();
	await tabs.waitFor({ state: "hidden" });
	const { json: workspace } = await client.post("api/workspaces", { path: temporary() });
	await tab.button("All sessions").tap();
	await tab.page.locator(`[data-workspace="${workspace.id}"]`).waitFor();
	await tabs.getByRole("button", { name: "Files" }).tap();
	await tab.page.locator('section[data-files]').waitFor();
	await current("Files");
	await tabs.getByRole("button", { name: "Sessions" }).tap();
	await tab.row(id).waitFor();
});

await test("the list says how the line is, and has the way out", async () => {
	await tab.says(tab.page.locator(".brand [data-link-text]"), /^live( · \d+ ms)?$/);
	await phone.context.setOffline(true);
	await tab.says(tab.page.locator(".brand [data-link-text]"), /^offline since \d\d:\d\d$/);
	await phone.context.setOffline(false);
	await tab.says(tab.page.locator(".brand [data-link-text]"), /^live/);
	await tab.page.locator(".brand").getByRole("button", { name: "Account and settings" }).tap();
	await tab.role("menuitem", "Sign out").tap();
	await tab.role("heading", "Sign in").waitFor();
});

await browser.quiet(FAILED_REQUEST);
await done();
