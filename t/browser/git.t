#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* A repository as a person at a browser sees it, and what is done to it with a mouse or a thumb. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Repository, gitEnv } from "../lib/git.mjs";
import { serveGit } from "../lib/git-http.mjs";
import { done, equal, match, ok, test, until } from "../lib/tap.mjs";
import { FAILED_REQUEST, PHONE, open, setUp } from "./browser.mjs";
import { plant, serveHome, workspaceOf } from "./files.mjs";
import { brokenMarkup, contrast, nameless, overlaps } from "./inspect.mjs";

const { d, home } = await serveHome();
writeFileSync(join(home, ".gitconfig"), "[user]\n\tname = Ada\n\temail = ada@example.org\n");
const browser = await open(d);
const key = await setUp(d);
const client = d.client();
const lines = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => `line ${from + i}\n`).join("");
const EVIL = '<img src=x onerror="alert(1)"> & "quoted"';
const root = plant(join(home, "lantern"), { "list.txt": lines(1, 40), "src/main.c": "int main;\n" });
const git = new Repository(root);
git.git("init", "-q", "-b", "main");
git.commit(`Begin <b>it</b>`);
const workspace = await workspaceOf(client, root);
const profile = await browser.profile({ key });
const tab = await profile.tab(`#/w/${workspace.id}/git`);
const { page } = tab;
const pane = page.locator('.slot.front section[data-place="git"]');
const group = name => pane.locator(`[data-group="${name}"]`);
const change = (name, path) => group(name).locator(`[data-change="${path.replace(/["\\]/g, "\\$&")}"]`);
const diff = pane.locator("[data-diff]");
const line = text => diff.locator("[data-line]", { hasText: text });
const goTo = name => pane.getByRole("tab", { name }).click();
const staged = () => git.bytes(["diff", "--cached"]).toString();
const unstaged = () => git.bytes(["diff"]).toString();
/* What the page read before it was asked is not what it shows now. */
async function readAgain() {
	const before = Number(await pane.getAttribute("data-version"));
	await pane.getByRole("button", { name: "More", exact: true }).first().click();
	await page.getByRole("menuitem", { name: "Read again" }).click();
	await until("the page has read again", async () =>
		Number(await pane.getAttribute("data-version")) > before);
}
await pane.and(page.locator('[data-state="live"]')).waitFor();

await test("what is changed shows up by itself, names as they are and never as markup", async () => {
	plant(root, { "list.txt": lines(1, 40).replace("line 3\n", "line three\nline 3b\n")
		.replace("line 30\n", "line thirty\n"), [EVIL.replaceAll("/", "")]: "new\n" });
	await change("unstaged", "list.txt").waitFor();
	await change("untracked", EVIL).waitFor();
	equal(await pane.locator("img").count(), 0, "pictures made of names");
});

await test("a part of a file is staged with one click", async () => {
	await change("unstaged", "list.txt").getByRole("button").first().click();
	await diff.locator("[data-hunk]").nth(1).waitFor();
	await diff.locator('[data-hunk="1"]').getByRole("button", { name: "Stage part" }).click();
	await change("staged", "list.txt").waitFor();
	match(staged(), /\+line thirty/);
	ok(!/line three/.test(staged()), "only that part");
	await line("line thirty").first().waitFor({ state: "detached" });
});

await test("a single line is picked and staged", async () => {
	await line("line 3b").getByRole("button").click();
	await tab.button("Stage 1 line").click();
	await until("the line is staged", () => /\+line 3b/.test(staged()));
	ok(!/\+line three/.test(staged()) && !/-line 3\n/.test(staged()), "nothing else");
	await diff.locator("[data-line].context", { hasText: "line 3b" }).waitFor();
});

await test("a staged line is taken back the same way", async () => {
	await change("staged", "list.txt").getByRole("button").first().click();
	await diff.and(page.locator('[data-side="staged"]')).waitFor();
	await line("line 3b").getByRole("button").click();
	await tab.button("Unstage 1 line").click();
	await until("the line is not staged", () => !/line 3b/.test(staged()));
});

await test("a diff that is no longer what was shown is shown again, and nothing is staged", async () => {
	await change("unstaged", "list.txt").getByRole("button").first().click();
	await line("line three").getByRole("button").click();
	/* Between what is shown and the click. */
	await page.route("**/api/git/stage*", async route => {
		writeFileSync(join(root, "list.txt"), readFileSync(join(root, "list.txt"), "utf8")
			.replace("line three", "line drei"));
		await route.continue();
	}, { times: 1 });
	await tab.button("Stage 1 line").click();
	await tab.says(diff.locator(".note"), /changed meanwhile/);
	await line("line drei").waitFor();
	ok(!/three|drei/.test(staged()), "nothing was staged");
});

await test("what is staged is committed with the message as it was typed", async () => {
	const message = 'Count further\n\nBecause <i>why</i> not';
	await pane.getByRole("textbox", { name: "Message" }).fill(message);
	await tab.button("Commit 1 file").click();
	await until("the commit", () => git.git("log", "-1", "--format=%B") === message);
	match(git.git("show", "HEAD"), /\+line thirty/);
	await until("the field is empty", async () =>
		await pane.getByRole("textbox", { name: "Message" }).inputValue() === "");
});

await test("a message stays over a reload, and the last commit is amended with another", async () => {
	await pane.getByRole("textbox", { name: "Message" }).fill("Count on");
	await tab.reload();
	await pane.and(page.locator('[data-state="live"]')).waitFor();
	equal(await pane.getByRole("textbox", { name: "Message" }).inputValue(), "Count on");
	await pane.getByRole("button", { name: "Options of the commit" }).click();
	await page.getByRole("menuitemcheckbox", { name: "Amend the last commit" }).click();
	await tab.button("Amend").click();
	await until("the commit", () => git.git("log", "-1", "--format=%s") === "Count on");
	equal(git.git("rev-list", "--count", "HEAD"), "2");
});

await test("changes are discarded only after a question", async () => {
	await change("unstaged", "list.txt").hover();
	await tab.button("Discard the changes of list.txt").click();
	await page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
	await until("nothing is changed", () => unstaged() === "");
	await change("unstaged", "list.txt").waitFor({ state: "detached" });
});

await test("two columns show the same lines beside each other", async () => {
	writeFileSync(join(root, "src/main.c"), "int main(void);\n");
	await change("unstaged", "src/main.c").getByRole("button").first().click();
	await tab.button("Side by side").click();
	const row = diff.locator(".rows .half");
	await tab.says(row.nth(0), /int main;$/);
	await tab.says(row.nth(1), /int main\(void\);$/);
	await tab.button("One column").click();
});

await test("a branch is made, and the branch menu leads back", async () => {
	await pane.getByRole("button", { name: "Switch branch" }).click();
	await page.getByRole("menuitem", { name: "New branch" }).click();
	await page.getByRole("dialog").getByRole("textbox").fill("topic");
	await page.getByRole("dialog").getByRole("button", { name: "Create and switch" }).click();
	await pane.and(page.locator('[data-branch="topic"]')).waitFor();
	equal(git.git("branch", "--show-current"), "topic");
	await group("unstaged").getByRole("button", { name: "Stage all" }).click();
	await change("staged", "src/main.c").waitFor();
	await pane.getByRole("textbox", { name: "Message" }).fill("Say void");
	await tab.press("Control+Enter");
	await until("the commit", () => git.git("log", "-1", "--format=%s") === "Say void");
	await pane.getByRole("button", { name: "Switch branch" }).click();
	await page.getByRole("menuitem", { name: "main", exact: true }).click();
	await pane.and(page.locator('[data-branch="main"]')).waitFor();
});

await test("the history shows messages as text, and a commit what it changed", async () => {
	await goTo("History");
	await pane.getByText("Begin <b>it</b>").first().waitFor();
	equal(await pane.locator("[data-commit]").count(), 2);
	await tab.button("All branches").click();
	await pane.locator("[data-commit]", { hasText: "Say void" }).click();
	await pane.locator('[data-file="src/main.c"] [data-line]', { hasText: "int main(void);" }).waitFor();
	await pane.getByPlaceholder("Search in messages").fill("Begin");
	await until("one commit", async () => await pane.locator("[data-commit]").count() === 1);
});

await test("an unmerged branch is deleted only when one insists", async () => {
	await goTo("Branches");
	const row = pane.locator('[data-ref="refs/heads/topic"]');
	await row.getByRole("button", { name: "Actions of topic" }).click();
	await page.getByRole("menuitem", { name: "Delete" }).click();
	await page.getByRole("dialog").getByRole("button", { name: "Delete branch" }).click();
	await page.getByText("topic has commits that no other branch has").waitFor();
	await tab.press("Escape");
	ok(git.git("branch").includes("topic"), "it is still there");
	await row.waitFor();
});

await test("changes are put aside and come back", async () => {
	writeFileSync(join(root, "src/main.c"), "int aside;\n");
	await readAgain();
	await goTo("Stashes");
	await tab.button("Stash all changes").click();
	await page.getByRole("dialog").getByRole("textbox").fill("half done");
	await page.getByRole("dialog").getByRole("button", { name: "Stash" }).click();
	await pane.locator('[data-stash="0"]', { hasText: "half done" }).waitFor();
	equal(git.git("status", "--porcelain"), "");
	await tab.button("Apply and drop").click();
	await until("they are back", () => readFileSync(join(root, "src/main.c"), "utf8") === "int aside;\n");
	await pane.getByText("A stash keeps changes aside").waitFor();
	git.git("checkout", "-q", "src/main.c");
});

await test("a conflict is shown, settled, and the merge goes on", async () => {
	writeFileSync(join(root, "src/main.c"), "int other;\n");
	git.git("commit", "-qam", "Another way");
	await goTo("Branches");
	await pane.getByRole("button", { name: "Actions of topic" }).click();
	await page.getByRole("menuitem", { name: "Merge topic into the current branch" }).click();
	await pane.locator('[data-code="git.conflict"]').waitFor();
	await pane.locator('[data-operation="merge"]').waitFor();
	await goTo("Changes");
	await change("conflicts", "src/main.c").getByRole("button").first().click();
	await diff.getByRole("button", { name: "Mark as resolved" }).click();
	await page.getByRole("menuitem", { name: "Use the incoming side" }).click();
	await change("staged", "src/main.c").waitFor();
	await pane.locator('[data-operation] button', { hasText: "Go on" }).click();
	await pane.locator("[data-operation]").waitFor({ state: "detached" });
	equal(git.git("show", "HEAD:src/main.c"), "int main(void);");
});

await test("a worktree is a workspace one click later", async () => {
	await goTo("Worktrees");
	await tab.button("New worktree").click();
	await page.getByLabel("Name of the branch").fill("side/way");
	await tab.button("Create").click();
	await until("its repository is in front", () =>
		page.locator('.slot.front section[data-place="git"][data-branch="side/way"]').count());
	ok(existsSync(`${root}-side-way/list.txt`), "its directory");
	const rows = (await client.get("api/workspaces")).json.items;
	ok(rows.some(({ path }) => path === `${root}-side-way`), "its workspace");
	await page.goBack();
	const row = pane.locator(`[data-worktree="${root}-side-way"]`);
	await row.getByRole("button", { name: "Delete" }).click();
	await page.getByRole("dialog").getByRole("button", { name: "Delete worktree" }).click();
	await row.waitFor({ state: "detached" });
	ok(!existsSync(`${root}-side-way`), "its directory is gone");
});

await test("a push that the remote refuses says so in git's words, and what to do", async () => {
	const remote = join(home, "remote.git");
	git.git("clone", "-q", "--bare", root, remote);
	git.git("remote", "add", "origin", remote);
	git.git("fetch", "-q");
	git.git("branch", "-q", "-u", "origin/main", "main");
	const other = join(home, "other");
	git.git("clone", "-q", remote, other);
	const elsewhere = new Repository(other);
	plant(other, { "list.txt": "theirs\n" });
	elsewhere.commit("Theirs");
	elsewhere.git("push", "-q");
	plant(root, { "mine.txt": "mine\n" });
	git.commit("Mine");
	await readAgain();
	await pane.getByRole("button", { name: "Push", exact: true }).click();
	const trouble = pane.locator('[data-code="git.rejected"]');
	await trouble.waitFor();
	await trouble.getByRole("button", { name: "Pull and merge" }).click();
	await until("both are there", () => git.git("log", "--format=%s").includes("Theirs"));
	await pane.getByRole("button", { name: "Push", exact: true }).click();
	await until("it is pushed", () => new Repository(remote).git("log", "--format=%s", "main").includes("Mine"));
	await trouble.waitFor({ state: "detached" });
});

await test("a remote that wants a password gets it in a terminal, never through the page", async () => {
	const server = await serveGit(home, { password: "secret" });
	git.git("remote", "set-url", "origin", `${server.url}/remote.git`);
	await readAgain();
	await pane.getByRole("button", { name: "More", exact: true }).first().click();
	await page.getByRole("menuitem", { name: "Fetch" }).click();
	const trouble = pane.locator('[data-code="git.login"]');
	await trouble.getByRole("button", { name: "Sign in with a terminal" }).click();
	await tab.see(/Username for/);
	await tab.type("ada\n");
	await tab.see(/Password for/);
	await tab.type("secret\n");
	await until("git has what it asked for", async () =>
		(await client.get("api/sessions")).json.items.some(({ command, exit_code: code }) => command[0] === "git" && code === 0));
	await tab.go(`#/w/${workspace.id}/git`);
	await pane.and(page.locator('[data-state="live"]')).waitFor();
});

await test("a commit without a branch, and a repository without a commit, are told as what they are", async () => {
	git.git("checkout", "-q", "--detach");
	await readAgain();
	await pane.getByText("No branch: a commit is checked out.").waitFor();
	git.git("checkout", "-q", "main");
	const empty = plant(join(home, "empty"), { "first.txt": "1\n" });
	const made = await workspaceOf(client, empty);
	await tab.go(`#/w/${made.id}/git`);
	await tab.button("Make it a repository").click();
	await change("untracked", "first.txt").waitFor();
	await pane.getByRole("textbox", { name: "Message" }).fill("First");
	await tab.button("Stage all and commit").click();
	await until("the first commit", () => new Repository(empty).bytes(["log", "-1", "--format=%s"],
		{ fails: true }).toString() === "First\n");
});

await test("with a thumb on a small screen: a line is picked with a tap and staged", async () => {
	writeFileSync(join(root, "list.txt"), "theirs\nthumb\n");
	const phone = await (await browser.profile({ key, ...PHONE })).tab(`#/w/${workspace.id}/git`);
	const small = phone.page.locator('section[data-place="git"]');
	await small.locator('[data-change="list.txt"] button').first().tap();
	await small.locator("[data-line]", { hasText: "thumb" }).tap();
	await phone.button("Stage 1 line").tap();
	await until("the line is staged", () => /\+thumb/.test(staged()));
	equal(await phone.page.evaluate(() => document.documentElement.scrollWidth), 390);
	equal(await overlaps(phone), [], "things that cover each other");
});

await test("everything has a name, a contrast and its place", async () => {
	await tab.go(`#/w/${workspace.id}/git`);
	await pane.and(page.locator('[data-state="live"]')).waitFor();
	for (const part of ["History", "Branches", "Stashes", "Worktrees", "Changes"]) {
		await goTo(part);
		equal(await nameless(tab), [], `without a name in ${part}`);
		equal(await brokenMarkup(tab), [], `broken markup in ${part}`);
		equal(await contrast(tab), [], `too little contrast in ${part}`);
	}
});

await browser.quiet(FAILED_REQUEST);
done();
