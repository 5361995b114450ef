#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * Recorded runs of the real program, played again: what cannot be provoked is recorded as well as what
 * can. A person says and decides what was said and decided then; every block, tool, permission and turn
 * of the recording must become the event that it is.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Talk } from "./lib/claude.mjs";
import { serve, source, temporary } from "./lib/dispatch.mjs";
import { done, equal, note, ok, skipAll, test, until } from "./lib/tap.mjs";

const folder = join(source, "../shared/claude/transcripts");
if (!existsSync(folder)) {
	console.error(`WARNING: ${folder} is not here: tests with recorded transcripts are SKIPPED`);
	await skipAll("there are no transcripts");
}

const d = await serve({ args: ["--set", `claude.program=${join(source, "t/lib/replay-claude.mjs")}`,
	"--set", "claude.allow_bypass=1", "--set", "session.limit=1000"] });
const client = d.client();

const frames = (records, dir) => records.filter(record => record.dir === dir).map(({ line }) => {
	try {
		return JSON.parse(line);
	} catch {
		return { type: "bad" };
	}
});

/* What a person does for what was said to the program then. */
const acts = {
	user: (talk, { message: { content } }) => talk.say(typeof content === "string" ? content
		: content.filter(part => part.type === "text").map(part => part.text).join("\n") || "."),
	control_response: async (talk, { response }) => {
		const [permission] = await until("a permission waits", async () => {
			const { items } = (await client.get(`api/permissions?state=pending&session=${talk.id}`)).json;
			return items.length > 0 && items;
		});
		const { behavior, message, interrupt, updatedInput } = response.response;
		const changed = JSON.stringify(updatedInput) !== JSON.stringify(permission.input);
		const reply = await talk.answer(permission, behavior, behavior === "deny" ? { message, interrupt }
			: { ...(updatedInput && changed && { updated_input: updatedInput }) });
		equal(reply.status, 200);
	},
	interrupt: talk => talk.post("interrupt", {}),
	set_permission_mode: (talk, { request }) => talk.post("mode", { mode: request.mode }),
	set_model: (talk, { request }) => talk.post("model", { model: request.model ?? null }),
	set_max_thinking_tokens: (talk, { request }) =>
		talk.post("thinking", { tokens: request.max_thinking_tokens ?? null }),
};

const actOf = frame => acts[frame.request?.subtype ?? frame.type];
/* The adapter says these by itself. */
const isOurs = frame => frame.request?.subtype === "initialize";

const modes = ["default", "acceptEdits", "plan", "dontAsk", "auto", "bypassPermissions"];

/* Whether a person could have said all this to one program through us. */
function playable(records) {
	const said = frames(records, "in");
	const starts = records.filter(({ dir, line }) => dir === "note" && line.startsWith('{"spawn"'));
	return said.some(isOurs) && starts.length === 1 && said.filter(frame => !isOurs(frame)).every(frame => actOf(frame) &&
		(frame.type !== "control_response" || /^(allow|deny)$/.test(frame.response.response?.behavior)) &&
		(frame.request?.subtype !== "set_permission_mode" || modes.includes(frame.request.mode)) &&
		(frame.type !== "user" || frame.message?.content));
}

/* How many there must be of each event. */
function expected(records) {
	const seen = new Set(), count = { text: 0, thinking: 0, tool_call: 0, tool_result: 0, turn: 0 };
	for (const frame of frames(records, "out")) {
		if (frame.uuid && seen.has(frame.uuid))
			continue;
		seen.add(frame.uuid);
		const blocks = Array.isArray(frame.message?.content) ? frame.message.content : [];
		count.turn += frame.type === "result";
		for (const block of blocks) {
			/* What the program says itself is something else. */
			if (frame.type === "assistant" && !frame.error && frame.message.model !== "<synthetic>")
				count[{ text: "text", thinking: "thinking", tool_use: "tool_call" }[block.type]]++;
			if (frame.type === "user")
				count.tool_result += block.type === "tool_result";
		}
	}
	return count;
}

/* When limits end that were reached. */
const resets = records => frames(records, "out").filter(frame => frame.type === "assistant")
	.map(frame => frame.api_error_params?.rate_limit_info?.resetsAt).filter(Boolean).map(at => at * 1000);

async function play(path, records) {
	const talk = new Talk(client, await client.create(null, { kind: "claude", cwd: temporary(),
		env: { PATH: process.env.PATH, REPLAY: path } }));
	for (const frame of frames(records, "in").filter(frame => !isOurs(frame)))
		await actOf(frame)(talk, frame);
	await until("the program has ended", async () =>
		["exited", "failed"].includes((await client.session(talk.id)).status), 8000);
	const { last_seq } = await client.session(talk.id);
	await talk.see("everything", () => talk.events.at(-1)?.seq >= last_seq, 8000);
	const count = Object.fromEntries(Object.keys(expected(records)).map(type =>
		[type, talk.messages(type).length]));
	equal(talk.all("claude:error", "bad_line").map(event => event.data), [], "bad lines");
	equal(count, expected(records), "events");
	equal(talk.all("claude:error", "api").map(event => event.data.resets_at).filter(Boolean), resets(records),
		"when limits end");
	equal((await client.get(`api/permissions?state=pending&session=${talk.id}`)).json.items, [],
		"nothing waits any more");
	talk.close();
	await client.delete(`api/sessions/${talk.id}?force=1`);
}

const left = [];
let played = 0, limits = 0;
for (const name of readdirSync(folder).filter(name => name.endsWith(".jsonl"))) {
	const path = join(folder, name);
	const records = readFileSync(path, "utf8").split("\n").filter(Boolean).map(line => JSON.parse(line));
	if (!playable(records)) {
		left.push(name.replace(".jsonl", ""));
		continue;
	}
	played++;
	limits += resets(records).length;
	await test(`${name.replace(".jsonl", "")}, played again, is recorded whole`, () => play(path, records));
}
note(`not played, since we say no such thing: ${left.join(" ")}`);
await test("most of the transcripts are played", () => ok(played >= 60, "so many", played));
await test("among them one in which a limit was reached", () => ok(limits > 0));

await done();
