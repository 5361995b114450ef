#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * What strangers send is taken or refused, and never breaks anything: each target of t/fuzz is given
 * its corpus and then, for some seconds, what becomes of it by chance. `make fuzz` goes on for as
 * long as one likes.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, source } from "./lib/dispatch.mjs";
import { cleanup, done, equal, note, ok, test } from "./lib/tap.mjs";

const SECONDS = process.env.FUZZ_SECONDS ?? "2";
/* So many inputs at least. */
const least = { claude: "100000" };
const seed = process.env.SEED ?? String(Math.floor(Math.random() * 2 ** 32));
const folder = mkdtempSync(join(tmpdir(), "fuzz-"));
cleanup(() => rmSync(folder, { recursive: true }));
note(`seed ${seed}`);

const libfuzzer = /^SAN_CFLAGS = .*fuzzer/m.test(readFileSync(join(build, "Makefile"), "utf8"));

/* For libFuzzer, which keeps what it learns in the first folder and what crashes beside it; and for
 * our own driver. */
function words(target, kept) {
	const corpus = join(source, "t/fuzz/corpus", target);
	if (!libfuzzer)
		return ["--seconds", SECONDS, "--runs", least[target] ?? "0", "--seed", seed, "--keep", kept, corpus];
	const learnt = mkdtempSync(join(folder, "learnt-"));
	return [`-max_total_time=${SECONDS}`, `-seed=${seed}`, `-exact_artifact_path=${kept}`, learnt, corpus];
}

/* How it ended, and all that it said. */
function run(target, kept) {
	const child = spawn(join(build, "t/fuzz", `fuzz-${target}`), words(target, kept),
		{ stdio: ["ignore", "pipe", "pipe"] });
	let said = "";
	for (const stream of [child.stdout, child.stderr])
		stream.on("data", data => said += data);
	return new Promise((resolve, reject) => {
		child.on("error", reject);
		child.on("close", (code, signal) => resolve({ end: signal ?? code, said: said.trim() }));
	});
}

/* What the target was given last, or what it crashed on. */
function last(kept) {
	const bytes = readFileSync(kept);
	return libfuzzer ? bytes : bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE()));
}

const targets = readdirSync(join(source, "t/fuzz")).map(name => /^fuzz-(.*)\.c$/.exec(name)?.[1])
	.filter(name => name && (!process.env.FUZZ || process.env.FUZZ.split(" ").includes(name)));
ok(targets.length > 0, "there are targets");
for (const target of targets)
	await test(`whatever comes as ${target} breaks no promise`, async () => {
		const kept = join(folder, target);
		const { end, said } = await run(target, kept);
		note(end === 0 ? said.split("\n").at(-1) : said);
		if (end !== 0)
			note("in base64:", last(kept).toString("base64"));
		equal(end, 0);
	}, 60000 + 1000 * Number(SECONDS));

await done();
