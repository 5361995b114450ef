#!/usr/bin/env node
/*
 * Plays the part of claude in the recorded transcript $REPLAY: says what it said, and where it was
 * told something waits until it is told the same now. Ids that are ours differ from run to run:
 * those of the recording are replaced by what we are told.
 */
import { readFileSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";

const records = readFileSync(process.env.REPLAY, "utf8").split("\n").filter(Boolean)
	.map(line => JSON.parse(line));
const told = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const names = new Map();

/* What kind of thing is said, so that what was not said then is passed over. */
const kind = frame => `${frame.type} ${frame.request?.subtype ?? ""}`;

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

function renamed(line) {
	for (const [old, now] of names)
		line = line.replaceAll(old, now);
	return line;
}

async function hear(record) {
	const then = JSON.parse(record);
	for (;;) {
		const { value, done } = await told.next();
		if (done)
			process.exit(0);
		const now = JSON.parse(value);
		if (kind(now) !== kind(then))
			continue;
		for (const id of ["uuid", "request_id"])
			if (then[id])
				names.set(then[id], now[id]);
		return;
	}
}

for (const { dir, line } of records) {
	if (dir === "in")
		await hear(line);
	else if (dir === "out")
		write(1, renamed(line) + "\n");
	else if (dir === "err")
		write(2, line + "\n");
}
process.exit(0);
