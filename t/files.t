#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* Files of a workspace by REST, through nginx and lighttpd. */
import { createHash } from "node:crypto";
import { chmodSync, existsSync, linkSync, lstatSync, mkdirSync, readFileSync, readdirSync,
	statSync, symlinkSync, writeFileSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { newId } from "./lib/client.mjs";
import { run, serve, temporary, webServers } from "./lib/dispatch.mjs";
import { Files, pathText, workspaceAt } from "./lib/files.mjs";
import * as proc from "./lib/proc.mjs";
import { done, equal, match, ok, test, until } from "./lib/tap.mjs";

const sha256 = bytes => createHash("sha256").update(bytes).digest("hex");
const tagOf = bytes => `"${sha256(bytes)}"`;

for (const web of webServers) {
	const named = name => `${web}: ${name}`;
	const d = await serve({ web, args: ["--set", "workspace.roots=/"] });
	const client = d.client();
	const home = temporary();
	const root = join(home, "work");
	mkdirSync(root);
	writeFileSync(join(home, "secret"), "secret");
	const files = new Files(client, workspaceAt(d, root));
	const there = path => readFileSync(join(root, path), "utf8");

	await test(named("a directory is listed with folders first and numbers by their value"), async () => {
		mkdirSync(join(root, "zebra"));
		mkdirSync(join(root, "target"));
		for (const name of ["file10", "file2", "File1", ".hidden", "b c"])
			writeFileSync(join(root, name), name);
		chmodSync(join(root, "file2"), 0o4751);
		symlinkSync("target", join(root, "dir-link"));
		symlinkSync("../secret", join(root, "out-link"));
		const reply = await files.get();
		equal(reply.json.path, "");
		equal(reply.json.items.map(item => item.name), ["dir-link", "target", "zebra", ".hidden", "b c",
			"File1", "file2", "file10", "out-link"]);
		equal(reply.json.next, null);
		const by = Object.fromEntries(reply.json.items.map(item => [item.name, item]));
		const st = statSync(join(root, "file2"));
		equal(by.file2, { name: "file2", type: "file", size: 5, mtime: Math.floor(st.mtimeMs),
			mode: "rwsr-x--x", owner: run(["id", "-un"]).out.trim() });
		equal([by["dir-link"].type, by["dir-link"].target, by["dir-link"].target_type],
			["link", "target", "directory"]);
		equal([by["out-link"].target, by["out-link"].target_type], ["../secret", null]);
		ok(!(await files.names("", { hidden: 0 })).includes(".hidden"), "hidden");
	});

	await test(named("a long list comes in parts, also when the last name of one is gone"), async () => {
		mkdirSync(join(root, "many"));
		for (let i = 0; i < 100; i++)
			writeFileSync(join(root, "many", `n${i}`), "");
		const names = [];
		let after = null;
		do {
			const { json } = await files.get("many", { limit: 30, ...(after && { after }) });
			names.push(...json.items.map(item => item.name));
			after = json.next;
			if (names.length === 30)
				await files.remove("many/n29");
		} while (after);
		equal(names, Array.from({ length: 100 }, (_, i) => `n${i}`));
		equal((await files.get("many", { after: "x" })).summary, "400 request.invalid");
	});

	await test(named("a file's bytes come with its tag, whole, in ranges, or not again"), async () => {
		const bytes = Buffer.from(Array.from({ length: 300000 }, (_, i) => i * 31 & 255));
		writeFileSync(join(root, "bytes"), bytes);
		const whole = await files.get("bytes");
		ok(whole.body.equals(bytes), "the bytes");
		equal(whole.headers.etag, tagOf(bytes));
		equal(whole.headers["content-length"], "300000");
		equal(whole.headers["content-type"], "application/octet-stream");
		match(whole.headers["content-disposition"], /^attachment; filename="bytes"/);
		match(whole.headers["content-security-policy"], /sandbox/);
		equal(whole.headers["x-content-type-options"], "nosniff");
		ok(Math.abs(Date.parse(whole.headers["last-modified"]) - Date.now()) < 60000, "time");
		for (const [range, from, to] of [["0-0", 0, 1], ["100-199", 100, 200], ["299990-", 299990, 300000],
			["-5", 299995, 300000], ["0-999999", 0, 300000]]) {
			const part = await files.get("bytes", {}, { range: `bytes=${range}` });
			equal(part.status, 206);
			equal(part.headers["content-range"], `bytes ${from}-${to - 1}/300000`);
			ok(part.body.equals(bytes.subarray(from, to)), range);
		}
		equal((await files.get("bytes", {}, { range: "bytes=300000-" })).summary, "416 file.range");
		equal((await files.get("bytes", {}, { range: "bytes=5-3" })).status, 200);
		equal((await files.get("bytes", {}, { "if-none-match": whole.headers.etag })).status, 304);
		equal((await files.get("bytes", {}, { range: "bytes=0-1", "if-range": '"other"' })).status, 200);
		equal((await files.get("bytes", {}, { "if-match": '"other"' })).summary, "412 file.changed");
		const head = await client.request("HEAD", files.target("bytes"));
		equal([head.status, head.headers["content-length"], head.body.length], [200, "300000", 0]);
	});

	await test(named("a file is written when it is what one saw, and keeps its mode"), async () => {
		const made = await files.put("new", "one");
		equal([made.status, made.json.name, made.json.size, made.headers.etag],
			[201, "new", 3, tagOf("one")]);
		equal(made.json.mode, "rw-r--r--");
		equal((await files.put("new", "two")).summary, "412 file.changed");
		equal((await files.put("new", "two", '"0123"')).summary, "412 file.changed");
		equal(there("new"), "one");
		chmodSync(join(root, "new"), 0o750);
		const again = await files.put("new", "two", made.headers.etag);
		equal([again.status, again.json.mode, again.headers.etag], [200, "rwxr-x---", tagOf("two")]);
		equal((await files.put("new", "", "*")).status, 200);
		equal(there("new"), "");
		equal((await files.put("none", "x", '"0123"')).summary, "412 file.changed");
		equal((await client.request("PUT", files.target("new"), { body: "x", headers:
			{ "content-type": "application/octet-stream" } })).summary, "428 file.precondition");
		/* A body whose size nobody knows beforehand is refused, or whole. */
		const chunked = await client.request("PUT", files.target("new"), { body: "chunk",
			headers: { "if-match": "*", "transfer-encoding": "chunked",
				"content-type": "application/octet-stream" } });
		equal([chunked.status, there("new")], chunked.status === 200 ? [200, "chunk"] : [411, ""]);
		equal(readdirSync(root).filter(name => name.startsWith(".dispatch")), []);
	});

	await test(named("names may be anything that a file system takes"), async () => {
		for (const name of [Buffer.from("a b+c&d=e%20#?"), Buffer.from("\u00fc\u4e2d\ud83d\ude00"),
			Buffer.from([0x66, 0xff, 0xfe]), Buffer.from("line\nfeed\ttab"), Buffer.from("a\r\nX-Accel-Redirect: x"),
			Buffer.from("\uef00"), Buffer.from("'\"\\"), Buffer.from("-rf"), Buffer.from("x".repeat(255))]) {
			const text = pathText(name);
			const made = await files.put(text, "here");
			equal([made.status, made.json.name], [201, text]);
			ok(existsSync(Buffer.concat([Buffer.from(`${root}/`), name])), "it is there");
			const got = await files.get(text);
			equal(got.body.toString(), "here");
			ok(!("x-accel-redirect" in got.headers), "no header of ours");
			ok((await files.names()).includes(text), "it is listed");
			equal((await files.remove(text)).status, 200);
		}
		equal((await files.put("x".repeat(256), "")).summary, "400 request.invalid");
	});

	await test(named("directories are made, things moved and copied, and nothing is replaced unasked"), async () => {
		equal((await files.op("mkdir", { path: "made/deep" })).json.type, "directory");
		equal((await files.op("mkdir", { path: "made/deep" })).summary, "409 file.exists");
		equal((await files.op("mkdir", { path: "new/x" })).summary, "409 file.not_directory");
		writeFileSync(join(root, "made/deep/a"), "a");
		symlinkSync("a", join(root, "made/deep/link"));
		chmodSync(join(root, "made/deep/a"), 0o700);
		equal((await files.op("copy", { path: "made", to: "copied" })).json.name, "copied");
		equal(there("copied/deep/a"), "a");
		equal(statSync(join(root, "copied/deep/a")).mode & 0o777, 0o700);
		ok(lstatSync(join(root, "copied/deep/link")).isSymbolicLink(), "a link stays one");
		equal((await files.op("copy", { path: "made", to: "made/deep/x" })).summary, "400 file.name");
		equal((await files.op("move", { path: "made", to: "copied" })).summary, "409 file.exists");
		equal((await files.op("move", { path: "none", to: "x" })).summary, "404 file.missing");
		equal((await files.op("move", { path: "made/deep/a", to: "moved" })).json.name, "moved");
		equal(there("moved"), "a");
		writeFileSync(join(root, "other"), "other");
		equal((await files.op("move", { path: "other", to: "moved", replace: true })).status, 201);
		equal(there("moved"), "other");
		equal((await files.trash()).json.items[0].path, "moved");
		equal((await files.op("move", { path: "moved" })).summary, "400 request.invalid");
	});

	await test(named("what is deleted lies in the trash and comes back"), async () => {
		mkdirSync(join(root, "gone/deep"), { recursive: true });
		writeFileSync(join(root, "gone/deep/file"), "x".repeat(100));
		const { id } = (await files.remove("gone")).json;
		ok(!existsSync(join(root, "gone")), "gone");
		const [item] = (await files.trash()).json.items;
		equal([item.id, item.path, item.type, item.size], [id, "gone", "directory", 100]);
		writeFileSync(join(root, "gone"), "in the way");
		equal((await files.op("restore", { id })).summary, "409 file.exists");
		equal((await files.op("restore", { id, to: "back/again" })).json.name, "again");
		equal(there("back/again/deep/file").length, 100);
		equal((await files.op("restore", { id })).summary, "404 trash.unknown");
		const second = (await files.remove("gone")).json.id;
		equal((await client.request("DELETE", `api/trash/${second}?workspace=${files.workspace}`)).status, 204);
		equal((await client.request("DELETE", `api/trash/${second}?workspace=${files.workspace}`)).summary,
			"404 trash.unknown");
		equal((await client.request("DELETE", `api/trash?workspace=${files.workspace}`)).status, 204);
		equal((await files.trash()).json.items, []);
		equal(readdirSync(join(d.dir, "trash", files.workspace)), []);
		equal((await files.remove("")).summary, "400 request.invalid");
		symlinkSync("back", join(root, "to-back"));
		equal((await files.remove("to-back")).status, 200);
		ok(existsSync(join(root, "back")), "what the link meant stays");
	});

	await test(named("a link with an absolute path is followed as long as it leads back into the workspace"), async () => {
		mkdirSync(join(root, "real/deep"), { recursive: true });
		symlinkSync(join(root, "real"), join(root, "straight"));
		symlinkSync("straight/deep", join(root, "round"));
		symlinkSync(join(root, "real/none"), join(root, "dangling"));
		equal((await files.put("straight/file", "1")).status, 201);
		equal((await files.put("round/file", "2")).status, 201);
		equal((await files.put("dangling", "3", null)).status, 201);
		equal([there("real/file"), there("real/deep/file"), there("real/none")].map(String), ["1", "2", "3"]);
		symlinkSync(root, `${root}-alias`);
		symlinkSync(join(`${root}-alias`, "real/late"), join(root, "by-alias"));
		equal((await files.put("by-alias", "4", null)).status, 201, "the workspace under another name");
		equal(String(there("real/late")), "4");
		const types = (await files.get("")).json.items.filter(({ name }) => ["straight", "round"].includes(name));
		equal(types.map(item => item.target_type), ["directory", "directory"]);
		equal((await files.remove("straight")).status, 200);
		equal(existsSync(join(root, "real/file")), true, "what it led to stays");
	});

	await test(named("what does not belong to the workspace is refused with the reason"), async () => {
		run(["mkfifo", join(root, "fifo")]);
		symlinkSync("/dev/zero", join(root, "zero"));
		symlinkSync(home, join(root, "up"));
		for (const [path, code] of [["out-link", "403 file.outside"], ["up/secret", "403 file.outside"],
			["zero", "403 file.outside"], ["fifo", "409 file.kind"], ["none", "404 file.missing"]]) {
			equal((await files.get(path)).summary, code, path);
			ok((await files.put(path, "x", "*")).status !== 200 || path === "none", path);
		}
		equal(readFileSync(join(home, "secret"), "utf8"), "secret");
		const stranger = new Files(d.client(d.otherKey()), files.workspace);
		equal((await stranger.get("new")).summary, "404 workspace.unknown");
		equal((await new Files(client, newId()).get("new")).summary, "404 workspace.unknown");
	});

	await test(named("our own databases are refused, and their locks stay"), async () => {
		const own = new Files(client, workspaceAt(d, d.dir.replace(/[^/]+$/, "")));
		const state = d.dir.split("/").pop();
		linkSync(join(d.dir, "state.db"), join(root, "linked"));
		symlinkSync(join(d.dir, "state.db"), join(root, "symlinked"));
		const before = d.holders("state");
		ok(before.length > 0, "handlers have it open", before);
		for (const name of ["state.db", "events.db", "state.db-wal", "run", "log"])
			equal((await own.get(`${state}/${name}`)).summary, "403 file.ours", name);
		equal((await own.get(state)).summary, "403 file.ours");
		equal((await own.remove(state)).summary, "403 file.ours");
		equal((await own.op("move", { path: state, to: "moved-state" })).summary, "403 file.ours");
		equal((await own.put(`${state}/state.db`, "x", "*")).summary, "403 file.ours");
		equal((await files.get("linked")).summary, "403 file.ours");
		equal((await files.put("linked", "x", "*")).summary, "403 file.ours");
		equal((await files.get("symlinked")).summary, "403 file.outside");
		/* Every process of the pool that has the database open still has its locks. */
		const after = d.holders("state");
		equal(before.filter(pid => proc.alive(pid) && !after.includes(pid)), [], "who has lost the lock");
		equal(d.sql("state", "PRAGMA integrity_check")[0].integrity_check, "ok");
	});

	await test(named("a file comes in pieces, goes on where it broke off, and is checked"), async () => {
		const bytes = Buffer.alloc(3 << 20, "piece by piece ");
		const begin = more => client.post("api/uploads",
			{ workspace: files.workspace, path: "sent/loaded/file", size: bytes.length, ...more });
		const piece = (id, offset, body) => client.request("PUT", `api/uploads/${id}?offset=${offset}`,
			{ body, headers: { "content-type": "application/octet-stream" } });
		const finish = (id, more) => client.post(`api/uploads/${id}/finish`, more);
		const begun = await begin({ sha256: sha256(bytes) });
		const { id } = begun.json;
		equal([begun.status, begun.json], [201, { id, offset: 0, size: bytes.length }]);
		equal((await piece(id, 0, bytes.subarray(0, 1 << 20))).json.offset, 1 << 20);
		equal(await files.names("sent/loaded"), [], "nothing to be seen yet");
		const wrong = await piece(id, 5, bytes.subarray(5, 10));
		equal([wrong.summary, wrong.json.offset], ["409 upload.offset", 1 << 20]);
		equal((await finish(id)).summary, "409 upload.offset");
		/* The connection breaks in the middle of a piece. */
		const broken = http.request(new URL(`api/uploads/${id}?offset=${1 << 20}`, d.url), { method: "PUT",
			headers: { ...client.headers, "content-type": "application/octet-stream", "content-length": 2 << 20 } });
		broken.on("error", () => {});
		broken.write(bytes.subarray(1 << 20, (1 << 20) + 300000));
		await until("a part of it has come", async () =>
			(await client.get(`api/uploads/${id}`)).json.offset > 1 << 20);
		broken.destroy();
		const { offset } = await until("the handler has seen it", async () => {
			const at = (await client.get(`api/uploads/${id}`)).json;
			const reply = await piece(id, at.offset, bytes.subarray(at.offset));
			return reply.status === 200 && reply.json;
		});
		equal(offset, bytes.length);
		equal((await piece(id, offset, "x")).summary, "413 request.too_large");
		const finished = await finish(id);
		equal([finished.status, finished.json.name, finished.json.mode, finished.headers.etag],
			[201, "file", "rw-r--r--", tagOf(bytes)]);
		ok(readFileSync(join(root, "sent/loaded/file")).equals(bytes), "the bytes");
		equal((await finish(id)).summary, "404 upload.unknown");
		equal((await begin()).summary, "409 file.exists");
		/* What came is not what was sent. */
		const again = (await begin({ size: 4, replace: true })).json.id;
		await piece(again, 0, "abcd");
		equal((await finish(again, { sha256: sha256("abce") })).summary, "422 upload.hash");
		equal((await client.get(`api/uploads/${again}`)).json.offset, 0);
		await piece(again, 0, "abce");
		equal((await finish(again, { sha256: sha256("abce") })).status, 201);
		equal((await files.trash()).json.items[0].path, "sent/loaded/file");
		const given = (await begin({ path: "sent/given", size: 0 })).json.id;
		equal((await client.request("DELETE", `api/uploads/${given}`)).status, 204);
		equal(readdirSync(join(root, "sent")), ["loaded"]);
		equal((await client.get(`api/uploads/${given}`)).summary, "404 upload.unknown");
		equal((await begin({ path: "fifo/x" })).summary, "409 file.kind");
	});

	await test(named("a large body that is refused gets its answer all the same"), async () => {
		for (const size of [1 << 20, 20 << 20]) {
			const reply = await files.put("new", Buffer.alloc(size), '"0123"');
			equal(reply.summary, "412 file.changed", `${size} bytes`);
		}
		equal((await client.get("api/health")).status, 200);
	});

	await test(named("a large file goes up and down in constant memory"), async () => {
		const size = 96 << 20, piece = Buffer.alloc(1 << 20, "large file ");
		const pids = (await Promise.all(proc.children(d.process.pid)
			.filter(pid => /fcgi|nginx|lighttpd/.test(proc.words(pid)[0] ?? ""))
			.map(pid => [pid, ...proc.descendants(pid)]))).flat();
		const memory = () => Math.max(...pids.map(pid => +(/VmHWM:\s+(\d+)/.exec(
			readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0)));
		const before = memory();
		const up = await new Promise((resolve, reject) => {
			const request = http.request(new URL(files.target("large"), d.url), { method: "PUT", headers:
				{ ...client.headers, "content-type": "application/octet-stream", "content-length": size,
					"if-none-match": "*" } }, response => resolve(response.resume().statusCode));
			request.on("error", reject);
			let left = size / piece.length;
			const more = () => {
				while (left-- > 0)
					if (!request.write(piece))
						return request.once("drain", more);
				request.end();
			};
			more();
		});
		equal(up, 201);
		const hash = createHash("sha256");
		const down = await new Promise((resolve, reject) => http.get(new URL(files.target("large"), d.url),
			{ headers: client.headers }, response => {
				let n = 0;
				response.on("data", bytes => { n += bytes.length; hash.update(bytes); })
					.on("end", () => resolve([response.statusCode, n])).on("error", reject);
			}).on("error", reject));
		equal(down, [200, size]);
		const expected = createHash("sha256");
		for (let i = 0; i < size / piece.length; i++)
			expected.update(piece);
		equal(hash.digest("hex"), expected.digest("hex"));
		ok(memory() - before < 16 << 10, "memory did not grow", `${memory() - before} KiB`);
	});

	await test(named("a directory comes as a tar that tar understands"), async () => {
		const top = join(root, "packed");
		mkdirSync(join(top, "deep", "x".repeat(120)), { recursive: true });
		writeFileSync(join(top, "deep", "x".repeat(120), "\u00fcber"), "long");
		writeFileSync(join(top, "large"), Buffer.alloc(300000, "large"));
		writeFileSync(join(top, "empty"), "");
		writeFileSync(Buffer.concat([Buffer.from(`${top}/`), Buffer.from([0x66, 0xff])]), "bytes");
		chmodSync(join(top, "large"), 0o751);
		symlinkSync("../outside", join(top, "link"));
		run(["mkfifo", join(top, "fifo")]);
		linkSync(join(d.dir, "state.db"), join(top, "ours"));
		const tar = await files.get("packed", { as: "tar" });
		equal([tar.status, tar.headers["content-type"]], [200, "application/x-tar"]);
		match(tar.headers["content-disposition"], /filename="packed.tar"/);
		const to = temporary();
		const unpacked = run(["tar", "-xf", "-", "-C", to], { input: tar.body });
		equal([unpacked.code, unpacked.err], [0, ""]);
		const compared = run(["diff", "-r", "--no-dereference", top, join(to, "packed")]);
		equal(compared.out.trim().split("\n").sort(), [`Only in ${top}: fifo`, `Only in ${top}: ours`]);
		equal(statSync(join(to, "packed/large")).mode & 0o7777, 0o751);
		equal(statSync(join(to, "packed/large")).mtimeMs / 1000 | 0, statSync(join(top, "large")).mtimeMs / 1000 | 0);
		equal((await files.get("packed/large", { as: "tar" })).summary, "409 file.not_directory");
		match((await files.get("", { as: "tar" })).headers["content-disposition"], /filename="work.tar"/);
	});

	await test(named("what is read and written is noted, and a viewer may only read"), async () => {
		const viewer = new Files(d.client(d.otherKey("Viewer", "viewer")), files.workspace);
		equal((await viewer.put("v", "x")).summary, "403 role.refused");
		ok(d.sql("state", "SELECT action FROM audit").some(row => row.action === "file.write"), "audit");
	});

	await test(named("a request for the other pool's routes is told so"), async () => {
		equal((await client.get("api/sessions")).status, 200);
		equal((await client.get("api/files?workspace=x")).summary, "404 workspace.unknown");
	});
}

done();
