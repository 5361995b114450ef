#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* Files from the person's machine: chosen, dropped, pasted; over breaks and reloads. */
import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporary } from "../lib/dispatch.mjs";
import { done, equal, ok, test, until } from "../lib/tap.mjs";
import { FAILED_REQUEST, open, setUp } from "./browser.mjs";
import { FileBrowser, plant, serveHome, workspaceOf } from "./files.mjs";

const { d, home } = await serveHome();
const browser = await open(d);
const key = await setUp(d);
const client = d.client();
const root = plant(join(home, "inbox"), { "notes.txt": "mine", "sub/": null });
const workspace = await workspaceOf(client, root);
const profile = await browser.profile({ key });
const tab = await profile.tab();
const files = await new FileBrowser(tab, workspace.id).open();
const local = temporary();
const hash = path => createHash("sha256").update(readFileSync(path)).digest("hex");
const there = path => existsSync(join(root, path));
const strip = files.pane.locator("[data-upload]");

/* Holds back pieces of uploads until the returned function is called. */
async function holdPieces() {
	let release;
	const released = new Promise(resolve => { release = resolve; });
	await tab.page.route(/\/api\/uploads\/[^/]+\?offset=/, async route => {
		await released;
		await route.continue().catch(() => {});
	});
	return async () => {
		release();
		await tab.page.unroute(/\/api\/uploads\/[^/]+\?offset=/);
	};
}

async function choose(button, paths) {
	const chooser = tab.page.waitForEvent("filechooser");
	await button();
	await (await chooser).setFiles(paths);
}

const uploadHere = paths => choose(() =>
	files.pane.locator("header").getByRole("button", { name: "Upload files" }).click(), paths);

await test("files that are chosen arrive byte by byte, also an empty and a large one", async () => {
	plant(local, { "empty": "", "small.bin": randomBytes(1000), "large.bin": randomBytes(9_000_000) });
	await uploadHere(["empty", "small.bin", "large.bin"].map(name => join(local, name)));
	for (const name of ["empty", "small.bin", "large.bin"]) {
		await files.row(name).waitFor();
		equal(hash(join(root, name)), hash(join(local, name)), name);
	}
	await strip.waitFor({ state: "detached" });
	await tab.says(tab.page.locator("[data-activity]"), "3 files uploaded");
});

await test("a folder arrives with all that is in it, into the folder under the cursor", async () => {
	plant(join(local, "photos"), { "2024/a.jpg": randomBytes(2000), "2024/deep/b.jpg": "b", "c.txt": "c" });
	await files.row("sub").click();
	await choose(() => files.more("Upload a folder"), join(local, "photos"));
	await files.row("sub/photos").waitFor();
	await until("all of it", () => there("sub/photos/2024/deep/b.jpg") && there("sub/photos/c.txt"));
	equal(hash(join(root, "sub/photos/2024/a.jpg")), hash(join(local, "photos/2024/a.jpg")));
});

await test("a folder that is dropped arrives with the empty folders in it", async () => {
	plant(join(local, "album"), { "x/y/one.txt": "1", "x/nothing/": null, "none/": null });
	const box = await files.row("sub").boundingBox();
	const mouse = await tab.page.context().newCDPSession(tab.page);
	for (const type of ["dragEnter", "dragOver", "drop"])
		await mouse.send("Input.dispatchDragEvent", { type, x: box.x + 40, y: box.y + box.height / 2,
			data: { items: [], files: [join(local, "album")], dragOperationsMask: 1 } });
	for (const path of ["x/y/one.txt", "x/nothing", "none"])
		await until(path, () => there(`sub/album/${path}`));
});

await test("what is dropped onto a folder goes there", async () => {
	const data = await tab.page.evaluateHandle(() => {
		const transfer = new DataTransfer();
		transfer.items.add(new File(["dropped"], "dropped.txt"));
		return transfer;
	});
	await files.row("sub").dispatchEvent("dragover", { dataTransfer: data });
	await files.pane.locator('[data-path="sub"].target').waitFor();
	await files.row("sub").dispatchEvent("drop", { dataTransfer: data });
	await files.row("sub/dropped.txt").waitFor();
	equal(readFileSync(join(root, "sub/dropped.txt"), "utf8"), "dropped");
});

await test("what is pasted goes to the folder under the cursor", async () => {
	await files.row("notes.txt").click();
	await tab.page.evaluate(() => {
		const clipboardData = new DataTransfer();
		clipboardData.items.add(new File(["pasted"], "pasted.txt"));
		document.activeElement.dispatchEvent(new ClipboardEvent("paste",
			{ clipboardData, bubbles: true, cancelable: true }));
	});
	await files.row("pasted.txt").waitFor();
	equal(readFileSync(join(root, "pasted.txt"), "utf8"), "pasted");
});

await test("a file that is already there is not replaced without a question", async () => {
	writeFileSync(join(local, "notes.txt"), "another");
	await uploadHere(join(local, "notes.txt"));
	await strip.and(tab.page.locator('[data-state="asking"]')).waitFor();
	equal(readFileSync(join(root, "notes.txt"), "utf8"), "mine");
	await strip.getByRole("button", { name: "Keep both" }).click();
	await files.row("notes copy.txt").waitFor();
	equal(readFileSync(join(root, "notes.txt"), "utf8"), "mine");
	await uploadHere(join(local, "notes.txt"));
	await strip.getByRole("button", { name: "Replace", exact: true }).click();
	await until("it is replaced", () => there("notes.txt") &&
		readFileSync(join(root, "notes.txt"), "utf8") === "another");
	await files.more("Trash");
	await tab.says(files.pane.locator("[data-trash]"), /notes\.txt/);
	await files.more("Back to the files");
});

await test("one answer can be for all files", async () => {
	plant(join(local, "twice"), { "x": "new", "y": "new", "z": "new" });
	plant(join(root, "twice"), { "x": "old", "y": "old", "z": "old" });
	await files.list.focus();
	await tab.press("Escape");
	await files.row("pasted.txt").click();
	await choose(() => files.more("Upload a folder"), join(local, "twice"));
	await strip.getByRole("button", { name: "Replace all" }).click();
	await until("all of them", () => ["x", "y", "z"].every(name => there(`twice/${name}`) &&
		readFileSync(join(root, "twice", name), "utf8") === "new"));
});

await test("an upload goes on where it was when the line comes back", async () => {
	writeFileSync(join(local, "long.bin"), randomBytes(6_000_000));
	let pieces = 0;
	await tab.page.route(/\/api\/uploads\/[^/]+\?offset=/, async route => {
		pieces++;
		if (pieces === 2 || pieces === 3)
			await route.abort();
		else
			await route.continue();
	});
	await uploadHere(join(local, "long.bin"));
	await files.row("long.bin").waitFor();
	equal(hash(join(root, "long.bin")), hash(join(local, "long.bin")));
	ok(pieces > 3, "pieces", pieces);
	await tab.page.unroute(/\/api\/uploads\/[^/]+\?offset=/);
});

await test("after a reload of the page it goes on by itself", async () => {
	writeFileSync(join(local, "kept.bin"), randomBytes(3_000_000));
	const release = await holdPieces();
	await uploadHere(join(local, "kept.bin"));
	await until("it has begun", async () => (await d.sql("state", "SELECT id FROM upload")).length === 1);
	await tab.reload();
	await release();
	await files.row("kept.bin").waitFor();
	equal(hash(join(root, "kept.bin")), hash(join(local, "kept.bin")));
	equal(await d.sql("state", "SELECT id FROM upload"), [], "uploads that are left");
});

await test("a file too large to be kept is asked for again, and only the same one is taken", async () => {
	const big = Buffer.alloc(70_000_000, randomBytes(1000));
	writeFileSync(join(local, "big.bin"), big);
	writeFileSync(join(local, "other.bin"), "other");
	const release = await holdPieces();
	await uploadHere(join(local, "big.bin"));
	await until("it has begun", async () => (await d.sql("state", "SELECT id FROM upload")).length === 1);
	tab.page.once("dialog", dialog => dialog.accept());
	await tab.reload();
	await release();
	await tab.says(strip, /big\.bin was not finished/);
	const again = () => strip.getByRole("button", { name: "Choose the file" }).click();
	await choose(again, join(local, "other.bin"));
	await tab.says(tab.page.locator("footer .notice"), /not the same file/);
	await choose(again, join(local, "big.bin"));
	await files.row("big.bin").waitFor();
	equal(hash(join(root, "big.bin")), hash(join(local, "big.bin")));
});

await test("cancelled, nothing of it is left", async () => {
	writeFileSync(join(local, "gone.bin"), randomBytes(2_000_000));
	const release = await holdPieces();
	await uploadHere(join(local, "gone.bin"));
	await until("it has begun", async () => (await d.sql("state", "SELECT id FROM upload")).length === 1);
	await strip.getByRole("button", { name: "Cancel: gone.bin" }).click();
	await until("the server forgot it", async () => (await d.sql("state", "SELECT id FROM upload")).length === 0);
	await release();
	ok(!there("gone.bin"), "no file");
});

await test("two hundred small files, and the list of activity tells of them", async () => {
	const many = {};
	for (let i = 0; i < 200; i++)
		many[`n${i}`] = `${i}`;
	plant(join(local, "many"), many);
	await choose(() => files.more("Upload a folder"), join(local, "many"));
	await until("all are there", () => there("many/n0") && there("many/n199"), 30000);
	await tab.says(tab.page.locator("[data-activity]"), "All finished");
	await tab.page.locator("[data-activity]").click();
	await tab.page.getByRole("group", { name: "Activity" }).getByRole("button").first().focus();
	await tab.press("Escape");
	equal(await tab.page.locator("[data-activity]").evaluate(button => button === document.activeElement), true,
		"Escape gives the focus back");
	await tab.press("Enter");
	await tab.says(tab.page.locator(".activity [data-upload]").first(), /200 files/);
	await tab.button("Clear what has ended").click();
	await tab.page.locator("[data-activity]").waitFor({ state: "detached" });
});

await browser.quiet(FAILED_REQUEST);
await done();
