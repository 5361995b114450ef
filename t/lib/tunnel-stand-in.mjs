/* See StandIn in tunnels.mjs. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";

const [dir, ...words] = process.argv.slice(2);
appendFileSync(`${dir}/runs`, `${JSON.stringify({ pid: process.pid, words })}\n`);
const rules = JSON.parse(readFileSync(`${dir}/scenario.json`, "utf8"));
const rule = rules.find(({ when = "" }) => words.join(" ").startsWith(when)) ?? {};

async function print(stream, text = "") {
	if (!rule.bytes)
		return void stream.write(text);
	for (const byte of Buffer.from(text)) {
		await new Promise(done => stream.write(Buffer.of(byte), done));
		await setImmediate();
	}
}

async function flood(bytes) {
	const piece = `${"x".repeat(99)}\n`.repeat(655);
	for (let left = bytes; left > 0; left -= piece.length)
		if (!process.stdout.write(piece))
			await new Promise(done => process.stdout.once("drain", done));
}

await print(process.stderr, rule.err);
await print(process.stdout, rule.out);
if (rule.rest) {
	while (!existsSync(`${dir}/go`))
		await new Promise(done => setTimeout(done, 10));
	await print(process.stderr, rule.rest);
}
if (rule.flood)
	await flood(rule.flood);
if (rule.exit !== undefined)
	process.exitCode = rule.exit;
else
	setInterval(() => {}, 1e6);
