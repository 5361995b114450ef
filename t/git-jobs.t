#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* What goes over the network: jobs, with the real git on both sides. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { newId } from "./lib/client.mjs";
import { gitHome, repository, workspace } from "./lib/git.mjs";
import { serveGit } from "./lib/git-http.mjs";
import { serve, temporary } from "./lib/dispatch.mjs";
import * as proc from "./lib/proc.mjs";
import { done, equal, match, ok, test, until } from "./lib/tap.mjs";

const d = await serve({ env: { HOME: gitHome() },
	args: ["--set", "workspace.roots=/tmp"] });
const client = d.client();
const write = (r, name, content) => writeFileSync(join(r.dir, name), content);
const read = (r, name) => readFileSync(join(r.dir, name), "utf8");

/** The job at its end. */
const ended = id => until("the job ends", async () => {
	const session = await client.session(id);
	return ["exited", "failed", "lost"].includes(session.status) && session;
}, 20000);

async function job(w, verb, value = {}) {
	const reply = await w.post(verb, value);
	equal([reply.status, reply.json.kind, reply.json.job.op], [202, "job", verb]);
	return await ended(reply.json.id);
}

/* A bare repository with one commit, and a clone of it that is a workspace. */
async function pair() {
	const upstream = repository(), dir = temporary();
	write(upstream, "f", "1\n");
	upstream.commit("First");
	upstream.git("config", "receive.denyCurrentBranch", "ignore");
	const local = repository(dir);
	local.git("remote", "add", "origin", upstream.dir);
	local.git("fetch", "-q");
	local.git("reset", "-q", "--hard", "origin/main");
	local.git("branch", "-q", "-u", "origin/main");
	return { upstream, local, w: await workspace(client, local.dir) };
}

await test("a fetch tells its progress and what is new, and is no session of the list", async () => {
	const { upstream, local, w } = await pair();
	const before = upstream.git("rev-parse", "HEAD");
	write(upstream, "f", "2\n");
	const after = upstream.commit("Second");
	upstream.git("branch", "topic");
	const { id, job: told, attention, exit_code: code, workspace: where } = await job(w, "fetch",
		{ remote: "origin", prune: true });
	equal([told.problem, attention, code, where, told.label],
		[null, "done", 0, w.id, "Fetch origin"]);
	equal(told.result.refs.map(ref => [ref.remote, ref.local, ref.flag]),
		[["main", "origin/main", "fast-forward"], ["topic", "origin/topic", "new"]]);
	ok(before.startsWith(told.result.refs[0].from) && after.startsWith(told.result.refs[0].to),
		"commits", told.result);
	equal(local.git("rev-parse", "origin/main"), after);
	const events = await client.events(id);
	const progress = events.filter(event => event.channel === "job:progress");
	ok(progress.some(event => event.data.phase === "Counting objects" &&
		event.data.percent === 100), "progress", progress);
	match(events.filter(event => event.channel === "job:output").map(event => event.data.text)
		.join(""), /new branch.*topic/);
	equal(events.filter(event => event.channel === "job:result").map(event => event.data),
		[{ result: told.result, problem: null }]);
	ok(!(await client.get("api/sessions")).json.items.some(item => item.id === id), "listed");
	const jobs = (await client.get(`api/jobs?workspace=${w.id}`)).json.items;
	equal(jobs.map(item => item.id), [id]);
	equal((await client.get(`api/jobs?workspace=${w.id}&live=1`)).json.items, []);
	equal((await client.input(id, newId(), 1, "x")).summary, "409 session.kind");
});

await test("a pull brings the work tree up; one with a conflict says so", async () => {
	const { upstream, local, w } = await pair();
	write(upstream, "f", "2\n");
	upstream.commit("Second");
	equal((await job(w, "pull", { ff_only: true })).job.problem, null);
	equal(read(local, "f"), "2\n");
	write(upstream, "f", "theirs\n");
	upstream.commit("Theirs");
	write(local, "f", "ours\n");
	local.commit("Ours");
	const { job: refused } = await job(w, "pull", { ff_only: true });
	equal(refused.problem.code, "git.refused");
	const { job: told, attention } = await job(w, "pull", { rebase: false });
	equal([told.problem.code, attention], ["git.conflict", "error"]);
	match(told.problem.detail, /CONFLICT \(content\): Merge conflict in f/);
	equal((await w.read("status")).items[0].conflict, "both-modified");
});

await test("a push makes a branch there; one that would lose commits is rejected", async () => {
	const { upstream, local, w } = await pair();
	local.git("switch", "-q", "-c", "topic");
	write(local, "f", "2\n");
	const commit = local.commit("Mine");
	const { job: told } = await job(w, "push", { remote: "origin", branch: "topic",
		upstream: true });
	equal([told.problem, told.result.refs.map(ref => [ref.local, ref.flag])],
		[null, [["refs/heads/topic", "new"]]]);
	equal([upstream.git("rev-parse", "topic"), (await w.read("status")).head.upstream],
		[commit, "origin/topic"]);
	local.git("commit", "-q", "--amend", "-m", "Other");
	const { job: rejected } = await job(w, "push");
	equal([rejected.problem.code, rejected.result.refs[0].flag], ["git.rejected", "rejected"]);
	equal((await job(w, "push", { force: true })).job.problem, null);
	equal(upstream.git("rev-parse", "topic"), local.git("rev-parse", "HEAD"));
	await job(w, "push", { remote: "origin", branch: "topic", delete: true });
	equal(upstream.git("branch", "--list", "topic"), "");
	for (const value of [{ remote: "--upload-pack=x" }, { branch: "x" },
		{ remote: "origin", branch: "a:b" }])
		equal((await w.post("push", value)).summary, "400 request.invalid",
			JSON.stringify(value));
});

await test("what needs a password ends at once, and says what to type where one can be asked",
	async () => {
		const { upstream, local, w } = await pair();
		const server = await serveGit(dirname(upstream.dir), { password: "secret" });
		const url = `${server.url}/${basename(upstream.dir)}/.git`;
		await w.act("remote", { op: "set", name: "origin", url });
		const { job: told } = await job(w, "fetch", { remote: "origin" });
		equal([told.problem.code, told.problem.command],
			["git.login", ["git", "fetch", "--", "origin"]]);
		local.git("remote", "set-url", "origin", url.replace("//", "//ada:wrong@"));
		const { job: wrong } = await job(w, "fetch", { remote: "origin" });
		equal(wrong.problem.code, "git.login");
		ok(!wrong.problem.detail.includes("wrong"), "the password", wrong.problem);
		await w.act("remote", { op: "set", name: "origin", url: "http://127.0.0.1:1/x" });
		equal((await job(w, "fetch", { remote: "origin" })).job.problem.code, "git.network");
		await w.act("remote", { op: "set", name: "origin", url: "ext::sh -c true" });
		equal((await job(w, "fetch", { remote: "origin" })).job.problem.code, "git.refused");
	});

await test("a job is cancelled while it waits for the other side", async () => {
	const { upstream, w } = await pair();
	const server = await serveGit(dirname(upstream.dir)), gate = server.hold();
	await w.act("remote", { op: "set", name: "origin",
		url: `${server.url}/${basename(upstream.dir)}/.git` });
	const { json: session } = await w.post("fetch", { remote: "origin" });
	await gate.arrived;
	equal((await client.get(`api/jobs?live=1`)).json.items.map(item => item.attention),
		["working"]);
	equal((await client.post(`api/sessions/${session.id}/stop`)).status, 202);
	const { job: told, attention } = await ended(session.id);
	equal([told.problem.code, told.result, attention], ["job.cancelled", null, "error"]);
	gate.release();
});

await test("a job goes on while the runner is killed, and loses nothing of what it said", async () => {
	const { upstream, local, w } = await pair();
	const server = await serveGit(dirname(upstream.dir)), gate = server.hold();
	write(upstream, "f", "2\n");
	const after = upstream.commit("Second");
	await w.act("remote", { op: "set", name: "origin",
		url: `${server.url}/${basename(upstream.dir)}/.git` });
	const { json: session } = await w.post("fetch", { remote: "origin" });
	await gate.arrived;
	proc.kill(await d.runner());
	gate.release();
	const { job: told } = await ended(session.id);
	equal([told.problem, told.result.refs.map(ref => ref.flag)], [null, ["fast-forward"]]);
	equal(local.git("rev-parse", "origin/main"), after);
});

/* As handlers order one; routes of workspaces do. */
async function clone(options) {
	const id = newId(), { user } = (await client.get("api/auth/me")).json;
	const body = JSON.stringify({ kind: "job", title: "Clone", cwd: "/tmp",
		options: { op: "clone", label: "Clone", ...options } });
	d.sql("state", `INSERT INTO command (session, user, kind, body) VALUES ('${id}',
		'${user.id}', 'create', x'${Buffer.from(body).toString("hex")}')`);
	await until("it is there", async () => (await client.get(`api/sessions/${id}`)).status === 200);
	return id;
}

await test("a clone tells its progress; what is half made is taken away when it is cancelled",
	async () => {
		const upstream = repository(), base = temporary();
		mkdirSync(join(upstream.dir, "d"));
		for (let i = 0; i < 300; i++)
			write(upstream, `d/${i}`, `${Math.random()}\n`.repeat(50));
		upstream.commit("Many");
		const server = await serveGit(dirname(upstream.dir));
		const url = `${server.url}/${basename(upstream.dir)}/.git`;
		const path = join(base, "new one");
		const { id, job: told, preview } = await ended(await clone({ url, path, depth: 1 }));
		equal([told.problem, told.result], [null, { path }]);
		ok(existsSync(join(path, "d/299")), "files");
		const phases = new Set((await client.events(id)).filter(event =>
			event.channel === "job:progress").map(event => event.data.phase));
		ok(phases.has("Receiving objects"), "phases", [...phases]);
		match(preview, /\w/);
		const gate = server.hold(), second = join(base, "second");
		const cancelled = await clone({ url, path: second });
		await gate.arrived;
		await until("it began", () => existsSync(second));
		await client.post(`api/sessions/${cancelled}/stop`);
		equal([(await ended(cancelled)).job.problem.code, existsSync(second)],
			["job.cancelled", false]);
		gate.release();
		const { job: none } = await ended(await clone({ url: `${server.url}/none`,
			path: join(base, "none") }));
		equal(none.problem.code, "git.refused");
		match(none.problem.detail, /not found/);
	});

await done();
