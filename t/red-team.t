#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * What somebody tries who runs in a session, of each kind and each profile: every way is a
 * test of its own. Where it is possible for a reason, that is listed here, and in the manual.
 * Without isolation the same ways are open, which shows that they are ways.
 */
import { chmodSync, constants, mkdirSync, mkdtempSync, readFileSync, readlinkSync, rmSync,
	statSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Talk } from "./lib/claude.mjs";
import { tree } from "./lib/cgroup.mjs";
import { build, program, run, serve, source, temporary } from "./lib/dispatch.mjs";
import { isolates } from "./lib/isolation.mjs";
import * as proc from "./lib/proc.mjs";
import { cleanup, done, equal, note, ok, skipAll, test, until } from "./lib/tap.mjs";

if (!isolates())
	await skipAll("the kernel refuses user namespaces");

const home = mkdtempSync(join(build, "red-"));
cleanup(() => rmSync(home, { recursive: true, force: true }));
/* Above it is a directory that may be renamed. */
const dir = join(temporary(), "share/d");
mkdirSync(dir, { recursive: true });
writeFileSync(join(dir, "dispatch.conf"), "# settings\n");
const intruder = join(build, "t/red-team/intruder");
/* Claude, or, when it is told so, the intruder in its place. */
const claude = join(home, "claude");
writeFileSync(claude, `#!/bin/sh\n[ "$INTRUDE" ] && exec $INTRUDE\n` +
	`[ "$1" = auth ] && [ -x ${home}/auth ] && exec ${home}/auth\nexec ${process.execPath} ` +
	`${join(source, "t/lib/fake-claude.mjs")} "$@"\n`);
chmodSync(claude, 0o755);
const given = tree();
if (typeof given === "string")
	note(`ways over control groups lead nowhere here: ${given}`);
const d = await serve({ dir, env: { HOME: home }, args: ["--set", `claude.program=${claude}`,
	"--set", "workspace.roots=/", ...given.path ? ["--set", `session.cgroup=${given.path}`] : []] });
const client = d.client();
const work = join(home, "work");
mkdirSync(work);
await client.post("api/workspaces", { path: work });

/* The one that all others would like to reach: of the same profile as an open shell. */
const other = await client.create(["cat"], { cwd: work, env: { CANARY: "1" } });
const otherShim = d.shims().find(pid => proc.words(pid)[1].includes(other.id));
const otherPid = proc.children(otherShim)[0];

/* A request that waits. */
const asking = new Talk(client, await client.create(null, { kind: "claude", cwd: work }));
await asking.say(JSON.stringify([{ type: "control_request", request_id: "p", request: {
	subtype: "can_use_tool", tool_name: "Bash", input: { command: "x" }, tool_use_id: "t" } },
{ $wait: 600000 }]));
const permission = await asking.asked();

/* A secret, so that there is a key. */
await client.request("PUT", "api/variables/SECRET", { body: JSON.stringify({ value: "x",
	secret: true }), headers: { "content-type": "application/json" } });

const facts = {
	dir, port: d.port, runner: await d.runner(), shim: otherShim,
	handler: (await d.workers())[0], other: otherPid, other_shim: `${other.id}.sock`,
	terminal: readlinkSync(`/proc/${otherPid}/fd/0`),
	devpts: statSync(`/proc/${otherPid}/fd/0`).dev, program: program("dispatch-runner"),
	permission: permission.id, work, ...given.path ? { groups: given.path } : {},
};
let count = 0;
const order = (out, more = {}) => [intruder, out,
	...Object.entries({ ...facts, ...more }).map(([name, value]) => `${name}=${value}`)];
const newOut = () => `/var/tmp/${process.pid}-${count++}.red`;

/** What it wrote when it was through. */
async function findings(out, ended) {
	await until("the intruder is through", ended, 30000);
	const lines = readFileSync(out, "utf8").trim().split("\n").map(line => JSON.parse(line));
	rmSync(out);
	return lines;
}

const isOver = id => async () =>
	["exited", "failed"].includes((await client.session(id)).status);

async function inShell(isolation, { harmless, ...options } = {}) {
	const out = newOut();
	const { id } = await client.create(order(out, harmless && { harmless }),
		{ cwd: work, options: { isolation, ...options } });
	return findings(out, isOver(id));
}

async function asClaude(isolation) {
	const out = newOut();
	const { id } = await client.create(null, { kind: "claude", cwd: work,
		env: { INTRUDE: order(out).join(" ") }, options: { isolation } });
	return findings(out, isOver(id));
}

async function asStatus() {
	const out = newOut();
	script(join(home, "auth"), `exec ${order(out).join(" ")}`);
	equal((await client.get("api/claude/status")).status, 200);
	rmSync(join(home, "auth"));
	return findings(out, () => true);
}

async function asTool(isolation, options) {
	const out = newOut();
	const talk = new Talk(client, await client.create(null, { kind: "claude", cwd: work,
		options: { isolation, ...options } }));
	await talk.say(JSON.stringify([{ $run: order(out) }]));
	await talk.turn();
	talk.close();
	return findings(out, () => true);
}

/* A repository of the person's, and the git in it. */
function repository(path) {
	const git = (...words) => run(["git", "-C", path, "-c", "user.name=T", "-c",
		"user.email=t@e", ...words]);
	mkdirSync(path, { recursive: true });
	for (const words of [["init", "-q", "-b", "main"], ["config", "user.name", "T"],
		["config", "user.email", "t@e"], ["commit", "-q", "--allow-empty", "-m", "x"]])
		git(...words);
	return git;
}

function script(path, text) {
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, `#!/bin/sh\n${text}\n`);
	chmodSync(path, 0o755);
}

const workspaceOf = async path => (await client.post("api/workspaces", { path })).json.id;
/* The pipe to what git runs, and what else is open in it, is git's. */
const gits = ["find a descriptor that was left open", "say something to who started it"];
const withoutGits = found => found.filter(({ way }) => !gits.includes(way));

/* A hook of a repository, which a push that we start runs. */
async function asHook() {
	const out = newOut(), repo = join(home, "repo"), bare = join(home, "bare.git");
	const git = repository(repo);
	run(["git", "init", "-q", "--bare", bare]);
	git("remote", "add", "origin", bare);
	rmSync(join(repo, ".git/hooks"), { recursive: true, force: true });
	script(join(repo, ".git/hooks/pre-push"), order(out).join(" "));
	const job = await client.post(`api/git/push?workspace=${await workspaceOf(repo)}`,
		{ remote: "origin", branch: "main" });
	equal(job.status, 202, job.body.toString());
	return withoutGits(await findings(out, isOver(job.json.id)));
}

/* What a repository has git run for what is done in the page, named in files that a session
 * may write. */
const brought = {
	hook(repo, git, command) {
		git("config", "core.hooksPath", ".husky");
		script(join(repo, ".husky/pre-commit"), command);
		return ["commit", { message: "x", all: true, allow_empty: true }];
	},
	filter(repo, git, command) {
		script(join(repo, "clean"), `${command}; cat`);
		git("config", "filter.red.clean", "./clean");
		writeFileSync(join(repo, ".gitattributes"), "file filter=red\n");
		return ["stage", { paths: ["file"] }];
	},
	signer(repo, git, command) {
		script(join(repo, "sign"), command);
		git("config", "gpg.program", join(repo, "sign"));
		git("config", "commit.gpgSign", "true");
		return ["commit", { message: "x", all: true, allow_empty: true }];
	},
};

async function asBrought(what) {
	const out = newOut(), repo = join(home, what), git = repository(repo);
	writeFileSync(join(repo, "file"), "x\n");
	git("add", "file");
	const [verb, body] = brought[what](repo, git, order(out).join(" "));
	await client.post(`api/git/${verb}?workspace=${await workspaceOf(repo)}`, body);
	return withoutGits(await findings(out, () => true));
}

/* The writing end of a pipe, when somebody reads; null when it is over before. */
async function openForReader(path, over) {
	let pipe = null;
	await until("somebody reads", async () => {
		pipe = await open(path, constants.O_WRONLY | constants.O_NONBLOCK).catch(() => null);
		return pipe || over();
	}, 30000);
	return pipe;
}

/* The words of the git that a thread of a handler runs now. */
function gitOfHandlers() {
	const ours = proc.descendants(d.process.pid);
	return proc.all().filter(pid => ours.includes(proc.stat(pid)?.ppid)).map(proc.words)
		.find(words => words[0] === "git") ?? [];
}

/* Reading switches the filters off that the settings name. Here they name one only when they
 * are read for that very command: they include a pipe. */
async function asReading() {
	const out = newOut(), repo = join(home, "reading"), git = repository(repo);
	const path = join(repo, "pipe");
	script(join(repo, "clean"), `${order(out).join(" ")}; cat`);
	writeFileSync(join(repo, ".gitattributes"), "file filter=red\n");
	writeFileSync(join(repo, "file"), "x\n");
	git("add", "file");
	writeFileSync(join(repo, "file"), "y\n");
	run(["mkfifo", path]);
	const workspace = await workspaceOf(repo);
	git("config", "include.path", path);
	let over = false;
	const status = client.get(`api/git/status?workspace=${workspace}`)
		.finally(() => over = true);
	while (!over) {
		const pipe = await openForReader(path, () => over);
		if (gitOfHandlers().includes("status"))
			await pipe?.write('[filter "red"]\nclean = ./clean\n').catch(() => {});
		await pipe?.close();
	}
	equal((await status).status, 200);
	return withoutGits(await findings(out, () => true));
}

/* As any program of the same person may: they have their processes and terminals in common. */
const common = ["signal the runner", "signal another session",
	"open the terminal of another session"];
/* Who chose not to. */
const own = { own_processes: true };

const kinds = [
	["an open shell", common, () => inShell("open")],
	["an open shell without a network", common, () => inShell("open", { network: false })],
	["an open shell with processes of its own", [], () => inShell("open", own)],
	["an open shell with processes of its own without a network", [],
		() => inShell("open", { ...own, network: false })],
	["a shell of the profile project", [], () => inShell("project")],
	["an open shell that reaches some hosts", common,
		() => inShell("open", { hosts: [`localhost:${d.port}`] })],
	["an open shell with processes of its own that reaches some hosts", [],
		() => inShell("open", { ...own, hosts: [`localhost:${d.port}`] })],
	["a shell of the profile project that reaches some hosts", [],
		() => inShell("project", { hosts: [`localhost:${d.port}`, "127.0.0.1:1"] })],
	["a shell of the profile read-only", [], () => inShell("read-only")],
	["Claude itself", [], () => asClaude("project")],
	["a tool of Claude", [], () => asTool("project")],
	["a tool of Claude that may only read", [], () => asTool("read-only")],
	["a tool of Claude in the profile open", common, () => asTool("open")],
	["a tool of Claude in the profile open with processes of its own", [],
		() => asTool("open", own)],
	["Claude when a handler asks for its status", common, () => asStatus()],
	["a hook of git", common, () => asHook()],
	["a hook that a commit in the page runs", common, () => asBrought("hook")],
	["a filter that runs when a file is staged", common, () => asBrought("filter")],
	["a program that signs a commit", common, () => asBrought("signer")],
	["a filter that is named while a repository is read", common, () => asReading()],
];

await test("without isolation nothing stands against it", async () => {
	const found = await inShell("none", { harmless: 1 });
	const closed = found.filter(way => !way.open).map(way => way.way);
	ok(found.length >= 20, "ways", found.length);
	/* What a system may close by itself, such as ptrace_scope and hidden memory. */
	for (const way of ["list the state directory", "read the accounts", "write the accounts",
		"read the log", "connect to the runner", "connect to the handlers",
		"connect to another shim", "signal the runner", "open the terminal of another session",
		"change the program of the runner", ...given.path
			? ["leave its control group", "make a control group", "limit the servers"] : []])
		ok(!closed.includes(way), way, found.find(one => one.way === way));
});

for (const [kind, possible, intrude] of kinds) {
	let found = [];
	await test(`${kind}: all is tried, more than 25 ways`, async () => {
		found = await intrude();
		ok(found.length > 25, "ways", found.length);
	});
	for (const { way, open, why } of found)
		if (possible.includes(way))
			await test(`${kind}: ${way}: possible, as for any program of the person`, () =>
				ok(open, why));
		else
			await test(`${kind}: ${way}: ${open ? "" : why}`, () => ok(!open, "it was open"));
}

await test("a hook in a workspace that holds the state directory finds nothing there by a relative path",
	async () => {
		const path = dirname(dir), found = join(home, "found"), git = repository(path);
		git("config", "core.hooksPath", ".husky");
		script(join(path, ".husky/pre-commit"), `exec >${found} 2>&1
cd .husky; ls -A ../d ../../share/d; cd ..; cat d/state.db; ls -A $OLDPWD/../d; echo end`);
		writeFileSync(join(path, "file"), "x\n");
		git("add", "file");
		const reply = await client.post(`api/git/commit?workspace=${await workspaceOf(path)}`,
			{ message: "x" });
		equal(reply.status, 201, reply.body.toString());
		equal(readFileSync(found, "utf8"), `../../share/d:

../d:
cat: d/state.db: No such file or directory
end
`);
	});

await test("all lives on, and the request still waits", async () => {
	equal(await d.runner(), facts.runner);
	equal((await client.session(other.id)).status, "running");
	const { json } = await client.get("api/permissions?state=pending");
	equal(json.items.map(one => one.id), [permission.id]);
});

await done();
