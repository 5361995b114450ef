#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/*
 * The line breaks while somebody types: the page says so, comes back by itself, and every key
 * arrives once. What is typed goes through a shell into a file, which must be the same.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { serve, temporary } from "../lib/dispatch.mjs";
import { kill } from "../lib/proc.mjs";
import { done, equal, match, ok, test, until } from "../lib/tap.mjs";
import { FAILED_REQUEST, open, setUp } from "./browser.mjs";

const d = await serve();
const browser = await open(d);
const key = await setUp(d);
const desk = await browser.profile({ key });
const tab = await desk.tab("");
const strip = tab.page.locator(".slot.front [data-pending]");
await tab.shell();

/* Types numbered words into a file while `during` happens, and compares. */
async function typed(name, during) {
	const file = join(temporary(), name);
	await tab.type(`cat > ${file}\n`);
	await until("cat runs", () => existsSync(file));
	let words = 0, over = false;
	const typing = (async () => {
		for (; !over || words < 30; words++)
			await tab.type(`${words} `);
	})();
	try {
		await during();
	} finally {
		over = true;
		await typing;
	}
	await tab.type("\n");
	await tab.press("Control+d");
	const expected = [...Array(words).keys()].map(word => `${word} `).join("") + "\n";
	await until("all that was typed", () => readFileSync(file, "utf8").length >= expected.length)
		.catch(() => {});
	equal(readFileSync(file, "utf8"), expected, "what arrived");
	await tab.prompt();
}

/* What the indicator said meanwhile, in order. */
async function watch(during) {
	await tab.page.evaluate(() => {
		const workspace = document.querySelector(".workspace");
		window.said = [workspace.dataset.link];
		window.watcher = new MutationObserver(() => window.said.push(workspace.dataset.link));
		window.watcher.observe(workspace, { attributeFilter: ["data-link"] });
	});
	await during();
	return tab.page.evaluate(() => {
		window.watcher.disconnect();
		return window.said;
	});
}

const broken = async (kill) => {
	await kill();
	await until("the page notices", () => tab.page.evaluate(() => window.said.length > 1));
	await tab.link("live");
};

for (const [what, strike] of [
	["web server", async () => kill(await d.webServer())],
	["runner", async () => kill(await d.runner())],
])
	await test(`when the ${what} is killed the page says reconnecting, then live, and no key ` +
		"is lost or doubled", async () => {
		let said;
		await typed("words", async () => { said = await watch(() => broken(strike)); });
		equal(said, ["live", "reconnecting", "live"], "what the indicator said");
	});

await test("when all handlers are killed no key is lost or doubled", () =>
	typed("words", async () => {
		const pids = await d.workers();
		pids.forEach(pid => kill(pid));
		await until("new handlers", async () => {
			const now = await d.workers();
			return now.length === pids.length && !now.some(pid => pids.includes(pid));
		});
	}));

await test("offline, the page says so and shows what waits, faint", async () => {
	await tab.run("cat");
	await desk.context.setOffline(true);
	await tab.type("typed offline ");
	await strip.waitFor();
	await tab.says(strip.locator(".keys"), "typed offline ".trim());
	await tab.link("offline");
	await tab.says(tab.page.locator("footer [data-link-text]"),
		/^offline since \d\d:\d\d · 14 inputs wait$/);
	equal(await tab.page.getByRole("img", { name: "Running", exact: true }).count(), 0, "what is said to run");
	await tab.row(await tab.session()).getByRole("img", { name: "Running when last heard of" }).waitFor();
	const colour = element => getComputedStyle(element).color;
	ok(await strip.locator(".keys").evaluate(colour) !== await tab.page.locator("h1").first()
		.evaluate(colour), "it looks like any other text");
});

await test("online again, what waited arrives once and the strip goes", async () => {
	await desk.context.setOffline(false);
	await tab.link("live");
	await tab.type("and online\n");
	await tab.see(/\ntyped offline and online\ntyped offline and online\n/);
	await strip.waitFor({ state: "detached" });
	await tab.says(tab.page.locator("footer [data-link-text]"), /^live( · \d+ ms)?$/);
	await tab.row(await tab.session()).getByRole("img", { name: "Running", exact: true }).waitFor();
	equal((await tab.text()).split("typed offline").length - 1, 2, "once typed, once printed");
});

await test("what waits can be discarded", async () => {
	await desk.context.setOffline(true);
	await tab.type("never mind");
	await strip.waitFor();
	await strip.getByRole("button", { name: "Discard" }).click();
	await tab.says(strip.locator(".keys"), /^n?$/);
	await desk.context.setOffline(false);
	await tab.link("live");
	await strip.waitFor({ state: "detached" });
	await tab.pane().locator(".xterm").click();
	await tab.type("kept\n");
	const [line] = await tab.see(/\n.*kept\n/);
	match(line, /^\nn?kept\n$/, "only what may have been on its way already");
});

await test("on a full screen what waits does not hide the line in which one types", async () => {
	await tab.press("Control+d");
	await tab.prompt();
	await tab.run("seq 60; cat");
	await tab.see(/\n60\n$/);
	const line = () => tab.page.evaluate(() => {
		const { terminal } = document.querySelector(".slot.front .host");
		const screen = terminal.element.querySelector(".xterm-screen").getBoundingClientRect();
		const height = screen.height / terminal.rows;
		return { row: terminal.buffer.active.cursorY, rows: terminal.rows,
			top: screen.top + terminal.buffer.active.cursorY * height };
	});
	const { row, rows } = await line();
	equal(row, rows - 1, "row of the cursor");
	await desk.context.setOffline(true);
	await tab.type("at the bottom");
	await strip.waitFor();
	const { y, height } = await strip.boundingBox(), { top } = await line();
	ok(y + height <= top, "the strip is above", { y, height, top });
	await desk.context.setOffline(false);
	await tab.type("\n");
	await tab.see(/\nat the bottom\nat the bottom\n/);
	await strip.waitFor({ state: "detached" });
});

await test("after a stop and a start the page goes on, and what was typed arrives", async () => {
	const id = await tab.session();
	await d.stop();
	await tab.link("reconnecting", "offline");
	await tab.type("while away\n");
	await d.start();
	await tab.link("live");
	await tab.see(/\nwhile away\nwhile away\n/);
	equal(await tab.session(), id, "session");
	equal(await tab.pane().getAttribute("data-status"), "running");
});

await browser.quiet(FAILED_REQUEST);
await done();
