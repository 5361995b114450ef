#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* A system that cannot isolate: nothing starts with less than was asked for. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { program, run, serve, temporary } from "./lib/dispatch.mjs";
import { isolating, refusing } from "./lib/refusing.mjs";
import { done, equal, match, test, until } from "./lib/tap.mjs";

const wrap = refusing();
const d = await serve({ wrap, args: [...isolating, "--set", "workspace.roots=/"] });
const client = d.client();
const make = options => client.post("api/sessions",
	{ kind: "pty", command: ["true"], cwd: temporary(), options });

await test("a session does not start, and why is told with a code of its own", async () => {
	for (const options of [{}, { isolation: "open" }, { isolation: "project" },
		{ isolation: "read-only", network: false }]) {
		const reply = await make(options);
		equal(reply.summary, "422 session.isolation_unavailable");
		match(reply.json.detail, /^This system cannot isolate sessions: .+ namespace/);
	}
	await until("nothing is left", async () =>
		(await client.get("api/sessions")).json.items.length === 0);
	const claude = await client.post("api/sessions", { kind: "claude", cwd: temporary() });
	match(claude.summary, /^422 (session.isolation_unavailable|claude.missing)$/);
});

await test("git is read, and what would change something is refused in the same words", async () => {
	const path = join(temporary(), "repo");
	run(["git", "init", "-q", path]);
	writeFileSync(join(path, "file"), "x\n");
	const { id } = (await client.post("api/workspaces", { path })).json;
	const status = async () => (await client.get(`api/git/status?workspace=${id}`)).json;
	equal((await status()).items.map(file => file.path), ["file"]);
	const reply = await client.post(`api/git/stage?workspace=${id}`, { paths: ["file"] });
	equal(reply.summary, "422 session.isolation_unavailable");
	match(reply.json.detail, /^This system cannot isolate sessions: .+ namespace/);
	equal((await status()).items.filter(file => file.staged).length, 0);
});

await test("who asks for none gets it", async () => {
	const reply = await make({ isolation: "none" });
	equal([reply.status, reply.json.isolation], [201, "none"]);
});

await test("doctor tells it, unless nothing is to be isolated", async () => {
	const doctor = (...words) =>
		run([...wrap, program("dispatch"), "doctor", "--dir", d.dir, ...words]);
	const told = doctor(...isolating);
	equal(told.code, 1);
	match(told.out, /^This system cannot isolate sessions \(.+\), so they do not start: /m);
	const none = doctor("--json", "--set", "session.isolation=none",
		"--set", "claude.isolation=none");
	const { isolation, findings } = JSON.parse(none.out);
	equal([isolation.possible, isolation.session, findings], [false, "none", []]);
});

await done();
