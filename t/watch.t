#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* Live changes of directories, told on the stream of those who watch them. */
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newId } from "./lib/client.mjs";
import { serve, temporary, webServers } from "./lib/dispatch.mjs";
import { Files, pathText, workspaceAt } from "./lib/files.mjs";
import { done, equal, ok, test, until } from "./lib/tap.mjs";

for (const web of webServers) {
	const d = await serve({ web, args: ["--set", "workspace.roots=/"] });
	const client = d.client();
	const root = temporary();
	mkdirSync(join(root, "a/b"), { recursive: true });
	mkdirSync(join(root, "c"));
	const workspace = workspaceAt(d, root);
	const files = new Files(client, workspace);
	const named = name => `${web}: ${name}`;

	async function viewer() {
		const told = [];
		let inForce = 0;
		const stream = client.stream("", { message: (name, data) => {
			if (name === "hello")
				stream.name = data.stream;
			if (name === "system" && data.channel === "files" && data.type === "changed")
				told.push(data.data);
			if (name === "system" && data.channel === "files" && data.type === "watching")
				inForce++;
		} });
		await until("a stream", () => stream.name);
		/* What changes before the runner has taken the order is not told. */
		const watch = async (paths, more) => {
			const before = inForce;
			const reply = await client.post(`api/stream/${stream.name}/watch`,
				{ workspace, paths, ...more });
			if (reply.status === 204)
				await until("it is in force", () => inForce > before);
			return reply;
		};
		/* Waits for an event of the directory that has this name. */
		const hears = (path, name) => until(`${name} in ${path || "the workspace"}`, () =>
			told.find(data => data.path === path && data.names?.includes(name)));
		return { told, stream, watch, hears };
	}

	await test(named("who watches a directory hears what comes, goes and changes in it"), async () => {
		const one = await viewer();
		equal((await one.watch(["", "a"])).status, 204);
		writeFileSync(join(root, "new"), "x");
		const event = await one.hears("", "new");
		equal(event.workspace, workspace);
		writeFileSync(join(root, "a/file"), "x");
		await one.hears("a", "file");
		one.told.length = 0;
		renameSync(join(root, "a/file"), join(root, "moved"));
		await one.hears("a", "file");
		await one.hears("", "moved");
		writeFileSync(join(root, "a/b/unseen"), "x");
		writeFileSync(Buffer.concat([Buffer.from(`${root}/a/`), Buffer.from([0x78, 0xff])]), "x");
		await one.hears("a", pathText(Buffer.from([0x78, 0xff])));
		ok(!one.told.some(data => data.path === "a/b"), "what is not watched");
		one.stream.close();
	});

	await test(named("a save is one change, of the file alone"), async () => {
		const one = await viewer();
		await one.watch([""]);
		await files.put("saved", "one");
		await one.hears("", "saved");
		one.told.length = 0;
		await files.put("saved", "two", "*");
		await one.hears("", "saved");
		await files.put("last", "x");
		await one.hears("", "last");
		equal([...new Set(one.told.flatMap(data => data.names))].sort(), ["last", "saved"]);
		one.stream.close();
	});

	await test(named("a new set takes the place of the one before, and two viewers each have theirs"), async () => {
		const one = await viewer(), two = await viewer();
		await one.watch(["a"]);
		await two.watch(["a", "c"]);
		await one.watch(["c"]);
		writeFileSync(join(root, "a/later"), "x");
		await two.hears("a", "later");
		writeFileSync(join(root, "c/later"), "x");
		await Promise.all([one.hears("c", "later"), two.hears("c", "later")]);
		equal(one.told.filter(data => data.path === "a"), []);
		await two.watch([]);
		two.told.length = 0;
		writeFileSync(join(root, "c/again"), "x");
		await one.hears("c", "again");
		equal(two.told, []);
		one.stream.close();
		two.stream.close();
	});

	await test(named("many changes at once are one event that says so"), async () => {
		const one = await viewer();
		await one.watch(["c"]);
		for (let i = 0; i < 2000; i++)
			writeFileSync(join(root, "c", `n${i}`), "");
		await until("told", () => one.told.some(data => data.path === "c" && !data.names));
		ok(one.told.length < 100, "events", one.told.length);
		/* A directory that goes is told by what held it, and by itself. */
		await one.watch(["", "c"]);
		rmSync(join(root, "c"), { recursive: true });
		await one.hears("", "c");
		one.stream.close();
	});

	await test(named("what is not there, not beneath or not one's own is not watched"), async () => {
		const one = await viewer();
		symlinkSync("/tmp", join(root, "out"));
		equal((await one.watch(["none", "out", "a"])).status, 204);
		writeFileSync(join(root, "a/seen"), "");
		await one.hears("a", "seen");
		equal((await one.watch(["../x"])).summary, "400 request.invalid");
		equal((await one.watch([1])).summary, "400 request.invalid");
		equal((await one.watch(Array(257).fill("a"))).summary, "400 request.invalid");
		equal((await one.watch(["a"], { workspace: newId() })).summary, "404 workspace.unknown");
		/* Somebody else's stream. */
		const stranger = d.client(d.otherKey());
		equal((await stranger.post(`api/stream/${one.stream.name}/watch`, { workspace, paths: ["a"] })).summary,
			"404 workspace.unknown");
		one.stream.close();
	});
	await d.clean();
}
await done();
