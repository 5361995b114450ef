#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * People on the console, while Dispatch runs: whoever is added signs in, whoever is disabled is
 * out within a second, there is always an administrator, and the audit tells all of it.
 */
import { Client, newId, Screen } from "./lib/client.mjs";
import { dispatch, serve } from "./lib/dispatch.mjs";
import * as proc from "./lib/proc.mjs";
import { cleanup, done, equal, match, ok, test, until, within } from "./lib/tap.mjs";

const own = { "sec-fetch-site": "same-origin" };
const accessKey = /^ak_[a-z2-7]{26}_[a-z2-7]{52}\n$/;
const apiKey = /^dk_[a-z2-7]{26}_[a-z2-7]{52}\n$/;
const d = await serve();

const on = (...words) => dispatch(...words, "--dir", d.dir);

/* What a command prints that succeeds and complains of nothing. */
function does(...words) {
	const { code, out, err } = on(...words);
	equal([code, err], [0, ""], words.join(" "));
	return out;
}

/* It fails with one sentence, and changes nothing. */
function refuses(sentence, ...words) {
	const before = d.sql("state", "SELECT * FROM user"), lines = audit().length;
	const { code, out, err } = on(...words);
	equal([code, out], [1, ""], words.join(" "));
	match(err, /^dispatch: [^\n]+\n$/);
	match(err, sentence);
	equal([d.sql("state", "SELECT * FROM user"), audit().length], [before, lines], "as it was");
}

const audit = () => d.sql("state", "SELECT user, action, subject, address FROM audit ORDER BY id");
const idOf = name => d.sql("state", `SELECT id FROM user WHERE name='${name}'`)[0].id;

/* A browser that is signed in with a key. */
async function signIn(key) {
	const reply = await new Client(d.url, own).post("api/auth/login",
		{ provider: "access-key", key: key.trim() });
	equal(reply.status, 200, reply.summary);
	return new Client(d.url, { ...own, cookie: reply.headers["set-cookie"][0].split(";")[0] });
}

/* A stream that is open; the function resolves to why it ended and after how long. */
async function follow(client, session) {
	let bye, hello;
	const begun = new Promise(resolve => { hello = resolve; });
	const stream = client.stream(session ? `s=${session}:0` : "s=", { message: (name, data) => {
		if (name === "hello")
			hello();
		if (name === "bye")
			bye = data.reason;
	} });
	cleanup(() => stream.close());
	await within(5000, "a hello", begun);
	return async from => {
		await within(5000, "the stream ends", stream.closed);
		return [bye, Date.now() - from];
	};
}

async function endsSoon(ended, from) {
	const [bye, after] = await ended(from);
	ok(after < 1000, "within a second", after);
	equal(bye, "signed-out");
}

const echo = client => client.create(["sh", "-c", "stty raw -echo; printf ready; exec cat"]);

await test("an administrator who is added before there is one is the first", async () => {
	const code = await d.setupCode();
	const ada = await signIn(does("user", "add", "Ada", "--role", "admin"));
	equal((await ada.get("api/auth/me")).json.user,
		{ id: idOf("Ada"), name: "Ada", role: "admin" });
	equal((await ada.post("api/setup", { code, name: "Eve" })).summary,
		"409 setup.done");
});

await test("a person who is added signs in with the key that is printed, as a member", async () => {
	const key = does("user", "add", "Bo");
	match(key, accessKey);
	const bo = await signIn(key);
	equal((await bo.get("api/auth/me")).json.user, { id: idOf("Bo"), name: "Bo", role: "member" });
	equal((await bo.get("api/people")).summary, "403 role.refused");
	const vi = await signIn(does("user", "add", "Vi", "--role=viewer"));
	equal((await vi.get("api/auth/me")).json.user.role, "viewer");
});

await test("everybody is listed, with what they have", async () => {
	does("key", "new", "--user", "Bo", "--label", "one");
	const [, ended] = does("key", "new", "--user", "Bo", "--label", "two").split("_");
	does("key", "revoke", ended);
	const [head, ...rows] = does("user", "list").trimEnd().split("\n");
	equal(head.split(/ {2,}/), ["ID", "ROLE", "STATE", "CREATED", "LAST SEEN", "DEVICES", "KEYS",
		"NAME"]);
	const time = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ";
	for (const [i, [name, role, keys]] of
		[["Ada", "admin", 1], ["Bo", "member", 2], ["Vi", "viewer", 1]].entries())
		match(rows[i], new RegExp(`^${idOf(name)} +${role} +active +${time} +${time} +1 +${keys} +${
			name}$`));
	equal(rows.length, 3);
});

await test("a person who is disabled is cut off within a second, and what waits is refused",
	async () => {
		const browser = await signIn(does("user", "add", "Cy"));
		const byKey = new Client(d.url, { authorization:
			`Bearer ${does("key", "new", "--user", "Cy", "--label", "x").trim()}` });
		const { id } = await echo(browser);
		const screen = new Screen(browser, id);
		cleanup(() => screen.close());
		await screen.see("ready");
		screen.close();
		const ends = await Promise.all([browser, byKey].map(client => follow(client, id)));
		const runner = await d.runner();
		/* While the runner stands still, input waits. */
		proc.kill(runner, "SIGSTOP");
		try {
			for (const client of [browser, byKey])
				equal((await client.input(id, newId(), 1, "bad")).status, 204);
			equal(does("user", "disable", "Cy"), "");
		} finally {
			proc.kill(runner, "SIGCONT");
		}
		const from = Date.now();
		for (const ended of ends)
			await endsSoon(ended, from);
		for (const client of [browser, byKey])
			equal((await client.input(id, newId(), 1, "late")).summary, "401 auth.invalid");
		await until("nothing waits", () => d.sql("state",
			`SELECT count(*) AS n FROM command WHERE session='${id}'`)[0].n === 0);
		match(does("user", "list"), new RegExp(`^${idOf("Cy")} +member +disabled .* 0 +2 +Cy$`, "m"));
		refuses(/disabled.*user enable/, "key", "new", "--user", "Cy", "--label", "x");
		equal(does("user", "enable", idOf("Cy")), "");
		equal((await browser.get("api/auth/me")).summary, "401 auth.invalid", "signed out for good");
		equal((await byKey.session(id)).status, "running", "the program runs on");
		equal((await byKey.output(id)).toString(), "ready");
	});

await test("a stream ends within a second while the runner runs, too", async () => {
	const browser = await signIn(does("user", "add", "Di"));
	for (const words of [["role", "Di", "viewer"], ["disable", "Di"]]) {
		const client = words[0] === "role" ? browser : new Client(d.url, { authorization:
			`Bearer ${does("key", "new", "--user", "Di", "--label", "x").trim()}` });
		const ended = await follow(client);
		does("user", ...words);
		await endsSoon(ended, Date.now());
	}
});

await test("with another role a person is signed out, and a key reaches as far as the role",
	async () => {
		const made = does("user", "add", "Ed");
		const browser = await signIn(made);
		const key = does("key", "new", "--user", "Ed", "--label", "x").trim();
		const byKey = new Client(d.url, { authorization: `Bearer ${key}` });
		equal((await byKey.get("api/people")).summary, "403 role.refused");
		does("user", "role", "Ed", "admin");
		equal((await browser.get("api/auth/me")).summary, "401 auth.invalid");
		equal((await byKey.get("api/people")).status, 200);
		equal((await (await signIn(made)).get("api/auth/me")).json.user.role, "admin");
		does("user", "role", "Ed", "viewer");
		equal((await byKey.post("api/sessions", { kind: "pty", command: ["true"] })).summary,
			"403 role.refused");
	});

await test("the last administrator stays one, whoever asks", async () => {
	for (const words of [["disable", "Ada"], ["disable", idOf("Ada")], ["role", "Ada", "member"]])
		refuses(/Ada is the last administrator/, "user", ...words);
	const bo = idOf("Bo");
	does("user", "role", "Bo", "admin");
	does("user", "disable", "Bo");
	refuses(/Ada is the last administrator/, "user", "disable", "Ada");
	does("user", "enable", "Bo");
	does("user", "disable", "Ada");
	refuses(/Bo is the last administrator/, "user", "role", bo, "viewer");
	/* The first who is not disabled. */
	const key = does("key", "new", "--label", "x");
	match(key, apiKey);
	const client = new Client(d.url, { authorization: `Bearer ${key.trim()}` });
	equal((await client.get("api/auth/me")).json.user.id, bo);
	does("user", "enable", "Ada");
});

await test("an administrator who lost the key signs in with a new one of their own", async () => {
	const client = await signIn(does("key", "new", "--user", idOf("Ada"), "--label", "lost"));
	equal((await client.get("api/auth/me")).json.user.name, "Ada");
	equal((await client.get("api/people")).status, 200);
});

await test("a person is said by name or id, and by id where two have the name", () => {
	does("user", "add", "Fay");
	const first = idOf("Fay");
	does("user", "add", "Fay");
	refuses(/2 people are called 'Fay'/, "user", "disable", "Fay");
	refuses(/2 people are called 'Fay'/, "key", "new", "--label", "x", "--user", "Fay");
	does("user", "disable", first);
	equal(d.sql("state", "SELECT count(*) AS n FROM user WHERE name='Fay' AND disabled_at>0"),
		[{ n: 1 }]);
	/* Who is called what is another's id is not that one. */
	does("user", "add", first);
	does("user", "enable", first);
	equal(d.sql("state", "SELECT count(*) AS n FROM user WHERE name='Fay' AND disabled_at>0"),
		[{ n: 0 }]);
	for (const who of ["nobody", "fay", "", newId()])
		refuses(/There is nobody with the name or id/, "user", "disable", who);
	refuses(/There is nobody/, "user", "role", "nobody", "admin");
	refuses(/There is nobody/, "key", "new", "--label", "x", "--user", "nobody");
	refuses(/name must have 1 to 64 characters/, "user", "add", "x".repeat(65));
	refuses(/name must have 1 to 64 characters/, "user", "add", " ");
	refuses(/control character/, "user", "add", "a\x1b[2J");
});

await test("the audit tells what was done, to whom, and that it was on the console", async () => {
	const before = audit().length;
	does("user", "add", "Gus");
	const gus = idOf("Gus");
	for (const words of [["role", "Gus", "viewer"], ["disable", "Gus"], ["enable", "Gus"]]) {
		does("user", ...words);
		does("user", ...words); /* is so already: no line */
	}
	const [, key] = does("key", "new", "--user", "Gus", "--label", "x").split("_");
	equal(audit().slice(before), [
		...["person.new", "person.role", "person.disable", "person.enable"].map(action =>
			({ user: "", action, subject: gus, address: "console" })),
		{ user: gus, action: "key.new", subject: key, address: "console" },
	]);
	const { code, out } = on("doctor", "--json");
	equal([code, JSON.parse(out).findings], [0, []], "the chain is whole");
	const admin = d.client();
	equal((await admin.get("api/audit/chain")).json,
		{ lines: audit().length, broken_at: null });
	equal((await admin.get(`api/audit?person=${gus}&action=person`)).json.items.length, 4);
});

await test("words that are none are usage errors, and touch nothing", () => {
	const before = audit().length;
	for (const words of [[], ["no-such"], ["list", "x"], ["list", "--role", "admin"], ["add"],
		["add", "x", "y"], ["add", "x", "--role"], ["add", "x", "--role", "king"],
		["add", "x", "--role="], ["add", "-x"], ["role", "Bo"], ["role", "Bo", "king"],
		["role", "Bo", "admin", "x"], ["role", "Bo", "--role", "admin"], ["disable"],
		["disable", "Bo", "Vi"], ["enable"], ["enable", "Bo", "--user", "Bo"]]) {
		const { code, out, err } = on("user", ...words);
		equal([code, out], [2, ""], words.join(" "));
		match(err, /^dispatch user: [^\n]+\nTry 'dispatch user --help'\.\n$/);
	}
	for (const words of [["list", "--user", "Bo"], ["revoke", "x", "--user", "Bo"],
		["new", "--label", "x", "--user"]])
		equal(on("key", ...words).code, 2, words.join(" "));
	equal(audit().length, before);
	match(dispatch("--help").out, /^ {2}user /m);
	for (const word of ["list", "add NAME", "role WHO ROLE", "disable WHO", "enable WHO"])
		match(dispatch("user", "--help").out, new RegExp(`^ {2}${word} `, "m"));
});

await d.clean();
await done();
