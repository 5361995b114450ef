#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* What goes wrong with the API is told so that a person understands it; the real program. */
import { startClaude } from "./lib/claude.mjs";
import { serve } from "./lib/dispatch.mjs";
import { done, equal, match, ok, test, until } from "./lib/tap.mjs";

const claude = await startClaude();
const d = await claude.serve({ args: ["--set", "claude.silence=1000"] });
const client = d.client();

const stub = (name, options) =>
	`[[stub:${name}${options ? ` ${JSON.stringify(options)}` : ""}]] go`;
const errors = (talk, type) => talk.all("claude:error", type).map(event => event.data);

async function failing(step, env) {
	const talk = await claude.talk(client, { env });
	await talk.say(step);
	return [talk, await talk.turn()];
}

for (const [what, step, expected] of [
	["an overloaded API", stub("err", { status: 529 }), { class: "server_error", status: 529 }],
	["a rate limit", stub("err", { status: 429, retryAfter: 1 }),
		{ class: "rate_limit", status: 429 }],
	["a request that is refused", stub("err", { status: 403 }),
		{ class: "authentication_failed", status: 403 }],
	["an unknown model", stub("err", { status: 404, type: "not_found_error" }),
		{ class: "model_not_found", status: 404 }],
])
	await test(`${what} ends the turn with its class and a sentence`, async () => {
		const [talk, turn] = await failing(step);
		equal(turn.reason, "error");
		const [error] = errors(talk, "api");
		equal({ class: error.class, status: error.status }, expected);
		ok(error.text.length > 10, "a sentence", error);
		const row = await client.session(talk.id);
		equal([row.attention, row.preview.length > 0], ["error", true]);
		await talk.say(stub("text", { text: "Better." }));
		equal((await talk.turn()).reason, "completed");
		await until("it is well again",
			async () => (await client.session(talk.id)).attention === "done");
	});

await test("trying again is told once, and so is that it went on", async () => {
	const [talk, turn] = await failing(stub("err", { status: 529, times: 2 }));
	equal(turn.reason, "completed");
	equal(errors(talk, "retry").map(data => [data.attempt, data.of, data.class]),
		[[1, 2, "overloaded"]]);
	equal(errors(talk, "retried").length, 1);
});

await test("a key that is not accepted is told at once, not after all attempts", async () => {
	const talk = await claude.talk(client, { env: { CLAUDE_CODE_MAX_RETRIES: "10" } });
	await talk.say(stub("err", { status: 401 }));
	await talk.see("the sign-in", () => errors(talk, "login").length === 1, 10000);
	equal(errors(talk, "retry")[0].class, "authentication_failed");
	await talk.post("interrupt");
	equal((await talk.turn()).reason, "stopped");
});

await test("without any sign-in the session says so, and how", async () => {
	const [talk, turn] = await failing(stub("text"), { ANTHROPIC_API_KEY: "" });
	equal(turn.reason, "error");
	equal(errors(talk, "login").length, 1);
	equal(errors(talk, "api")[0].class, "authentication_failed");
	equal((await client.session(talk.id)).attention, "error");
});

await test("an API that hangs is told, not killed, and can be stopped", async () => {
	const talk = await claude.talk(client);
	await talk.say(stub("hang", { n: 2 }));
	const [silent] = await talk.see("silence", () => errors(talk, "silent").length > 0 &&
		errors(talk, "silent"));
	ok(silent.seconds >= 1, "so many seconds", silent);
	equal((await client.session(talk.id)).status, "running");
	await talk.post("interrupt");
	equal((await talk.turn()).reason, "stopped");
});

await test("a turn that was cut off in its text is said again, whole", async () => {
	const [talk, turn] = await failing(stub("sseerr", { n: 3 }));
	ok(["completed", "error"].includes(turn.reason), "an end", turn);
	equal(talk.all("claude:error", "bad_line"), []);
});

await test("too many turns end with that reason", async () => {
	const talk = await claude.talk(client, { options: { max_turns: 1 } });
	await talk.say(stub("bash", { cmd: "ls" }));
	equal((await talk.turn()).reason, "max_turns");
});

await test("a conversation that the program does not know fails with its words", async () => {
	const resume = "00000000-0000-4000-8000-000000000000";
	const reply = await client.post("api/sessions", { kind: "claude", cwd: claude.work,
		env: claude.env(), options: { resume } });
	equal(reply.status, 201);
	const events = await until("its end", async () => {
		const row = await client.session(reply.json.id);
		return row.status === "exited" && client.events(row.id);
	});
	match(events.filter(event => event.type === "stderr").map(event => event.data.text)
		.join(""), /No conversation found/);
	equal((await client.session(reply.json.id)).attention, "error");
});

await test("without the program a session is refused with the line that installs it", async () => {
	const without = await serve({ args: ["--set", "claude.program=/no/such/claude"] });
	const reply = await without.client().post("api/sessions", { kind: "claude" });
	equal(reply.summary, "422 claude.missing");
	match(reply.json.detail, /\/no\/such\/claude/);
	await until("nothing is left",
		async () => (await without.client().get("api/sessions")).json.items.length === 0);
	await without.clean();
	const nowhere = await serve({ env: { PATH: "/usr/bin:/bin", HOME: claude.home } });
	const other = await nowhere.client().post("api/sessions", { kind: "claude",
		cwd: "/", env: { PATH: "/usr/bin:/bin" } });
	equal(other.summary, "422 claude.missing");
	match(other.json.detail, /npm install -g @anthropic-ai\/claude-code/);
	await nowhere.clean();
});

await d.clean();
await done();
