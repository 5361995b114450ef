/*
 * TAP for the integration tests: a test is a sentence and an async function, run where it
 * stands:
 *
 *	await test("a shell answers", async () => { equal(await answer(), 42, "the answer"); });
 *	await done();
 *
 * A file runs its tests in order; each failure is explained and the next test goes on.
 * done() prints the plan, runs the clean-ups and ends with 1 when something failed; clean-ups
 * run too when a signal ends the file.
 */
import { isDeepStrictEqual, inspect } from "node:util";

const cleanups = [];
let count = 0;
let failed = 0;

/** Runs `fn` when the file ends, however it ends; the last one first. */
export function cleanup(fn) {
	cleanups.push(fn);
}

export function note(...words) {
	console.log(words.join(" ").replace(/^/gm, "# "));
}

const show = value =>
	typeof value === "string" ? value : inspect(value, { depth: 6, breakLength: 88 });

class Failure extends Error {}

/** Fails unless the condition is truthy. */
export function ok(condition, what, ...details) {
	if (!condition)
		throw new Failure([what, ...details.map(show)].join("\n"));
}

export function equal(got, expected, what = "value") {
	if (!isDeepStrictEqual(got, expected))
		throw new Failure(`${what}\nexpected: ${show(expected)}\ngot:      ${show(got)}`);
}

export function match(got, pattern, what = "text") {
	if (!pattern.test(got))
		throw new Failure(`${what}\nexpected: ${pattern}\ngot:      ${show(got)}`);
}

export const sleep = ms => new Promise(resolve => setTimeout(resolve, ms));

/** Rejects when the promise takes longer than `ms`; `what` is what was waited for. */
export function within(ms, what, promise) {
	let timer;
	const late = new Promise((_, reject) => {
		timer = setTimeout(() => reject(new Failure(`${what}: not within ${ms} ms`)), ms);
	});
	return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Looks again and again, until `probe` gives something truthy, and returns that. The longer it
 * waits, or the longer a look takes, the less often it looks: others need the processor. */
export async function until(what, probe, ms = 10000) {
	const OFTEN_MS = 10, SELDOM_MS = 50;
	const began = Date.now(), end = began + ms;
	for (;;) {
		const looked = Date.now();
		const value = await probe();
		if (value)
			return value;
		const now = Date.now();
		if (now > end)
			throw new Failure(`${what}: not within ${ms} ms`);
		await sleep(Math.min(SELDOM_MS, Math.max(OFTEN_MS, now - looked, (now - began) / 20)));
	}
}

/** One test. A failure ends this test only. */
export async function test(name, fn, ms = 60000) {
	count++;
	const began = Date.now();
	try {
		await within(ms, "the whole test", Promise.resolve().then(fn));
		console.log(`ok ${count} - ${name}`);
	} catch (e) {
		failed++;
		console.log(`not ok ${count} - ${name}`);
		note(e instanceof Failure ? `${e.message}\n${place(e)}` : e.stack);
	}
	if (process.env.TAP_TIMES)
		note(`${Date.now() - began} ms`);
}

function place(e) {
	return e.stack.split("\n").filter(line => /^ +at .*\.(t|mjs):/.test(line) &&
		!line.includes("/tap.mjs")).slice(0, 3).map(line => line.trim()).join("\n");
}

async function clean() {
	while (cleanups.length) {
		try {
			await cleanups.pop()();
		} catch (e) {
			note("while cleaning up:", e.stack);
		}
	}
}

/** Ends a file that cannot run here. */
export async function skipAll(why) {
	console.log(`1..0 # SKIP ${why}`);
	await clean();
	process.exit(0);
}

export async function done() {
	await clean();
	console.log(`1..${count}`);
	process.exitCode = failed ? 1 : 0;
	/* Idle connections must not keep us. */
	process.stdout.write("", () => process.exit());
}

let dying = false;
async function die(why) {
	if (dying)
		return;
	dying = true;
	if (process.stdout.writable)
		console.log(`Bail out! ${why}`);
	await clean();
	process.exit(1);
}
/* Nobody listens any more: there is nobody to be told, and no reason to go on. */
process.stdout.on("error", () => die("nobody reads this"));
process.on("uncaughtException", e => die(e.stack.replaceAll("\n", " ")));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"])
	process.once(signal, () => die(signal));
