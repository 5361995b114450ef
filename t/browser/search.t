#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* Finding files by their names, and lines by what they say. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { done, equal, match, ok, test, until } from "../lib/tap.mjs";
import { FAILED_REQUEST, open, setUp } from "./browser.mjs";
import { FileBrowser, plant, serveHome, workspaceOf } from "./files.mjs";

const { d, home } = await serveHome();
const browser = await open(d);
const key = await setUp(d);
const root = plant(join(home, "lantern"), {
	"src/plan.c": "int plan;\nint Plan_two;\nint planet;\n",
	"src/engine/planner.h": "/* <b>plan</b> */\n",
	"doc/plan.md": "Nothing here.\n",
	"doc/long.txt": `${"x".repeat(300)} needle ${"y".repeat(300)}\n`,
	"picture.png": "no picture",
});
const workspace = await workspaceOf(d.client(), root);
const profile = await browser.profile({ key });
const tab = await profile.tab();
const files = await new FileBrowser(tab, workspace.id).open();
const pane = tab.page.locator(`.slot.front section[data-search="${workspace.id}"]`);
const results = () => pane.locator("[data-result]").evaluateAll(rows => rows.map(row => row.dataset.result));
const dialog = tab.page.getByRole("dialog");

const finds = (...wanted) => {
	let got = [];
	return until(`it finds ${wanted.join(", ")}`, async () => {
		got = await results();
		return JSON.stringify(got) === JSON.stringify(wanted);
	}).catch(e => {
		e.message += `\nit finds: ${JSON.stringify(got)}`;
		throw e;
	});
};

await test("Ctrl P finds files by a few letters, the best one first", async () => {
	await files.row("picture.png").click();
	await tab.press("Control+p");
	await dialog.waitFor();
	await tab.type("planh");
	await tab.says(dialog.getByRole("option").first(), "src/engine/planner.h");
	ok(await dialog.locator("b").count() > 0, "the letters that match are marked");
	await tab.press("Escape");
});

await test("a file that is only looked at is shown in the tree", async () => {
	await tab.press("Control+p");
	await tab.type("picture");
	await tab.says(dialog.getByRole("option").first(), "picture.png");
	await tab.press("Enter");
	await files.pane.locator('[data-path="picture.png"][aria-selected="true"]').waitFor();
});

await test("the palette finds files, too, beside sessions and actions", async () => {
	await tab.press("Control+k");
	await tab.type("planner");
	await dialog.getByRole("option", { name: "src/engine/planner.h" }).waitFor();
	await tab.press("Escape");
});

await test("lines are found by what they say, by file, with what matches marked", async () => {
	await tab.press("Control+Shift+f");
	await pane.getByRole("searchbox").fill("plan");
	await until("three files' worth", async () => (await results()).length === 4);
	const found = await results();
	ok(found.includes("src/plan.c:1") && found.includes("src/engine/planner.h:1"), "found", found);
	await tab.says(pane.locator(".summary"), /^4 matches in 2 files/);
	equal(await pane.locator("mark").first().innerText(), "plan");
	equal(await pane.locator("b").count(), 0, "elements out of a file");
});

await test("case, whole words and expressions narrow it down", async () => {
	await pane.getByRole("button", { name: "Whole words" }).click();
	await until("whole words", async () => (await results()).length === 2);
	await pane.getByRole("button", { name: "Whole words" }).click();
	await pane.getByRole("button", { name: "Match case" }).click();
	await pane.getByRole("searchbox").fill("Plan");
	await finds("src/plan.c:2");
	await pane.getByRole("button", { name: "Match case" }).click();
	await pane.getByRole("button", { name: "Regular expression" }).click();
	await pane.getByRole("searchbox").fill("plan(et|ner)");
	await finds("src/plan.c:3");
	await pane.getByRole("searchbox").fill("plan(");
	await until("a sentence says what is wrong with it", async () =>
		await pane.locator(".summary.bad").isVisible());
	await pane.getByRole("button", { name: "Regular expression" }).click();
});

await test("only some files, when that is said", async () => {
	await pane.getByRole("searchbox").fill("plan");
	await pane.getByLabel("Only in").fill("*.h");
	await finds("src/engine/planner.h:1");
	await pane.getByLabel("Only in").fill("");
});

await test("a long line is shown from near its match on", async () => {
	await pane.getByRole("searchbox").fill("needle");
	await finds("doc/long.txt:1");
	match(await pane.locator("[data-result] .line").innerText(), /^…x+ needle y+/);
});

await test("files fold, with the keyboard as well, and nothing found is said", async () => {
	await pane.getByRole("searchbox").fill("plan");
	await until("it is found again", async () => (await results()).length === 4);
	await pane.getByRole("tree").focus();
	await tab.press("Home");
	await tab.press("ArrowLeft");
	await until("one is folded", async () => (await results()).length < 4);
	await tab.press("ArrowRight");
	await until("and unfolded", async () => (await results()).length === 4);
	await pane.getByRole("searchbox").fill("nowhere to be found");
	await tab.says(pane.locator(".summary"), "Nothing found.");
});

await test("what was searched for is still there after a reload", async () => {
	await pane.getByRole("searchbox").fill("needle");
	await finds("doc/long.txt:1");
	writeFileSync(join(root, "another"), "needle\n");
	await tab.reload();
	await pane.waitFor();
	equal(await pane.getByRole("searchbox").inputValue(), "needle");
	await until("the new one, too", async () => (await results()).length === 2);
});

await browser.quiet(FAILED_REQUEST);
await done();
