#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* A repository with 100,000 files: git is what takes the time, and memory is bounded. */
import { readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gitHome, repository, workspace } from "./lib/git.mjs";
import { serve } from "./lib/dispatch.mjs";
import { done, equal, note, ok, test } from "./lib/tap.mjs";

const FILES = 100000;
const d = await serve({ env: { HOME: gitHome() },
	args: ["--set", "workspace.roots=/tmp", "--set", "fcgi.processes=1"] });
const client = d.client();

/* Made by git's own importer, which is quick, and checked out. */
function large() {
	const r = repository();
	const parts = ["commit refs/heads/main\ncommitter Ada <ada@example.org> 0 +0000\n",
		"data 5\nMany\n"];
	for (let i = 0; i < FILES; i++) {
		const content = `${i}\n`;
		parts.push(`M 644 inline d${i % 300}/sub${i % 7}/file ${i}\ndata ${content.length}\n`,
			content);
	}
	r.bytes(["fast-import", "--quiet"], { input: parts.join("") });
	r.git("reset", "-q", "--hard");
	return r;
}

const r = large(), w = await workspace(client, r.dir);

/* Most memory that one of the handlers ever had, in MiB. */
async function peak() {
	const all = (await d.workers()).map(pid => {
		try {
			return +/^VmHWM:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1];
		} catch {
			return 0;
		}
	});
	return Math.max(...all) / 1024;
}

async function timed(what, run) {
	const begin = Date.now(), result = await run();
	note(`${what}: ${Date.now() - begin} ms`);
	return result;
}

await test("a status of 100,000 files that have not changed is empty", async () => {
	const status = await timed("status", () => w.read("status"));
	equal([status.items, status.truncated], [[], false]);
});

await test("a few changes among them are found", async () => {
	writeFileSync(join(r.dir, "d7/sub0/file 7"), "else\n");
	unlinkSync(join(r.dir, "d8/sub1/file 8"));
	writeFileSync(join(r.dir, "d9/new"), "x\n");
	const status = await timed("status", () => w.read("status"));
	equal(status.items.map(item => [item.path, item.unstaged]), [["d7/sub0/file 7", "modified"],
		["d8/sub1/file 8", "deleted"], ["d9/new", "untracked"]]);
	const { items } = await timed("diff", () => w.read("diff"));
	equal(items.map(item => item.path), ["d7/sub0/file 7", "d8/sub1/file 8"]);
	await timed("stage", () => w.act("stage", { paths: items.map(item => item.path) }));
	equal(r.list("diff", "--cached", "--name-only", "-z").length, 2);
});

await test("when all are gone and as many new ones are there, the first are told and all are counted",
	async () => {
		r.git("commit", "-qam", "x");
		for (let i = 0; i < 300; i++)
			rmSync(join(r.dir, `d${i}`), { recursive: true });
		for (let i = 0; i < 3000; i++)
			writeFileSync(join(r.dir, `new ${i}`), "x");
		const status = await timed("status", () => w.read("status", { limit: 2000 }));
		equal([status.items.length, status.truncated, status.counts], [2000, true,
			{ staged: 0, unstaged: FILES - 1, untracked: 3000, conflicts: 0 }]);
		const diff = await timed("diff", () => w.read("diff", { limit: 100 }));
		equal([diff.items.length, diff.truncated], [100, true]);
		await timed("stage all", () => w.act("stage", { all: true }));
		equal((await w.read("status")).counts.staged, FILES - 1 + 3000);
		await timed("unstage all", () => w.act("unstage", { all: true }));
		const most = await peak();
		note(`memory: ${most.toFixed(1)} MiB`);
		ok(most < 64, "memory of a handler in MiB", most);
	});

await done();
