#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* One's own devices and keys, the fresh sign-in of dangerous acts, people and the audit. */
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { Client } from "../lib/client.mjs";
import { dispatch } from "../lib/dispatch.mjs";
import { Repository } from "../lib/git.mjs";
import { done, equal, match, ok, test, until } from "../lib/tap.mjs";
import { FAILED_REQUEST, open, setUp } from "./browser.mjs";
import { plant, serveHome, workspaceOf } from "./files.mjs";

const { d, home } = await serveHome();
const browser = await open(d);
const key = await setUp(d, "Ada");
const client = d.client();
const desk = await browser.profile({ key });
const tab = await desk.tab("#/account");
const dialog = tab.page.getByRole("dialog");
let graceKey;
let hers;
let lantern;
const own = { "sec-fetch-site": "same-origin" };
const row = text => tab.page.locator("[data-row]", { hasText: text });
const fresh = () => d.sql("state", `UPDATE auth_session SET fresh_at = ${Date.now()}`);
const stale = () => d.sql("state", "UPDATE auth_session SET fresh_at = fresh_at - 600000");

async function signIn(proof) {
	d.sql("state", "DELETE FROM rate_limit");
	const reply = await d.client(null).post("api/auth/login", { provider: "access-key", key: proof },
		{ headers: { ...own, "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0" } });
	equal(reply.status, 200, reply.summary);
	return new Client(d.url, { cookie: reply.headers["set-cookie"][0].split(";")[0], ...own });
}

await test("the page of devices says where one is signed in, this device first", async () => {
	await signIn(key);
	await tab.reload();
	await row("Firefox on Linux").first().waitFor();
	const rows = await tab.page.getByRole("region", { name: "Where you are signed in" })
		.locator("[data-row]").allInnerTexts();
	match(rows[0], /Chrome on \w+\s+this device/, "the first");
	match(rows[0], /127\.0\.0\.1 · active now · signed in just now · by access key/);
	ok(!/Sign out/.test(rows[0]), "this one is signed out with the menu", rows[0]);
	match(rows[1], /Firefox on Linux[^]*last seen just now/);
});

await test("one device is signed out, after a question", async () => {
	const client = await signIn(key);
	await tab.reload();
	await row("this device").waitFor();
	const before = await row("Firefox on Linux").count();
	await tab.button("Sign out Firefox on Linux").first().click();
	await tab.says(dialog, /signed out within a second/);
	await dialog.getByRole("button", { name: "Sign out" }).click();
	await until("one row less", async () => await row("Firefox on Linux").count() === before - 1);
	equal((await client.get("api/auth/me")).summary, "401 auth.invalid", "the latest one");
});

await test("all others are signed out at once, and this one stays", async () => {
	const client = await signIn(key);
	await tab.reload();
	await tab.button("Sign out all others").click();
	await dialog.getByRole("button", { name: "Sign out all others" }).click();
	await until("they are gone", async () => await row("Firefox on Linux").count() === 0);
	await tab.button("Sign out all others").waitFor({ state: "detached" });
	equal((await client.get("api/auth/me")).summary, "401 auth.invalid");
	await row("this device").waitFor();
});

await test("a key is made with a scope and an end, shown once, and works", async () => {
	fresh();
	await tab.button("New key").click();
	await dialog.getByLabel("Name").fill("Backup script");
	await dialog.getByLabel("How far it reaches").selectOption("read");
	await dialog.getByLabel("Ends after").selectOption("30 days");
	await tab.press("Enter");
	const shown = dialog.locator("[data-access-key]");
	await shown.waitFor();
	const made = await shown.innerText();
	match(made, /^dk_[a-z2-7]{26}_[a-z2-7]{52}$/);
	await dialog.getByRole("button", { name: "Copy" }).click();
	equal(await tab.page.evaluate(() => navigator.clipboard.readText()), made, "clipboard");
	await tab.press("Escape");
	ok(await shown.isVisible(), "a slip does not lose it");
	await dialog.getByRole("button", { name: "Done" }).click();
	match(await row("Backup script").innerText(), /API key\s+read[^]*never used · made just now · ends on/);
	equal((await d.client(made).get("api/auth/me")).json.user.role, "viewer", "how far it reaches");
	await tab.reload();
	match(await row("Backup script").innerText(), /last used just now/);
	await tab.button("Revoke Backup script").click();
	await dialog.getByRole("button", { name: "Revoke" }).click();
	await row("Backup script").waitFor({ state: "detached" });
	equal((await d.client(made).get("api/auth/me")).summary, "401 auth.invalid");
});

/* Asks for a key with a sign-in that is too old for it. */
async function askForKey(label) {
	stale();
	await tab.button("New key").click();
	await dialog.getByLabel("Name").fill(label);
	await tab.press("Enter");
	await tab.page.locator("[data-prove]").waitFor();
}

await test("a dangerous act asks for a fresh sign-in, and then goes on by itself", async () => {
	const other = await desk.tab("");
	await other.link("live");
	await askForKey("After a proof");
	const field = tab.page.locator("[data-prove]").getByLabel("Access key");
	await until("the field has the focus", () =>
		field.evaluate(input => input === document.activeElement));
	await tab.type("ak_wrong");
	await tab.press("Enter");
	await tab.says(tab.page.locator("[data-prove]").getByRole("alert"), /key/);
	await field.fill(key);
	await tab.press("Enter");
	await dialog.locator("[data-access-key]").waitFor();
	await dialog.getByRole("button", { name: "Done" }).click();
	await row("After a proof").waitFor();
	await client.create(["cat"], { title: "Made later" });
	for (const one of [tab, other]) {
		await one.page.locator("[data-session-row]", { hasText: "Made later" }).waitFor();
		ok(!(await one.role("heading", "Sign in").isVisible()), "nobody was signed out");
	}
	equal((await desk.context.cookies()).length, 1, "one sign-in");
});

await test("whoever does not want to prove it is told, and nothing is done", async () => {
	await askForKey("Never made");
	await tab.page.locator("[data-prove]").getByRole("button", { name: "Cancel" }).click();
	await tab.says(dialog.getByRole("alert"), /^Prove once more that it is you/);
	equal(await dialog.getByLabel("Name").inputValue(), "Never made", "what was typed stays");
	await tab.press("Escape");
	equal(await row("Never made").count(), 0);
	fresh();
});

/* What may be looked at and changed: a repository with a file of each kind, in an editor, too. */
async function fillWorkspace(person) {
	const root = plant(join(home, "lantern"), { "kept.txt": "kept\n", "old.txt": "old\n" });
	const git = new Repository(root);
	git.git("init", "-q", "-b", "main");
	git.commit("Begin");
	git.git("branch", "side");
	plant(root, { "old.txt": "put aside\n" });
	git.git("stash");
	plant(root, { "kept.txt": "changed\n", "new.txt": "staged\n", "gone.txt": "to the trash\n" });
	git.git("add", "new.txt");
	lantern = await workspaceOf(person, root);
	const at = `workspace=${lantern.id}&path=`;
	equal((await person.delete(`api/files?${at}gone.txt`)).status, 200, "trash");
	const made = await person.post("api/sessions", { kind: "file-editor", workspace: lantern.id });
	equal(made.status, 201, made.summary);
	lantern.editor = made.json.id;
	const asked = await person.post(`api/sessions/${lantern.editor}/op`,
		{ id: randomUUID(), op: "open", path: "kept.txt" });
	equal(asked.status, 202, asked.summary);
	await until("the editor has it", async () => (await person.session(lantern.editor))
		.editor.files.some(({ path, open }) => path === "kept.txt" && open));
}

await test("an administrator adds a person and hands over the key that is shown once", async () => {
	await tab.page.getByRole("link", { name: "People" }).click();
	await tab.button("Add a person").click();
	await dialog.getByLabel("Name").fill("Grace");
	await dialog.getByLabel("Role").selectOption("Member");
	await dialog.getByRole("button", { name: "Add person" }).click();
	const shown = dialog.locator("[data-access-key]");
	await shown.waitFor();
	const theirs = await shown.innerText();
	await dialog.getByRole("button", { name: "Done" }).click();
	match(await row("Grace").innerText(), /Member[^]*was never here/);
	const grace = await signIn(theirs);
	equal((await grace.get("api/auth/me")).json.user.role, "member");
	hers = (await grace.create(["sh", "-c", "echo hers; exec cat"], { title: "Hers" })).id;
	await fillWorkspace(grace);
});

const act = async (name, item) => {
	await tab.button(`Menu of ${name}`).click();
	await tab.role("menuitem", item).click();
};

await test("a person is made viewer, kept out and let in again, each after a question", async () => {
	await act("Grace", "Make viewer");
	await dialog.getByRole("button", { name: "Change role" }).click();
	await tab.says(row("Grace").locator(".name"), /Viewer/);
	await act("Grace", "New access key");
	await dialog.getByRole("button", { name: "Make new key" }).click();
	const theirs = await dialog.locator("[data-access-key]").innerText();
	await dialog.getByRole("button", { name: "Done" }).click();
	const client = await signIn(theirs);
	await act("Grace", "Keep out");
	await dialog.getByRole("button", { name: "Keep out" }).click();
	await tab.says(row("Grace").locator(".name"), /kept out/);
	equal((await client.get("api/auth/me")).summary, "401 auth.invalid");
	await act("Grace", "Let in again");
	await until("she is in again", async () => !/kept out/.test(await row("Grace").innerText()));
	await act("Grace", "Rename");
	await dialog.getByLabel("Name").fill("Grace Hopper");
	await tab.press("Enter");
	await row("Grace Hopper").waitFor();
	graceKey = theirs;
});

await test("nobody is offered to lock themselves out", async () => {
	await tab.button("Menu of Ada").click();
	await tab.role("menuitem", "Rename").waitFor();
	equal(await tab.page.getByRole("menuitem").allInnerTexts(), ["Rename", "What they did"]);
	await tab.press("Escape");
});

await test("the audit tells who did what, of one person and of one kind, and that it is whole", async () => {
	await act("Grace Hopper", "What they did");
	const lines = tab.page.locator("[data-action]");
	await lines.first().waitFor();
	await tab.page.locator("[data-chain=whole]").waitFor();
	match(await tab.page.locator("[data-chain]").innerText(), /none of \d+ lines was changed or removed/);
	equal(await tab.page.getByLabel("Person").locator("option:checked").innerText(), "Grace Hopper");
	match(await lines.first().innerText(), /Ada renamed Grace Hopper/);
	await tab.page.getByLabel("Act").selectOption("Sign-ins");
	await until("only sign-ins", async () => {
		const all = await lines.evaluateAll(rows => rows.map(({ dataset }) => dataset.action));
		return all.length > 0 && all.every(action => action === "sign-in");
	});
	await tab.page.getByLabel("Person").selectOption("Everybody");
	await until("of everybody", async () =>
		(await lines.allInnerTexts()).some(text => /Ada signed in/.test(text)));
});

await test("what was done on the console says so", async () => {
	equal(dispatch("user", "add", "Edsger", "--dir", d.dir).code, 0);
	await tab.go("#/audit");
	await tab.page.locator("[data-action='person.new']", { hasText: "The console added Edsger" }).waitFor();
	await tab.go("#/account");
});

await test("older lines come page by page, and a line that was changed shows", async () => {
	d.sql("state", `INSERT INTO audit (at, user, action, subject, address, hash)
		SELECT 1, '', 'sign-in.refused', '', 'x', zeroblob(32) FROM generate_series(1, 230)`);
	await tab.go("#/audit");
	await tab.page.locator("[data-chain=broken]").waitFor();
	const lines = tab.page.locator("[data-action]");
	await until("the first page", async () => await lines.count() === 100);
	await tab.button("Show older").click();
	await until("200", async () => await lines.count() === 200);
	await tab.button("Show older").click();
	await tab.button("Show older").waitFor({ state: "detached" });
	ok(await lines.count() > 230, "all of them");
	match(await lines.last().innerText(), /Ada set Dispatch up/, "the first of all");
});

await test("a viewer sees nothing that would be refused", async () => {
	const viewer = await (await browser.profile({ key: graceKey })).tab(`#/s/${hers}`);
	await viewer.ready();
	await viewer.see("hers");
	await viewer.type("x");
	await viewer.page.getByText("You may look at this session, and not type into it.").waitFor();
	await viewer.button("Session menu").click();
	equal(await viewer.page.getByRole("menuitem").allInnerTexts(), ["Close tab"], "the menu");
	await viewer.role("menuitem", "Close tab").click();
	for (const name of [/^New shell/, /^New Claude/, "New workspace", "Shell", "Claude"])
		equal(await viewer.button(name).count(), 0, `${name}`);
	await viewer.press("Control+k");
	await viewer.page.getByRole("dialog").waitFor();
	await viewer.page.getByRole("option").first().waitFor();
	const offered = (await viewer.page.getByRole("option").allInnerTexts()).join("\n");
	ok(!/New |People|Audit|variables/.test(offered), "the palette", offered);
	ok(/Devices and keys/.test(offered), "their own keys are theirs", offered);
	await viewer.press("Escape");
	await viewer.go("#/people");
	await viewer.page.getByText("Only administrators can see this.").waitFor();
	const refused = viewer.faults.filter(fault => /\b40[13]\b/.test(fault));
	equal(refused, [], "requests that were refused");
});

/* The pane that a viewer sees at an address: its buttons by name, and what the server refused. */
async function lookOn(hash, selector) {
	const viewer = await (await browser.profile({ key: graceKey })).tab(hash);
	const pane = viewer.page.locator(`.slot.front ${selector}`);
	await pane.waitFor();
	const names = () => pane.getByRole("button").evaluateAll(all =>
		all.map(one => one.getAttribute("aria-label") ?? one.innerText.trim()));
	const refused = () => viewer.faults.filter(fault => /\b40[13]\b/.test(fault));
	const items = async of => {
		await pane.getByRole("button", { name: of, exact: true }).first().click();
		const found = await viewer.page.getByRole("menuitem").allInnerTexts();
		await viewer.press("Escape");
		return found;
	};
	return { viewer, pane, names, refused, items };
}

await test("a viewer looks at a repository, and finds nothing that changes it", async () => {
	const { viewer, pane, names, refused, items } = await lookOn(`#/w/${lantern.id}/git`,
		'section[data-place="git"][data-state="live"]');
	const change = pane.locator('[data-group="unstaged"] [data-change="kept.txt"]').getByRole("button");
	equal(await change.count(), 1, "the row alone");
	await change.press(" ");
	await change.click();
	await pane.locator("[data-diff] [data-line]", { hasText: "changed" }).first().waitFor();
	equal(await pane.locator("[data-diff] [aria-pressed][data-line], [data-hunk] button").count(), 0,
		"parts and lines that could be picked");
	equal(await pane.getByRole("textbox").count(), 0, "a place for a message");
	equal(await items("More"), ["Read again", "Close tab"], "the menu of the repository");
	equal(await items("Switch branch"), ["All branches…"], "the menu of branches");
	const forbidden = /stage|discard|commit|push|pull|fetch|switch|new |stash|pop|remove|prune/i;
	for (const [page, row] of [["Changes", "[data-change]"], ["Branches", "[data-ref]"],
		["Stashes", "[data-stash]"], ["Worktrees", "[data-worktree]"], ["History", "[data-commit]"]]) {
		await pane.getByRole("tab", { name: page }).click();
		await pane.locator(row).first().waitFor();
		const found = (await names()).filter(name => forbidden.test(name));
		equal(found, ["Switch branch"], page);
	}
	await pane.locator("[data-commit]").first().click();
	equal(await items("Actions of the commit"), ["Copy the hash", "Compare with…"], "a commit");
	equal(refused(), [], "requests that were refused");
	await viewer.page.close();
});

await test("a viewer looks at files, and no key, menu or mouse changes them", async () => {
	const { viewer, pane, names, refused } = await lookOn(`#/w/${lantern.id}/files`, "section[data-files]");
	const file = pane.locator('[data-path="kept.txt"]');
	await file.click();
	equal(await file.getAttribute("draggable"), "false", "dragging");
	for (const key of ["F2", "Delete", "Control+x", "Control+c", "Control+v", "Alt+n"])
		await viewer.press(key);
	equal(await pane.locator("input[type=text], input:not([type])").count(), 0, "a name being typed");
	await viewer.press("Enter");
	await pane.locator("[data-preview]").getByText("changed", { exact: true }).waitFor();
	await file.click({ button: "right" });
	equal((await viewer.page.getByRole("menuitem").allInnerTexts()).map(text => text.split("\n")[0]),
		["Preview", "Select", "Download", "Copy the path"], "the menu of a file");
	await viewer.role("menuitem", "Select").click();
	const bar = pane.getByRole("toolbar");
	equal(await bar.getByRole("button").evaluateAll(all => all.map(one => one.getAttribute("aria-label"))),
		["Clear the selection", "Download"], "the bar of what is selected");
	await bar.getByRole("button").first().click();
	await pane.getByRole("button", { name: "More", exact: true }).click();
	await viewer.role("menuitem", /trash/i).click();
	await pane.locator("[data-trash]").waitFor();
	equal((await names()).filter(name => /restore|put back|delete|empty/i.test(name)), [], "the trash");
	equal(refused(), [], "requests that were refused");
	await viewer.page.close();
});

await test("a viewer reads what an editor has open, and cannot write it", async () => {
	const { viewer, pane, names, refused } = await lookOn(`#/s/${lantern.editor}`,
		`section[data-session="${lantern.editor}"]`);
	const text = pane.locator('[data-file="kept.txt"] .cm-content');
	await text.getByText("changed").waitFor();
	await text.click();
	await viewer.type("x");
	await viewer.press("Control+s");
	equal((await text.innerText()).trim(), "changed", "the text");
	equal((await names()).filter(name => /^save/i.test(name)), [], "a button that saves");
	await pane.locator('[data-file-tab="kept.txt"]').press("Delete");
	await pane.locator("[data-file-tab]").waitFor({ state: "detached" });
	equal(refused(), [], "requests that were refused");
	await viewer.page.close();
});

await test("every page is reached with the keyboard alone", async () => {
	for (const [page, words] of [["account", "devices and keys"], ["pair", "pair a device"],
		["people", "people"], ["audit", "audit"]]) {
		await tab.press("Control+k");
		await tab.page.getByRole("dialog").waitFor();
		await tab.type(words);
		await tab.press("Enter");
		await tab.page.locator(`[data-account="${page}"]`).waitFor();
	}
	await tab.press("Tab");
	await tab.page.locator("[data-account]").getByRole("button", { name: "Close this page" })
		.evaluate(button => button === document.activeElement)
		.then(has => ok(has, "the focus is on the page"));
});

await browser.quiet(FAILED_REQUEST);
await done();
