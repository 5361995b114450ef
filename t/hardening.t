#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* How the programs are linked, and what they leave open to others while they run. */
import { existsSync, readFileSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { program, run, sanitized, serve } from "./lib/dispatch.mjs";
import { descendants } from "./lib/proc.mjs";
import { done, equal, match, ok, test } from "./lib/tap.mjs";

const elf = name => run(["readelf", "--wide", "--file-header", "--program-headers", "--dynamic",
	"--symbols", program(name)]).out;
const programs = ["dispatch", "dispatch-fcgi", "dispatch-http", "dispatch-runner", "dispatch-shim"];

for (const name of programs)
	await test(`${name} is position independent, read-only after start, without code on its stack`,
		() => {
			const text = elf(name);
			match(text, /Type:\s+DYN/, "position independent");
			match(text, /GNU_RELRO/, "read-only relocations");
			match(text, /FLAGS_1.*\bNOW\b|BIND_NOW/, "bound at start");
			match(text, /GNU_STACK.*\bRW\s/, "no code on the stack");
			equal(/RPATH|RUNPATH/.test(text), false, "no search path of its own");
			match(text, /__stack_chk_fail/, "the stack is checked");
			if (!sanitized)
				match(text, /__\w+_chk\b/, "calls are checked");
		});

await test("dispatch-shim needs nothing of the system it runs on", () => {
	equal(/\(NEEDED\)|INTERP/.test(elf("dispatch-shim")), false);
});

await test("only who asks other servers maps libcurl and the thirty libraries that it needs", () => {
	const all = ["dispatch", "dispatch-editor", "dispatch-fcgi", "dispatch-gate", "dispatch-job",
		"dispatch-http", "dispatch-job", "dispatch-runner"];
	equal(all.filter(name => /NEEDED.*libcurl/.test(elf(name))), ["dispatch-http"]);
});

/* The inodes of listening TCP sockets, IPv4 and IPv6. */
const listening = () => new Set(["tcp", "tcp6"].flatMap(kind =>
	readFileSync(`/proc/net/${kind}`, "utf8").split("\n").slice(1)
		.map(line => line.trim().split(/\s+/)).filter(words => words[3] === "0A")
		.map(words => words[9])));

/* What we may not see of a process, or what has gone since, nobody else sees either. */
const attempt = (fn, otherwise) => {
	try {
		return fn();
	} catch (e) {
		if (!["EACCES", "EPERM", "ENOENT", "ESRCH"].includes(e.code))
			throw e;
		return otherwise;
	}
};

const sockets = pid => attempt(() => readdirSync(`/proc/${pid}/fd`), [])
	.map(fd => attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`), ""))
	.map(link => /^socket:\[(\d+)\]$/.exec(link)?.[1]).filter(Boolean);

await test("only the web server listens on the network", async () => {
	const d = await serve();
	const { id } = await d.client().create(["cat"]);
	ok(id, "a session");
	const open = listening();
	const web = await d.webServer();
	ok(sockets(web).some(inode => open.has(inode)), "the web server listens");
	const own = [d.process.pid, d.pid("dispatch-runner"), d.pid("dispatch-fcgi"),
		...await d.workers(), ...d.shims()];
	for (const pid of own)
		equal(sockets(pid).filter(inode => open.has(inode)), [], `sockets of ${pid}`);
	await d.clean();
});

await test("nothing in the state directory can be read or written by others", async () => {
	const d = await serve();
	await d.client().create(["cat"]);
	equal(statSync(d.dir).mode & 0o777, 0o700, "the directory");
	const walk = path => statSync(path).isDirectory()
		? [path, ...readdirSync(path).flatMap(name => walk(join(path, name)))] : [path];
	for (const path of walk(d.dir))
		if (existsSync(path))
			equal(statSync(path).mode & 0o007, 0, path);
	await d.clean();
});

await test("secrets are in no command line and in no environment of a session", async () => {
	const d = await serve();
	const key = d.key();
	const client = d.client(key);
	const { id } = await client.create(["cat"]);
	ok(id, "a session");
	const secret = key.split("_")[2];
	for (const pid of descendants(d.process.pid).concat(d.shims()))
		for (const file of ["cmdline", "environ"])
			equal(attempt(() => readFileSync(`/proc/${pid}/${file}`, "utf8"), "")
				.includes(secret), false, `${pid} ${file}`);
	await d.clean();
});

await done();
