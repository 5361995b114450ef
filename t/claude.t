#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* Claude sessions with the real program: what is said, and what comes back. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { randomUUID } from "node:crypto";
import { startClaude } from "./lib/claude.mjs";
import { done, equal, match, ok, test, until } from "./lib/tap.mjs";

const claude = await startClaude();
const d = await claude.serve();
const client = d.client();

/* A directive for the stand-in for the API; see the head of stub-api.mjs. */
const stub = (name, options) =>
	`[[stub:${name}${options ? ` ${JSON.stringify(options)}` : ""}]] go`;

const texts = talk => talk.messages("text").map(data => data.text);

await test("a message is answered, over REST and over the stream", async () => {
	const talk = await claude.talk(client, { title: "first" });
	match(talk.session.claude.conversation, /^[0-9a-f-]{36}$/, "the conversation");
	equal([talk.session.kind, talk.session.status, talk.session.attention],
		["claude", "running", "none"]);
	const uuid = await talk.say(stub("text", { text: "Hello, you." }));
	const turn = await talk.turn();
	equal([turn.reason, turn.turns], ["completed", 1]);
	equal(texts(talk), ["Hello, you."]);
	await talk.see("the end of the message", () =>
		talk.all("claude:input", "completed").some(event => event.data.uuid === uuid));
	equal(talk.all("claude:input").map(event => event.type),
		["queued", "started", "completed"]);
	ok(turn.context.used > 0 && turn.context.size > turn.context.used, "the context", turn);
	const session = await until("the row", async () => {
		const row = await client.session(talk.id);
		return row.attention === "done" && row;
	});
	equal([session.preview, session.claude.mode, session.claude.pending, session.title],
		["Hello, you.", "default", 0, "first"]);
	match(session.claude.version, /^\d+\.\d+\.\d+$/);
	equal(await client.events(talk.id), talk.events, "the log is what was seen");
	const [start, first] = talk.messages("session");
	ok(start.commands.some(command => command.name === "compact" && command.description),
		"commands", start);
	ok(start.models.length > 0 && first.tools.includes("Bash"), "models and tools");
	equal([start.conversation, first.conversation, first.cwd],
		[session.claude.conversation, session.claude.conversation, claude.work]);
});

await test("what is being written is seen as it grows, and by who comes in the middle",
	async () => {
		const talk = await claude.talk(client);
		await talk.say(stub("long", { n: 60, delay: 20 }));
		await talk.see("some text", () => talk.partials.length > 3);
		const late = [];
		const viewer = d.client().viewer([talk.id], { on: {
			partial: data => late.push(data) } });
		await viewer.until("a late viewer has text", () => late.length > 2);
		await talk.turn();
		viewer.close();
		const [whole] = texts(talk);
		for (const partials of [talk.partials, late]) {
			equal(partials[0].at, 0, "it begins at the beginning");
			let text = "";
			for (const partial of partials) {
				equal(partial.at, text.length, "without a hole");
				text += partial.text;
			}
			ok(whole.startsWith(text) && text.length > 0, "the beginning of the whole", text);
		}
		ok(late[0].text.length > talk.partials[0].text.length, "it got what was there", late[0]);
		equal(talk.partials[0].message, talk.messages("text")[0].message);
		ok(!talk.events.some(event => event.type === "partial"), "nothing of it is stored");
	});

await test("thinking is told apart from text", async () => {
	const talk = await claude.talk(client);
	await talk.say(stub("thinking", { thinking: "Let me see.", text: "So it is.", n: 8, delay: 30 }));
	await talk.turn();
	equal([talk.messages("thinking").map(data => data.text), texts(talk)],
		[["Let me see."], ["So it is."]]);
	ok(talk.partials.some(partial => partial.kind === "thinking"), "it was seen growing");
});

await test("a session goes on for several turns, and takes the name of its first message",
	async () => {
		const talk = await claude.talk(client);
		await talk.say(`${stub("text", { text: "One." })}\nsecond line`);
		await talk.turn();
		await talk.say(stub("text", { text: "Two." }));
		await talk.turn();
		equal(texts(talk), ["One.", "Two."]);
		const session = await client.session(talk.id);
		equal(session.title, stub("text", { text: "One." }));
		equal(talk.messages("session").length, 2, "what did not change is not told again");
	});

await test("a long first message gives a name that ends with a word", async () => {
	const talk = await claude.talk(client);
	const text = stub("text", { text: "One." });
	await talk.say(`${text} ${"räder ".repeat(40)}`);
	await talk.turn();
	const { title } = await client.session(talk.id);
	match(title.slice(text.length), /^( räder)+…$/);
	ok(Buffer.byteLength(title) <= 83, "bytes", Buffer.byteLength(title));
});

await test("a message sent while a turn runs waits, and the same one counts once", async () => {
	const talk = await claude.talk(client);
	await talk.say(stub("long", { n: 100, delay: 20 }));
	await talk.see("the first turn", () => talk.partials.length > 0);
	const uuid = randomUUID(), text = stub("text", { text: "After." });
	equal((await talk.post("message", { uuid, text })).json, { uuid });
	equal((await talk.post("message", { uuid, text })).status, 202);
	await talk.turn();
	await talk.turn();
	equal(texts(talk)[1], "After.");
	await talk.see("its end", () => talk.all("claude:input", "completed").length === 2);
	const mine = talk.all("claude:input").filter(event => event.data.uuid === uuid);
	equal(mine.map(event => event.type), ["queued", "started", "completed"]);
});

await test("an interrupted turn is stopped, not failed, and the session goes on", async () => {
	const talk = await claude.talk(client);
	await talk.say(stub("long", { n: 400, delay: 20 }));
	await talk.see("some text", () => talk.partials.length > 2);
	equal((await talk.post("interrupt")).status, 204);
	equal((await talk.turn()).reason, "stopped");
	equal(talk.messages("text")[0].aborted, true);
	await talk.see("the message", () => talk.all("claude:input", "cancelled").length === 1);
	equal(talk.all("claude:input", "cancelled")[0].data.reason, "interrupted");
	equal((await client.session(talk.id)).attention, "done");
	await talk.say(stub("text", { text: "Still here." }));
	await talk.turn();
	equal(texts(talk).at(-1), "Still here.");
});

await test("a message that waits can be taken back", async () => {
	const talk = await claude.talk(client);
	await talk.say(stub("long", { n: 60, delay: 20 }));
	await talk.see("some text", () => talk.partials.length > 2);
	const uuid = await talk.say(stub("text", { text: "Never." }));
	equal((await talk.post("cancel", { uuid })).status, 204);
	const event = await talk.see("it is taken back",
		() => talk.all("claude:input", "cancelled")[0]);
	equal(event.data, { uuid, reason: "withdrawn" });
	await talk.turn();
	equal(texts(talk).length, 1);
});

await test("a session that has ended is resumed in the same conversation", async () => {
	const talk = await claude.talk(client);
	await talk.say(stub("text", { text: "Before." }));
	await talk.turn();
	equal((await talk.post("stop")).status, 202);
	await talk.see("its end", () => talk.all("session:status")
		.some(event => event.data.status === "exited"));
	equal((await talk.post("message", { text: "x" })).summary, "409 session.ended");
	equal((await talk.post("resume", {})).status, 200);
	await talk.say(stub("text", { text: "Behind." }));
	await talk.turn();
	equal(texts(talk), ["Before.", "Behind."]);
	const session = await client.session(talk.id);
	equal([session.run, session.claude.conversation],
		[2, talk.session.claude.conversation]);
	const asked = claude.stub.log.filter(entry => entry.path?.includes("/v1/messages"));
	ok(asked.length > 0, "the stand-in was asked");
	equal(talk.events.map(event => event.seq), talk.events.map((_, i) => i + 1), "one log");
});

await test("a conversation can be gone on with in another session, or be copied", async () => {
	const first = await claude.talk(client);
	await first.say(stub("text", { text: "Mine." }));
	await first.turn();
	await first.post("stop");
	await first.see("its end", () => first.all("session:status")
		.some(event => event.data.status === "exited"));
	const resume = first.session.claude.conversation;
	const same = await claude.talk(client, { options: { resume } });
	equal(same.session.claude.conversation, resume);
	await same.say(stub("text", { text: "Same." }));
	equal((await same.turn()).reason, "completed");
	const copy = await claude.talk(client, { options: { resume, fork: true } });
	ok(copy.session.claude.conversation !== resume, "a conversation of its own");
	await copy.say(stub("text", { text: "Copy." }));
	equal((await copy.turn()).reason, "completed");
	equal((await client.session(copy.id)).claude.conversation,
		copy.session.claude.conversation);
});

await test("model, mode and thinking can be changed, and what is shown is what the program says",
	async () => {
		const talk = await claude.talk(client, { options: { model: "sonnet", mode: "plan" } });
		equal((await talk.post("mode", { mode: "acceptEdits" })).status, 204);
		await talk.see("the mode", () => talk.messages("mode").at(-1)?.mode === "acceptEdits");
		equal(talk.messages("mode")[0].mode, "plan");
		equal((await talk.post("model", { model: "haiku" })).status, 204);
		await talk.see("the model", () => /haiku/.test(talk.messages("model").at(-1)?.model));
		equal((await talk.post("thinking", { tokens: 2000 })).status, 204);
		const session = await client.session(talk.id);
		equal(session.claude.mode, "acceptEdits");
		equal((await talk.post("mode", { mode: "bypassPermissions" })).summary,
			"403 claude.bypass_off");
		equal((await talk.post("mode", { mode: "none" })).json.field, "mode");
		await talk.post("stop");
		await talk.see("its end", () => talk.all("session:status")
			.some(event => event.data.status === "exited"));
		await talk.post("resume", {});
		await talk.say(stub("text"));
		await talk.turn();
		const after = await client.session(talk.id);
		equal([after.claude.mode, /haiku/.test(after.claude.model)], ["acceptEdits", true]);
	});

await test("an image goes with a message, and what is no image is refused", async () => {
	const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9" +
		"awAAAABJRU5ErkJggg==";
	const talk = await claude.talk(client);
	const send = images => talk.post("message", { text: stub("text"), images });
	equal((await send([{ media_type: "image/jpeg", data: png }])).summary,
		"422 claude.image");
	equal((await send([{ media_type: "image/png", data: "%%%%" }])).summary,
		"422 claude.image");
	equal((await send([{ media_type: "text/html", data: png }])).summary,
		"422 claude.image");
	equal((await send([1])).summary, "422 claude.image");
	equal((await send(Array(11).fill({ media_type: "image/png", data: png }))).json.field,
		"images");
	equal(talk.all("claude:input"), [], "nothing of it is in the log");
	await talk.say(stub("text", { text: "I see." }),
		{ images: [{ media_type: "image/png", data: png }] });
	await talk.turn();
	equal(talk.all("claude:input", "queued")[0].data.images.map(image => image.media_type),
		["image/png"]);
	equal(texts(talk), ["I see."]);
	const { uuid } = talk.all("claude:input", "queued")[0].data;
	const images = message => client.get(`api/sessions/${talk.id}/images?message=${message}`);
	equal((await images(uuid)).json.items, [{ media_type: "image/png", data: png }]);
	equal((await images(randomUUID())).summary, "404 message.unknown");
	equal((await images("none")).json.field, "message");
	const other = d.client(d.otherKey());
	equal((await other.get(`api/sessions/${talk.id}/images?message=${uuid}`)).summary, "404 session.unknown");
});

await test("a message of 10 MB is refused, one of a megabyte and with large images arrives",
	async () => {
		const talk = await claude.talk(client);
		equal((await talk.post("message", { text: "x".repeat(10e6) })).summary,
			"413 request.too_large");
		const png = Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"),
			Buffer.alloc(5e6, 7)]).toString("base64");
		const text = `${stub("text", { text: "Long." })} ${"lorem ipsum ".repeat(80000)}`;
		await talk.say(text, { images: [{ media_type: "image/png", data: png }] });
		await talk.turn(60000);
		equal(talk.all("claude:input", "queued")[0].data.text, text);
		ok(talk.all("claude:error", "bad_line").length === 0, "no bad line");
	});

await test("what a session is given at its creation reaches the program", async () => {
	const talk = await claude.talk(client, { env: { MARK: "mauve" }, options: {
		mode: "acceptEdits", effort: "low", allowed_tools: ["Bash(printenv:*)"],
		disallowed_tools: ["WebFetch"], directories: ["/usr/share"],
		system_prompt: "Be brief.\nAnd kind.", max_turns: 5,
		mcp: { none: { command: "/no/such/program" } } } });
	await talk.say(stub("bash", { cmd: "printenv MARK" }));
	await talk.turn();
	match(talk.messages("tool_result")[0].text, /mauve/);
	const session = talk.messages("session").at(-1);
	equal([session.mode, session.mcp[0].name], ["acceptEdits", "none"]);
	ok(!session.tools.includes("WebFetch"), "the tool is gone", session.tools);
});

await test("options that make no sense are refused with the reason", async () => {
	const create = options => client.post("api/sessions", { kind: "claude", options });
	equal((await create({ mode: "bypassPermissions" })).summary, "403 claude.bypass_off");
	for (const [field, value] of [["mode", "x"], ["effort", 3], ["resume", "x"],
		["allowed_tools", "Bash"], ["mcp", []], ["max_turns", 0], ["fork", true],
		["unknown", 1], ["system_prompt", ""]]) {
		const reply = await create({ [field]: value });
		equal([reply.status, reply.json.field], [400, field === "unknown" ? "options.unknown"
			: `options.${field}`], field);
	}
	equal((await create({ system_prompt: "x".repeat(33000) })).json.field,
		"options.system_prompt");
	equal((await client.post("api/sessions", { kind: "pty", options: { model: "x" } }))
		.json.field, "options.model");
	equal((await client.post("api/sessions", { kind: "claude", command: ["x"] })).json.field,
		"command");
});

await test("tools are told with their kind, what they are given and what they answer",
	async () => {
		const talk = await claude.talk(client, { options: { mode: "acceptEdits" } });
		const path = join(claude.work, "poem.txt");
		await talk.say(stub("chain", { calls: [
			{ name: "Write", input: { file_path: path, content: "roses\nviolets\n" } },
			{ name: "Edit", input: { file_path: path, old_string: "roses",
				new_string: "tulips" } },
			{ name: "Read", input: { file_path: path } },
			{ name: "Bash", input: { command: "echo out; echo err >&2" } },
		] }));
		await talk.turn();
		equal(talk.messages("tool_call").map(({ name, kind, title }) => [name, kind, title]), [
			["Write", "edit", path], ["Edit", "edit", path], ["Read", "read", path],
			["Bash", "execute", "echo out; echo err >&2"]]);
		const results = talk.messages("tool_result");
		equal(results.map(result => result.is_error), [false, false, false, false]);
		equal(results.map(result => result.id), talk.messages("tool_call").map(call => call.id));
		ok(results[1].result.structuredPatch.length > 0, "a diff", results[1]);
		equal([results[3].result.stdout, readFileSync(path, "utf8")],
			["out\nerr", "tulips\nviolets\n"]);
	});

await test("a sub-agent's words and tools name the call that they belong to", async () => {
	const talk = await claude.talk(client);
	await talk.say(stub("tool", { name: "Task", input: { description: "look around",
		prompt: stub("text", { text: "report" }), subagent_type: "general-purpose",
		run_in_background: false } }));
	await talk.turn();
	const call = talk.messages("tool_call")[0];
	equal([call.kind, call.title], ["agent", "look around"]);
	match(talk.messages("tool_result").find(result => result.id === call.id).text, /report/);
	for (const data of talk.messages("text").filter(data => data.parent))
		equal(data.parent, call.id);
});

await test("a local command is answered without the model", async () => {
	const talk = await claude.talk(client);
	await talk.say("/cost");
	const turn = await talk.turn();
	equal(turn.turns, 0);
	ok(talk.messages("local").length === 1, "its answer", talk.story());
});

await test("messages and orders for others' sessions, and for terminals, are refused", async () => {
	const talk = await claude.talk(client);
	const other = d.client(d.otherKey());
	for (const what of ["message", "interrupt", "mode", "model", "thinking", "cancel"]) {
		const body = { message: { text: "x" }, mode: { mode: "plan" },
			cancel: { uuid: randomUUID() } }[what];
		equal((await other.post(`api/sessions/${talk.id}/${what}`, body)).summary,
			"404 session.unknown", what);
	}
	const { id } = await client.create(["cat"]);
	equal((await client.post(`api/sessions/${id}/message`, { text: "x" })).summary,
		"409 session.kind");
	equal((await client.input(talk.id, "a".repeat(26), 1, "x")).summary, "409 session.kind");
});

await d.clean();
await done();
