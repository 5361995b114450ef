#!/usr/bin/env node
/*
 * Says what a test wants claude to say, where the real program cannot be brought to it. The
 * text of a message is JSON: a list of steps, each an object that becomes a line, a text
 * that is written as it is, {"$err": text} for standard error, {"$wait": ms},
 * {"$repeat": [n, text]}, {"$run": argv} as a tool would, {"$exit": status} or
 * {"$halves": [n, at, ms]}: an answer of n letters, whose line rests for so long behind byte `at`, with a word on standard error.
 * Everything that it is told is appended to the file $FAKE_LOG. With $FAKE_OLD it gives no
 * receipts of messages, as 2.1.197.
 */
import { spawnSync } from "node:child_process";
import { appendFileSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";

const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));

function write(fd, text) {
	for (let bytes = Buffer.from(text); bytes.length;) {
		try {
			bytes = bytes.subarray(writeSync(fd, bytes));
		} catch (e) {
			if (e.code !== "EAGAIN")
				throw e;
		}
	}
}

const say = frame => write(1, JSON.stringify(frame) + "\n");

async function halves([n, at, ms]) {
	const line = JSON.stringify({ type: "assistant", message: { id: `m${n}`,
		content: [{ type: "text", text: "y".repeat(n) }] } }) + "\n";
	write(1, line.slice(0, at));
	await sleep(20);
	write(2, "halfway\n");
	await sleep(ms);
	write(1, line.slice(at));
}

async function take(step) {
	if (typeof step === "string")
		write(1, step);
	else if (step.$err !== undefined)
		write(2, step.$err);
	else if (step.$wait)
		await sleep(step.$wait);
	else if (step.$halves)
		await halves(step.$halves);
	else if (step.$repeat)
		write(1, step.$repeat[1].repeat(step.$repeat[0]));
	else if (step.$run)
		spawnSync(step.$run[0], step.$run.slice(1), { stdio: "ignore" });
	else if (step.$exit !== undefined)
		process.exit(step.$exit);
	else
		say(step);
}

async function message(frame) {
	const lifecycle = state => process.env.FAKE_OLD ||
		say({ type: "command_lifecycle", command_uuid: frame.uuid, state });
	lifecycle("started");
	say({ type: "system", subtype: "init", session_id: "fake", model: "fake-model",
		permissionMode: "default", tools: [], mcp_servers: [],
		claude_code_version: "0.0.1" });
	for (const step of JSON.parse(frame.message.content))
		await take(step);
	say({ type: "result", subtype: "success", is_error: false, result: "", num_turns: 1,
		duration_ms: 1, total_cost_usd: 0, usage: {} });
	lifecycle("completed");
}

for await (const line of createInterface({ input: process.stdin })) {
	if (process.env.FAKE_LOG)
		appendFileSync(process.env.FAKE_LOG, line + "\n");
	const frame = JSON.parse(line);
	if (frame.type === "user")
		await message(frame);
	else if (frame.request?.subtype === "initialize")
		say({ type: "control_response", response: { subtype: "success",
			request_id: frame.request_id, response: { commands: [],
				current_permission_mode: "default", claude_code_version: "0.0.1" } } });
}
