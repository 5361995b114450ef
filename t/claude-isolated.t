#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * The real claude program in a home that it may not write, as people have it: it works, keeps
 * its conversations, and writes in its workspace alone.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Talk, startClaude } from "./lib/claude.mjs";
import { build } from "./lib/dispatch.mjs";
import { isolates } from "./lib/isolation.mjs";
import { cleanup, done, equal, match, ok, skipAll, test, until } from "./lib/tap.mjs";

const claude = await startClaude();
if (!isolates())
	await skipAll("the kernel refuses user namespaces");
/* Not in /tmp, which everybody may write. */
claude.home = mkdtempSync(join(build, "home-"));
cleanup(() => rmSync(claude.home, { recursive: true, force: true }));
claude.work = join(claude.home, "project");
mkdirSync(claude.work);
const d = await claude.serve();
const bash = cmd => `[[stub:bash ${JSON.stringify({ cmd })}]] go`;
let id;

await test("a tool writes in the workspace and not in the home", async () => {
	const talk = await claude.talk(d.client(), { options: { allowed_tools: ["Bash"] } });
	equal(talk.session.isolation, "project");
	await talk.say(bash(`touch ${claude.work}/here; touch ${claude.home}/there`));
	await talk.turn();
	match(talk.messages("tool_result")[0].text, /Read-only file system/);
	ok(existsSync(join(claude.work, "here")), "in the workspace");
	ok(!existsSync(join(claude.home, "there")), "in the home");
	id = talk.id;
});

await test("it keeps its conversations and settings, and goes on with them", async () => {
	const projects = join(claude.home, ".claude/projects");
	ok(readdirSync(projects).length > 0, "conversations");
	JSON.parse(readFileSync(join(claude.home, ".claude.json"), "utf8"));
	const client = d.client();
	await client.post(`api/sessions/${id}/stop`);
	await until("it has ended", async () => (await client.session(id)).status === "exited");
	await client.post(`api/sessions/${id}/resume`);
	await until("it runs", async () => (await client.session(id)).status === "running");
	const talk = new Talk(client, await client.session(id));
	await talk.turn();
	await talk.say(bash("echo again"));
	equal((await talk.turn()).error ?? null, null);
	match(talk.messages("tool_result").at(-1).text, /again/);
});

await done();
