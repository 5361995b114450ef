#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* Everything can be done without a mouse, and one sees where one is. */
import { serve } from "../lib/dispatch.mjs";
import { done, equal, ok, test, until } from "../lib/tap.mjs";
import { FAILED_REQUEST, open, setUp } from "./browser.mjs";

const d = await serve();
const browser = await open(d);
const key = await setUp(d, "Ada");
const client = d.client();
await client.create(["sh", "-c", "exit 1"], { title: "Gone" });
const { id: notes } = await client.create(["cat"], { title: "Notes" });
const tab = await (await browser.profile({ key })).tab("");
const dialog = tab.page.getByRole("dialog");
await tab.ready();

/* What has the focus: its name, and whether one sees that. */
const focused = () => tab.page.evaluate(() => {
	const element = document.activeElement;
	if (!element || element === document.body)
		return null;
	const style = getComputedStyle(element);
	const terminal = element.classList.contains("xterm-helper-textarea");
	const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
	element.dataset.visited = "";
	return {
		name: terminal ? "terminal" : element.ariaLabel || element.innerText || element.id,
		seen: terminal || ring,
	};
});

/* Presses the key until the focus comes to the terminal or leaves the page. */
async function walk(chord) {
	const stops = [];
	for (let i = 0; i < 60; i++) {
		await tab.press(chord);
		const stop = await focused();
		if (!stop || stop.name === "terminal")
			break;
		stops.push(stop);
	}
	return stops;
}

await test("Ctrl Shift L goes from the terminal to the list, and arrows through it", async () => {
	await tab.press("Control+Shift+L");
	await until("the list has the focus", () => tab.page.evaluate(() =>
		document.activeElement.matches("[data-session-row]")));
	equal((await focused()).seen, true, "focus ring");
	await tab.press("ArrowDown");
	equal(await tab.page.evaluate(() => document.activeElement.querySelector(".title").innerText),
		"Gone", "the next row");
	await tab.press("ArrowUp");
	await tab.press("Enter");
	equal(await tab.ready(), notes, "Enter opens it");
});

await test("Tab reaches every control, and each one shows that it has the focus", async () => {
	await tab.press("Control+Shift+L");
	await until("the list has the focus", async () => (await focused())?.name !== "terminal");
	const stops = [...await walk("Tab")];
	await tab.press("Control+Shift+L");
	await until("the list has the focus", async () => (await focused())?.name !== "terminal");
	stops.push(...await walk("Shift+Tab"));
	/* Round the other way, to what stands after the terminal. */
	stops.push(...await walk("Shift+Tab"));
	equal(stops.filter(stop => !stop.seen), [], "without a focus ring");
	const missed = await tab.page.evaluate(() =>
		[...document.querySelectorAll("button, input, a[href], [tabindex='0']")]
			.filter(element => element.checkVisibility({ visibilityProperty: true }) &&
				!element.closest("[inert], .xterm, .unseen") && element.tabIndex >= 0 &&
				!("visited" in element.dataset))
			.map(element => element.ariaLabel || element.innerText));
	equal(missed, [], "not reached");
});

await test("? shows the keys, and Escape leaves", async () => {
	await tab.press("Control+Shift+L");
	await until("the list has the focus", async () => (await focused())?.name !== "terminal");
	await tab.press("?");
	await tab.role("heading", "Keyboard shortcuts").waitFor();
	for (const text of ["Go to a session or run an action", "New shell", "New Claude session",
		"Find in the terminal or conversation"])
		ok(await dialog.getByText(text, { exact: true }).count(), `${text} is missing`);
	await tab.press("Escape");
	await dialog.waitFor({ state: "detached" });
	await tab.ready();
});

await test("in a terminal, ? is a question mark", async () => {
	await tab.type("why?\n");
	await tab.see("why?\nwhy?\n");
	equal(await dialog.count(), 0, "dialogs");
});

await test("Ctrl K opens the palette, also from a terminal; letters choose, Enter runs",
	async () => {
		await tab.press("Control+k");
		await tab.role("combobox", "Go to or run").waitFor();
		await tab.type("gone");
		await tab.page.locator('[role=option][aria-selected="true"]', { hasText: "Gone" }).waitFor();
		await tab.press("Enter");
		await tab.pane('[data-status="exited"]').waitFor();
		await tab.press("Control+k");
		await tab.type("notes");
		await tab.press("Enter");
		equal(await tab.ready(), notes);
	});

await test("every action of a session is in the palette", async () => {
	await tab.press("Control+k");
	await tab.type("rename");
	await tab.press("Enter");
	await dialog.getByLabel("Title").waitFor();
	await tab.type("Renamed by keys");
	await tab.press("Enter");
	await tab.says(tab.pane().locator("h1"), "Renamed by keys");
	for (const [words, title] of [["stop", /^Stop /], ["delete", /^Delete /]]) {
		await tab.press("Control+k");
		await tab.type(words);
		await tab.press("Enter");
		await dialog.getByRole("heading", { name: title }).waitFor();
		await tab.press("Escape");
		await dialog.waitFor({ state: "detached" });
	}
});

await test("Ctrl Shift S makes a shell, Ctrl Shift 1 to 9 and Alt 1 to 9 go to tabs", async () => {
	await tab.press("Control+Shift+S");
	await until("a new shell", async () => await tab.session() !== notes);
	const shell = await tab.ready();
	await tab.prompt();
	await tab.press("Control+Shift+Digit1");
	await until("the first tab", async () => await tab.session() === notes);
	await tab.ready();
	await tab.press("Control+Shift+L");
	await until("the list has the focus", async () => (await focused())?.name !== "terminal");
	await tab.press("Alt+Digit3");
	await until("the third tab", async () => await tab.session() === shell);
	await tab.ready();
});

await test("in the row of tabs arrows move, Enter opens, Delete closes", async () => {
	const shell = await tab.session();
	await tab.page.locator(".tab.on [role=tab]").focus();
	await tab.press("ArrowLeft");
	equal((await focused()).seen, true, "focus ring");
	await tab.press("Enter");
	await until("another tab", async () => await tab.session() !== shell);
	await tab.ready();
	await tab.page.locator(".tab.on [role=tab]").focus();
	const closed = await tab.session();
	await tab.press("Delete");
	await until("its tab is closed", async () => await tab.session() !== closed);
	ok((await client.session(closed)).id, "its session is still there");
	await tab.row(shell).click();
	await tab.pane(`[data-session="${shell}"]`).waitFor();
	await tab.ready();
});

await test("Ctrl Shift F finds, Escape goes back to the terminal", async () => {
	await tab.prompt();
	await tab.type("echo needle one; echo needle two\n");
	await tab.see(/\nneedle two\n[^\n]*[$#]\n$/);
	await tab.press("Control+Shift+F");
	const search = tab.page.getByRole("search");
	const field = search.getByRole("textbox");
	await until("the field has the focus", () =>
		field.evaluate(input => input === document.activeElement));
	await field.pressSequentially("needle");
	await tab.says(search.getByRole("status"), /^\d of 4$/);
	await field.press("Enter");
	await field.press("Escape");
	await search.waitFor({ state: "detached" });
	await tab.ready();
});

await test("a menu opens, moves and closes by keys, and gives the focus back", async () => {
	await tab.press("Control+Shift+L");
	const trigger = tab.pane().getByRole("button", { name: "Session menu" });
	await trigger.focus();
	await tab.press("Enter");
	await tab.role("menuitem", "Rename").waitFor();
	equal((await focused()).name.trim(), "Rename");
	await tab.press("End");
	equal((await focused()).name.trim(), "Delete");
	await tab.press("Escape");
	equal((await focused()).name, "Session menu");
});

await browser.quiet(FAILED_REQUEST);
await done();
