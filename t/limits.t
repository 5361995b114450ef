#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * Limits of whole sessions, in a tree of control groups that was given to Dispatch; which of
 * them can be tested depends on the controllers that the machine has there. The texts alone
 * are tested in t/unit/test-cgroup.c.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { groupOf, groups, members, tree } from "./lib/cgroup.mjs";
import { dispatch, serve, temporary } from "./lib/dispatch.mjs";
import { isolates } from "./lib/isolation.mjs";
import * as proc from "./lib/proc.mjs";
import { done, equal, match, note, ok, skipAll, test, until } from "./lib/tap.mjs";

const given = tree();
if (typeof given === "string")
	await skipAll(given);
const { path, controllers } = given;
note(`controllers of version 2 here: ${controllers.join(" ") || "none"}`);
const settings = { cpu: ["--set", "session.total_cpu=25"],
	memory: ["--set", "session.total_memory=67108864"] };
const args = ["--set", `session.cgroup=${path}`, "--set", "session.processes=64",
	...["cpu", "memory"].filter(name => controllers.includes(name))
		.flatMap(name => settings[name])];
const d = await serve({ args });
const client = d.client();
const read = (group, file) => readFileSync(join(path, group, file), "utf8").trim();
const text = async id => (await client.output(id)).toString();
const ended = id => until("it ends", async () => {
	const session = await client.session(id);
	return session.status === "exited" && session;
});

async function stop(id) {
	equal((await client.post(`api/sessions/${id}/stop`)).status, 202);
	await until("its group is gone", () => groups(path).length === 0, 30000);
}

async function limited(controller, name, body) {
	if (controllers.includes(controller))
		await test(name, body);
	else
		note(`not tested, because ${controller} is not of version 2 here: ${name}`);
}

await test("a program is born in a group of its own, and its shim and the servers in another",
	async () => {
		const { id } = await client.create(["sleep", "1000"]);
		equal(groups(path), [`${id}.1`]);
		const [pid] = await until("it runs", () => {
			const found = members(join(path, `${id}.1/program`));
			return found.length === 1 && found;
		});
		equal(proc.words(pid)[0], "sleep");
		match(groupOf(d.process.pid), /\/dispatch-servers$/);
		for (const server of [await d.runner(), ...await d.workers(), ...d.shims()])
			equal(groupOf(server), groupOf(d.process.pid));
		equal(members(path), []);
		equal(readFileSync(`/proc/${pid}/oom_score_adj`, "utf8"), "500\n");
		await stop(id);
	});

await test("a session lives on in its group when the runner is killed, and leaves none behind",
	async () => {
		const { id } = await client.create(["cat"]);
		const before = members(join(path, `${id}.1/program`));
		const runner = await d.runner();
		proc.kill(runner, "SIGKILL");
		await until("another runner", async () => {
			const now = await d.runner();
			return now && now !== runner;
		});
		equal(members(join(path, `${id}.1/program`)), before);
		await stop(id);
	});

await test("what outlives its session stays, and its group goes with the next end after it",
	async () => {
		const { id } = await client.create(["sh", "-c", "trap '' HUP; setsid sleep 1000 & echo $!"],
			{ options: { isolation: "none" } });
		await ended(id);
		const pid = Number(await text(id));
		equal(members(join(path, `${id}.1/program`)), [pid]);
		proc.kill(pid, "SIGKILL");
		await ended((await client.create(["true"])).id);
		await until("no group is left", () => groups(path).length === 0);
	});

if (isolates())
	await test("an open session can neither change its limits nor leave its group", async () => {
		const script = join(temporary(), "escape");
		writeFileSync(script, `
for f in ${path}/*.1/*.max ${path}/*.1/cgroup.max.descendants; do echo max >$f; done
for f in ${path}/cgroup.procs ${path}/dispatch-servers/cgroup.procs; do echo 0 >$f; done
mkdir ${path}/mine
unshare -UrmC sh -c 'mount -t cgroup2 none /mnt && echo mounted; ls /mnt; mkdir /mnt/mine' \
	|| echo kept
sed -n s/^0::/in:/p /proc/self/cgroup
`);
		const { id } = await client.create(["sh", script]);
		await ended(id);
		const said = (await text(id)).replaceAll("\r", "");
		match(said, new RegExp(`^in:.*/${id}.1/program$`, "m"));
		ok((said.match(/Read-only file system/g) ?? []).length >= 4, said);
		ok(!/^(memory|pids|cpu)\.max$/m.test(said), "its limits are not in its own view", said);
		match(said, /^kept$/m);
		await until("nothing is left", () => groups(path).length === 0);
	});

await limited("pids", "a fork bomb stays within its number of processes", async () => {
	const { id } = await client.create(["sh", "-c", "f() { f | f & }; f; sleep 1000"],
		{ options: { isolation: "none" } });
	await until("it is at its limit", () =>
		Number(read(`${id}.1`, "pids.events").split(" ")[1]) > 0);
	equal(read(`${id}.1`, "pids.max"), "64");
	const other = await client.create(["echo", "alive"]);
	await ended(other.id);
	match(await text(other.id), /alive/);
	await stop(id);
});

await limited("cpu", "busy loops have their part of a processor together", async () => {
	const { id } = await client.create(["sh", "-c",
		"for i in 1 2 3 4; do while :; do :; done & done; wait"]);
	equal(read(`${id}.1`, "cpu.max"), "25000 100000");
	const field = name => Number(new RegExp(`^${name} (\\d+)`, "m")
		.exec(read(`${id}.1`, "cpu.stat"))[1]);
	await until("it was held back in twenty periods", () => field("nr_throttled") >= 20);
	/* A period more may be under way, and each processor takes its slice in advance. */
	ok(field("usage_usec") < (field("nr_periods") + 2) * 25000 * 1.3, "microseconds",
		read(`${id}.1`, "cpu.stat"));
	await stop(id);
});

await limited("memory", "what takes too much is killed, and the end says why", async () => {
	const { id } = await client.create([process.execPath, "-e",
		"const all = []; for (;;) all.push(Buffer.alloc(1 << 20, 1))"]);
	const { exit_signal, error } = await ended(id);
	equal([exit_signal, error.code], ["KILL", "session.out_of_memory"]);
	match(error.detail, /^Out of memory: .* 64 MiB \(session\.total_memory\)\.$/);
});

await test("a limit that cannot be kept is a refusal, with what to do, and doctor tells",
	async () => {
		const asked = ["--set", "session.total_memory=67108864"];
		const other = await serve({ args: [...asked, "--set",
			`session.cgroup=${temporary()}`] });
		const reply = await other.client().post("api/sessions",
			{ kind: "pty", command: ["true"], cwd: "/" });
		equal(reply.summary, "422 session.limits_unavailable");
		match(reply.json.detail, /^Whole sessions cannot be limited: there is no control group/);
		await until("nothing is left", async () =>
			(await other.client().get("api/sessions")).json.items.length === 0);
		const { code, out } = dispatch("doctor", "--dir", other.dir, ...asked);
		equal(code, 1);
		match(out, /^session\.total_memory is set, so sessions do not start\. /m);
		match(dispatch("doctor", "--dir", d.dir).out,
			new RegExp(`^limits .* of whole sessions, in ${path}$`, "m"));
	});

await test("two runners do not share a tree, and one without limits goes on without", async () => {
	const other = await serve({ args: ["--set", `session.cgroup=${path}`] });
	const { id } = await other.client().create(["true"]);
	await until("it ends", async () =>
		(await other.client().session(id)).status === "exited");
	match(readFileSync(join(other.dir, "log/runner.log"), "utf8"),
		/another dispatch-runner uses the control group/);
	ok(!existsSync(join(path, `${id}.1`)), "no group");
});

await done();
