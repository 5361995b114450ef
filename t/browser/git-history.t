#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* What was before: who wrote a line, how two states differ, and commits that come together badly. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Repository } from "../lib/git.mjs";
import { done, equal, match, ok, test, until } from "../lib/tap.mjs";
import { FAILED_REQUEST, PHONE, open, setUp } from "./browser.mjs";
import { plant, serveHome, workspaceOf } from "./files.mjs";
import { brokenMarkup, contrast, nameless, overlaps } from "./inspect.mjs";

const { d, home } = await serveHome();
writeFileSync(join(home, ".gitconfig"), "[user]\n\tname = Ada\n\temail = ada@example.org\n");
const browser = await open(d);
const key = await setUp(d);
const numbered = (...names) => names.map(name => `${name}\n`).join("");
const root = plant(join(home, "atlas"), { "map.txt": numbered("north", "east", "south", "west") });
const git = new Repository(root);
git.git("init", "-q", "-b", "main");
const first = git.commit("Draw the <b>map</b>");
plant(root, { "map.txt": numbered("north", "east", "south-south", "south-west", "west") });
const second = git.commit("Divide the south");
plant(root, { "map.txt": numbered("north", "east", "south-south", "south-west", "west", "sea"),
	"legend.txt": "blue: water\n" });
const third = git.commit("Add the sea and a legend");
const workspace = await workspaceOf(d.client(), root);
const tab = await (await browser.profile({ key })).tab(`#/w/${workspace.id}/git`);
const { page } = tab;
const pane = page.locator('.slot.front section[data-place="git"]');
const live = () => pane.and(page.locator('[data-state="live"]')).waitFor();
const goTo = name => pane.getByRole("tab", { name }).click();
const blocks = commit => pane.locator(`[data-blame${commit ? `="${commit}"` : ""}]`);
const dialog = page.getByRole("dialog");
const choose = async (button, item) => {
	await pane.getByRole("button", { name: button, exact: true }).first().click();
	await page.getByRole("menuitem", { name: item }).click();
};
async function usable() {
	equal(await nameless(tab), [], "without a name");
	equal(await brokenMarkup(tab), [], "broken markup");
	equal(await contrast(tab), [], "too little contrast");
}
await live();

await test("each line names the commit that wrote it, and what is not committed says so", async () => {
	writeFileSync(join(root, "map.txt"), `${readFileSync(join(root, "map.txt"), "utf8")}edge\n`);
	await pane.locator('[data-change="map.txt"]').getByRole("button").first().click();
	const panel = pane.locator("[data-diff]");
	await panel.getByRole("button", { name: "More", exact: true }).click();
	await page.getByRole("menuitem", { name: "Who wrote each line" }).click();
	await tab.says(blocks(second), /Divide the south[^]*Ada[^]*south-south\nsouth-west/);
	equal(await blocks(first).count(), 2, "parts of the first commit");
	await tab.says(blocks(first), /Draw the <b>map<\/b>[^]*north\neast/);
	await tab.says(blocks().last(), /Not committed yet[^]*edge/);
	await usable();
});

await test("from a line one goes back to what stood there before", async () => {
	await blocks(second).getByRole("button", { name: "The file before “Divide the south”" }).click();
	await pane.getByText(`as of ${first.slice(0, 8)}`).waitFor();
	await tab.says(blocks(first), /north\neast\nsouth\nwest/);
	equal(await blocks().count(), 1, "all of it is of one commit");
	await pane.getByRole("button", { name: "Close", exact: true }).click();
	await pane.locator('[data-change="map.txt"]').waitFor();
});

await test("behind a blame, and behind another part, the chosen file stays", async () => {
	const shown = pane.locator(".detail [data-diff]").getByText("map.txt").first();
	await shown.waitFor();
	await goTo("Branches");
	await goTo("Changes");
	await shown.waitFor();
});

await test("a commit is compared with another one, and the way leads back", async () => {
	await goTo("History");
	await pane.locator("[data-commit]", { hasText: "Add the sea" }).click();
	await choose("Actions of the commit", "Compare with");
	await dialog.getByRole("textbox").fill("no-such-branch");
	await dialog.getByRole("button", { name: "Compare" }).click();
	await pane.locator('[role="alert"][data-code="git.unknown"]').getByRole("button", { name: "Dismiss" }).click();
	await choose("Actions of the commit", "Compare with");
	await dialog.getByRole("textbox").fill("HEAD~2");
	await dialog.getByRole("button", { name: "Compare" }).click();
	await pane.getByText(`HEAD~2 → ${git.git("rev-parse", "HEAD").slice(0, 8)}`).waitFor();
	const map = pane.locator('[data-file="map.txt"]');
	await tab.says(map.locator("[data-line].added").first(), /south-south/);
	equal(await map.locator("[data-line].added").count(), 3);
	await tab.says(map.locator("[data-line].removed"), /south$/);
	equal(await pane.locator("[data-file]").count(), 2);
	await usable();
	await tab.button("Back to the commit").click();
	await pane.locator(".detail").getByText("ada@example.org").waitFor();
	await map.locator("[data-line].added").first().waitFor();
	equal(await map.locator("[data-line].added").count(), 1, "what the commit itself added");
});

await test("a rebase stops at a commit that conflicts, which is left out only after a question", async () => {
	git.git("checkout", "-q", "map.txt");
	git.git("checkout", "-q", "-b", "topic", first);
	plant(root, { "map.txt": numbered("north", "east", "SOUTH", "west") });
	git.commit("Shout");
	plant(root, { "scale.txt": "1:1000\n" });
	git.commit("Say the scale");
	git.bytes(["rebase", "main"], { fails: true });
	await choose("More", "Read again");
	const bar = pane.locator('[data-operation="rebase"]');
	await bar.getByText("A rebase is under way, step 1 of 2. Resolve 1 conflict to go on.").waitFor();
	ok(await bar.getByRole("button", { name: "Go on" }).isDisabled(), "it cannot go on");
	await usable();
	await bar.getByRole("button", { name: "Skip this commit" }).click();
	await dialog.getByRole("button", { name: "Cancel" }).click();
	ok(git.git("status").includes("rebase in progress"), "nothing has happened");
	await bar.getByRole("button", { name: "Skip this commit" }).click();
	await dialog.getByRole("button", { name: "Skip this commit" }).click();
	await bar.waitFor({ state: "detached" });
	await pane.and(page.locator('[data-branch="topic"]')).waitFor();
	equal(git.git("log", "--format=%s", "main..topic"), "Say the scale");
	equal(git.git("status", "--porcelain"), "");
});

await test("what is too far down to be drawn has a name, too", async () => {
	git.git("checkout", "-q", "main");
	const long = from => numbered(...Array.from({ length: 2000 }, (_, i) => i % 20 ? `line ${i}` : `${from} ${i}`));
	plant(root, { "long.txt": long("old") });
	git.commit("Many lines");
	plant(root, { "long.txt": long("new") });
	await choose("More", "Read again");
	await goTo("Changes");
	await pane.locator('[data-change="long.txt"]').getByRole("button").first().click();
	await pane.locator('[data-hunk="99"]').waitFor({ state: "attached" });
	await usable();
	equal(await pane.getByRole("button", { name: "Stage part, lines 1978 to 1984" }).count(), 1);
	git.git("checkout", "-q", "long.txt");
});

/* Main and topic say different things at both ends of the map. */
async function conflict() {
	git.git("checkout", "-q", "main");
	git.git("reset", "-q", "--hard", third);
	git.git("branch", "-q", "-f", "topic", "main");
	plant(root, { "map.txt": numbered("NORTH", "east", "south-south", "south-west", "west", "SEA") });
	git.commit("Shout");
	git.git("checkout", "-q", "topic");
	plant(root, { "map.txt": numbered("top", "east", "south-south", "south-west", "west", "lake") });
	git.commit("Whisper");
	git.git("checkout", "-q", "main");
	git.bytes(["merge", "topic"], { fails: true });
	await choose("More", "Read again");
	await goTo("Changes");
	await pane.locator('[data-group="conflicts"] [data-change="map.txt"]').waitFor();
}

await test("conflicts are settled place by place in the editor, and git is told in its own pane", async () => {
	await conflict();
	await pane.locator('[data-change="map.txt"]').hover();
	await tab.button("Resolve map.txt in the editor").click();
	const file = page.locator('.slot.front [data-file="map.txt"]');
	const parts = file.locator('[data-part="conflict"]');
	await parts.nth(1).waitFor();
	await tab.says(parts.nth(0), /Current: HEAD\s+NORTH\s+Incoming: topic\s+top/);
	ok(await file.getByRole("button", { name: "Save the result" }).isDisabled(), "not before all are settled");
	await usable();
	await parts.nth(0).getByRole("button", { name: "Use incoming" }).click();
	await parts.nth(1).getByRole("button", { name: "Use both" }).click();
	await file.getByRole("button", { name: "Save the result" }).click();
	await until("it is saved", () => readFileSync(join(root, "map.txt"), "utf8") ===
		numbered("top", "east", "south-south", "south-west", "west", "SEA", "lake"));
	await page.locator("footer").getByRole("button", { name: "Show Git" }).click();
	await live();
	await pane.locator('[data-change="map.txt"]').getByRole("button").first().click();
	await choose("Mark as resolved", "Mark as resolved");
	await pane.locator('[data-group="staged"] [data-change="map.txt"]').waitFor();
	await pane.locator("[data-operation]").getByRole("button", { name: "Go on" }).click();
	await pane.locator("[data-operation]").waitFor({ state: "detached" });
	equal(git.git("log", "-1", "--format=%s"), "Merge branch 'topic'");
});

await test("a file that git has marked is known in the editor, and is not called resolved by mistake", async () => {
	await conflict();
	await pane.locator('[data-change="map.txt"]').getByRole("button").first().click();
	await choose("Mark as resolved", "Mark as resolved");
	await dialog.getByText("map.txt still has conflict marks").waitFor();
	await dialog.getByRole("button", { name: "Cancel" }).click();
	match(git.git("status", "--porcelain"), /^UU map.txt/m);
	await pane.getByRole("button", { name: "Resolve in the editor" }).click();
	const file = page.locator('.slot.front [data-file="map.txt"]');
	await file.getByRole("button", { name: "Later" }).click();
	await file.locator(".cm-content").getByText("<<<<<<< HEAD").first().waitFor();
	await usable();
	await file.locator("[data-marked]").getByRole("button", { name: "Resolve" }).click();
	await file.getByRole("button", { name: "All current" }).click();
	await file.getByRole("button", { name: "Save the result" }).click();
	await file.locator('[data-part]').first().waitFor({ state: "detached" });
	await until("it is saved", () => readFileSync(join(root, "map.txt"), "utf8") ===
		numbered("NORTH", "east", "south-south", "south-west", "west", "SEA"));
	await file.locator("[data-marked]").waitFor({ state: "detached" });
});

await test("on a phone it fits, and the lines of a file are read with their commits", async () => {
	const phone = await (await browser.profile({ key, ...PHONE })).tab(`#/w/${workspace.id}/git`);
	const small = phone.page.locator('section[data-place="git"]');
	await small.getByRole("tab", { name: "History" }).tap();
	await small.locator("[data-commit]", { hasText: "Divide the south" }).tap();
	await small.locator('[data-file="map.txt"] [data-line]').first().waitFor();
	equal(await phone.page.evaluate(() => document.documentElement.scrollWidth), 390);
	equal(await overlaps(phone), [], "things that cover each other");
});

await test("on a phone one sees which file has a conflict, and each way to settle it", async () => {
	const phone = await (await browser.profile({ key, ...PHONE })).tab(`#/w/${workspace.id}/git`);
	await phone.page.locator('[data-group="conflicts"] [data-change="map.txt"]').getByRole("button").first().tap();
	const panel = phone.page.locator('[data-diff="map.txt"]');
	await panel.getByRole("button", { name: "Mark as resolved" }).waitFor();
	ok((await panel.getByRole("heading", { name: "map.txt" }).boundingBox()).width > 40, "its name");
	const right = await panel.getByRole("button").evaluateAll(all => all.map(one => one.getBoundingClientRect().right));
	ok(Math.max(...right) <= 390, "all of it is on the page", right);
	equal(await overlaps(phone), [], "things that cover each other");
});

await browser.quiet(FAILED_REQUEST);
done();
