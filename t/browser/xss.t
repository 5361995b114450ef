#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/*
 * Ten thousand texts that are code for whoever believes their markup (t/lib/payloads.mjs), in
 * whatever Dispatch shows of what others have written: what Claude says and does, names of
 * sessions, titles and links of terminals, names of files, messages of commits. All of them
 * are brought onto the screen of a real browser, and none is run, asks for anything from
 * elsewhere, or has to be stopped by the policy of the page.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newId } from "../lib/client.mjs";
import { writeClaudeLog } from "../lib/claude-log.mjs";
import { Repository } from "../lib/git.mjs";
import { payloads } from "../lib/payloads.mjs";
import { done, equal, note, ok, test, until } from "../lib/tap.mjs";
import { FAILED_REQUEST, open, setUp } from "./browser.mjs";
import { serveHome, workspaceOf } from "./files.mjs";

const { d, home } = await serveHome();
const browser = await open(d);
const key = await setUp(d);
const client = d.client();
const profile = await browser.profile({ key, viewport: { width: 1440, height: 2400 } });
const asked = new Set();
let dialogs = 0;
await profile.context.addInitScript(() => {
	window.hits = [];
	window.hit = n => window.hits.push(n);
});
profile.context.on("request", request => asked.add(request.url()));
profile.context.on("page", page => page.on("dialog", dialog => { dialogs++; dialog.dismiss(); }));
const tab = await profile.tab(); /* opened once there is something to see */
const { page } = tab;

let next = 0;
const take = count => payloads(next, count, next += count);
const oneLine = text => text.replace(/[\0-\x1f\x7f]/g, " ");
const chunks = (list, size) => Array.from({ length: Math.ceil(list.length / size) },
	(_, i) => list.slice(i * size, (i + 1) * size));

/* Brings all of the longest list beneath `where` onto the screen, from its beginning (1) or from
 * its end (-1); the numbers that were read. */
function sweep(where, direction = 1) {
	return page.evaluate(async ([where, direction]) => {
		const painted = () => new Promise(then =>
			requestAnimationFrame(() => setTimeout(then, 0)));
		const root = document.querySelector(where), seen = new Set();
		const longest = () => [root, ...root.querySelectorAll("*")].filter(one =>
			/auto|scroll/.test(getComputedStyle(one).overflowY))
			.sort((a, b) => b.scrollHeight - a.scrollHeight)[0];
		const read = () => {
			for (const [, n] of root.textContent.matchAll(/hit(?:\(|%28|&#40;)(\d+)/g))
				seen.add(+n);
		};
		longest().scrollTop = direction > 0 ? 0 : longest().scrollHeight;
		for (let still = 0; still < 20;) {
			await painted();
			read();
			const view = longest(), before = view.scrollTop, height = view.scrollHeight;
			view.scrollTop += direction * view.clientHeight * 0.8;
			/* Older messages come when the server gets to it. */
			const more = direction < 0 && root.querySelector("[role=status].older");
			still = !more && view.scrollTop === before && view.scrollHeight === height ? still + 1 : 0;
		}
		return [...seen];
	}, [where, direction]);
}

/* After each kind: nothing was run; and what was looked at was there to be run. */
async function unharmed(what, shown, most) {
	note(`${what}: ${shown} of ${most} were read on the screen`);
	ok(shown >= most * 0.9, "they were shown", shown, most);
	await until("nothing is under way", () => page.evaluate(() => document.readyState === "complete"));
	equal(await page.evaluate(() => window.hits), [], "what was run");
	equal(dialogs, 0, "dialogs");
}

await test("what Claude says, asks and does is text", async () => {
	const said = take(4000), results = take(1600), titles = take(400), inputs = take(400);
	const events = [["session:status", "status", { status: "running" }]];
	chunks(said, 8).forEach((some, i) =>
		events.push(["claude:message", "text", { message: `m${i}`, text: some.join("\n\n") }]));
	titles.forEach((title, i) => events.push(["claude:message", "tool_call", { id: `c${i}`,
		message: `t${i}`, name: i % 2 ? "Bash" : oneLine(title), kind: "execute", title,
		input: { command: title } }]));
	chunks(results, 4).forEach((some, i) => events.push(["claude:message", "tool_result",
		{ id: `c${i}`, is_error: i % 2 === 1, text: some.join("\n") }]));
	inputs.forEach((text, i) => {
		const uuid = `00000000-0000-4000-8000-${String(i).padStart(12, "0")}`;
		events.push(["claude:input", "queued", { uuid, text }], ["claude:input", "started", { uuid }],
			["claude:input", "completed", { uuid }]);
	});
	const id = writeClaudeLog(d.dir, events, { title: oneLine(take(1)[0]) });
	await tab.go(`#/s/${id}`);
	await tab.pane().locator("[role=log]").waitFor();
	/* Whatever is folded is opened. */
	await page.evaluate(() => document.querySelectorAll(".slot.front details").forEach(one => {
		one.open = true;
	}));
	const seen = await sweep(".slot.front", -1);
	await unharmed("Claude", seen.length, 4400);
}, 120000);

await test("names and last lines of sessions are text", async () => {
	const texts = take(999).map(text => oneLine(text).slice(0, 250));
	const quoted = text => `'${text.replaceAll("'", "''")}'`;
	const now = Date.now();
	const rows = texts.slice(0, 500).map((title, i) => `('${newId()}', (SELECT id FROM s.user
		LIMIT 1), 'claude', ${quoted(title)}, 'exited', '/tmp', '["claude"]', '{}', 80, 24, ${now},
		${now}, ${now}, ${now}, 0, ${quoted(texts[i + 499])}, 0, x'00', '')`);
	const { stderr } = spawnSync("sqlite3", ["-bail", join(d.dir, "events.db")], { input:
		`.timeout 10000\nATTACH '${join(d.dir, "state.db")}' AS s;\nINSERT INTO run_session (id, owner, kind, title,
		status, cwd, command_json, env_json, cols, rows, created_at, updated_at, started_at,
		ended_at, exit_code, preview, last_seq, cookie, boot_id) VALUES ${rows.join(",")};\n` });
	equal(stderr.toString(), "");
	await tab.reload();
	await page.getByText(/^Show \d+ more that ended$/).click();
	const seen = await sweep(".workspace");
	await unharmed("sessions", seen.filter(n => n > 6400).length, 900);
});

await test("titles and links of terminals are text, and no scheme but of the web leads anywhere",
	async () => {
		const titles = take(500).map(oneLine), links = take(1000).map(oneLine);
		const script = join(home, "print.mjs");
		writeFileSync(script, `const [titles, links] = ${JSON.stringify([titles, links])};
			const rest = () => new Promise(then => setTimeout(then, 3));
			for (const [i, title] of titles.entries()) {
				process.stdout.write("\\x1b]" + i % 3 + ";" + title + "\\x07");
				await rest();
			}
			for (const [i, link] of links.entries()) {
				const scheme = ["", "javascript:hit(0)//", "data:text/html,", "file:///", "vbscript:",
					"https://a.invalid/"][i % 6];
				process.stdout.write("\\x1b]8;id=" + i + ";" + scheme + link.replaceAll(";", "%3B") +
					"\\x1b\\\\" + link + "\\x1b]8;;\\x1b\\\\\\r\\n");
			}
			console.log("all is printed");
			process.stdin.resume();`);
		const { id } = await client.create([process.execPath, script]);
		await tab.open(id);
		await tab.see("all is printed", 30000);
		const shown = new Set((await tab.text()).match(/hit(?:\(|%28|&#40;)\d+/g));
		ok(shown.size > 100, "links", shown.size);
		/* Every line of the screen is pressed. */
		const box = await tab.pane().locator(".xterm-screen").boundingBox();
		const { rows } = await tab.size();
		for (let row = 0; row < rows; row++) {
			await page.mouse.click(box.x + 40, box.y + (row + 0.5) * box.height / rows);
			if (await page.getByRole("dialog").count())
				await page.keyboard.press("Escape");
		}
		await unharmed("terminal", shown.size, 100);
	});

await test("names of files are text", async () => {
	const names = take(800).map(text => Buffer.from(text.replaceAll("/", "\u2215").replaceAll("\0", ""))
		.subarray(0, 250).toString().replace(/\ufffd+$/, ""));
	const root = join(home, "names");
	mkdirSync(root);
	for (const name of new Set(names))
		writeFileSync(join(root, name === "." || name === ".." || !name ? "x" : name), "");
	const workspace = await workspaceOf(client, root, oneLine(take(1)[0]).slice(0, 60));
	await tab.go(`#/w/${workspace.id}/files`);
	await page.locator('.slot.front section[data-files][data-state="ready"]').waitFor();
	const seen = await sweep(".slot.front section[data-files]");
	await unharmed("files", seen.length, 700);
});

await test("messages of commits, and who made them, are text", async () => {
	const messages = take(300);
	const root = join(home, "commits");
	mkdirSync(root);
	const git = new Repository(root);
	git.git("init", "-q", "-b", "main");
	const data = text => `data ${Buffer.byteLength(text)}\n${text}\n`;
	git.bytes(["fast-import", "--quiet"], { input: messages.map((message, i) =>
		`commit refs/heads/main\ncommitter ${oneLine(messages[(i + 7) % 300])
			.replace(/[<>\n]/g, "'")} <a@b> ${1700000000 + i} +0000\n${data(message.trim() || "x")}`)
		.join("") + "\ndone\n" });
	const workspace = await workspaceOf(client, root, "Commits");
	await tab.go(`#/w/${workspace.id}/git`);
	const pane = page.locator('.slot.front section[data-place="git"][data-state="live"]');
	await pane.waitFor();
	await pane.getByRole("tab", { name: "History" }).click();
	await pane.getByText("hit(").first().waitFor();
	const seen = await sweep('.slot.front section[data-place="git"]');
	await unharmed("git", seen.length, 270);
});

await test("ten thousand were made, and none asked for anything from elsewhere", () => {
	ok(next >= 10000, "texts", next);
	const origin = new URL(d.url).origin;
	equal([...asked].filter(url => !url.startsWith(origin) && !/^(data|blob):/.test(url)), []);
	equal([...asked].filter(url => /^data:text|logout/.test(url)), []);
});

await browser.quiet(FAILED_REQUEST);
await done();
