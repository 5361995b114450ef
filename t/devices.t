#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * Devices that are let in by a person on another one: RFC 8628 as a standard client of OAuth
 * speaks it, and codes that are good at once. People, keys, and what revoking them ends.
 */
import http from "node:http";
import * as oauth from "oauth4webapi";
import { serve, webServers } from "./lib/dispatch.mjs";
import { Client } from "./lib/client.mjs";
import { done, equal, ok, test, within } from "./lib/tap.mjs";

const own = { "sec-fetch-site": "same-origin" };

/* The client of a browser that is signed in with what api/auth/login takes. */
async function signIn(d, body) {
	const reply = await d.client(null).post("api/auth/login", body, { headers: own });
	const cookie = reply.headers["set-cookie"]?.[0].split(";")[0];
	return { reply, client: new Client(d.url, { cookie, ...own }) };
}

for (const web of webServers) {
	const d = await serve({ web, args: ["--set", "auth.device=1"] });
	const key = d.key();
	const byKey = () => signIn(d, { provider: "access-key", key });
	let { client: admin } = await byKey();
	const as = { issuer: d.url, device_authorization_endpoint: `${d.url}api/auth/device`,
		token_endpoint: `${d.url}api/auth/token` };
	const program = { client_id: "a program" };
	const insecure = { [oauth.allowInsecureRequests]: true };
	const begin = async (wanted = {}) => oauth.processDeviceAuthorizationResponse(as, program,
		await oauth.deviceAuthorizationRequest(as, program, oauth.None(), wanted, insecure));
	const ask = async grant => oauth.processDeviceCodeResponse(as, program,
		await oauth.deviceCodeGrantRequest(as, program, oauth.None(), grant.device_code,
			insecure));
	const refusal = grant => ask(grant).then(() => "none", e => e.error ?? String(e));

	await test(`${web}: a standard client of OAuth is let in with a code, once`, async () => {
		const grant = await begin();
		ok(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/.test(grant.user_code),
			"eight letters without vowels", grant.user_code);
		equal(await refusal(grant), "authorization_pending");
		equal(await refusal(grant), "slow_down", "who asks again at once");
		const shown = await admin.post("api/auth/device/show", { user_code: grant.user_code });
		equal([shown.json.client, shown.json.address], ["a program", "127.0.0.1"]);
		const code = grant.user_code.toLowerCase().replace("-", " ");
		equal((await admin.post("api/auth/device/approve", { user_code: code })).status, 204);
		const token = await ask(grant);
		equal([token.token_type, token.scope], ["bearer", "drive"]);
		const client = d.client(token.access_token);
		equal((await client.get("api/auth/me")).json.user.role, "member", "as far as it may go");
		equal((await client.post("api/keys", { label: "x" })).summary, "403 scope.refused");
		equal((await client.get("api/people")).summary, "403 scope.refused");
		equal(await refusal(grant), "invalid_grant", "the second time");
	});

	await test(`${web}: a device reaches no farther than it asked for and was let in for`,
		async () => {
			const approve = async (asked, scope) => {
				const { device_code, user_code } = await begin({ scope: asked });
				equal((await admin.post("api/auth/device/approve", { user_code, scope })).status, 204);
				return { device_code };
			};
			equal((await ask(await approve("read", "admin"))).scope, "read", "asked for less");
			equal((await ask(await approve("admin", "read"))).scope, "read", "was given less");
			const { reply } = await signIn(d, { provider: "device", ...await approve("admin", "read") });
			equal([reply.summary, reply.headers["set-cookie"]], ["403 auth.refused", undefined],
				"as a browser, which would reach everything");
		});

	await test(`${web}: a key that somebody signs in with is used by that`, async () => {
		const own = async () => (await admin.get("api/keys")).json.items
			.find(({ id }) => key.includes(id)).last_used_at;
		d.sql("state", "UPDATE credential SET last_used_at = NULL");
		equal(await own(), null, "before");
		const from = Date.now();
		await byKey();
		ok(await own() >= from, "after");
	});

	await test(`${web}: a device that is refused or too late is told so`, async () => {
		const grant = await begin(), late = await begin();
		equal((await admin.post("api/auth/device/deny", { user_code: grant.user_code })).status,
			204);
		equal(await refusal(grant), "access_denied");
		d.sql("state", "UPDATE device_grant SET expires_at = 1 WHERE state = 'pending'");
		equal(await refusal(late), "expired_token");
		equal((await admin.post("api/auth/device/approve", { user_code: late.user_code })).summary,
			"403 device.code");
	});

	await test(`${web}: approving needs a fresh sign-in`, async () => {
		const { client } = await byKey();
		const [{ id }] = (await client.get("api/devices")).json.items.filter(x => x.current);
		d.sql("state", `UPDATE auth_session SET fresh_at = fresh_at - 301000 WHERE id = '${id}'`);
		for (const [path, body] of [["api/auth/device/approve", { user_code: "BCDF-GHJK" }],
			["api/auth/pair", {}], ["api/keys", { label: "x" }],
			["api/people", { name: "x", role: "admin" }]])
			equal((await client.post(path, body)).summary, "403 auth.stale", path);
	});

	/* Two hundred at once, each from an address of its own, so that each is looked at. */
	const rush = run => Promise.all(Array.from({ length: 200 }, (_, i) => {
		const client = new Client(d.url, own);
		client.agent = new http.Agent({ localAddress: `127.3.0.${i + 1}` });
		return run(client);
	}));

	await test(`${web}: of 200 at once with one pairing code one gets in`, async () => {
		const { url } = (await admin.post("api/auth/pair")).json;
		const [, device_code] = url.split("#pair=");
		const all = await rush(client =>
			client.post("api/auth/login", { provider: "pairing", device_code }));
		const won = all.filter(reply => reply.status === 200);
		equal(won.length, 1, "winners");
		ok(all.every(reply => ["200", "401 auth.denied"].includes(reply.summary)), "the others");
		const winner = new Client(d.url, { ...own,
			cookie: won[0].headers["set-cookie"][0].split(";")[0] });
		equal((await winner.get("api/auth/me")).json.user.role, "admin");
		equal((await winner.post("api/keys", { label: "x" })).status, 201, "it is fresh");
	});

	await test(`${web}: of 200 at once with one device code one gets a key`, async () => {
		const grant = await begin();
		equal((await admin.post("api/auth/device/approve", { user_code: grant.user_code })).status,
			204);
		const body = new URLSearchParams({ client_id: program.client_id,
			device_code: grant.device_code,
			grant_type: "urn:ietf:params:oauth:grant-type:device_code" }).toString();
		const keys = () => d.sql("state", "SELECT count(*) AS n FROM credential")[0].n;
		const before = keys();
		const all = await rush(client => client.request("POST", "api/auth/token", { body,
			headers: { "content-type": "application/x-www-form-urlencoded" } }));
		const won = all.filter(reply => reply.status === 200);
		equal(won.length, 1, "winners");
		ok(all.every(reply => reply === won[0] || reply.json.error === "invalid_grant"), "the others");
		equal(keys(), before + 1, "keys");
		equal((await d.client(won[0].json.access_token).get("api/auth/me")).status, 200);
	});

	await test(`${web}: all others can be signed out at once`, async () => {
		d.sql("state", "DELETE FROM rate_limit");
		const [one, two] = [await byKey(), await byKey()];
		const before = (await one.client.get("api/devices")).json.items.length;
		equal((await one.client.delete("api/devices")).json.count, before - 1);
		equal((await two.client.get("api/auth/me")).summary, "401 auth.invalid");
		equal((await one.client.get("api/devices")).json.items.length, 1);
		admin = one.client;
	});

	await test(`${web}: a sign-in that is revoked ends its stream within a second`, async () => {
		const { client } = await byKey();
		const [{ id }] = (await client.get("api/devices")).json.items.filter(x => x.current);
		const hello = new Promise(resolve => { client.seen = resolve; });
		const stream = client.stream("", { message: name => name === "hello" && client.seen() });
		await within(5000, "a hello", hello);
		const from = Date.now();
		equal((await admin.delete(`api/devices/${id}`)).status, 204);
		await within(5000, "the stream ends", stream.closed);
		ok(Date.now() - from < 1000, "within a second", Date.now() - from);
		equal((await client.get("api/auth/me")).summary, "401 auth.invalid");
		equal((await admin.delete(`api/devices/${id}`)).summary, "404 device.unknown");
	});

	await test(`${web}: a person who is disabled is out, and nobody locks themselves out`,
		async () => {
			const made = await admin.post("api/people", { name: "Bo", role: "member" });
			equal(made.status, 201);
			const bo = await signIn(d, { provider: "access-key", key: made.json.key });
			equal((await bo.client.get("api/people")).summary, "403 role.refused");
			equal((await bo.client.delete(`api/keys/${key.split("_")[1]}`)).summary,
				"404 key.unknown", "another's key");
			const api = (await bo.client.post("api/keys", { label: "bo", scope: "read" })).json;
			const change = value => admin.patch(`api/people/${made.json.id}`, value);
			equal((await change({ disabled: true })).status, 204);
			for (const client of [bo.client, d.client(api.key)])
				equal((await client.get("api/auth/me")).summary, "401 auth.invalid");
			equal((await signIn(d, { provider: "access-key", key: made.json.key })).reply.summary,
				"401 auth.denied");
			equal((await change({ disabled: false })).status, 204);
			equal((await d.client(api.key).get("api/auth/me")).json.user.role, "viewer");
			const me = (await admin.get("api/auth/me")).json.user.id;
			equal((await admin.patch(`api/people/${me}`, { role: "viewer" })).summary,
				"409 person.self");
			const lines = (await admin.get("api/audit")).json.items.map(line => line.action);
			ok(["person.new", "person.disable", "person.enable", "device.revoke", "key.new"]
				.every(action => lines.includes(action)), "the audit has all of it", lines);
		});

	await test(`${web}: the audit can be asked for a person, a kind of act, and whether it is whole`,
		async () => {
			const audit = async query => (await admin.get(`api/audit?${query}`)).json.items;
			const { json } = await admin.post("api/people", { name: "Cy", role: "member" });
			const about = await audit(`person=${json.id}`);
			equal(about.map(line => [line.action, line.subject]), [["person.new", json.id]]);
			const { client } = await signIn(d, { provider: "access-key", key: json.key });
			await client.post("api/keys", { label: "cy" });
			equal((await audit(`person=${json.id}`)).map(line => line.action),
				["key.new", "sign-in", "person.new"], "by them, and about them");
			ok((await audit("action=key")).every(line => line.action.startsWith("key.")), "a kind");
			equal((await audit(`action=key.new&person=${json.id}`)).length, 1, "both");
			equal(await audit("action=ke"), [], "not the beginning of a word");
			const chain = (await admin.get("api/audit/chain")).json;
			equal(chain.broken_at, null);
			equal((await client.get("api/audit/chain")).summary, "403 role.refused");
			const [{ id }] = d.sql("state", "SELECT id FROM audit ORDER BY id LIMIT 1 OFFSET 3");
			d.sql("state", `UPDATE audit SET address = 'x' WHERE id = ${id}`);
			equal((await admin.get("api/audit/chain")).json, { ...chain, broken_at: id });
		});
	await d.clean();
}
await done();
