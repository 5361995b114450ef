#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* Two tabs side by side: both live and at their own size, and only one of them has the keys. */
import { join } from "node:path";
import { done, equal, match, ok, test, until } from "../lib/tap.mjs";
import { DESK, FAILED_REQUEST, open, setUp } from "./browser.mjs";
import { plant, serveHome, workspaceOf } from "./files.mjs";
import { brokenMarkup, contrast, nameless, overlaps, small } from "./inspect.mjs";

const { d, home } = await serveHome();
const browser = await open(d);
const key = await setUp(d);
const client = d.client();
const workspace = await workspaceOf(client, plant(join(home, "lantern"), { "a.txt": "text\n" }));
const tab = await (await browser.profile({ key })).tab("");
const { page } = tab;
const separator = page.getByRole("separator", { name: "Width of the left side" });
const section = id => page.locator(`section[data-session="${id}"]`);
const files = page.locator(`.slot.shown section[data-files="${workspace.id}"]`);

/* What is on the page, from left to right: each tile's session, or else its place. */
const tiles = () => page.evaluate(() => [...document.querySelectorAll(".slot.shown section")]
	.filter(element => element.matches(".slot > section"))
	.sort((a, b) => a.getBoundingClientRect().left - b.getBoundingClientRect().left)
	.map(({ dataset }) => dataset.session ?? (dataset.files ? "files" : "")));
const shows = (...wanted) => until(`the tiles are ${wanted.join(" and ")}`, async () =>
	String(await tiles()) === String(wanted));
const inFront = id => until(`${id} is in front`, async () => await tab.session() === id);
/* The terminal of a session, wherever it stands: its size and its text. */
const terminal = id => section(id).locator(".host").evaluate(({ terminal: { cols, rows, buffer } }) => ({
	cols, rows,
	text: Array.from({ length: buffer.active.length }, (_, y) =>
		buffer.active.getLine(y).translateToString(true)).join("\n"),
}));
const sees = (id, pattern) => until(`${id} shows ${pattern}`, async () =>
	pattern.exec((await terminal(id)).text));
const enter = id => section(id).locator(".xterm-screen").click();
const widths = () => page.evaluate(() => [...document.querySelectorAll(".slot.shown")]
	.map(slot => slot.getBoundingClientRect()).sort((a, b) => a.left - b.left)
	.map(({ width }) => Math.round(width)));

const first = await tab.shell();
await test("where one tab is open, the other is a new shell", async () => {
	await tab.press("Control+Shift+Backslash");
	await until("two tiles", async () => (await tiles()).length === 2);
	await tab.ready();
	await tab.prompt();
});
const second = await tab.session();

await test("in a terminal Ctrl \\ is the program's", async () => {
	await tab.type("sh -c 'echo runs; exec sleep 600'\n");
	await tab.see("\nruns\n");
	await tab.press("Control+Backslash");
	await tab.see(/Quit[^]*[$#]\n$/);
	await shows(first, second);
});

await test("what is typed goes to the one that was clicked, and to it alone", async () => {
	await tab.type("echo for-$((20 + 2))\n");
	await sees(second, /^for-22$/m);
	await enter(first);
	await inFront(first);
	match(page.url(), new RegExp(`#/s/${first}$`));
	equal(await tab.row(first).getAttribute("aria-current"), "page", "the row in the list");
	equal(await tab.row(second).getAttribute("aria-current"), null, "the other row");
	await tab.type("echo for-$((10 + 1))\n");
	await sees(first, /^for-11$/m);
	ok(!/for-11|10 \+ 1/.test((await terminal(second)).text), "not in the other");
	ok(!/for-22|20 \+ 2/.test((await terminal(first)).text), "nor the other way");
	await shows(first, second);
});

await test("each has its own size, and its program knows it", async () => {
	for (const id of [first, second]) {
		await enter(id);
		await inFront(id);
		const { cols, rows } = await terminal(id);
		ok(cols > 40 && cols < 90, "columns of one half", cols);
		await tab.type(`test "$(stty size)" = "${rows} ${cols}" && echo it-$((2 * 4))-fits\n`);
		await sees(id, /^it-8-fits$/m);
	}
});

await test("Tab goes from one to the other, and what has the focus keeps it", async () => {
	const button = section(first).getByRole("button", { name: "Session menu" });
	await button.focus();
	await inFront(first);
	equal(await button.evaluate(element => element === document.activeElement), true, "the focus");
	await section(second).locator("h1").click();
	await tab.ready();
	equal(await tab.session(), second, "a click on a header");
});

await test("one floods, and both are live", async () => {
	await enter(first);
	await inFront(first);
	await tab.type("i=0; while :; do echo n$((i++)); done\n");
	await sees(first, /^n\d{3,}$/m);
	await enter(second);
	await inFront(second);
	const last = async () => Number((await terminal(first)).text.match(/^n(\d+)$/gm)?.at(-1)?.slice(1));
	const before = await last();
	await tab.type("echo beside-$((3 * 3))\n");
	await sees(second, /^beside-9$/m);
	await until("the flood goes on", async () => await last() > before);
	await enter(first);
	await tab.press("Control+c");
	/* What the program was printing meanwhile may stand behind the ^C. */
	await sees(first, /[$#] *\n*$/);
});

await test("keys and the mouse move the separator, within bounds", async () => {
	await separator.focus();
	await tab.press("ArrowRight");
	equal(await separator.getAttribute("aria-valuenow"), "52");
	await tab.press("End");
	equal(await separator.getAttribute("aria-valuenow"), "75");
	const [left, right] = await widths();
	ok(Math.abs(left - 3 * right) <= 4, "three quarters", [left, right]);
	await until("terminals of other widths", async () =>
		(await terminal(first)).cols > 2 * (await terminal(second)).cols);
	await tab.press("Home");
	equal(await separator.getAttribute("aria-valuenow"), "25");
	const box = await separator.boundingBox();
	await page.mouse.move(box.x + box.width / 2, box.y + 200);
	await page.mouse.down();
	await page.mouse.move(box.x + 200, box.y + 200, { steps: 4 });
	await page.mouse.up();
	const share = Number(await separator.getAttribute("aria-valuenow"));
	ok(share > 35 && share < 50, "after dragging", share);
});

await test("a reload brings both back, each where it was", async () => {
	const share = await separator.getAttribute("aria-valuenow");
	await enter(second);
	await inFront(second);
	await tab.reload();
	await tab.ready();
	await shows(first, second);
	equal(await tab.session(), second, "in front");
	equal(await separator.getAttribute("aria-valuenow"), share, "the share");
	await sees(first, /\^C/);
	await separator.dblclick();
	equal(await separator.getAttribute("aria-valuenow"), "50", "equal again");
	await until("terminals of one width", async () =>
		(await terminal(first)).cols === (await terminal(second)).cols);
});

await test("a page that is no tab hides both, and changes the size of neither", async () => {
	const { cols } = await terminal(first);
	await page.goto(`${d.url}#/account`);
	await shows();
	await tab.role("heading", "Devices and keys").first().waitFor();
	equal((await terminal(first)).cols, cols, "columns");
	await page.goBack();
	await shows(first, second);
	equal(await tab.ready(), second, "in front");
});

await test("a third takes the place of the one in front; its keys do not reach the shell", async () => {
	await page.goto(`${d.url}#/w/${workspace.id}/files`);
	await shows(first, "files");
	await files.locator('[data-path="a.txt"]').waitFor();
	await tab.press("ArrowDown");
	await tab.type("zz");
	await page.locator(`[role=tab][data-tab="${first}"]`).click();
	await tab.ready();
	await shows(first, "files");
	await tab.type("echo still-$((4 + 4))\n");
	await sees(first, /^still-8$/m);
	ok(!/zz/.test((await terminal(first)).text), "what was typed into the files is not in the shell");
});

await test("names, contrast and room, in both themes", async () => {
	for (const colorScheme of ["dark", "light"]) {
		await page.emulateMedia({ colorScheme });
		equal(await nameless(tab), [], `without a name, ${colorScheme}`);
		equal(await brokenMarkup(tab), [], `broken markup, ${colorScheme}`);
		equal(await contrast(tab), [], `too little contrast, ${colorScheme}`);
		for (const width of [1440, 900]) {
			await page.setViewportSize({ width, height: 900 });
			equal(await overlaps(tab), [], `one on the other at ${width}, ${colorScheme}`);
			equal(await small(tab, 24), [], `too small to hit at ${width}, ${colorScheme}`);
		}
	}
	await page.setViewportSize(DESK.viewport);
});

await test("a narrow page shows the one in front alone, a wide one both again", async () => {
	await shows(first, "files");
	await page.setViewportSize({ width: 890, height: 800 });
	await shows(first);
	equal(await separator.count(), 0, "separators");
	await page.setViewportSize(DESK.viewport);
	await shows(first, "files");
});

await test("closing one leaves the other whole, with the keys", async () => {
	await page.locator(`.tab:has([data-tab="${first}"])`).hover();
	await page.locator(`.tab:has([data-tab="${first}"]) .close`).click();
	await shows("files");
	const [width] = await widths();
	equal(width, 1440 - 268, "its width");
	await tab.row(second).click();
	await tab.ready();
	await shows(second);
});

await test("the menu and the palette offer it, and the tab used last comes beside", async () => {
	await section(second).getByRole("button", { name: "Session menu" }).click();
	await tab.role("menuitem", /^Show side by side/).click();
	await shows(second, "files");
	await tab.press("Control+k");
	await tab.type("show one");
	await tab.press("Enter");
	await shows(second);
	await tab.press("Control+Shift+L");
	await tab.press("Control+Backslash");
	await shows(second, "files");
});

await test("each place offers it in its menu, with the key that works everywhere", async () => {
	for (const kind of ["files", "git", "search"]) {
		await page.goto(`${d.url}#/w/${workspace.id}/${kind}`);
		await page.locator(".slot.front header").getByRole("button", { name: "More", exact: true }).click();
		await tab.role("menuitem", "Show one Ctrl Shift \\").click();
		await until("one is alone", async () => await page.locator(".slot.shown").count() === 1);
		await page.locator(".slot.front header").getByRole("button", { name: "More", exact: true }).click();
		await tab.role("menuitem", "Show side by side Ctrl Shift \\").click();
		await until("two tiles", async () => await page.locator(".slot.shown").count() === 2);
	}
});

await test("a tab and a row have the same menu, and bring theirs beside the one in front", async () => {
	await tab.row(second).click();
	await tab.ready();
	await tab.press("Control+Shift+Backslash");
	await shows(second);
	await page.locator(`[role=tab][data-tab="files:${workspace.id}"]`).click({ button: "right" });
	await tab.role("menuitem", /^Show side by side/).click();
	await shows(second, "files");
	await tab.press("Control+Shift+Backslash");
	await shows(second);
	await tab.row(first).click({ button: "right" });
	const items = await page.getByRole("menuitem").allInnerTexts();
	equal(items.map(text => text.split("\n")[0]), ["Rename", "Show side by side", "Stop", "Delete"], "no tab to close");
	await tab.press("Escape");
	await tab.row(first).focus();
	await tab.press("Shift+F10");
	await tab.role("menuitem", /^Show side by side/).click();
	await shows(second, first);
	await page.locator(`[role=tab][data-tab="${first}"]`).click({ button: "right" });
	await tab.role("menuitem", "Close tab").click();
	await shows(second);
});

await browser.quiet(FAILED_REQUEST);
await done();
