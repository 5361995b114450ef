#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* What Claude asks permission for, with the real program: asked everywhere, answered once. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startClaude } from "./lib/claude.mjs";
import { newId } from "./lib/client.mjs";
import { kill } from "./lib/proc.mjs";
import { done, equal, match, ok, test, until } from "./lib/tap.mjs";

const claude = await startClaude();
const d = await claude.serve();
const client = d.client();

const stub = (name, options) =>
	`[[stub:${name}${options ? ` ${JSON.stringify(options)}` : ""}]] go`;
const touch = file => stub("bash", { cmd: `touch ${file}` });
const at = file => join(claude.work, file);
const list = async query => (await client.get(`api/permissions${query}`)).json.items;

await test("a tool is asked for on every device, and runs when it is allowed", async () => {
	const talk = await claude.talk(client);
	const told = [];
	const elsewhere = client.viewer([], { on: { system: data => told.push(data) } });
	await elsewhere.until("a stream", () => elsewhere.live);
	await talk.say(touch("allowed"));
	const asked = await talk.asked();
	equal([asked.tool, asked.state, asked.session, asked.input.command],
		["Bash", "pending", talk.id, "touch allowed"]);
	equal(asked.input_sha256, createHash("sha256").update(JSON.stringify(asked.input))
		.digest("hex"), "the hash is of the input as it is shown");
	equal(await list("?state=pending"), [asked], "the list says the same");
	equal(await list(`?state=pending&session=${talk.id}`), [asked]);
	equal(await list("?state=answered"), []);
	const row = await client.session(talk.id);
	equal([row.attention, row.claude.pending], ["waiting", 1]);
	await elsewhere.until("it is told elsewhere", () => told.some(data =>
		data.channel === "permission" && data.type === "requested" &&
		data.data.id === asked.id && data.data.session === talk.id));
	const reply = await talk.answer(asked, "allow");
	equal([reply.status, reply.json.state, reply.json.decision], [200, "answered", "allow"]);
	equal((await talk.turn()).denials, 0);
	ok(existsSync(at("allowed")), "it ran");
	await elsewhere.until("the answer is told elsewhere", () => told.some(data =>
		data.type === "answered" && data.data.id === asked.id));
	equal(talk.all("claude:permission").map(event => event.type), ["requested", "answered"]);
	equal(await list("?state=pending"), []);
	await until("the row", async () => (await client.session(talk.id)).claude.pending === 0);
	elsewhere.close();
});

await test("the first answer counts, and whoever is second is told who was first", async () => {
	const talk = await claude.talk(client);
	await talk.say(touch("once"));
	const asked = await talk.asked();
	const replies = await Promise.all([talk.answer(asked, "deny", { message: "Not now." }),
		...Array.from({ length: 5 }, () => talk.answer(asked, "allow"))]);
	equal(replies.filter(reply => reply.status === 200).length, 1, "one counts");
	const first = replies.find(reply => reply.status === 200).json;
	for (const reply of replies.filter(reply => reply.status !== 200))
		equal([reply.summary, reply.json.decision, reply.json.answered_by,
			reply.json.answered_at], ["409 permission.answered", first.decision,
			first.answered_by, first.answered_at]);
	await talk.turn();
	equal(existsSync(at("once")), first.decision === "allow");
	equal((await talk.answer(asked, "allow")).summary, "409 permission.answered");
	equal(talk.all("claude:permission", "answered").length, 1);
});

await test("a denial takes a message to the model, and the turn goes on, or ends", async () => {
	const talk = await claude.talk(client);
	await talk.say(touch("denied"));
	await talk.answer(await talk.asked(0), "deny", { message: "Use another name." });
	equal((await talk.turn()).reason, "completed");
	match(talk.messages("tool_result")[0].text, /Use another name\./);
	equal(talk.messages("tool_result")[0].is_error, true);
	await talk.say(touch("denied"));
	await talk.answer(await talk.asked(1), "deny", { interrupt: true });
	equal((await talk.turn()).reason, "stopped");
	ok(!existsSync(at("denied")), "it did not run");
});

await test("a tool can be allowed with another input", async () => {
	const talk = await claude.talk(client);
	await talk.say(touch("wrong"));
	const asked = await talk.asked();
	for (const updated_input of [[], "x", 1, true, null])
		equal((await talk.answer(asked, "allow", { updated_input })).json.field,
			"updated_input");
	equal((await talk.answer(asked, "deny", { updated_input: {} })).json.field,
		"updated_input");
	const reply = await talk.answer(asked, "allow",
		{ updated_input: { ...asked.input, command: "touch right" } });
	equal(reply.status, 200);
	await talk.turn();
	equal([existsSync(at("wrong")), existsSync(at("right"))], [false, true]);
});

await test("only the rules that were chosen are kept", async () => {
	const talk = await claude.talk(client);
	await talk.say(touch("kept"));
	const asked = await talk.asked();
	const rule = asked.suggestions.findIndex(s => s.destination === "localSettings");
	ok(rule >= 0 && asked.suggestions.length > 1, "suggestions", asked.suggestions);
	for (const remember of [[99], [-1], ["0"], [0.5]])
		equal((await talk.answer(asked, "allow", { remember })).json.field, "remember");
	equal((await talk.answer(asked, "deny", { remember: [0] })).json.field, "remember");
	equal((await talk.answer(asked, "allow", { remember: [rule] })).status, 200);
	await talk.turn();
	const settings = readFileSync(at(".claude/settings.local.json"), "utf8");
	match(settings, /touch kept/);
	equal(talk.all("claude:permission", "answered")[0].data.remember, [rule]);
	await talk.say(touch("kept"));
	await talk.turn();
	equal(talk.all("claude:permission", "requested").length, 1, "the same is not asked again");
	await talk.say(touch("another"));
	await talk.answer(await talk.asked(1), "deny");
	await talk.turn();
});

await test("an answer names what was shown", async () => {
	const talk = await claude.talk(client);
	await talk.say(touch("shown"));
	const asked = await talk.asked();
	const send = (id, body, who = client) => who.post(`api/permissions/${id}`, body);
	const answer = { decision: "allow", input_sha256: asked.input_sha256 };
	equal((await send(asked.id, { ...answer, input_sha256: "0".repeat(64) })).summary,
		"409 permission.changed");
	equal((await send(asked.id, { decision: "allow" })).json.field, "input_sha256");
	equal((await send(asked.id, { ...answer, decision: "maybe" })).json.field, "decision");
	equal((await send(newId(), answer)).summary, "404 permission.unknown");
	const other = d.client(d.otherKey());
	equal((await send(asked.id, answer, other)).summary, "404 permission.unknown");
	equal((await other.get("api/permissions")).json.items, []);
	equal((await client.session(talk.id)).claude.pending, 1, "it still waits");
	await talk.answer(asked, "allow");
	await talk.turn();
});

await test("a request is withdrawn when the turn is stopped, and when the session ends",
	async () => {
		const talk = await claude.talk(client);
		await talk.say(touch("never"));
		const asked = await talk.asked(0);
		await talk.post("interrupt");
		await talk.turn();
		equal(talk.all("claude:permission", "withdrawn")[0].data,
			{ id: asked.id, reason: "cancelled" });
		equal((await talk.answer(asked, "allow")).summary, "409 permission.withdrawn");
		await talk.say(touch("never"));
		const second = await talk.asked(1);
		await talk.post("stop");
		await talk.see("its end", () => talk.all("claude:permission", "withdrawn")[1]);
		equal(talk.all("claude:permission", "withdrawn")[1].data,
			{ id: second.id, reason: "ended" });
		await talk.see("the end of the session", () => talk.all("session:status").at(-1)
			.data.status === "exited");
		equal((await talk.answer(second, "allow")).summary, "409 permission.withdrawn");
		ok(!existsSync(at("never")), "it did not run");
	});

await test("a question is answered with the label that was chosen", async () => {
	const talk = await claude.talk(client);
	const questions = [{ question: "Which colour?", header: "Colour", multiSelect: false,
		options: [{ label: "Red", description: "warm" },
			{ label: "Blue", description: "cold" }] }];
	await talk.say(stub("ask", { questions }));
	const asked = await talk.asked();
	equal([asked.tool, asked.input.questions], ["AskUserQuestion", questions]);
	equal(talk.messages("tool_call")[0].kind, "question");
	await talk.answer(asked, "allow",
		{ updated_input: { ...asked.input, answers: { "Which colour?": "Blue" } } });
	await talk.turn();
	match(talk.messages("tool_result")[0].text, /Blue/);
});

await test("a plan is sent back with a remark, and approved with the mode to go on in",
	async () => {
		const talk = await claude.talk(client, { options: { mode: "plan" } });
		await talk.say(stub("plan", { plan: "1. Do it." }));
		await talk.answer(await talk.asked(0), "deny", { message: "Think again." });
		await talk.turn();
		match(talk.messages("tool_result")[0].text, /Think again\./);
		equal((await client.session(talk.id)).claude.mode, "plan");
		await talk.say(stub("plan", { plan: "1. Do it." }));
		const asked = await talk.asked(1);
		equal(asked.tool, "ExitPlanMode");
		equal((await talk.answer(asked, "allow", { mode: "bypassPermissions" })).summary,
			"403 claude.bypass_off");
		await talk.answer(asked, "allow", { mode: "acceptEdits" });
		await talk.turn();
		equal(talk.messages("mode").at(-1).mode, "acceptEdits");
	});

await test("a request that waits is still waiting when the runner was killed, and is answered",
	async () => {
		const talk = await claude.talk(client);
		await talk.say(touch("survivor"));
		const asked = await talk.asked();
		kill(await d.runner());
		await talk.viewer.until("the stream is back", () => talk.viewer.hellos > 1 &&
			talk.viewer.live);
		equal(await list("?state=pending"), [asked]);
		equal((await client.session(talk.id)).attention, "waiting");
		equal((await talk.answer(asked, "allow")).status, 200);
		equal((await talk.turn()).reason, "completed");
		ok(existsSync(at("survivor")), "it ran");
		equal(talk.all("claude:permission").map(event => event.type),
			["requested", "answered"]);
	});

await d.clean();
await done();
