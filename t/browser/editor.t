#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* Editing files in the browser: typing, saving, what others change meanwhile, and what is never lost. */
import { appendFileSync, existsSync, readFileSync, renameSync, statSync, chmodSync, unlinkSync,
	writeFileSync } from "node:fs";
import { join } from "node:path";
import { Repository } from "../lib/git.mjs";
import { done, equal, match, ok, test, until } from "../lib/tap.mjs";
import { FAILED_REQUEST, PHONE, open, setUp } from "./browser.mjs";
import { plant, serveHome, workspaceOf } from "./files.mjs";
import { brokenMarkup, contrast, nameless, overlaps } from "./inspect.mjs";

const { d, home } = await serveHome();
const browser = await open(d);
const key = await setUp(d);
const client = d.client();
const MAIN = "#include <stdio.h>\n\nint\nmain(void)\n{\n\tputs(\"hello\");\n\treturn 0;\n}\n";
const root = plant(join(home, "lantern"), {
	"src/main.c": MAIN,
	"notes.md": "# Notes\n\n<img src=x onerror=alert(1)>\n",
	"win.txt": "\ufeffone\r\ntwo\r\n",
	"quick.txt": "",
	"late.txt": "not too late\n",
	"data.bin": Buffer.from([0, 1, 2, 3]),
	"big.log": "a line of the log\n".repeat(700000),
});
const git = new Repository(root);
git.git("init", "-q", "-b", "main");
git.commit();
const workspace = await workspaceOf(client, root);
const made = await client.post("api/sessions", { kind: "file-editor", workspace: workspace.id });
equal(made.status, 201, `an editor: ${made.body}`);
const session = made.json.id;
const file = path => readFileSync(join(root, path), "utf8");

/** The editor of the workspace, in one tab of a browser. */
class Editor {
	constructor(tab) {
		Object.assign(this, { tab, page: tab.page });
		this.pane = this.page.locator(`.slot.front section[data-session="${session}"]`);
	}

	side(path) {
		return this.pane.locator(`[data-file="${path}"]`);
	}

	/** The text that is edited, which stands in a shadow tree. */
	content(path) {
		return this.side(path).locator(".cm-content");
	}

	fileTab(path, state = "") {
		return this.pane.locator(`[data-file-tab="${path}"]${state}`);
	}

	/** Opens a file by its name, as with Ctrl P. */
	async open(path) {
		await this.tab.press("Control+p");
		const dialog = this.page.getByRole("dialog");
		await dialog.locator("input").fill(path);
		await dialog.locator('[aria-selected="true"]').getByText(path.split("/").at(-1)).waitFor();
		await this.tab.press("Enter");
		await this.shows(path);
	}

	async shows(path) {
		await this.side(path).and(this.page.locator('[data-phase="ready"]')).waitFor();
	}

	async typeAt(path, place, text) {
		await this.content(path).click();
		await this.tab.press(place);
		await this.tab.type(text);
	}

	text(path) {
		return this.content(path).evaluate(content => [...content.querySelectorAll(".cm-line")]
			.map(line => line.textContent).join("\n"));
	}

	dirty(path, dirty) {
		return this.fileTab(path, `[data-dirty="${dirty}"]`).waitFor();
	}

	async menu(item) {
		await this.pane.getByRole("button", { name: "Session menu" }).click();
		await this.page.getByRole("menuitem", { name: item }).click();
	}
}

const profile = await browser.profile({ key });
const tab = await profile.tab(`#/s/${session}`);
const { page } = tab;
const editor = new Editor(tab);
await editor.pane.and(page.locator('[data-state="live"]')).waitFor();

await test("a file is found by its name, opened, changed and saved with Ctrl S", async () => {
	chmodSync(join(root, "src/main.c"), 0o755);
	await editor.open("src/main.c");
	await editor.typeAt("src/main.c", "Control+End", "/* the end */");
	await editor.dirty("src/main.c", true);
	await tab.press("Control+s");
	await until("it is on the disk", () => file("src/main.c") === `${MAIN}/* the end */`);
	await editor.dirty("src/main.c", false);
	equal(statSync(join(root, "src/main.c")).mode & 0o777, 0o755, "its mode");
});

await test("a file opens also where the page learns last where the log is", async () => {
	let goOn, answer;
	const released = new Promise(done => (goOn = done));
	const where = `**/api/sessions/${session}`;
	await profile.context.route(where, async route => {
		await released;
		await route.continue();
	});
	const other = await profile.tab(`#/s/${session}`);
	const page = other.page;
	page.on("request", request => {
		if (request.url().endsWith("/op"))
			answer = request.response();
	});
	const late = new Editor(other);
	await other.link("live");
	await late.pane.waitFor();
	await other.press("Control+p");
	await page.getByRole("dialog").locator("input").fill("late.txt");
	await page.getByRole("dialog").locator('[aria-selected="true"]').getByText("late.txt").waitFor();
	await other.press("Enter");
	await late.side("late.txt").and(page.locator('[data-phase="opening"]')).waitFor();
	/* What was asked for too early is answered before the page knows where the log is. */
	await answer;
	goOn();
	await late.shows("late.txt");
	equal(await late.text("late.txt"), "not too late\n");
	await page.close();
	await profile.context.unroute(where);
});

await test("what a file says stays text, in its colours", async () => {
	await editor.open("notes.md");
	await until("it is shown", async () => (await editor.text("notes.md")).includes("<img src=x"));
	equal(await editor.content("notes.md").locator("img:not(.cm-widgetBuffer)").count(), 0);
	await editor.fileTab("src/main.c").click();
	await until("keywords have a colour", () => editor.content("src/main.c")
		.evaluate(content => [...content.querySelectorAll("span")].some(span =>
			span.textContent === "return" && getComputedStyle(span).color !==
				getComputedStyle(content).color)));
});

await test("byte-order mark and line ends stay as they are", async () => {
	await editor.open("win.txt");
	await tab.says(editor.side("win.txt").getByRole("button", { name: "Line ends" }), "CRLF");
	await editor.typeAt("win.txt", "Control+End", "three\n");
	await tab.press("Control+s");
	await until("it is saved", () => file("win.txt") === "\ufeffone\r\ntwo\r\nthree\r\n");
	await editor.dirty("win.txt", false);
});

await test("an open file follows what others write, and the cursor stays where it was", async () => {
	await editor.fileTab("src/main.c").click();
	await editor.content("src/main.c").click();
	await tab.press("Control+End");
	writeFileSync(join(root, "src/main.c"), file("src/main.c").replace("hello", "good day"));
	await until("it is shown", async () => (await editor.text("src/main.c")).includes("good day"));
	await editor.dirty("src/main.c", false);
	await tab.type("!");
	await tab.press("Control+s");
	await until("it is saved", () => file("src/main.c").endsWith("/* the end */!"));
});

await test("unsaved text survives a reload", async () => {
	await editor.dirty("src/main.c", false);
	await editor.typeAt("src/main.c", "Control+End", "\n// draft");
	await tab.reload();
	await editor.shows("src/main.c");
	await until("it is there", async () => (await editor.text("src/main.c")).includes("// draft"));
	await editor.dirty("src/main.c", true);
	ok(!file("src/main.c").includes("draft"), "it is not on the disk");
});

await test("what was saved before the last keys were kept does not come back as it was", async () => {
	await editor.open("quick.txt");
	await editor.typeAt("quick.txt", "Control+End", "kept ");
	await until("the server has it", async () => (await client.session(session)).editor.files
		.find(({ path }) => path === "quick.txt")?.draft);
	await tab.type("typed");
	await tab.press("Control+s");
	await editor.dirty("quick.txt", false);
	equal((await client.session(session)).editor.files.find(({ path }) => path === "quick.txt").draft, undefined);
	await tab.reload();
	await editor.shows("quick.txt");
	equal(await editor.text("quick.txt"), "kept typed");
	await editor.dirty("quick.txt", false);
	await editor.fileTab("quick.txt").click({ button: "middle" });
	await editor.fileTab("quick.txt").waitFor({ state: "detached" });
	await editor.open("src/main.c");
});

await test("and is on another device", async () => {
	const other = new Editor(await (await browser.profile({ key })).tab(`#/s/${session}`));
	await other.fileTab("src/main.c").click();
	await other.shows("src/main.c");
	await until("it is there", async () => (await other.text("src/main.c")).includes("// draft"));
	await other.dirty("src/main.c", true);
	await other.typeAt("src/main.c", "Control+End", " of two");
	await until("the first sees it", async () =>
		(await editor.text("src/main.c")).includes("// draft of two"));
	await other.page.context().close();
});

await test("a file that was changed on the disk is never overwritten: the texts are merged", async () => {
	await editor.typeAt("src/main.c", "Control+Home", "// mine\n");
	await editor.dirty("src/main.c", true);
	writeFileSync(join(root, "src/main.c"), "// theirs\n" +
		file("src/main.c").replace("return 0", "return 1"));
	await editor.pane.locator('[data-disk="changed"]').waitFor();
	await tab.press("Control+s");
	const conflict = editor.pane.locator('[data-part="conflict"]');
	await conflict.waitFor();
	match(await conflict.innerText(), /\/\/ mine[^]*\/\/ theirs/);
	match(file("src/main.c"), /^\/\/ theirs\n/);
	ok(await tab.button("Save the result").isDisabled(), "nothing is saved before it is settled");
	await tab.button("Use both").click();
	await tab.button("Save the result").click();
	await until("both are there", () => /^\/\/ mine\n\/\/ theirs\n[^]*return 1[^]*draft of two/
		.test(file("src/main.c")));
	await editor.dirty("src/main.c", false);
	equal((await client.session(session)).editor.files.find(({ path }) => path === "src/main.c").draft, undefined,
		"nothing of before is left");
});

await test("a change just before the save is noticed by the save itself", async () => {
	await editor.typeAt("src/main.c", "Control+End", "\n// late");
	await until("it is typed", async () => (await editor.text("src/main.c")).endsWith("// late"));
	await page.route("**/op", async route => {
		if (route.request().postDataJSON().op === "save")
			appendFileSync(join(root, "src/main.c"), "\n// later");
		await route.continue();
	}, { times: 20 });
	await tab.press("Control+s");
	await editor.pane.locator('[data-part="conflict"]').waitFor();
	ok(!file("src/main.c").includes("// late\n"), "it was not overwritten");
	await page.unroute("**/op");
	await tab.button("Use the disk’s").click();
	await tab.button("Save the result").click();
	await editor.dirty("src/main.c", false);
	match(file("src/main.c"), /\/\/ later$/);
});

await test("each state can be looked at and brought back", async () => {
	await editor.menu("History");
	const states = editor.pane.locator("[data-state-of]");
	await states.first().waitFor();
	/* The oldest is what it was when it was opened, the next the first that was saved. */
	await states.nth(await states.count() - 2).click();
	await editor.pane.locator("[data-line]").first().waitFor();
	await tab.button("Restore this state").click();
	await page.getByRole("dialog").getByRole("button", { name: "Restore this state" }).click();
	await until("it is back", () => file("src/main.c") === `${MAIN}/* the end */`);
	await until("the text follows", async () =>
		await editor.text("src/main.c") === `${MAIN}/* the end */`);
});

await test("what differs from the last commit is shown", async () => {
	await tab.button("Compare").click();
	await editor.pane.locator('[data-compare="commit"] .line.added', { hasText: "the end" }).waitFor();
	await tab.button("Back to the text").click();
	await editor.side("src/main.c").locator(".cm-change-added, .cm-change-modified").first().waitFor();
});

await test("find and replace, and going to a line", async () => {
	await editor.fileTab("notes.md").click();
	await editor.content("notes.md").click();
	await tab.press("Control+f");
	await tab.type("notes");
	await tab.says(editor.pane.locator(".find [role=status]"), "1");
	await tab.button("Replace").first().click();
	await page.getByRole("textbox", { name: "Replace with" }).fill("Ideas");
	await tab.button("Replace all").click();
	await until("it is replaced", async () => (await editor.text("notes.md")).startsWith("# Ideas"));
	await tab.press("Escape");
	await editor.content("notes.md").click();
	await tab.press("Control+g");
	await page.getByRole("dialog").getByRole("textbox").fill("3:2");
	await tab.press("Enter");
	await tab.says(editor.side("notes.md").getByRole("button", { name: /Line 3/ }), "Line 3, column 2");
	await tab.press("Control+s");
	await until("it is saved", () => file("notes.md").startsWith("# Ideas"));
});

await test("one file beside itself is one text with two cursors", async () => {
	await tab.press("Control+\\");
	await until("two sides", async () => await editor.side("notes.md").count() === 2);
	await editor.side("notes.md").last().locator(".cm-content").click();
	await tab.press("Control+End");
	await tab.type("both");
	const first = editor.side("notes.md").first().locator(".cm-content");
	await until("the other follows", async () => (await first.innerText()).includes("both"));
	await tab.press("Control+\\");
	await until("one side", async () => await editor.side("notes.md").count() === 1);
	await tab.press("Control+s");
	await editor.dirty("notes.md", false);
});

await test("vim's keys edit, and :w saves", async () => {
	await editor.menu("Vim keys").catch(() => {});
	await page.getByRole("menuitemradio", { name: "Vim keys" }).click();
	await editor.content("notes.md").click();
	await editor.side("notes.md").locator(".cm-vim-panel").waitFor();
	await tab.type("ggdd:w\n");
	await until("it is saved", () => !file("notes.md").includes("Ideas"));
	await editor.pane.getByRole("button", { name: "Session menu" }).click();
	await page.getByRole("menuitemradio", { name: "Plain keys" }).click();
	await editor.side("notes.md").locator(".cm-vim-panel").waitFor({ state: "detached" });
});

await test("a binary file says so, and a large one is read in parts", async () => {
	await editor.open("data.bin");
	await editor.pane.getByText("data.bin is not text").waitFor();
	await editor.open("big.log");
	await tab.says(editor.pane.locator(".large .where"), /^0 B – 262 KB$/);
	await tab.button("Next part").click();
	await tab.says(editor.pane.locator(".large .where"), /^262 KB – 524 KB$/);
	match(await editor.pane.locator(".large pre").innerText(), /^a line of the log\n/);
});

await test("a file that is deleted under the text can be saved again", async () => {
	await editor.fileTab("win.txt").click();
	await editor.shows("win.txt");
	unlinkSync(join(root, "win.txt"));
	await editor.pane.locator('[data-disk="gone"]').waitFor();
	await tab.button("Save it again").click();
	await until("it is there", () => existsSync(join(root, "win.txt")));
	equal(file("win.txt"), "\ufeffone\r\ntwo\r\nthree\r\n");
});

await test("closing a tab with unsaved text asks first", async () => {
	await editor.typeAt("win.txt", "Control+End", "lost");
	await editor.dirty("win.txt", true);
	await editor.fileTab("win.txt").click({ button: "middle" });
	await page.getByRole("dialog").getByRole("button", { name: "Drop changes" }).click();
	await editor.fileTab("win.txt").waitFor({ state: "detached" });
	ok(!file("win.txt").includes("lost"), "nothing was saved");
});

await test("a place that a program names in a terminal opens there", async () => {
	const shell = (await client.post("api/sessions", { kind: "pty", workspace: workspace.id })).json.id;
	await tab.open(shell);
	await tab.prompt();
	await tab.type("printf 'src/main.c:6:%s oops\\n' 2\n");
	await tab.see("src/main.c:6:2 oops");
	const link = page.locator(".slot.front .xterm-rows > div", { hasText: /^src\/main\.c:6:2 oops/ });
	const box = await link.boundingBox();
	await page.mouse.move(box.x + 30, box.y + box.height / 2);
	await page.locator(".slot.front .link", { hasText: "src/main.c:6:2" }).waitFor();
	await page.keyboard.down("Control");
	await page.mouse.click(box.x + 30, box.y + box.height / 2);
	await page.keyboard.up("Control");
	await editor.shows("src/main.c");
	await tab.says(editor.side("src/main.c").getByRole("button", { name: /^Line/ }), "Line 6, column 2");
});

await test("with a thumb: the text is edited and saved, and nothing sticks out", async () => {
	const phone = await (await browser.profile({ key, ...PHONE })).tab(`#/s/${session}`);
	const small = new Editor(phone);
	await small.fileTab("notes.md").tap();
	await small.shows("notes.md");
	await small.content("notes.md").tap();
	await phone.type("thumb ");
	await phone.button("Save").tap();
	await until("it is saved", () => file("notes.md").includes("thumb"));
	equal(await phone.page.evaluate(() => document.documentElement.scrollWidth), 390);
	equal(await overlaps(phone), [], "things that cover each other");
	equal(await contrast(phone), [], "too little contrast");
});

await test("everything has a name, a contrast and its place", async () => {
	equal(await nameless(tab), [], "without a name");
	equal(await brokenMarkup(tab), [], "broken markup");
	equal(await contrast(tab), [], "too little contrast");
});

await browser.quiet(FAILED_REQUEST);
done();
