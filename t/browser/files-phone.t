#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* Files with a thumb: 390 pixels wide, no hover, no right button. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { done, equal, test, until } from "../lib/tap.mjs";
import { FAILED_REQUEST, PHONE, open, setUp } from "./browser.mjs";
import { FileBrowser, plant, serveHome, workspaceOf } from "./files.mjs";
import { brokenMarkup, contrast, nameless, overlaps, small } from "./inspect.mjs";

const { d, home } = await serveHome();
const browser = await open(d);
const key = await setUp(d);
const root = plant(join(home, "lantern"), {
	"src/main.c": "int main;\n", "src/sub/": null, "notes.md": "# Notes\n", "a.txt": "a", "b.txt": "b" });
const workspace = await workspaceOf(d.client(), root);
const phone = await browser.profile({ key, ...PHONE });
const tab = await phone.tab("");
const files = new FileBrowser(tab, workspace.id);
const item = name => tab.page.getByRole("menuitem", { name, exact: true });

const fits = async what => {
	for (const inspect of [contrast, nameless, brokenMarkup, overlaps])
		equal(await inspect(tab), [], `${what}: ${inspect.name}`);
	equal(await small(tab, 43), [], `${what}: small targets`);
};

await test("the list of sessions leads to the files of a workspace", async () => {
	await tab.page.locator(`[data-workspace="${workspace.id}"] [data-place=files]`).tap();
	await files.shows("src", "a.txt", "b.txt", "notes.md");
	await fits("files");
});

await test("a tap opens a folder, and a file lies over the tree until it is put away", async () => {
	await files.row("src").tap();
	await files.row("src/main.c").waitFor();
	await files.row("notes.md").tap();
	await tab.says(files.preview.locator("h1"), "Notes");
	await fits("preview");
	await tab.button("Hide the preview").tap();
	await files.preview.waitFor({ state: "detached" });
});

await test("the menu of a file is a sheet at the bottom", async () => {
	await files.pane.getByRole("button", { name: "Menu of a.txt" }).tap();
	const menu = tab.page.getByRole("menu");
	await menu.waitFor();
	const box = await menu.boundingBox();
	equal([Math.round(box.x), Math.round(box.width), Math.round(box.y + box.height)], [0, 390, 844]);
	await item("Rename").tap();
	await files.pane.getByRole("textbox").fill("c.txt");
	await tab.press("Enter");
	await files.row("c.txt").waitFor();
});

await test("several are chosen with taps and moved to a folder", async () => {
	await files.pane.getByRole("button", { name: "Menu of b.txt" }).tap();
	await item("Select").tap();
	await files.row("c.txt").tap();
	await tab.says(files.pane.getByRole("toolbar").locator(".count"), "2 items selected");
	await fits("selection");
	await tab.button("Move to…").tap();
	const dialog = tab.page.getByRole("dialog");
	await dialog.getByRole("button", { name: "src" }).tap();
	await dialog.locator('[data-folder-chosen="src"]').waitFor();
	await dialog.getByRole("button", { name: "sub" }).tap();
	await dialog.locator('[data-folder-chosen="src/sub"]').waitFor();
	await fits("folder");
	await dialog.getByRole("button", { name: "Move here" }).tap();
	await until("they are moved", () => existsSync(join(root, "src/sub/b.txt")) &&
		existsSync(join(root, "src/sub/c.txt")));
	await tab.page.locator("footer .notice").getByRole("button", { name: "Undo" }).tap();
	await files.row("b.txt").waitFor();
});

await test("a photo is uploaded, deleted, and put back from the trash", async () => {
	const chooser = tab.page.waitForEvent("filechooser");
	await files.pane.locator("header").getByRole("button", { name: "Upload files" }).tap();
	await (await chooser).setFiles({ name: "photo.txt", mimeType: "text/plain", buffer: Buffer.from("click") });
	await files.pane.locator('[data-path$="photo.txt"]').waitFor();
	const path = await files.pane.locator('[data-path$="photo.txt"]').getAttribute("data-path");
	equal(readFileSync(join(root, path), "utf8"), "click");
	await files.pane.getByRole("button", { name: "Menu of photo.txt" }).tap();
	await item("Move to the trash").tap();
	await files.row(path).waitFor({ state: "detached" });
	await files.pane.getByRole("button", { name: "More", exact: true }).tap();
	await item("Trash").tap();
	await fits("trash");
	await files.pane.locator("[data-trash]").getByRole("button", { name: "Put back" }).tap();
	await tab.page.getByText("The trash is empty.").waitFor();
	await tab.button("Back to the files").tap();
	await files.row(path).waitFor();
});

await test("a new folder, and search, from the header", async () => {
	await files.pane.getByRole("button", { name: "More", exact: true }).tap();
	await item("New folder").tap();
	await files.pane.getByRole("textbox").fill("made");
	await tab.press("Enter");
	await until("it is made", () => existsSync(join(root, "made")) || existsSync(join(root, "src/made")) ||
		existsSync(join(root, "src/sub/made")));
	await files.pane.getByRole("button", { name: "Search" }).tap();
	const pane = tab.page.locator(".slot.front section[data-search]");
	await pane.getByRole("searchbox").fill("main");
	await pane.locator('[data-result="src/main.c:1"]').waitFor();
	await fits("search");
	await tab.button("All sessions").tap();
	await tab.page.locator(`[data-workspace="${workspace.id}"]`).waitFor();
});

await test("the dialogs of a workspace fit", async () => {
	await tab.button("New workspace").tap();
	await tab.page.getByRole("dialog").locator("[data-directory]").first().waitFor();
	await fits("new workspace");
	await tab.page.getByRole("dialog").getByRole("button", { name: "Cancel" }).tap();
	await tab.button("Menu of lantern").tap();
	await item("Settings…").tap();
	for (const part of ["General", "Sessions", "Environment"]) {
		await tab.page.getByRole("dialog").getByRole("radio", { name: part, exact: true }).tap();
		await fits(`settings, ${part}`);
	}
	await tab.page.getByRole("dialog").getByText("No variables yet.").waitFor();
});

await browser.quiet(FAILED_REQUEST);
await done();
