#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* What can be done to a session: rename, stop, resume, delete; and how its end shows. */
import { serve } from "../lib/dispatch.mjs";
import { done, equal, match, ok, test, until } from "../lib/tap.mjs";
import { FAILED_REQUEST, open, setUp } from "./browser.mjs";

const d = await serve();
const browser = await open(d);
const key = await setUp(d);
const client = d.client();
const tab = await (await browser.profile({ key })).tab("");
const dialog = tab.page.getByRole("dialog");
let id;

const menu = async item => {
	await tab.pane().getByRole("button", { name: "Session menu" }).click();
	await tab.role("menuitem", item).click();
};

const ended = async sentence => {
	await tab.pane('[data-status="exited"]').waitFor();
	await tab.says(tab.pane().locator("[data-ended] [role=status]"), sentence);
};

await test("with no session the page says what belongs here and offers it", async () => {
	await tab.role("heading", "No session is open").waitFor();
	await tab.page.locator(".empty").getByRole("button", { name: "New shell" }).click();
	id = await tab.ready();
	await tab.prompt();
});

await test("rename asks for a title and shows it everywhere", async () => {
	await menu("Rename");
	equal(await dialog.getByLabel("Title").inputValue(), "Shell");
	await tab.type("Größe & <b>Form</b>");
	await tab.press("Enter");
	const title = "Größe & <b>Form</b>";
	await tab.says(tab.pane().locator("h1"), title);
	await tab.says(tab.row(id).locator(".title"), title);
	await tab.says(tab.role("tab", new RegExp("Größe")), title);
	await until("the title of the page", async () =>
		await tab.page.title() === `${title} · Dispatch`);
	equal((await client.session(id)).title, title);
});

await test("after a dialog the terminal has the focus again", async () => {
	await menu("Rename");
	await tab.press("Escape");
	await dialog.waitFor({ state: "detached" });
	await tab.ready();
	await tab.type("echo focus\n");
	await tab.see("\nfocus\n");
});

await test("the list tells the last line of a session", async () => {
	await tab.type("echo the last line; sleep 1000\n");
	await tab.says(tab.row(id).locator(".preview"), "the last line");
	await tab.press("Control+c");
	await tab.prompt();
});

await test("exit shows how it ended", async () => {
	await tab.type("exit 3\n");
	await ended(/^Exited with code 3 · just now$/);
	await tab.says(tab.row(id).locator(".brief"), "exit 3");
	await tab.type("x");
	await tab.page.getByText("This session has ended, so what you type goes nowhere.").waitFor();
});

await test("resume starts a new shell in the same session, below what it printed", async () => {
	await tab.pane().locator("[data-ended]").getByRole("button", { name: "Resume" }).click();
	await tab.pane('[data-status="running"]').waitFor();
	await tab.ready();
	await tab.see(/── resumed ──\n[^]*[$#]\n$/);
	await tab.type("echo $((2*21))\n");
	await tab.see(/the last line\n[^]*\n42\n/);
	equal((await client.session(id)).run, 2, "run");
	equal(await tab.session(), id, "session");
	match((await tab.see(/\n42\n/)).input, /── resumed ──/);
});

await test("stop asks first, and stops", async () => {
	await menu("Stop");
	await tab.says(dialog.locator("p"), /program is asked to end/);
	equal(await dialog.getByRole("button", { name: "Cancel" }).evaluate(button =>
		button === document.activeElement), true, "Cancel has the focus");
	await dialog.getByRole("button", { name: "Cancel" }).click();
	await dialog.waitFor({ state: "detached" });
	equal((await client.session(id)).status, "running", "after cancelling");
	await menu("Stop");
	await dialog.getByRole("button", { name: "Stop session" }).click();
	await ended(/^(Hung up|Terminated|Killed) by signal|^Exited with code/);
});

await test("a killed program says which signal ended it", async () => {
	const killed = await client.create(["sh", "-c", "kill -9 $$"], { title: "Killed" });
	await tab.row(killed.id).click();
	await ended(/^Killed by signal KILL · just now$/);
	await tab.says(tab.row(killed.id).locator(".brief"), "killed");
});

await test("a program that cannot start says why", async () => {
	const reply = await client.post("api/sessions",
		{ kind: "pty", command: ["/no/such/program"], title: "Broken" });
	if (reply.status >= 300)
		return match(reply.json.detail, /no\/such\/program/);
	await tab.row(reply.json.id).click();
	await tab.pane('[data-status="failed"]').waitFor();
	await tab.says(tab.pane().locator("[data-ended] [role=status]"), /no\/such\/program/);
});

await test("closing a tab ends nothing", async () => {
	const other = await tab.shell();
	await tab.page.locator(".tab.on .close").click();
	await until("another pane", async () => await tab.session() !== other);
	equal((await client.session(other)).status, "running");
	await tab.row(other).click();
	await tab.ready();
	await tab.prompt();
	await client.delete(`api/sessions/${other}?force=1`);
	await tab.row(other).waitFor({ state: "detached" });
});

await test("delete asks first, and then the session is gone", async () => {
	await tab.row(id).click();
	await tab.pane(`[data-session="${id}"]`).waitFor();
	await menu("Delete");
	await tab.says(dialog.locator("p"), /whole output of this session is deleted/);
	await dialog.getByRole("button", { name: "Delete session" }).click();
	await tab.row(id).waitFor({ state: "detached" });
	equal((await client.get(`api/sessions/${id}`)).summary, "404 session.unknown");
	ok(await tab.session() !== id, "its pane is closed");
});

await test("a running session can be deleted too; the question says what that does", async () => {
	const live = await tab.shell();
	await menu("Delete");
	await tab.says(dialog.locator("p"), /program is ended now/);
	await dialog.getByRole("button", { name: "Delete session" }).click();
	await tab.row(live).waitFor({ state: "detached" });
	equal((await client.get(`api/sessions/${live}`)).status, 404);
	await until("its shim has ended", () => d.shims().length === 0);
});

await browser.quiet(FAILED_REQUEST);
await done();
