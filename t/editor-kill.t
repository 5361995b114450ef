#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * File editors that are disturbed: by another writer of the same file, by the end of the editor and
 * of the runner. ROUNDS says how often; 1,000 for all of it.
 */
import { chmodSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sanitized, serve, temporary } from "./lib/dispatch.mjs";
import { Editor, sha256 } from "./lib/editor.mjs";
import { Files, workspaceAt } from "./lib/files.mjs";
import * as proc from "./lib/proc.mjs";
import { done, equal, note, ok, sleep, test, until } from "./lib/tap.mjs";

const ROUNDS = +(process.env.ROUNDS ?? (sanitized ? 50 : 200));
const d = await serve({ args: ["--set", "workspace.roots=/"] });
const client = d.client();
const root = join(temporary(), "work");
mkdirSync(root);
const workspace = workspaceAt(d, root);
const files = new Files(client, workspace);
const there = path => readFileSync(join(root, path), "utf8");
const editor = await Editor.start(client, workspace);

await test("of two writers of one file none ever overwrites what it has not seen", async () => {
	/* Each adds a line of its own to what it saw: a line that is missing was overwritten. */
	writeFileSync(join(root, "shared"), "begin\n");
	const lines = [];
	let refused = 0;
	async function byEditor(rounds) {
		let { sha256: base } = await editor.did("open", { path: "shared" });
		for (let i = 0; i < rounds;) {
			const text = (await editor.content(base)).toString() + `editor ${i}\n`;
			const { type, data } = await editor.ask("save", { path: "shared", base, text });
			if (type === "done")
				lines.push(`editor ${i++}`);
			else
				refused++;
			base = type === "done" ? data.after : data.current;
			equal(data.code ?? "file.changed", "file.changed");
		}
	}
	async function byRest(rounds) {
		for (let i = 0; i < rounds;) {
			const seen = await files.get("shared");
			const reply = await files.put("shared", `${seen.body}rest ${i}\n`, seen.headers.etag);
			if (reply.status === 200)
				lines.push(`rest ${i++}`);
			else
				refused++;
			ok([200, 412].includes(reply.status), "the answer", reply.summary);
		}
	}
	await Promise.all([byEditor(ROUNDS / 2), byRest(ROUNDS / 2)]);
	equal(there("shared").split("\n").slice(1, -1).sort(), lines.sort());
	note(`${refused} of ${refused + lines.length} attempts were refused`);
	ok(refused > 0, "they met");
}, 600000);

/* Two texts that differ everywhere: a mix of them would be seen. */
const big = letter => `${letter.repeat(99)}\n`.repeat(2000);
const whole = [big("a"), big("b")];

await test("an editor that is killed while it saves leaves the old file or the new one, with its mode", async () => {
	const path = "killed";
	writeFileSync(join(root, path), whole[0]);
	chmodSync(join(root, path), 0o640);
	const most = process.env.ROUNDS ? ROUNDS : 40;
	let kills = 0;
	const session = await Editor.start(client, workspace);
	let saved = 0;
	for (; saved < most; kills++) {
		const [shim] = proc.shims(d.dir).filter(pid => proc.words(pid).join(" ").includes(session.id));
		const [pid] = proc.children(shim);
		let base = sha256(there(path));
		const saving = (async () => {
			for (;;) {
				const text = whole[base === sha256(whole[0]) ? 1 : 0];
				const reply = await session.post("save", { path, base, text });
				if (reply.status !== 202)
					return;
				const { id } = reply.json;
				await session.viewer.until("an answer", () => session.answers.has(id), 30000);
				const { type, data } = session.answers.get(id);
				if (type !== "done")
					return equal(data.code, "editor.ended");
				base = data.after;
				saved++;
			}
		})();
		await sleep(Math.random() * 300);
		proc.kill(pid);
		await saving;
		await session.ended();
		ok(whole.includes(there(path)), "the one or the other");
		equal(statSync(join(root, path)).mode & 0o7777, 0o640);
		equal((await client.post(`api/sessions/${session.id}/resume`)).status, 200);
	}
	note(`${kills} kills in ${saved} saves`);
	ok(!session.events.some(event => event.again), "each was answered once");
	equal(readdirSync(root).filter(name => name.startsWith(".dispatch")).length <= 1, true);
}, 600000);

await test("a runner that is killed while somebody saves and types loses nothing and does nothing twice", async () => {
	const path = "runner";
	let { after: base } = await editor.did("save", { path, text: "0\n" });
	await editor.did("open", { path });
	const rounds = Math.max(40, ROUNDS / 2);
	let going = true;
	const killing = (async () => {
		while (going) {
			const runner = await d.settled("dispatch-runner");
			if (going)
				proc.kill(runner);
		}
	})();
	for (let i = 1; i <= rounds; i++) {
		const text = `${i}\n`;
		equal((await editor.did("draft", { path, base, text })).sha256, sha256(text));
		const data = await editor.did("save", { path, base, text });
		equal(data.before, base);
		base = data.after;
		await sleep(20);
	}
	going = false;
	await killing;
	equal(there(path), `${rounds}\n`);
	ok(!editor.events.some(event => event.again), "each was answered once");
	const file = await until("the list knows", async () => {
		const found = await editor.file(path);
		return !found.dirty && found;
	});
	equal(file.sha256, base);
	const versions = d.sql("events", `SELECT count(*) n FROM file_version WHERE path='${path}' AND operation='save'`);
	equal(versions, [{ n: rounds + 1 }]);
}, 600000);

await test("a draft survives the editor, the runner and all of Dispatch", async () => {
	await editor.did("draft", { path: "typed", text: "a long text\n" });
	const [shim] = proc.shims(d.dir).filter(pid => proc.words(pid).join(" ").includes(editor.id));
	for (const pid of [await d.runner(), ...proc.children(shim), shim])
		proc.kill(pid);
	await d.stop();
	await d.start();
	await until("the end is known", async () =>
		["exited", "lost"].includes((await d.client().session(editor.id)).status));
	const again = new Editor(d.client(), editor);
	const file = await again.file("typed");
	equal(file.draft.sha256, sha256("a long text\n"));
	equal((await again.content(file.draft.sha256)).toString(), "a long text\n");
	equal((await d.client().post(`api/sessions/${editor.id}/resume`)).status, 200);
	await again.did("save", { path: "typed", text: "a long text\n" });
	equal((await again.file("typed")).dirty, false);
}, 120000);

await done();
