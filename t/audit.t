#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * The audit: what changes something leaves the line that the table of routes names, and a line
 * that was changed, put in or taken out is found.
 */
import { Client } from "./lib/client.mjs";
import { dispatch, serve } from "./lib/dispatch.mjs";
import { operations } from "./lib/openapi.mjs";
import { done, equal, match, ok, test, until } from "./lib/tap.mjs";

const own = { "sec-fetch-site": "same-origin" };
const d = await serve({ args: ["--set", "auth.device=1"] });
const code = await d.setupCode();

await test("of each change the table says what it is called, or why it is not noted", () => {
	for (const { name, method, audit, unaudited } of operations)
		equal(!!audit + !!unaudited, method === "GET" ? 0 : 1, name);
});

const left = () => d.sql("state", "SELECT id, user, action, subject, address FROM audit");

/* What runs leaves just these lines. */
async function leaves(run, ...actions) {
	const before = left().length;
	const result = await run();
	equal(left().slice(before).map(line => line.action), actions, "lines");
	return result;
}

const seen = new Set();

/* The same for one request, which must succeed; and the table must say so. */
async function noted(client, method, path, body, ...actions) {
	const operation = operations.find(o => o.method === method &&
		new RegExp(`^${o.path.replace(/\{\w+\}/g, "[a-z2-7]{26}")}$`).test(path));
	const form = operation.type?.includes("form");
	const reply = await leaves(() => client.request(method, path, {
		body: form ? new URLSearchParams(body).toString() : body && JSON.stringify(body),
		headers: operation.type ? { "content-type": operation.type } : {},
	}), ...actions);
	ok(reply.status < 300, `${method} ${path}`, reply.summary);
	for (const action of actions)
		ok((operation.audit ?? []).includes(action), `${operation.name} says ${action}`,
			operation.audit);
	seen.add(operation.name);
	return reply;
}

const browser = reply => new Client(d.url, { ...own,
	cookie: reply.headers["set-cookie"][0].split(";")[0] });

await test("what is done with people, keys and devices is noted by whom", async () => {
	const nobody = new Client(d.url, own);
	const setup = await noted(nobody, "POST", "api/setup", { code, name: "Ada" },
		"setup", "sign-in");
	const login = await noted(nobody, "POST", "api/auth/login",
		{ provider: "access-key", key: setup.json.key }, "sign-in");
	const admin = browser(login);
	await noted(browser(setup), "POST", "api/auth/logout", {}, "sign-out");
	const key = await noted(admin, "POST", "api/keys", { label: "x", scope: "read" }, "key.new");
	await noted(admin, "DELETE", `api/keys/${key.json.id}`, null, "key.revoke");
	const bo = await noted(admin, "POST", "api/people", { name: "Bo", role: "member" },
		"person.new");
	for (const [change, action] of [[{ name: "Bob" }, "person.rename"],
		[{ role: "viewer" }, "person.role"], [{ disabled: true }, "person.disable"],
		[{ disabled: false }, "person.enable"]])
		await noted(admin, "PATCH", `api/people/${bo.json.id}`, change, action);
	await noted(admin, "POST", `api/people/${bo.json.id}/key`, {}, "person.key");
	const pair = await noted(admin, "POST", "api/auth/pair", {}, "device.pair");
	const phone = await noted(nobody, "POST", "api/auth/login",
		{ provider: "pairing", device_code: pair.json.url.split("#pair=")[1] }, "sign-in");
	const [{ id }] = (await browser(phone).get("api/devices")).json.items
		.filter(device => device.current);
	await noted(admin, "DELETE", `api/devices/${id}`, null, "device.revoke");
	await noted(admin, "DELETE", "api/devices", null, "device.revoke-others");
	const ask = () => noted(nobody, "POST", "api/auth/device", { client_id: "x" });
	const grant = (await ask()).json, other = (await ask()).json;
	await noted(admin, "POST", "api/auth/device/show", { user_code: grant.user_code });
	await noted(admin, "POST", "api/auth/device/approve", { user_code: grant.user_code },
		"device.approve");
	await noted(admin, "POST", "api/auth/device/deny", { user_code: other.user_code },
		"device.deny");
	await noted(nobody, "POST", "api/auth/token", { client_id: "x",
		device_code: grant.device_code,
		grant_type: "urn:ietf:params:oauth:grant-type:device_code" }, "key.new");
	const me = setup.json.user.id;
	d.sql("state", `INSERT INTO identity VALUES ('${"i".repeat(26)}', 'github', 'x 1', '${me}',
		'x', 1, 1, 1)`);
	await noted(admin, "DELETE", `api/identities/${"i".repeat(26)}`, null, "identity.remove");
	ok(left().slice(2).every(line => line.user === me || line.user === ""), "by whom", left());
	ok(left().every(line => line.address === "127.0.0.1"), "from where", left());
	await leaves(() => nobody.post("api/auth/login", { provider: "access-key", key: "ak_x" }),
		"sign-in.refused");
	await leaves(() => dispatch("key", "new", "--label", "x", "--dir", d.dir), "key.new");
	await leaves(() => nobody.post("api/keys", { label: "x" }));
});

await test("no route that notes by itself was left out", () => {
	const account = operations.filter(({ path, audit }) => audit &&
		/^api\/(setup|auth|keys|devices|identities|people)/.test(path));
	equal(account.map(operation => operation.name).filter(name => !seen.has(name)), []);
});

await test("what is done with sessions and workspaces is noted with what it was done to",
	async () => {
		const client = d.client();
		const { id } = (await noted(client, "POST", "api/sessions",
			{ kind: "pty", command: ["cat"] }, "session.create")).json;
		await noted(client, "PATCH", `api/sessions/${id}`, { title: "x" }, "session.rename");
		await noted(client, "POST", `api/sessions/${id}/resize`, { cols: 90, rows: 20 });
		await noted(client, "POST", `api/sessions/${id}/signal`, { name: "WINCH" },
			"session.signal");
		await noted(client, "POST", `api/sessions/${id}/stop`, {}, "session.stop");
		await until("it has ended", async () => (await client.session(id)).status === "exited");
		await noted(client, "DELETE", `api/sessions/${id}`, null, "session.delete");
		equal(left().filter(line => line.subject === id).map(line => line.action), [
			"session.create", "session.rename", "session.signal", "session.stop",
			"session.delete"]);
		await noted(client, "PUT", "api/env", { variables: [] }, "user.env");
	});

const doctor = () => {
	const { code: exit, out } = dispatch("doctor", "--json", "--dir", d.dir);
	return [exit, JSON.parse(out).findings];
};

/* Puts something wrong, and then right again. */
function spoilt(change, back, line) {
	d.sql("state", change);
	const [exit, findings] = doctor();
	d.sql("state", back);
	equal([exit, findings.length], [1, 1], findings.join("\n"));
	match(findings[0], new RegExp(`^The audit was changed: line ${line} is missing, or does not`));
	equal(doctor(), [0, []], "right again");
}

await test("a line that was changed is found, whatever it was", () => {
	equal(doctor(), [0, []]);
	for (const [column, value] of [["at", "at+1"], ["user", "'x'"], ["action", "action||'x'"],
		["subject", "subject||'x'"], ["address", "'192.0.2.1'"], ["hash", "zeroblob(32)"]]) {
		d.sql("state", "CREATE TABLE aside AS SELECT * FROM audit WHERE id=5");
		spoilt(`UPDATE audit SET ${column}=${value} WHERE id=5`,
			`UPDATE audit SET ${column}=(SELECT ${column} FROM aside) WHERE id=5;
			DROP TABLE aside`, 5);
	}
});

await test("a line that was taken out is found, wherever it was", () => {
	const last = left().at(-1).id;
	for (const id of [1, 7, last]) {
		d.sql("state", `CREATE TABLE aside AS SELECT * FROM audit WHERE id=${id}`);
		spoilt(`DELETE FROM audit WHERE id=${id}`,
			"INSERT INTO audit SELECT * FROM aside; DROP TABLE aside", id);
	}
	d.sql("state", "CREATE TABLE aside AS SELECT * FROM audit");
	spoilt("DELETE FROM audit", "INSERT INTO audit SELECT * FROM aside; DROP TABLE aside", 1);
});

await test("a line that was put in is found, also when those behind it make room", () => {
	const last = left().at(-1).id;
	spoilt(`INSERT INTO audit SELECT ${last + 1}, at, user, action, subject, address, hash
		FROM audit WHERE id=3`, `DELETE FROM audit WHERE id=${last + 1};
		UPDATE sqlite_sequence SET seq=${last} WHERE name='audit'`, last + 1);
	d.sql("state", "CREATE TABLE aside AS SELECT * FROM audit");
	spoilt(`UPDATE audit SET id=-id WHERE id>=4; UPDATE audit SET id=1-id WHERE id<0;
		INSERT INTO audit SELECT 4, at, user, action, subject, address, hash FROM audit WHERE id=3`,
	`DELETE FROM audit; INSERT INTO audit SELECT * FROM aside; DROP TABLE aside;
		UPDATE sqlite_sequence SET seq=${last} WHERE name='audit'`, 4);
});

await d.clean();
await done();
