#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * What a revocation ends, whichever it is: the streams that are open, within a second; what
 * was typed and still waits; and all that would come after it.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Client, newId, Screen } from "./lib/client.mjs";
import { dispatch, serve, temporary } from "./lib/dispatch.mjs";
import { Editor } from "./lib/editor.mjs";
import { workspaceAt } from "./lib/files.mjs";
import { People } from "./lib/people.mjs";
import * as proc from "./lib/proc.mjs";
import { cleanup, done, equal, ok, test, until, within } from "./lib/tap.mjs";

const own = { "sec-fetch-site": "same-origin" };
const d = await serve({ args: ["--set", "workspace.roots=/"] });
const admin = d.client();

/* Somebody with a session that prints back what it gets, seen with a key that stays. */
async function somebody(role = "member") {
	const people = new People(d);
	const user = people.person(newId(), role);
	const kept = new Client(d.url, people.key(user));
	const key = people.key(user);
	const cookie = people.cookie(user);
	people.store();
	const { id } = await kept.create(["sh", "-c", "stty raw -echo; printf ready; exec cat"]);
	const screen = new Screen(kept, id);
	cleanup(() => screen.close());
	await screen.see("ready");
	return { user, id, screen, kept, byKey: new Client(d.url, key),
		byCookie: new Client(d.url, { ...own, ...cookie }),
		key: key.authorization.split("_")[1], people };
}

/* A stream that is open; `ended` resolves to why and after how long. */
async function follow(client, id) {
	let bye;
	const stream = client.stream(`s=${id}:0`, { message: (name, data) => {
		if (name === "hello")
			stream.hello?.();
		if (name === "bye")
			bye = data.reason;
	} });
	cleanup(() => stream.close());
	await within(5000, "a hello", new Promise(resolve => { stream.hello = resolve; }));
	return async from => {
		await within(5000, "the stream ends", stream.closed);
		return [bye, Date.now() - from];
	};
}

/* [what is revoked, how, with whom it was typed] */
const ways = [
	["a sign-in", who => who.byCookie.get("api/devices")
		.then(reply => who.byCookie.delete(`api/devices/${reply.json.items
			.find(device => device.current).id}`)), "byCookie"],
	["one of all other sign-ins", who => who.kept.delete("api/devices"), "byCookie"],
	["a key", who => who.kept.delete(`api/keys/${who.key}`), "byKey"],
	["a key on the console", who => dispatch("key", "revoke", who.key, "--dir", d.dir), "byKey"],
];

for (const [what, revoke, by] of ways)
	await test(`${what} that is revoked ends its streams, and what it typed is not applied`,
		async () => {
			const who = await somebody();
			const client = who[by];
			const ended = await follow(client, who.id);
			const runner = await d.runner();
			/* While the runner stands still, input waits. */
			proc.kill(runner, "SIGSTOP");
			const bad = newId(), good = newId();
			try {
				for (let n = 1; n <= 3; n++) {
					equal((await client.input(who.id, bad, n, `bad${n}.`)).status, 204);
					equal((await who.kept.input(who.id, good, n, `good${n}.`)).status, 204);
				}
				const { status, code } = await revoke(who);
				ok([200, 204].includes(status) || code === 0, "revoked", status, code);
			} finally {
				proc.kill(runner, "SIGCONT");
			}
			const [bye, after] = await ended(Date.now());
			ok(after < 1000, "within a second", after);
			equal(bye, "signed-out");
			await who.screen.see("good3.");
			equal(who.screen.text, "readygood1.good2.good3.");
			equal((await client.input(who.id, bad, 4, "late")).summary, "401 auth.invalid");
			equal((await client.stream("s=").closed).summary, "401 auth.invalid");
			equal((await who.kept.session(who.id)).status, "running", "the program runs on");
		});

await test("nor is what a revoked key asked of an editor", async () => {
	const who = await somebody();
	const root = temporary();
	const workspace = workspaceAt(d, root, `'${who.user}'`);
	const editor = await Editor.start(who.kept, workspace);
	const late = new Editor(who.byKey, editor.session);
	const runner = await d.runner();
	let good;
	proc.kill(runner, "SIGSTOP");
	try {
		equal((await late.post("create", { path: "bad", kind: "file" })).status, 202);
		good = editor.did("create", { path: "good", kind: "file" });
		await until("both wait", () => d.sql("state", `SELECT count(*) AS n FROM command
			WHERE session='${editor.id}'`)[0].n === 2);
		equal((await who.kept.delete(`api/keys/${who.key}`)).status, 204);
	} finally {
		proc.kill(runner, "SIGCONT");
	}
	await good;
	equal([existsSync(join(root, "good")), existsSync(join(root, "bad"))], [true, false]);
});

for (const [what, change] of [["disabled", { disabled: true }]])
	await test(`a person who is ${what} is cut off with every sign-in and key`, async () => {
		const who = await somebody();
		who.screen.close();
		const clients = [who.byKey, who.byCookie, who.kept];
		const ends = await Promise.all(clients.map(client => follow(client, who.id)));
		const runner = await d.runner();
		proc.kill(runner, "SIGSTOP");
		try {
			for (const client of clients)
				equal((await client.input(who.id, newId(), 1, "bad")).status, 204);
			equal((await admin.patch(`api/people/${who.user}`, change)).status, 204);
		} finally {
			proc.kill(runner, "SIGCONT");
		}
		const from = Date.now();
		for (const ended of ends) {
			const [bye, after] = await ended(from);
			ok(after < 1000, "within a second", after);
			equal(bye, "signed-out");
		}
		for (const client of clients)
			equal((await client.input(who.id, newId(), 1, "late")).summary, "401 auth.invalid");
		await until("nothing waits", () => d.sql("state",
			`SELECT count(*) AS n FROM command WHERE session='${who.id}'`)[0].n === 0);
		/* Seen by themselves, when they may again. */
		equal((await admin.patch(`api/people/${who.user}`, { disabled: false })).status, 204);
		equal((await who.kept.output(who.id)).toString(), "ready");
	});

await test("a person with another role is signed out, and a key reaches as far as the role",
	async () => {
		const who = await somebody();
		const ended = await follow(who.byCookie, who.id);
		equal((await admin.patch(`api/people/${who.user}`, { role: "viewer" })).status, 204);
		const [bye, after] = await ended(Date.now());
		ok(after < 1000, "within a second", after);
		equal(bye, "signed-out");
		equal((await who.byCookie.get("api/auth/me")).summary, "401 auth.invalid");
		equal((await who.byKey.input(who.id, newId(), 1, "late")).summary, "403 role.refused");
	});

await test("sixty streams of a sign-in end together", async () => {
	const who = await somebody();
	const ends = await Promise.all(Array.from({ length: 60 }, () =>
		follow(who.byCookie, who.id)));
	const from = Date.now();
	equal((await who.kept.delete("api/devices")).status, 200);
	for (const ended of ends)
		ok((await ended(from))[1] < 1000, "within a second");
});

await d.clean();
await done();
