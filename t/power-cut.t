#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * What a power cut would leave: what was brought to the disk, which strace sees. Without being
 * asked to, the system would do so half a minute later.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporary } from "./lib/dispatch.mjs";
import { loneRunner } from "./lib/lone-runner.mjs";
import { done, ok, test, until } from "./lib/tap.mjs";

const lone = await loneRunner();
const trace = join(temporary(), "trace"), flag = join(temporary(), "go-on");
const program = () => ["sh", "-c", `echo first; until [ -e ${flag} ]; do sleep 0.1; done; echo second; sleep 600`];

/** How often a database's log was brought to the disk. */
const synced = name => existsSync(trace)
	? readFileSync(trace, "utf8").match(new RegExp(`fdatasync\\(\\d+<[^>]*/${name}-wal>\\) += 0`, "g"))?.length ?? 0 : 0;

const traced = lone.start(["strace", "-f", "-qq", "-y", "-e", "trace=fdatasync", "-o", trace]);

await test("commands and a few bytes of output are on the disk a moment later, and so is what comes next", async () => {
	const id = lone.ask(program);
	const printed = bytes => until("output", () => lone.row(id)?.output >= bytes, 15000);
	await printed("first\r\n".length);
	await until("both logs are on the disk", () => synced("state.db") && synced("events.db"), 15000);
	await until("nothing is left to bring there", async () => {
		const before = synced("events.db");
		await new Promise(resolve => setTimeout(resolve, 2500));
		return synced("events.db") === before;
	}, 30000);
	const before = synced("events.db");
	writeFileSync(flag, "");
	await printed("first\r\nsecond\r\n".length);
	await until("that is on the disk, too", () => synced("events.db") > before, 15000);
	ok(!traced.dead, "the runner lives", traced.said);
});

await done();
