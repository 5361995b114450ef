#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* Claude sessions with the real program: what is said, and what comes back. */
import { startClaude } from "./lib/claude.mjs";
import { done, equal, match, ok, test, until } from "./lib/tap.mjs";

const claude = await startClaude();
const d = await claude.serve();
const client = d.client();

await test("a message is answered, over REST and over the stream", async () => {
	const talk = await claude.talk(client, { title: "first" });
	match(talk.session.claude.conversation, /^[0-9a-f-]{36}$/, "the conversation");
	equal([talk.session.kind, talk.session.status, talk.session.attention],
		["claude", "running", "none"]);
	const uuid = await talk.say("[[stub:text {\"text\":\"Hello, you.\"}]] hi");
	const turn = await talk.turn();
	equal([turn.reason, turn.turns], ["completed", 1]);
	equal(talk.messages("text").map(data => data.text), ["Hello, you."]);
	await talk.see("the end of the message", () =>
		talk.all("claude:input", "completed").some(event => event.data.uuid === uuid));
	equal(talk.all("claude:input").map(event => event.type),
		["queued", "started", "completed"]);
	equal(await client.events(talk.id), talk.events, "the log is what was seen");
	const session = await until("the row", async () => {
		const row = await client.session(talk.id);
		return row.attention === "done" && row;
	});
	equal([session.preview, session.claude.mode, session.claude.pending],
		["Hello, you.", "default", 0]);
	match(session.claude.version, /^\d+\.\d+\.\d+$/);
});

await d.clean();
await done();
