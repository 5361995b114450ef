/*
 * What is done to a Dispatch: a table of faults. strike(d, random, net) does one and resolves
 * to false when there was nothing to strike; what ends by itself later is in `net.pending`.
 */
import { kill } from "../lib/proc.mjs";
import { sleep, until } from "../lib/tap.mjs";

const victims = {
	runner: d => d.pid("dispatch-runner"),
	handlers: d => d.pid("dispatch-fcgi"),
	worker: async (d, random) => random.pick(await d.workers()),
	web: d => d.pid(d.web),
	serve: d => d.process?.pid,
	shim: (d, random) => random.pick(d.shims()),
};

/* SIGKILL of one of them. */
const killed = name => async (d, random) => {
	const pid = await victims[name](d, random);
	if (pid)
		kill(pid);
	return !!pid;
};

/* SIGSTOP, and SIGCONT after a while. */
const stopped = name => async (d, random, net) => {
	const pid = await victims[name](d, random);
	if (!pid)
		return false;
	kill(pid, "SIGSTOP");
	net.pending.push(sleep(random.between(50, net.pause)).then(() => kill(pid, "SIGCONT")));
	return true;
};

const network = fault => async (d, random, net) => {
	await random.pick(net.proxies).now(fault);
	return true;
};

/* Whoever looks after serve starts it again; the address may be in use for a moment. */
async function startAgain(d) {
	let why;
	await until("serve starts again", () => d.start().catch(e => { why = e.message; }), 60000)
		.catch(e => { e.message += `: ${why}`; throw e; });
}

/* Even while it is stopped, and cannot end what a killed web server leaves. */
async function killServe(d) {
	const { ended } = d;
	kill(d.process.pid);
	await ended;
	await startAgain(d);
	return true;
}

async function restart(d) {
	await d.stop();
	await startAgain(d);
	return true;
}

/** Takes new settings, and lets go of its connections in peace; as an administrator does. */
export async function reload(d) {
	const pid = d.pid(d.web);
	if (pid)
		kill(pid, d.web === "nginx" ? "SIGHUP" : "SIGUSR1");
	return !!pid;
}

/** `weight`: how often. */
export const faults = [
	{ name: "kill runner", weight: 5, strike: killed("runner") },
	{ name: "kill web server", weight: 3, strike: killed("web") },
	{ name: "kill worker", weight: 3, strike: killed("worker") },
	{ name: "kill handlers", weight: 2, strike: killed("handlers") },
	{ name: "kill serve", weight: 2, strike: killServe },
	{ name: "restart serve", weight: 1, strike: restart },
	{ name: "reload web server", weight: 2, strike: reload },
	{ name: "stop runner", weight: 2, strike: stopped("runner") },
	{ name: "stop web server", weight: 1, strike: stopped("web") },
	{ name: "stop worker", weight: 1, strike: stopped("worker") },
	{ name: "stop shim", weight: 2, strike: stopped("shim") },
	{ name: "stop serve", weight: 1, strike: stopped("serve") },
	{ name: "reset network", weight: 2, strike: network("reset") },
	{ name: "stall network", weight: 1, strike: network("stall") },
	{ name: "swallow network", weight: 1, strike: network("hole") },
];

/**
 * An endless, random order of faults in which each has its share: one deck after the other.
 */
export function* order(random) {
	const deck = faults.flatMap(fault => Array(fault.weight).fill(fault));
	for (;;)
		yield* random.shuffled(deck);
}

/** At least once each, then by weight; for runs too short for a whole deck. */
export function* sampler(random) {
	yield* random.shuffled(faults);
	yield* order(random);
}
