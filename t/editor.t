#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* File-editor sessions, by REST and stream, with the real program. */
import { randomUUID } from "node:crypto";
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync }
	from "node:fs";
import { basename, dirname, join } from "node:path";
import { program, run, serve, temporary } from "./lib/dispatch.mjs";
import { Editor, sha256 } from "./lib/editor.mjs";
import { Files, pathText, workspaceAt } from "./lib/files.mjs";
import { mismatch, operations } from "./lib/openapi.mjs";
import * as proc from "./lib/proc.mjs";
import { done, equal, match, ok, test, until } from "./lib/tap.mjs";

const d = await serve({ args: ["--set", "workspace.roots=/"] });
const client = d.client();
const home = temporary();
const root = join(home, "work");
mkdirSync(root);
const workspace = workspaceAt(d, root);
const files = new Files(client, workspace);
const put = (path, bytes) => writeFileSync(join(root, path), bytes);
const at = path => readFileSync(join(root, path));
const there = path => at(path).toString("utf8");
const history = async (path, more = {}) => (await client.get(
	`api/files/history?${new URLSearchParams({ workspace, path, ...more })}`)).json;

put("first.txt", "one\ntwo\nthree\n");
const editor = await Editor.start(client, workspace, { path: "first.txt" });

await test("a session begins with the file that it was made for, and tells all that an editor needs", async () => {
	equal([editor.session.kind, editor.session.title, editor.session.workspace, editor.session.attention],
		["file-editor", "Editor", workspace, "none"]);
	const data = await editor.see("editor:open", data => data.path === "first.txt");
	equal(data, { path: "first.txt", sha256: sha256("one\ntwo\nthree\n"), size: 14,
		mode: statSync(join(root, "first.txt")).mode.toString(8).slice(-4), encoding: "utf-8", bom: false,
		line_end: "lf" });
	equal((await editor.content(data.sha256)).toString(), "one\ntwo\nthree\n");
	const file = await editor.file("first.txt");
	equal([file.sha256, file.open, file.dirty], [data.sha256, true, false]);
});

await test("a save over what was seen is an event with both hashes and a diff, and the mode stays", async () => {
	chmodSync(join(root, "first.txt"), 0o751);
	const before = sha256("one\ntwo\nthree\n"), after = sha256("one\n2\nthree\nfour\n");
	const data = await editor.did("save", { path: "first.txt", base: before, text: "one\n2\nthree\nfour\n" });
	equal([data.before, data.after, data.added, data.removed, data.size], [before, after, 2, 1, 17]);
	equal(data.diff, "@@ -1,3 +1,4 @@\n one\n-two\n+2\n three\n+four\n");
	equal(there("first.txt"), "one\n2\nthree\nfour\n");
	equal(statSync(join(root, "first.txt")).mode & 0o7777, 0o751);
	const [me] = d.sql("state", "SELECT id FROM user");
	equal(data.by, me.id);
	equal((await client.session(editor.id)).preview, "first.txt");
});

await test("a file that somebody else has changed is not overwritten, and all three states can be had", async () => {
	put("conflict", "base\n");
	const { sha256: base } = await editor.did("open", { path: "conflict" });
	put("conflict", "theirs\n");
	const data = await editor.refused("save", { path: "conflict", base, text: "mine\n" });
	equal([data.code, data.current], ["file.changed", sha256("theirs\n")]);
	equal((await editor.content(base)).toString(), "base\n");
	equal((await editor.content(data.current)).toString(), "theirs\n");
	equal(there("conflict"), "theirs\n");
	const forced = await editor.did("save", { path: "conflict", base, text: "mine\n", force: true });
	equal(forced.before, sha256("theirs\n"));
	equal(there("conflict"), "mine\n");
});

await test("a new file is made only where there is none, and one that is gone is not made again unasked", async () => {
	equal((await editor.did("save", { path: "new", text: "n\n" })).before, null);
	const again = await editor.refused("save", { path: "new", text: "m\n" });
	equal([again.code, again.current], ["file.changed", sha256("n\n")]);
	const gone = await editor.refused("save", { path: "gone", base: sha256("x"), text: "m\n" });
	equal([gone.code, gone.current], ["file.changed", null]);
});

await test("the same operation sent again is done once", async () => {
	const id = randomUUID();
	const ask = { path: "once", text: "1\n" };
	equal((await editor.post("save", ask, id)).status, 202);
	equal((await editor.post("save", ask, id)).status, 202);
	await editor.viewer.until("an answer", () => editor.answers.has(id));
	await editor.did("open", { path: "once" });
	ok(!editor.events.some(event => event.again), "answered once");
	equal(editor.answers.get(id).type, "done");
});

const formats = [
	["UTF-8 with a byte-order mark and CRLF", "\ufeffä\r\nb\r\n", "utf8", "ä\nB\nc\n", "\ufeffä\r\nB\r\nc\r\n",
		["utf-8", true, "crlf"]],
	["UTF-16, little endian", "\ufeffä\n\u{1f600}\n", "utf16le", "ä\n\u{1f601}", "\ufeffä\n\u{1f601}",
		["utf-16le", true, "lf"]],
	["Latin-1 with CR", "\xe4\rb\r", "latin1", "\xe4\n\xfc\n", "\xe4\r\xfc\r", ["latin1", false, "cr"]],
	["mixed line ends", "a\r\nb\nc\r\n", "utf8", "a\nx\nb\nc\n", "a\r\nx\r\nb\nc\r\n", ["utf-8", false, "mixed"]],
];
for (const [name, old, encoding, text, expected, format] of formats)
	await test(`encoding, byte-order mark and line ends stay as they are: ${name}`, async () => {
		put("format", Buffer.from(old, encoding));
		const open = await editor.did("open", { path: "format" });
		equal([open.encoding, open.bom, open.line_end], format);
		const data = await editor.did("save", { path: "format", base: open.sha256, text });
		equal(at("format").toString(encoding), expected);
		const back = await editor.did("restore", { path: "format", sha256: open.sha256, base: data.after });
		equal(back.after, open.sha256);
		ok(at("format").equals(Buffer.from(old, encoding)), "byte for byte");
	});

await test("UTF-16, big endian, too; and what an encoding does not have is refused", async () => {
	put("big", Buffer.from("\ufeffab\n", "utf16le").swap16());
	const open = await editor.did("open", { path: "big" });
	equal(open.encoding, "utf-16be");
	await editor.did("save", { path: "big", base: open.sha256, text: "ä\n" });
	equal(at("big").swap16().toString("utf16le"), "\ufeffä\n");
	put("latin", Buffer.from("\xe4\n", "latin1"));
	const latin = await editor.did("open", { path: "latin" });
	const no = await editor.refused("save", { path: "latin", base: latin.sha256, text: "\u20ac\n" });
	equal(no.code, "editor.encoding");
	match(no.detail, /€/);
	await editor.did("save", { path: "latin", base: latin.sha256, text: "€\n", encoding: "utf-8" });
	equal(there("latin"), "€\n");
});

await test("an empty file keeps the line ends that it had", async () => {
	put("ends", "a\r\nb\r\n");
	const open = await editor.did("open", { path: "ends" });
	const empty = await editor.did("save", { path: "ends", base: open.sha256, text: "" });
	equal(there("ends"), "");
	await editor.did("save", { path: "ends", base: empty.after, text: "c\nd\n" });
	equal(there("ends"), "c\r\nd\r\n");
});

await test("an open file that somebody else changes, replaces or removes is told of, with its bytes", async () => {
	put("seen", "1\n");
	await editor.did("open", { path: "seen" });
	put("seen", "2\n");
	const changed = await editor.see("editor:file", data => data.sha256 === sha256("2\n"));
	equal([changed.path, changed.size, changed.gone], ["seen", 2, false]);
	equal((await editor.content(changed.sha256)).toString(), "2\n");
	put("other", "3\n");
	renameSync(join(root, "other"), join(root, "seen"));
	await editor.see("editor:file", data => data.sha256 === sha256("3\n"));
	renameSync(join(root, "seen"), join(root, "other"));
	const gone = await editor.see("editor:file", data => data.path === "seen" && data.gone);
	equal(gone.sha256, null);
	put("seen", "4\n");
	await editor.see("editor:file", data => data.sha256 === sha256("4\n"));
	await until("the list knows", async () => (await editor.file("seen")).sha256 === sha256("4\n"));
});

await test("its own saves are not told as changes of somebody else", async () => {
	put("own", "0\n");
	let { sha256: base } = await editor.did("open", { path: "own" });
	for (let i = 1; i <= 20; i++)
		base = (await editor.did("save", { path: "own", base, text: `${i}\n` })).after;
	put("own", "end\n");
	await editor.see("editor:file", data => data.sha256 === sha256("end\n"));
	equal(editor.events.filter(event => event.channel === "editor:file" && event.data.path === "own").length, 1);
});

await test("files and directories are made, renamed and deleted, also open ones", async () => {
	await editor.did("create", { path: "dir", kind: "directory" });
	await editor.did("create", { path: "dir/a", kind: "file" });
	equal((await editor.refused("create", { path: "dir/a", kind: "file" })).code, "file.exists");
	equal((await editor.refused("create", { path: "dir", kind: "directory" })).code, "file.exists");
	const open = await editor.did("open", { path: "dir/a" });
	await editor.did("draft", { path: "dir/a", base: open.sha256, text: "draft" });
	await editor.did("rename", { path: "dir", to: "there" });
	const file = await editor.file("there/a");
	equal([file.open, file.draft.sha256], [true, sha256("draft")]);
	put("there/a", "x\n");
	await editor.see("editor:file", data => data.path === "there/a" && data.sha256 === sha256("x\n"));
	equal((await editor.refused("rename", { path: "there/a", to: "first.txt" })).code, "file.exists");
	await editor.did("discard", { path: "there/a" });
	const removed = await editor.did("delete", { path: "there/a" });
	ok(!existsSync(join(root, "there/a")), "it is gone");
	equal((await files.trash()).json.items.map(item => item.id), [removed.trash]);
	equal((await files.op("restore", { id: removed.trash })).status, 201);
	equal(there("there/a"), "x\n");
	equal(await editor.file("there/a"), undefined);
});

await test("a file that takes the name of an open one that is gone takes its place", async () => {
	put("ghost", "1\n");
	await editor.did("open", { path: "ghost" });
	renameSync(join(root, "ghost"), join(root, "away"));
	await editor.see("editor:file", data => data.path === "ghost" && data.gone);
	put("heir", "2\n");
	await editor.did("open", { path: "heir" });
	await editor.did("rename", { path: "heir", to: "ghost" });
	put("ghost", "3\n");
	await editor.see("editor:file", data => data.path === "ghost" && data.sha256 === sha256("3\n"));
	await editor.did("close", { path: "ghost" });
	const told = editor.events.filter(({ data }) => data.path === "ghost" && data.sha256 === sha256("3\n"));
	equal(told.length, 1);
});

await test("the history of a file goes through its names, and each earlier state can be restored", async () => {
	put("told", "0\n");
	let { sha256: base } = await editor.did("open", { path: "told" });
	const states = ["0\n"];
	for (let i = 1; i <= 3; i++) {
		states.push(`${"line\n".repeat(i)}`);
		base = (await editor.did("save", { path: "told", base, text: states[i] })).after;
	}
	await editor.did("rename", { path: "told", to: "renamed" });
	base = (await editor.did("save", { path: "renamed", base, text: "last\n" })).after;
	states.push("last\n");
	const { items } = await history("renamed");
	equal(items.map(item => [item.op, item.path]), [["save", "renamed"], ["rename", "told"], ["save", "told"],
		["save", "told"], ["save", "told"], ["open", "told"]]);
	await editor.did("open", { path: "renamed" });
	equal((await history("renamed")).items.length, 6, "states after it was opened as it was");
	equal([items[0].before, items[0].after, items[0].added, items[0].removed],
		[sha256(states[3]), sha256("last\n"), 1, 3]);
	const parts = [];
	let after;
	do {
		const part = await history("renamed", { limit: 2, ...(after && { after }) });
		parts.push(...part.items);
		after = part.next;
	} while (after);
	equal(parts, items);
	for (const state of states) {
		base = (await editor.did("restore", { path: "renamed", sha256: sha256(state), base })).after;
		equal(there("renamed"), state);
	}
	equal((await editor.refused("restore", { path: "renamed", sha256: base, base: sha256("no") })).code,
		"file.changed");
	equal((await editor.post("restore", { path: "renamed", sha256: sha256("never"), base })).summary,
		"404 content.unknown");
});

await test("a draft is kept until it is saved or discarded, also when it goes on meanwhile", async () => {
	put("drafted", "d0\n");
	const { sha256: base } = await editor.did("open", { path: "drafted" });
	await editor.did("draft", { path: "drafted", base, text: "d1\n" });
	let file = await editor.file("drafted");
	equal([file.dirty, file.draft.base, file.draft.sha256], [true, base, sha256("d1\n")]);
	equal((await editor.content(file.draft.sha256)).toString(), "d1\n");
	await editor.did("draft", { path: "drafted", base, text: "d2\n", writer: "me" });
	await editor.did("save", { path: "drafted", base, text: "d1\n" });
	file = await editor.file("drafted");
	equal([file.sha256, file.draft.base, file.draft.sha256], [sha256("d1\n"), base, sha256("d2\n")],
		"it has not seen what was saved");
	await editor.did("save", { path: "drafted", base: sha256("d1\n"), text: "d2\n" });
	file = await editor.file("drafted");
	equal([file.dirty, file.draft], [false, undefined]);
	await editor.did("draft", { path: "never", text: "new" });
	equal((await editor.file("never")).draft.base, null);
	await editor.did("discard", { path: "never" });
	equal(await editor.file("never"), undefined);
	equal(d.sql("events", "SELECT count(*) n FROM draft"), [{ n: 0 }]);
});

const odd = ["-rf", "a b", "q'\"uote", "tab\tand\nline", "ünï", "\\back", "$(touch x)", "%41", "*", ".hidden"];
await test("files may be called anything", async () => {
	for (const bytes of [...odd.map(name => Buffer.from(name)), Buffer.from([0x66, 0xff, 0xfe]),
		Buffer.from("\uef41"), Buffer.from("x".repeat(255))]) {
		const path = pathText(bytes), full = Buffer.concat([Buffer.from(`${root}/`), bytes]);
		const { after } = await editor.did("save", { path, text: "odd\n" });
		equal(readFileSync(full, "utf8"), "odd\n", path);
		equal((await editor.did("open", { path })).sha256, after);
		await editor.did("close", { path });
		await editor.did("rename", { path, to: "plain" });
		await editor.did("delete", { path: "plain" });
		equal((await history(path)).items.map(item => item.op), ["rename", "save"], path);
	}
});

await test("what is large, binary or not ours to write is told, and not edited", async () => {
	put("large", Buffer.alloc(10_000_001, "line of text\n"));
	const large = await editor.did("open", { path: "large" });
	equal([large.read_only, large.size], ["large", 10_000_001]);
	equal((await editor.refused("save", { path: "large", base: large.sha256, text: "x" })).code, "file.too_large");
	put("most", Buffer.alloc(10_000_000, "line of text\n"));
	const most = await editor.did("open", { path: "most" });
	equal(most.read_only, undefined);
	ok((await editor.content(most.sha256)).equals(at("most")), "10 MB");
	const text = there("most").replace("line", "LINE");
	await editor.did("save", { path: "most", base: most.sha256, text });
	ok(there("most") === text, "10 MB are saved");
	put("binary", Buffer.from([0, 1, 2, 3, 255]));
	const binary = await editor.did("open", { path: "binary" });
	equal(binary.read_only, "binary");
	equal((await editor.refused("save", { path: "binary", base: binary.sha256, text: "x" })).code, "editor.binary");
	put("binary", Buffer.from([0, 1, 2, 3, 254]));
	await editor.see("editor:file", data => data.path === "binary");
	equal((await history("binary")).items.map(item => item.after), [null], "the history names what is kept");
	equal((await editor.post("save", { path: "x", text: "x".repeat(17 * 1024 * 1024) })).status, 413);
	if (process.getuid() !== 0) {
		put("locked", "l\n");
		chmodSync(join(root, "locked"), 0o444);
		const locked = await editor.did("open", { path: "locked" });
		equal(locked.read_only, "denied");
		equal((await editor.refused("save", { path: "locked", base: locked.sha256, text: "x" })).code, "file.denied");
	}
});

await test("what is outside, no file, or ours is refused with the reason, and our locks stay", async () => {
	symlinkSync("../../etc/passwd", join(root, "out"));
	symlinkSync(join(d.dir, "state.db"), join(root, "state"));
	run(["mkfifo", join(root, "fifo")]);
	for (const [path, code] of [["out", "file.outside"], ["state", "file.outside"], ["fifo", "file.kind"],
		["dir-that-is-not/x", "file.missing"], ["there", "file.directory"]]) {
		equal((await editor.refused("open", { path })).code, code, path);
		equal((await editor.refused("save", { path, text: "x", force: true })).code, code, path);
	}
	equal((await editor.post("open", { path: "../x" })).status, 400);
	equal((await editor.post("open", { path: "" })).status, 400);
	linkSync(join(d.dir, "state.db"), join(root, "linked"));
	const inside = await Editor.start(client, workspaceAt(d, dirname(d.dir)));
	const ours = basename(d.dir);
	const before = d.holders("events");
	ok(before.includes(d.pid("dispatch-runner")), "the runner has the log open", before);
	for (const name of ["state.db", "events.db", "state.db-wal", "events.db-shm", "run/save.lock"]) {
		const path = `${ours}/${name}`;
		for (const [op, more] of [["open"], ["delete"], ["save", { text: "x", force: true }], ["rename", { to: "x" }],
			["create", { kind: "file" }], ["save", { text: "x" }]])
			equal((await inside.refused(op, { path, ...more })).code, "file.ours", `${op} ${name}`);
	}
	equal((await inside.refused("create", { path: `${ours}/new`, kind: "file" })).code, "file.ours");
	equal((await inside.refused("save", { path: `${ours}/new`, text: "x" })).code, "file.ours");
	equal((await inside.refused("delete", { path: ours })).code, "file.ours");
	equal((await inside.refused("rename", { path: ours, to: "x" })).code, "file.ours");
	for (const [op, more] of [["open"], ["delete"], ["save", { text: "x", force: true }]])
		equal((await editor.refused(op, { path: "linked", ...more })).code, "file.ours", `${op} a hard link`);
	const after = d.holders("events");
	equal(before.filter(pid => proc.alive(pid) && !after.includes(pid)), [], "who has lost the lock of the log");
	for (const database of ["state", "events"])
		equal(d.sql(database, "PRAGMA integrity_check"), [{ integrity_check: "ok" }]);
});

await test("bad requests are refused before anything is done", async () => {
	for (const [op, more] of [["save", { path: "x" }], ["create", { path: "x" }], ["rename", { path: "x" }],
		["restore", { path: "x" }], ["draft", { path: "x" }], ["none", { path: "x" }], ["open", {}],
		["save", { path: "x", text: "x", base: "zz" }], ["save", { path: "x", text: "x", encoding: "ebcdic" }]])
		equal((await editor.post(op, more)).summary, "400 request.invalid", op);
	const shell = await client.create(["sleep", "100"]);
	equal((await client.post(`api/sessions/${shell.id}/op`, { id: randomUUID(), op: "open", path: "x" })).summary,
		"409 session.kind");
	const other = d.client(d.otherKey());
	equal((await other.get(`api/sessions/${editor.id}/content?sha256=${sha256("d1\n")}`)).status, 404);
	equal((await other.get(`api/files/history?workspace=${workspace}&path=told`)).status, 404);
	equal((await client.post("api/sessions", { kind: "file-editor", workspace, command: ["x"] })).status, 400);
	equal((await client.post("api/sessions", { kind: "file-editor", workspace, options: { path: "../x" } })).status, 400);
});

await test("answers are as the interface describes them", async () => {
	for (const [name, reply, type = "application/json"] of [
		["POST /api/sessions/{id}/op", await editor.post("open", { path: "first.txt" })],
		["GET /api/sessions/{id}", await client.get(`api/sessions/${editor.id}`)],
		["GET /api/files/history", await client.get(`api/files/history?workspace=${workspace}&path=renamed`)]]) {
		const { responses } = operations.find(operation => operation.name === name);
		equal(mismatch(reply.json, responses[reply.status].content[type].schema), null, name);
	}
	const reply = await client.get(`api/sessions/${editor.id}/content?sha256=${sha256("last\n")}`);
	equal([reply.headers["content-type"], reply.headers.etag, reply.headers["x-content-type-options"]],
		["application/octet-stream", `"${sha256("last\n")}"`, "nosniff"]);
	match(reply.headers["content-security-policy"], /sandbox/);
});

await test("an ended session keeps its files and drafts, and goes on with them", async () => {
	put("kept", "k0\n");
	const second = await Editor.start(client, workspace);
	const { sha256: base } = await second.did("open", { path: "kept" });
	await second.did("draft", { path: "kept", base, text: "k1\n" });
	equal((await client.post(`api/sessions/${second.id}/stop`)).status, 202);
	await second.ended();
	equal((await second.post("open", { path: "kept" })).summary, "409 session.ended");
	put("kept", "k2\n");
	equal((await client.post(`api/sessions/${second.id}/resume`)).status, 200);
	const changed = await second.see("editor:file", data => data.path === "kept");
	equal(changed.sha256, sha256("k2\n"));
	const file = await second.file("kept");
	equal([file.open, file.sha256, file.draft.base, file.draft.sha256],
		[true, sha256("k2\n"), base, sha256("k1\n")]);
	put("kept", "k3\n");
	await second.see("editor:file", data => data.sha256 === sha256("k3\n"));
	await client.post(`api/sessions/${second.id}/stop`);
	await second.ended();
	equal((await client.delete(`api/sessions/${second.id}`)).status, 204);
	await until("nothing of it is left", () =>
		d.sql("events", `SELECT 1 FROM run_session WHERE id='${second.id}'`).length === 0);
	equal(d.sql("events", "SELECT count(*) n FROM draft"), [{ n: 0 }]);
});

await test("a line that is no request is told by the program, which goes on", () => {
	const lines = ["", "{", "[]", '"x"', '{"op":1}', '{"op":"none","path":"x"}', '{"op":"open"}',
		"\xff\xfe", "x".repeat(100000), '{"op":"open","id":"last","path":"first.txt"}'];
	const { out, code } = run([program("dispatch-editor"), `--dir=${d.dir}`, `--root=${root}`,
		`--workspace=${workspace}`], { input: `${lines.join("\n")}\n` });
	equal(code, 0);
	const told = out.trim().split("\n").map(line => JSON.parse(line));
	equal(told.filter(line => line.event === "error").length, 7);
	equal(told.filter(line => line.type === "refused").length, 2);
	equal(told.at(-1).data.op_id, "last");
});

await test("a draft too many is refused, since it would not be kept", async () => {
	const many = await Editor.start(client, workspace);
	for (let i = 0; i < 512; i += 32) {
		await Promise.all(Array.from({ length: 32 }, (_, n) =>
			many.did("draft", { path: `many/${i + n}`, text: "x" })));
		await until("there is room for more", () =>
			d.sql("state", "SELECT count(*) n FROM command WHERE session<>''")[0].n === 0);
	}
	equal((await many.refused("draft", { path: "many/more", text: "x" })).code, "editor.files");
	await many.did("draft", { path: "many/0", text: "y" });
	await many.did("discard", { path: "many/0" });
	await many.did("draft", { path: "many/more", text: "x" });
	equal((await many.file("many/more")).dirty, true);
});

await done();
