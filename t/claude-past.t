#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* What Claude has said and offered before in a directory; with the real program. */
import { appendFileSync, existsSync, mkdirSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startClaude } from "./lib/claude.mjs";
import { serve } from "./lib/dispatch.mjs";
import { done, equal, match, ok, test, until } from "./lib/tap.mjs";

const claude = await startClaude();
const d = await claude.serve();
const client = d.client();
const ask = async (what, cwd, more = "") =>
	(await client.get(`api/claude/${what}?cwd=${encodeURIComponent(cwd)}${more}`)).json;

await test("a conversation of the program is listed with its first prompt, and found again",
	async () => {
		equal(await ask("history", claude.work), { items: [], next: null });
		const talk = await claude.talk(client);
		const text = "[[stub:text {\"text\":\"Yes.\"}]] is it kept?";
		await talk.say(text);
		await talk.turn();
		const { items } = await until("it is on disk", async () => {
			const list = await ask("history", claude.work);
			return list.items[0]?.first_prompt && list;
		});
		equal(items.length, 1);
		equal([items[0].conversation, items[0].first_prompt, items[0].session],
			[talk.session.claude.conversation, text, talk.id]);
		equal(items[0].messages, 2, "what was said and what was answered");
		ok(items[0].bytes > 0 && items[0].updated_at > Date.now() - 60000, "facts", items[0]);
		const other = d.client(d.otherKey());
		const theirs = await other.get(`api/claude/history?cwd=${encodeURIComponent(
			claude.work)}`);
		equal(theirs.json.items[0].session, null, "whose session it is, is theirs to know");
	});

await test("the commands that the program reported in a directory are offered there", async () => {
	const { items, version, reported_at } = await ask("commands", claude.work);
	ok(items.some(item => item.name === "compact" && item.description), "commands", items);
	match(version, /^\d+\.\d+\.\d+$/);
	ok(Math.abs(Date.now() - reported_at) < 60000, "when", reported_at);
	equal(await ask("commands", "/nowhere"), { items: [], version: null, reported_at: null, next: null });
});

await test("commands that were reported too long ago are not offered", async () => {
	d.sql("events", "UPDATE session_event SET ts = ts - 31 * 86400000 WHERE data_json->'$.commands' IS NOT NULL");
	equal((await ask("commands", claude.work)).items, []);
});

const elsewhere = "/srv/some.where";
const folder = join(claude.home, ".claude/projects/-srv-some-where");
const name = n => `00000000-0000-4000-8000-00000000000${n}`;

function keep(n, lines, at) {
	const path = join(folder, `${name(n)}.jsonl`);
	writeFileSync(path, lines.map(line => JSON.stringify(line) + "\n").join(""));
	utimesSync(path, at, at);
	return path;
}

const user = (text, more = {}) => ({ type: "user", cwd: elsewhere, ...more,
	message: { role: "user", content: text } });

await test("titles are taken as the program takes them, and what is no conversation is left out",
	async () => {
		mkdirSync(folder, { recursive: true });
		keep(1, [{ type: "mode" }, user("<command-name>/x</command-name>"), user("First?"),
			{ type: "ai-title", aiTitle: "Made up" },
			{ type: "custom-title", customTitle: "Chosen" }], 1000);
		keep(2, [user([{ type: "text", text: "In blocks" }]), { type: "assistant" }], 2000);
		keep(3, [user("Another place", { cwd: "/srv/some-where" })], 3000);
		keep(4, [user("Aside", { isSidechain: true })], 3000);
		keep(5, [{ type: "mode" }], 3000);
		writeFileSync(join(folder, "notes.jsonl"), "{}");
		mkdirSync(join(folder, `${name(6)}.jsonl`));
		const torn = keep(7, [user("Torn")], 500);
		appendFileSync(torn, '{"type":"us');
		utimesSync(torn, 5000, 5000);
		const { items, next } = await ask("history", elsewhere);
		equal([items.slice(0, 2).map(item => [item.title, item.first_prompt]), next],
			[[["Torn", "Torn"], ["In blocks", "In blocks"]], null]);
		equal([items[2].title, items[2].first_prompt], ["Chosen", "First?"]);
		equal(items.length, 3);
		equal(items.map(item => item.messages), [1, 2, 2]);
	});

await test("a long list is read in pieces", async () => {
	const first = await ask("history", elsewhere, "&limit=2");
	equal(first.items.length, 2);
	const rest = await ask("history", elsewhere, `&limit=2&after=${first.next}`);
	equal([rest.items.map(item => item.title), rest.next], [["Chosen"], null]);
});

await test("a file of 600 MB is looked at, not read", async () => {
	const path = keep(8, [user("Huge")], 9000);
	truncateSync(path, 600e6);
	appendFileSync(path, `\n${JSON.stringify({ type: "custom-title", customTitle: "Big" })}\n`);
	const began = Date.now();
	const { items } = await ask("history", elsewhere);
	ok(Date.now() - began < 1000, "at once");
	equal([items[0].title, items[0].first_prompt, items[0].bytes > 600e6, items[0].messages],
		["Big", "Huge", true, null]);
});

await test("a directory with a very long name is found as the program finds it", async () => {
	const long = join(claude.home, "x".repeat(120), "ü".repeat(60));
	mkdirSync(long, { recursive: true });
	const talk = await claude.talk(client, { cwd: long });
	await talk.say("[[stub:text]] far down");
	await talk.turn();
	await until("it is listed", async () => (await ask("history", long)).items.length === 1);
});

await test("of a workspace it is what programs find there that counts", async () => {
	const path = join(claude.home, "kept"), config = join(claude.home, "config of mine");
	mkdirSync(path);
	const { id } = (await client.post("api/workspaces", { path })).json;
	const variables = [{ name: "CLAUDE_CONFIG_DIR", value: config }];
	equal((await client.request("PUT", `api/workspaces/${id}/env`, { body: JSON.stringify({ variables }),
		headers: { "content-type": "application/json" } })).status, 200);
	const talk = await claude.talk(client, { cwd: null, workspace: id });
	await talk.say("[[stub:text]] elsewhere");
	await talk.turn();
	const of = async (what, query) => (await client.get(`api/claude/${what}?${query}`)).json;
	await until("it is listed", async () => (await of("history", `workspace=${id}`)).items.length === 1);
	equal((await of("history", `cwd=${path}`)).items.length, 1, "its directory is in the workspace");
	ok(existsSync(join(config, "projects")), "there it is kept");
	ok((await of("commands", `workspace=${id}`)).items.length > 0, "commands");
	writeFileSync(join(path, "found.txt"), "");
	equal((await of("files", `workspace=${id}&query=fou`)).items, [{ path: "found.txt" }]);
	equal((await of("status", `workspace=${id}`)).signed_in, false);
	const nowhere = await client.get("api/claude/history");
	equal([nowhere.status, nowhere.json.field], [400, "workspace"]);
	const unknown = await client.get(`api/claude/history?workspace=${"a".repeat(26)}`);
	equal([unknown.status, unknown.json.code], [404, "workspace.unknown"]);
});

await test("the status tells the program, its version, and whether somebody is signed in",
	async () => {
		const { json } = await client.get("api/claude/status");
		equal([json.program, json.signed_in, json.method], [claude.program, false, "none"]);
		match(json.version, /^\d+\.\d+\.\d+$/);
		match(json.install, /claude-code/);
		const without = await serve({ args: ["--set", "claude.program=/no/such/claude"] });
		const none = (await without.client().get("api/claude/status")).json;
		equal([none.program, none.version, none.signed_in], [null, null, null]);
		await without.clean();
	});

await d.clean();
await done();
