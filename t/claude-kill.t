#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * The runner is killed at every moment of a conversation with the real program: what is told
 * of it is the same as without. KILLS says how often; `make chaos` does it 50 times.
 */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { startClaude } from "./lib/claude.mjs";
import { kill } from "./lib/proc.mjs";
import { done, equal, note, ok, sleep, test } from "./lib/tap.mjs";

const KILLS = +(process.env.KILLS ?? 12);

const claude = await startClaude();
const d = await claude.serve();
const client = d.client();
const file = join(claude.work, "made");

const stub = (name, options) => `[[stub:${name} ${JSON.stringify(options)}]] go`;
const steps = stub("steps", { delay: 3, steps: [
	{ blocks: [{ type: "thinking", text: "Let me think about this for a while.", n: 20 },
		{ type: "text", text: "I make a file, and say it in many words.", n: 40 },
		{ type: "tool_use", name: "Bash", input: { command: `touch ${file}; echo made` } }],
	stop: "tool_use" },
	{ blocks: [{ type: "text", text: "It is made, and that is all that there was.", n: 40 }] },
] });

/* What differs between two runs of the same: ids, times and money. */
const varying = ["message", "uuid", "id", "duration_ms", "api_ms", "cost_usd", "conversation",
	"requested_at", "session", "tool_use_id", "by", "commands", "models", "account"];

const plain = events => events.map(({ channel, type, data }) => [channel, type,
	JSON.stringify(data, (key, value) => varying.includes(key) ? undefined : value)]);

/** The conversation, disturbed by `strike` once it has begun; resolves to what was told. */
async function converse(strike) {
	rmSync(file, { force: true });
	const talk = await claude.talk(client);
	const struck = strike?.(talk);
	const completed = n => talk.see(`message ${n} is done`,
		() => talk.all("claude:input", "completed").length === n);
	await talk.see("the program is ready", () => talk.messages("session").length > 0);
	await talk.say(steps);
	const asked = await talk.asked();
	const reply = await talk.answer(asked, "allow");
	ok([200, 202].includes(reply.status), "the answer", reply.summary);
	equal((await talk.turn()).reason, "completed");
	await completed(1);
	await talk.say(stub("text", { text: "And goodbye." }));
	await talk.turn();
	await completed(2);
	await struck;
	ok(existsSync(file), "the file was made");
	talk.close();
	return talk.events;
}

let expected, ms;
await test("without a kill the conversation is as expected", async () => {
	const began = Date.now();
	expected = plain(await converse());
	ms = Date.now() - began;
	note(`${expected.length} events in ${ms} ms`);
	equal(expected.filter(([channel]) => channel === "claude:error"), []);
	equal(plain(await converse()), expected, "a second time");
});

await test(`with ${KILLS} kills, each at another moment, it is the same`, async () => {
	for (let i = 0; i < KILLS; i++) {
		const runner = await d.settled("dispatch-runner");
		const at = ms * i / KILLS;
		const events = await converse(() => sleep(at).then(() => kill(runner)));
		equal(plain(events), expected, `after a kill at ${Math.round(at)} ms`);
	}
}, 60000 + KILLS * 10000);

await d.clean();
await done();
