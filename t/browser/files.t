#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* Browsing the files of a workspace, and what can be done to them. */
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync,
	writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { done, equal, match, ok, test, until } from "../lib/tap.mjs";
import { FAILED_REQUEST, open, setUp } from "./browser.mjs";
import { FileBrowser, plant, serveHome, workspaceOf } from "./files.mjs";
import { brokenMarkup, contrast, nameless, overlaps } from "./inspect.mjs";

const { d, home } = await serveHome();
const browser = await open(d);
const key = await setUp(d);
const client = d.client();
const root = plant(join(home, "lantern"), {
	"src/engine/plan.c": "int plan;\n",
	"src/main.c": "int main(void) { return 0; }\n",
	"file2": "2", "file10": "10", ".env": "A=1", "README.md": "# Lantern\n",
});
symlinkSync("README.md", join(root, "link"));
symlinkSync("nowhere", join(root, "broken"));
chmodSync(join(root, ".env"), 0o600);
const workspace = await workspaceOf(client, root);
const profile = await browser.profile({ key });
const tab = await profile.tab();
const files = await new FileBrowser(tab, workspace.id).open();
const there = path => existsSync(join(root, path));
const field = tab.page.locator("section[data-files] [role=treegrid] input");
const notice = tab.page.locator("footer .notice");

await test("a workspace in the list leads to its files, folders first and as a person counts", async () => {
	await tab.go("#/");
	await tab.page.locator(`[data-workspace="${workspace.id}"] [data-place=files]`).click();
	await files.shows("src", ".env", "broken", "file2", "file10", "link", "README.md");
	await tab.says(tab.role("tab", /lantern/), "Files lantern");
});

await test("a folder is read when it is opened, and stays open over a reload", async () => {
	await files.unfold("src", "src/engine");
	await files.shows("src", "  engine", "    plan.c", "  main.c", ".env", "broken", "file2",
		"file10", "link", "README.md");
	await tab.reload();
	await files.row("src/engine/plan.c").waitFor();
	await files.row("src").click();
	await files.shows("src", ".env", "broken", "file2", "file10", "link", "README.md");
});

await test("permissions, sizes and where links lead are shown", async () => {
	await files.row(".env").click();
	await tab.says(files.preview.locator(".facts"), /rw-------/);
	equal(await files.row("link").getAttribute("title"), "Link to README.md");
	equal(await files.row("broken").getAttribute("title"), "Link to nowhere, which is not there");
});

await test("a new file and a new folder get their names where they will stand", async () => {
	await files.list.focus();
	await tab.press("Escape");
	await files.choose("src", "New file");
	await field.waitFor();
	await tab.type("new.c\n");
	await files.row("src/new.c").waitFor();
	equal(readFileSync(join(root, "src/new.c"), "utf8"), "");
	await files.choose("src", "New folder");
	await field.waitFor();
	await tab.type("include\n");
	await files.row("src/include").waitFor();
	ok(there("src/include"), "the folder");
});

await test("a name that is taken or bad is refused where it is typed", async () => {
	await files.choose("src", "New file");
	await tab.type("main.c\n");
	await tab.says(files.pane.getByRole("alert"), "main.c is already there.");
	await tab.type("/x\n");
	await tab.says(files.pane.getByRole("alert"), /must not be empty/);
	await tab.press("Escape");
	await field.waitFor({ state: "detached" });
});

await test("renaming proposes the name without its ending, and undo takes it back", async () => {
	await files.row("src/new.c").click();
	await tab.press("F2");
	await field.waitFor();
	await tab.type("renamed\n");
	await files.row("src/renamed.c").waitFor();
	ok(there("src/renamed.c") && !there("src/new.c"), "on the disk");
	await tab.press("Control+z");
	await files.row("src/new.c").waitFor();
	ok(there("src/new.c"), "back on the disk");
});

await test("what is dragged onto a folder moves there", async () => {
	await files.row("file2").dragTo(files.row("src/include"));
	await until("it is moved", () => there("src/include/file2") && !there("file2"));
	await tab.says(notice, /^Moved 1 item to src\/include\./);
	await notice.getByRole("button", { name: "Undo" }).click();
	await files.row("file2").waitFor();
});

await test("a folder cannot be moved into itself", async () => {
	await files.row("src").dragTo(files.row("src/include"));
	await tab.says(notice, /cannot be moved into itself/);
	ok(there("src/include"), "it is where it was");
});

await test("copy and paste make a copy with a name of its own; several at once, too", async () => {
	await files.row("file2").click();
	await files.row("file10").click({ modifiers: ["Control"] });
	await tab.press("Control+c");
	await tab.press("Control+v");
	await files.row("file2 copy").waitFor();
	await files.row("file10 copy").waitFor();
	equal(readFileSync(join(root, "file10 copy"), "utf8"), "10");
	await tab.press("Escape");
});

await test("cut and paste moves", async () => {
	await files.row("file2 copy").click();
	await files.row("file10 copy").click({ modifiers: ["Control"] });
	await tab.press("Control+x");
	await files.row("src/include").click();
	await tab.press("Control+v");
	await tab.says(notice, /^Moved 2 items to src\/include\./);
	ok(there("src/include/file2 copy") && !there("file2 copy"), "they are moved");
});

await test("what is deleted goes to the trash, and undo brings it back", async () => {
	await files.row("src/new.c").click();
	await tab.press("Delete");
	await files.row("src/new.c").waitFor({ state: "detached" });
	await tab.says(notice, /^new\.c is in the trash\./);
	await notice.getByRole("button", { name: "Undo" }).click();
	await files.row("src/new.c").waitFor();
	ok(there("src/new.c"), "on the disk");
});

await test("from the trash it is put back, under another name where the old one is taken", async () => {
	await files.row("file2").click();
	await tab.press("Delete");
	await files.row("file2").waitFor({ state: "detached" });
	writeFileSync(join(root, "file2"), "another");
	await files.more("Trash");
	const item = files.pane.locator("[data-trash]");
	await tab.says(item.first(), /file2/);
	await item.first().getByRole("button", { name: "Put back" }).click();
	const dialog = tab.page.getByRole("dialog");
	await dialog.getByLabel("Name").fill("file2 of before");
	await dialog.getByRole("button", { name: "Put back" }).click();
	await until("it is back", () => there("file2 of before"));
	equal(readFileSync(join(root, "file2 of before"), "utf8"), "2");
	equal(readFileSync(join(root, "file2"), "utf8"), "another");
	await tab.page.getByText("The trash is empty.").waitFor();
	await tab.button("Back to the files").click();
	await files.row("file2 of before").waitFor();
});

await test("the trash is emptied only after a question", async () => {
	await files.row("file2 of before").click();
	await tab.press("Delete");
	await files.row("file2 of before").waitFor({ state: "detached" });
	await files.more("Trash");
	await tab.button("Empty the trash").click();
	const dialog = tab.page.getByRole("dialog");
	await tab.says(dialog.locator("p"), /deleted for good/);
	await dialog.getByRole("button", { name: "Empty the trash" }).click();
	await tab.page.getByText("The trash is empty.").waitFor();
	await tab.button("Back to the files").click();
});

await test("what others do to files shows by itself", async () => {
	await files.row("README.md").waitFor();
	writeFileSync(join(root, "src/from-a-shell.c"), "x");
	await files.row("src/from-a-shell.c").waitFor();
	mkdirSync(join(root, "made"));
	await files.row("made").waitFor();
	rmSync(join(root, "src/from-a-shell.c"));
	await files.row("src/from-a-shell.c").waitFor({ state: "detached" });
	writeFileSync(join(root, "README.md"), "# Lantern\n\nIt is longer now.\n");
	await tab.says(files.row("README.md").locator(".size"), "29 B");
});

await test("what appears in a folder before its changes are told shows, too", async () => {
	mkdirSync(join(root, "late"));
	await files.row("late").waitFor();
	let release;
	const held = new Promise(resolve => (release = resolve));
	await tab.page.route(/stream\/[^/]+\/watch$/, async route => {
		await held;
		await route.continue();
	});
	await files.unfold("late");
	await files.pane.getByText("Empty", { exact: true }).waitFor();
	writeFileSync(join(root, "late/one"), "1");
	release();
	await files.row("late/one").waitFor();
	await tab.page.unroute(/stream\/[^/]+\/watch$/);
	rmSync(join(root, "late"), { recursive: true });
	await files.row("late").waitFor({ state: "detached" });
});

await test("also after another session was opened, which begins another stream", async () => {
	await tab.shell();
	writeFileSync(join(root, "meanwhile"), "x");
	await tab.go(`#/w/${workspace.id}/files`);
	await files.row("meanwhile").waitFor();
	writeFileSync(join(root, "afterwards"), "x");
	await files.row("afterwards").waitFor();
	rmSync(join(root, "meanwhile"));
	await files.row("meanwhile").waitFor({ state: "detached" });
	rmSync(join(root, "afterwards"));
	await files.row("afterwards").waitFor({ state: "detached" });
});

await test("names that are no text are shown as codes and can be renamed", async () => {
	writeFileSync(Buffer.concat([Buffer.from(`${root}/b`), Buffer.from([0xff]), Buffer.from(" <i>\n")]), "x");
	const row = files.pane.locator("[data-path]").filter({ hasText: "b\\xff <i>\\x0a" });
	await row.click();
	await tab.press("F2");
	await field.fill("good");
	await tab.press("Enter");
	await files.row("good").waitFor();
	ok(there("good"), "on the disk");
	ok(!readdirSync(root, { encoding: "buffer" }).some(name => name.includes(0xff)), "the old one is gone");
});

await test("the keyboard alone is enough", async () => {
	await files.list.focus();
	await tab.press("Home");
	equal(await files.pane.locator("[data-cursor]").getAttribute("data-path"), "made");
	await tab.type("src");
	await tab.press("ArrowLeft");
	equal(await files.row("src").getAttribute("aria-expanded"), "false");
	await tab.press("ArrowRight");
	await tab.press("ArrowRight");
	const cursor = () => files.pane.locator("[data-cursor]").getAttribute("data-path");
	await until("the cursor is in the folder", async () => (await cursor()).startsWith("src/"));
	await tab.press("ArrowLeft");
	if (await cursor() !== "src")
		await tab.press("ArrowLeft");
	await until("and out of it", async () => await cursor() === "src");
	await tab.press("Shift+F10");
	await tab.page.getByRole("menu").waitFor();
	await tab.press("Escape");
	await tab.press("Alt+Shift+n");
	await field.waitFor();
	await tab.type("by keyboard\n");
	await files.row("src/by keyboard").waitFor();
	await tab.press("Delete");
	await files.row("src/by keyboard").waitFor({ state: "detached" });
	await tab.press("End");
	await until("the last one", async () => await cursor() === "README.md");
	await tab.press("Shift+ArrowUp");
	equal(await files.pane.locator('[aria-selected="true"]').count(), 2, "chosen");
});

await test("hidden files can be left out", async () => {
	await files.pane.getByRole("button", { name: "More", exact: true }).click();
	await tab.role("menuitemcheckbox", "Hidden files").click();
	await files.row(".env").waitFor({ state: "detached" });
	await files.pane.getByRole("button", { name: "More", exact: true }).click();
	await tab.role("menuitemcheckbox", "Hidden files").click();
	await files.row(".env").waitFor();
});

await test("columns sort, folders always first", async () => {
	writeFileSync(join(root, "large"), "x".repeat(5000));
	await files.row("large").waitFor();
	await files.pane.locator(".head").getByRole("button", { name: "Size" }).click();
	await until("the largest file is the first one", async () =>
		(await files.names()).find(name => !name.startsWith(" ") && name !== "src" && name !== "made") === "large");
	await files.pane.locator(".head").getByRole("button", { name: "Name" }).click();
});

await test("a file and a folder can be downloaded", async () => {
	const downloaded = name => tab.page.waitForEvent("download", one => one.suggestedFilename() === name);
	const file = downloaded("README.md");
	await files.choose("README.md", "Download");
	equal(readFileSync(await (await file).path(), "utf8"), "# Lantern\n\nIt is longer now.\n");
	const folder = downloaded("src.tar");
	await files.choose("src", "Download as .tar");
	const tar = await folder;
	const { stdout, stderr } = spawnSync("tar", ["-xOf", await tar.path(), "src/engine/plan.c"], { encoding: "utf8" });
	equal([stdout, stderr], ["int plan;\n", ""]);
});

await test("a shell can be opened where one is", async () => {
	await files.choose("src/engine", "New shell here");
	await tab.ready();
	await tab.prompt();
	await tab.type("pwd\n");
	await tab.see(`\n${root}/src/engine\n`);
});

await test("ten thousand files in a folder scroll, and only those in view are in the page", async () => {
	mkdirSync(join(root, "many"));
	for (let i = 0; i < 10000; i++)
		writeFileSync(join(root, "many", `file${i}`), "");
	await files.open();
	await files.list.focus();
	await tab.press("Home");
	await files.unfold("many");
	await files.row("many/file0").waitFor();
	await until("all of it was read", async () =>
		await files.pane.locator("[aria-rowcount]").getAttribute("aria-rowcount") > 10000);
	await tab.type("file9999");
	await files.row("many/file9999").waitFor();
	ok(await files.pane.locator("[data-path]").count() < 120, "rows in the page");
	await files.row("many").waitFor({ state: "detached" });
	await tab.press("ArrowLeft");
	await tab.press("ArrowLeft");
	rmSync(join(root, "many"), { recursive: true });
	await files.row("many").waitFor({ state: "detached" });
});

await test("everything has a name and contrast, nothing overlaps, in both themes", async () => {
	for (const theme of ["Use the light theme", "Use the dark theme"]) {
		await tab.press("Control+k");
		await tab.type(theme);
		await tab.press("Enter");
		await files.row("README.md").click();
		for (const inspect of [contrast, nameless, brokenMarkup, overlaps])
			equal(await inspect(tab), [], `${theme}: ${inspect.name}`);
	}
});

await test("when its folder is gone, the workspace says so", async () => {
	rmSync(root, { recursive: true });
	await files.more("Read again");
	await tab.says(files.pane.locator(".note"), /Try again/);
	ok(await files.pane.locator(".note .bad").isVisible(), "in red");
});

await browser.quiet(FAILED_REQUEST);
await done();
