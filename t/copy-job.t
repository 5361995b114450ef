#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* Large copies go on by themselves, as jobs. */
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, symlinkSync, truncateSync,
	writeFileSync } from "node:fs";
import { join } from "node:path";
import { serve, temporary } from "./lib/dispatch.mjs";
import { workspace } from "./lib/git.mjs";
import { done, equal, match, ok, test, until } from "./lib/tap.mjs";

const d = await serve({ args: ["--set", "workspace.roots=/tmp"] });
const client = d.client();
const dir = temporary(), w = await workspace(client, dir);
const copy = (path, to, more = {}) =>
	client.post("api/files", { workspace: w.id, op: "copy", path, to, ...more });
const ended = id => until("the job ends", async () => {
	const session = await client.session(id);
	return session.status === "exited" && session;
}, 30000);

mkdirSync(join(dir, "many/deep"), { recursive: true });
for (let i = 0; i < 1200; i++)
	writeFileSync(join(dir, `many/${i % 2 ? "deep/" : ""}${i}`), `${i}`, { mode: 0o640 });
symlinkSync("deep/1", join(dir, "many/link"));

await test("a small copy is made at once, one of many files becomes a job", async () => {
	equal((await copy("many/deep", "small")).status, 201);
	const reply = await copy("many", "copied");
	equal([reply.status, reply.json.kind, reply.json.job.op, reply.json.job.label],
		[202, "job", "copy", "Copy many"]);
	const { job, attention, workspace: where } = await ended(reply.json.id);
	equal([job.problem, job.result, attention, where], [null, { path: "copied" }, "done", w.id]);
	equal(job.progress.percent, 100);
	equal([readdirSync(join(dir, "copied")).length, readdirSync(join(dir, "copied/deep")).length],
		[602, 600]);
	equal([readFileSync(join(dir, "copied/link"), "utf8"),
		statSync(join(dir, "copied/0")).mode & 0o777], ["1", 0o640]);
});

await test("one over what is there is refused, or puts that into the trash", async () => {
	const { job } = await ended((await copy("many", "copied")).json.id);
	equal(job.problem.code, "file.exists");
	match(job.problem.detail, /^There is something with this name: copied$/);
	const { job: replaced } = await ended((await copy("many", "copied",
		{ replace: true })).json.id);
	equal(replaced.problem, null);
	const { items } = (await client.get(`api/trash?workspace=${w.id}`)).json;
	equal(items.map(item => item.path), ["copied"]);
	const { job: within } = await ended((await copy("many", "many/deep/x")).json.id);
	ok(within.problem && !existsSync(join(dir, "many/deep/x")), "into itself", within);
});

await test("a large file tells how far it is, and nothing is left of it when it is cancelled",
	async () => {
		const file = join(dir, "-large");
		writeFileSync(file, "");
		truncateSync(file, 20e9);
		const { id } = (await copy("-large", "half")).json;
		await until("progress", async () => (await client.session(id)).job.progress);
		await client.post(`api/sessions/${id}/stop`);
		const { job } = await ended(id);
		equal([job.problem.code, existsSync(join(dir, "half"))], ["job.cancelled", false]);
		const events = (await client.events(id)).filter(event =>
			event.channel === "job:progress");
		equal([events[0].data.phase, events[0].data.of], ["Copying", 20e9]);
	});

await done();
