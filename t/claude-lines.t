#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* A program that says what claude never should: everything bad is an event, nothing is lost. */
import { readFileSync } from "node:fs";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { Talk } from "./lib/claude.mjs";
import { serve, source, temporary } from "./lib/dispatch.mjs";
import { kill } from "./lib/proc.mjs";
import { done, equal, match, ok, test, until } from "./lib/tap.mjs";

const d = await serve({ args: ["--set",
	`claude.program=${join(source, "t/lib/fake-claude.mjs")}`] });
const client = d.client();

async function begin(env = {}) {
	return new Talk(client, await client.create(null, { kind: "claude", cwd: temporary(),
		env: { PATH: process.env.PATH, ...env } }));
}

const text = (text, more = {}) => ({ type: "assistant", uuid: randomUUID(), ...more,
	message: { id: "m", role: "assistant", content: [{ type: "text", text }] } });

async function after(steps, env) {
	const talk = await begin(env);
	await talk.say(JSON.stringify(steps));
	await talk.turn();
	return talk;
}

const bad = talk => talk.all("claude:error", "bad_line").map(event => event.data);

await test("lines that are no frames become events that show their head", async () => {
	const lines = ["no json", "[]", "1", '"x"', "{}", '{"type":7}', '{"type":"user"',
		'{"a":1,"a":2}', `${"[".repeat(100)}`, "\u0000\u0001", "x".repeat(5000)];
	const talk = await after(["\n", " \n", ...lines.map(line => line + "\n"), text("Done.")]);
	equal(bad(talk).map(data => data.bytes), lines.map(line => Buffer.byteLength(line)));
	equal(bad(talk).at(-1).text, "x".repeat(512));
	ok(bad(talk).every(data => data.why), "each says why");
	equal(talk.messages("text").length, 1);
});

await test("trying again is over when the model answers, not when it has finished", async () => {
	const talk = await after([{ type: "system", subtype: "api_retry", attempt: 1, max_retries: 2,
		retry_delay_ms: 1, error: "overloaded" },
	{ type: "stream_event", event: { type: "message_start", message: { id: "m" } } }]);
	equal(["retry", "retried"].map(type => talk.all("claude:error", type).length), [1, 1]);
});

await test("bytes that are not UTF-8 do no harm", async () => {
	const talk = await after([{ $repeat: [3, "\ud800\n"] }, text("Done.")]);
	equal([bad(talk).length, talk.messages("text").length], [3, 1]);
});

await test("a line of 9 MB is given up, and what comes behind it is not", async () => {
	const talk = await after([{ $repeat: [9 << 20, "x"] }, "\n", text("Behind.")]);
	equal(bad(talk).length, 1);
	match(bad(talk)[0].why, /too long/);
	equal(talk.messages("text").map(data => data.text), ["Behind."]);
});

await test("a line of 7 MB arrives whole", async () => {
	const talk = await after([text("Before."), { $halves: [7 << 20, 10, 0] },
		text("Behind.")]);
	equal(talk.messages("text").map(data => data.text.length), [7, 7 << 20, 7]);
	equal(bad(talk), []);
});

await test("a line in pieces survives a kill of the runner between them", async () => {
	const talk = await begin();
	const sizes = [10, 3 << 20, 7 << 20];
	await talk.say(JSON.stringify(sizes.map(size => ({ $halves: [size, size / 2, 1000] }))));
	for (const n of [1, 2, 3]) {
		await talk.see("halfway", () => talk.all("claude:error", "stderr").length === n);
		kill(await d.runner());
	}
	await talk.turn();
	equal(talk.messages("text").map(data => data.text.length), sizes);
	equal([bad(talk).length, talk.all("claude:error", "stderr").length], [0, 3]);
	equal(d.sql("events", "SELECT * FROM partial_line"), [], "nothing is left of the pieces");
});

await test("what it writes to standard error is kept, in its place", async () => {
	const talk = await after([text("One."), { $wait: 50 }, { $err: "a warning: é\n" },
		{ $wait: 50 }, text("Two.")]);
	equal(talk.all("claude:error", "stderr").map(event => event.data.text),
		["a warning: é\n"]);
	const types = talk.events.map(event => event.type);
	ok(types.indexOf("text") < types.indexOf("stderr") &&
		types.indexOf("stderr") < types.lastIndexOf("text"), "in its place", types);
});

await test("frames that come twice are recorded once, and unknown ones pass", async () => {
	const twice = text("Once.");
	const talk = await after([twice, twice, { type: "news", x: 1 },
		{ type: "system", subtype: "news" }, { type: "stream_event" },
		{ type: "assistant" }, { type: "user", message: { content: [{}] } },
		{ type: "result_of_something" }, { type: "control_response", response: {} }]);
	equal(talk.messages("text").length, 1);
	equal(bad(talk), []);
});

await test("where the program gives no receipts its turns tell how far each message is", async () => {
	const talk = await begin({ FAKE_OLD: "1" });
	const said = [await talk.say(JSON.stringify([{ $wait: 100 }, text("One.")])),
		await talk.say(JSON.stringify([text("Two.")]))];
	await talk.turn();
	await talk.turn();
	const story = talk.events.filter(({ channel, type }) => channel === "claude:input" || type === "turn")
		.map(({ type, data }) => type === "turn" ? type : `${type} ${said.indexOf(data.uuid)}`);
	equal(story.filter(what => !what.startsWith("queued")),
		["started 0", "turn", "completed 0", "started 1", "turn", "completed 1"]);
});

await test("what it asks and we cannot answer is refused, so that it does not wait",
	async () => {
		const log = join(temporary(), "told");
		const talk = await after([{ type: "control_request", request_id: "r1",
			request: { subtype: "read_mind" } }, { type: "control_request", request_id: "r2" },
		{ $wait: 100 }], { FAKE_LOG: log });
		const told = await until("both", () => {
			const frames = readFileSync(log, "utf8").split("\n").filter(Boolean)
				.map(line => JSON.parse(line));
			const answers = frames.filter(frame => frame.type === "control_response");
			return answers.length === 2 && answers;
		});
		equal(told.map(frame => [frame.response.request_id, frame.response.subtype]),
			[["r1", "error"], ["r2", "error"]]);
	});

await test("an end in the middle of a turn closes what was open, and says how it ended",
	async () => {
		const talk = await begin();
		await talk.say(JSON.stringify([text("Now."), { type: "control_request",
			request_id: "p", request: { subtype: "can_use_tool", tool_name: "Bash",
				input: { command: "x" }, tool_use_id: "t" } }, '{"type":"assist',
		{ $wait: 200 }, { $exit: 3 }]));
		const end = await talk.see("the end", () => talk.all("session:status")
			.find(event => event.data.status === "exited"));
		equal(end.data.exit_code, 3);
		equal(talk.all("claude:permission").map(event => event.type),
			["requested", "withdrawn"]);
		equal(talk.all("claude:input", "cancelled")[0].data.reason, "ended");
		equal(bad(talk).map(data => data.text), ['{"type":"assist']);
		equal(talk.events.at(-1), end, "the end comes last");
		equal((await client.session(talk.id)).attention, "error");
	});

await test("limits, titles, a new conversation and tasks are told", async () => {
	const talk = await after([
		{ type: "rate_limit_event", rate_limit_info: { status: "rejected", resetsAt: 1 } },
		{ type: "rate_limit_event", rate_limit_info: { status: "allowed" } },
		{ type: "system", subtype: "session_title_changed", title: "New" },
		{ type: "conversation_reset", session_id: "s2" },
		{ type: "system", subtype: "compact_boundary", compact_metadata: { pre_tokens: 9 } },
		{ type: "system", subtype: "task_started", task_id: "t", description: "work" },
		{ type: "system", subtype: "permission_denied", message: "no", tool_name: "Bash" },
		{ type: "system", subtype: "informational", content: "by the way" },
	]);
	equal(talk.messages("notice").map(data => data.code),
		["rate_limit", "compacted", "task", "permission_denied", "informational"]);
	equal([talk.messages("title")[0].title, talk.messages("reset")[0].conversation],
		["New", "s2"]);
});

await test("large answers of tools are cut, and say how long they were", async () => {
	const talk = await after([{ type: "user", message: { content: [{ type: "tool_result",
		tool_use_id: "t", content: `${"é".repeat(50000)}` }] },
	tool_use_result: { stdout: "x".repeat(70000) } }, { type: "assistant",
		uuid: randomUUID(), message: { id: "m", content: [{ type: "tool_use", id: "u",
			name: "Write", input: { content: "z".repeat(300000) } }] } }]);
	const [result] = talk.messages("tool_result"), [call] = talk.messages("tool_call");
	equal([result.text.length, result.truncated, result.result], [32768, 100000, undefined]);
	equal([call.input.truncated, call.input.head.length], [true, 4096]);
});

await d.clean();
await done();
