#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* Workspaces: made of a folder, of a new one, of a clone; their settings and their end. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { temporary } from "../lib/dispatch.mjs";
import { done, equal, ok, test, until } from "../lib/tap.mjs";
import { FAILED_REQUEST, open, setUp } from "./browser.mjs";
import { plant, serveHome } from "./files.mjs";
import { brokenMarkup, contrast, nameless } from "./inspect.mjs";

const { d, home } = await serveHome();
const browser = await open(d);
const key = await setUp(d);
const client = d.client();
plant(join(home, "src/lantern"), { "README.md": "# Lantern\n" });
mkdirSync(join(home, "src/helm"));
const origin = plant(join(temporary(), "origin"), { "a.txt": "a\n" });
const git = (...words) => execFileSync("git", ["-C", origin, "-c", "user.name=A", "-c",
	"user.email=a@example.org", ...words], { stdio: "pipe" });
git("init", "-q", "-b", "main");
git("add", ".");
git("commit", "-q", "-m", "one");

const profile = await browser.profile({ key });
const tab = await profile.tab("");
const dialog = tab.page.getByRole("dialog");
const group = name => tab.page.locator("aside section").filter({
	has: tab.page.getByRole("button", { name: `Sessions of ${name}`, exact: true }) });
const row = async name => (await client.get("api/workspaces")).json.items.find(one => one.name === name);
const field = name => dialog.getByRole("textbox", { name, exact: true });
const frontFiles = id => tab.page.locator(`.slot.front section[data-files="${id}"]`);

async function menu(name, item) {
	await group(name).locator(".head").hover();
	await tab.button(`Menu of ${name}`).click();
	await tab.page.getByRole("menuitem", { name: item, exact: true }).click();
}

await test("the first shell is in a workspace of its own: home", async () => {
	await tab.page.locator(".empty").getByRole("button", { name: "New shell" }).click();
	const id = await tab.ready();
	await tab.prompt();
	await group("Home").locator(`[data-session-row="${id}"]`).waitFor();
	equal((await row("Home")).path, home);
});

await test("a folder that is there becomes a workspace by walking to it", async () => {
	await tab.button("New workspace").click();
	await dialog.locator(`[data-directory="${home}/src"]`).click();
	await dialog.locator(`[data-directory="${home}/src/lantern"]`).click();
	await until("the path is shown", async () =>
		await field("Folder").inputValue() === `${home}/src/lantern`);
	for (const inspect of [contrast, nameless, brokenMarkup])
		equal(await inspect(tab), [], inspect.name);
	await dialog.getByRole("button", { name: "Create workspace" }).click();
	await dialog.waitFor({ state: "detached" });
	const made = await row("lantern");
	equal(made.path, join(home, "src/lantern"));
	await frontFiles(made.id).locator('[data-path="README.md"]').waitFor();
});

await test("one that is a workspace already is shown instead of made twice", async () => {
	await tab.button("New workspace").click();
	const path = field("Folder");
	await until("the first folder is there", async () => await path.inputValue() !== "");
	await path.fill(join(home, "src/lantern"));
	await tab.press("Enter");
	await dialog.getByText("This folder is already the workspace lantern.").waitFor();
	await dialog.getByRole("button", { name: "Show it" }).click();
	await dialog.waitFor({ state: "detached" });
});

await test("outside of what is allowed there is nothing", async () => {
	await tab.button("New workspace").click();
	const path = field("Folder");
	await until("the first folder is there", async () => await path.inputValue() !== "");
	await path.fill("/etc");
	await tab.press("Enter");
	await dialog.getByRole("alert").waitFor();
	ok(await dialog.locator('[data-directory^="/etc"]').count() === 0, "no folder of it");
	await tab.press("Escape");
	await dialog.waitFor({ state: "detached" });
});

await test("a new folder is made", async () => {
	await tab.button("New workspace").click();
	await dialog.getByRole("radio", { name: "New", exact: true }).click();
	await field("Name of the new folder").fill("keel");
	await field("Name").fill("Keel & co");
	await dialog.getByRole("button", { name: "Create workspace" }).click();
	await dialog.waitFor({ state: "detached" });
	ok(existsSync(join(home, "keel")), "the folder");
	await group("Keel & co").waitFor();
});

await test("a repository is cloned, and its files are shown when it is there", async () => {
	await tab.button("New workspace").click();
	await dialog.getByRole("radio", { name: "Clone", exact: true }).click();
	await field("Repository").fill(`file://${origin}`);
	await dialog.getByRole("button", { name: "Clone", exact: true }).click();
	await dialog.waitFor({ state: "detached" });
	const made = await row("origin");
	equal(made.path, join(home, "origin"));
	await frontFiles(made.id).locator('[data-path="a.txt"]').waitFor();
	await tab.says(tab.page.locator("[data-activity]"), /: finished$/);
});

await test("a clone that does not work says why", async () => {
	await tab.button("New workspace").click();
	await dialog.getByRole("radio", { name: "Clone", exact: true }).click();
	await field("Repository").fill("file:///nowhere/at/all.git");
	await dialog.getByRole("button", { name: "Clone", exact: true }).click();
	await tab.says(dialog.getByRole("alert"), /did not work\./);
	await dialog.getByRole("button", { name: "Close", exact: true }).click();
});

await test("new sessions begin in the workspace of what is in front", async () => {
	const { id } = await row("lantern");
	await tab.go(`#/w/${id}/files`);
	await tab.press("Control+Shift+s");
	const shell = await tab.ready();
	await tab.prompt();
	const session = await client.session(shell);
	equal([session.workspace, session.cwd], [id, join(home, "src/lantern")]);
	await group("lantern").locator(`[data-session-row="${shell}"]`).waitFor();
});

await test("its name and colour are changed, and shown everywhere", async () => {
	await menu("lantern", "Settings…");
	await field("Name").fill("Lantern");
	await tab.press("Enter");
	await group("Lantern").waitFor();
	await dialog.getByRole("radio", { name: "Teal", exact: true }).click();
	await group("Lantern").locator(".swatch").waitFor();
	equal((await row("Lantern")).theme, "teal");
	for (const inspect of [contrast, nameless, brokenMarkup])
		equal(await inspect(tab), [], inspect.name);
	await tab.press("Escape");
});

await test("what new sessions begin with is kept", async () => {
	await menu("Lantern", "Settings…");
	await dialog.getByRole("radio", { name: "Sessions", exact: true }).click();
	await field("Shell").fill("/bin/sh");
	await field("Model of Claude").fill("sonnet");
	await field("Tools used without asking").fill("Read\nBash(npm test:*)\n");
	await dialog.getByRole("button", { name: "Save" }).click();
	await dialog.getByText("Saved").waitFor();
	const { defaults } = await row("Lantern");
	equal(defaults.shell, "/bin/sh");
	equal([defaults.claude.model, defaults.claude.allowed_tools], ["sonnet", ["Read", "Bash(npm test:*)"]]);
	await tab.press("Escape");
	await menu("Lantern", "New shell here");
	await tab.ready();
	await tab.prompt();
	await tab.type("echo $0\n");
	await tab.see(/\n\S*\bsh\n/);
});

await test("variables reach new sessions; a secret one never comes back to the page", async () => {
	await menu("Lantern", "Settings…");
	await dialog.getByRole("radio", { name: "Environment", exact: true }).click();
	await dialog.getByRole("button", { name: "Add a variable" }).click();
	await tab.type("PLAN");
	await dialog.getByLabel("Value").fill("nine");
	await dialog.getByRole("button", { name: "Add a variable" }).click();
	await tab.type("TOKEN");
	await dialog.getByLabel("Value").nth(1).fill("s3cret");
	await dialog.getByRole("button", { name: "Secret" }).nth(1).click();
	await dialog.getByRole("button", { name: "Save variables" }).click();
	await dialog.getByText(/^Saved\./).waitFor();
	equal(await dialog.getByLabel("Value").nth(1).inputValue(), "");
	equal((await client.get(`api/workspaces/${(await row("Lantern")).id}/env`)).json.items.map(one =>
		[one.name, one.value, one.secret]), [["PLAN", "nine", false], ["TOKEN", null, true]]);
	await tab.press("Escape");
	await menu("Lantern", "New shell here");
	await tab.ready();
	await tab.prompt();
	await tab.type("echo \"<$PLAN-$TOKEN>\"\n");
	await tab.see("\n<nine-s3cret>\n");
});

await test("a secret that is not typed again is kept; a bad name is said where it stands", async () => {
	await menu("Lantern", "Settings…");
	await dialog.getByRole("radio", { name: "Environment", exact: true }).click();
	await dialog.getByLabel("Value").first().fill("ten");
	await dialog.getByRole("button", { name: "Add a variable" }).click();
	await tab.type("1x");
	await dialog.getByText(/does not begin with a digit/).waitFor();
	ok(await dialog.getByRole("button", { name: "Save variables" }).isDisabled(), "cannot be saved");
	await dialog.getByRole("button", { name: "Remove 1x" }).click();
	await dialog.getByRole("button", { name: "Save variables" }).click();
	await dialog.getByText(/^Saved\./).waitFor();
	await tab.press("Escape");
	await menu("Lantern", "New shell here");
	await tab.ready();
	await tab.prompt();
	await tab.type("echo \"<$PLAN-$TOKEN>\"\n");
	await tab.see("\n<ten-s3cret>\n");
});

await test("the person's own variables are for all workspaces", async () => {
	await tab.page.locator("footer").getByRole("button", { name: "Account and settings" }).click();
	await tab.page.getByRole("menuitem", { name: "Environment variables" }).click();
	await dialog.getByRole("button", { name: "Add a variable" }).click();
	await tab.page.evaluate(() => {
		const clipboardData = new DataTransfer();
		clipboardData.setData("text/plain", "export EVERYWHERE='yes'\nPLAN=never\n");
		document.activeElement.dispatchEvent(new ClipboardEvent("paste",
			{ clipboardData, bubbles: true, cancelable: true }));
	});
	await dialog.getByRole("button", { name: "Save variables" }).click();
	await dialog.getByText(/^Saved\./).waitFor();
	await tab.press("Escape");
	await menu("Lantern", "New shell here");
	await tab.ready();
	await tab.prompt();
	await tab.type("echo \"<$EVERYWHERE-$PLAN>\"\n");
	await tab.see("\n<yes-ten>\n");
});

await test("another page hears of all of it", async () => {
	const other = await profile.tab("");
	await other.page.getByRole("button", { name: "Sessions of Lantern", exact: true }).waitFor();
	await client.patch(`api/workspaces/${(await row("Lantern")).id}`, { name: "Beacon" });
	await other.page.getByRole("button", { name: "Sessions of Beacon", exact: true }).waitFor();
	await group("Beacon").waitFor();
	await other.page.close();
});

await test("workspaces are moved up and down", async () => {
	const order = () => tab.page.locator("aside section .name").allInnerTexts();
	const before = await order();
	await menu(before[1], "Move up");
	await until("it is the first one", async () => (await order())[0] === before[1]);
});

await test("one fold hides its sessions, over a reload", async () => {
	const rows = group("Beacon").locator("[data-session-row]");
	await rows.first().waitFor();
	await group("Beacon").locator(".name").click();
	await until("they are hidden", async () => await rows.count() === 0);
	await tab.reload();
	await group("Beacon").waitFor();
	equal(await rows.count(), 0, "after a reload");
	await group("Beacon").locator(".name").click();
});

await test("archived, it leaves the list and comes back", async () => {
	await menu("Keel & co", "Archive");
	await group("Keel & co").waitFor({ state: "detached" });
	await tab.button(/^Archived/).click();
	await menu("Keel & co", "Take out of the archive");
	await until("it is back", async () => (await row("Keel & co")).state !== "archived");
});

await test("while sessions run it cannot be deleted; afterwards its files stay", async () => {
	await menu("Beacon", "Delete…");
	await tab.says(dialog.locator("p"), /Its files stay/);
	await dialog.getByRole("button", { name: "Delete workspace" }).click();
	await tab.says(tab.page.locator("footer .notice"), /run/);
	const { id } = await row("Beacon");
	for (const session of (await client.get("api/sessions")).json.items)
		if (session.workspace === id)
			await client.delete(`api/sessions/${session.id}?force=1`);
	await until("nothing runs there", async () => (await row("Beacon")).sessions.running === 0);
	await menu("Beacon", "Delete…");
	await dialog.getByRole("button", { name: "Delete workspace" }).click();
	await group("Beacon").waitFor({ state: "detached" });
	ok(existsSync(join(home, "src/lantern/README.md")), "its files");
	ok(!(await tab.page.evaluate(() => location.hash)).includes(id), "nothing of it is in front");
});

await browser.quiet(FAILED_REQUEST);
await done();
