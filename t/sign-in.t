#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * Who gets in: first run, sign-in, keys, and where requests may come from; through each web
 * server.
 */
import { newId } from "./lib/client.mjs";
import { dispatch, serve, webServers } from "./lib/dispatch.mjs";
import { cleanup, done, equal, match, ok, test } from "./lib/tap.mjs";

const cookieOf = reply => (reply.headers["set-cookie"] ?? [])
	.map(text => text.split(";")[0]).join("; ");
const sameOrigin = { "sec-fetch-site": "same-origin" };

for (const web of webServers) {
	let d = await serve({ web });
	let admin;

	await test(`${web}: before the first administrator every route answers 503`, async () => {
		const nobody = d.client(null);
		equal((await nobody.get("api/health")).json.setup_required, true);
		equal((await nobody.get("api/auth/config")).json.setup_required, true);
		for (const path of ["api/sessions", "api/auth/me", `api/sessions/${newId()}`,
			`api/sessions/${newId()}/events`])
			equal((await nobody.get(path)).summary, "503 setup.required", path);
		equal((await nobody.post("api/auth/login", { provider: "access-key", key: "ak_x" }))
			.summary, "503 setup.required");
		equal((await nobody.stream("s=").closed).summary, "503 setup.required");
	});

	await test(`${web}: of fifty who redeem the setup code at once one becomes administrator`,
		async () => {
			const nobody = d.client(null);
			const code = await d.setupCode();
			equal((await nobody.post("api/setup", { code: newId(), name: "Eve" })).summary,
				"403 setup.invalid");
			const replies = await Promise.all(Array.from({ length: 50 }, (_, i) =>
				nobody.post("api/setup", { code, name: `Admin ${i}` })));
			const won = replies.filter(reply => reply.status === 201);
			equal(won.length, 1, "administrators");
			ok(replies.every(reply => [201, 403, 409, 429, 503].includes(reply.status)),
				"answers", replies.map(reply => reply.summary));
			equal(d.sql("state", "SELECT count(*) AS n FROM user")[0].n, 1, "users");
			[admin] = won;
			match(admin.json.key, /^ak_[a-z2-7]{26}_[a-z2-7]{52}$/);
			equal(admin.json.user.role, "admin");
			const browser = d.client(null);
			browser.headers = { cookie: cookieOf(admin) };
			equal((await browser.get("api/auth/me")).json.via, "cookie", "signed in at once");
			equal((await nobody.post("api/setup", { code, name: "Late" })).summary,
				"409 setup.done");
			equal((await nobody.get("api/health")).json.setup_required, false);
			equal((await nobody.get("api/sessions")).summary, "401 auth.required");
		});

	const browser = d.client(null);
	browser.headers = { ...sameOrigin };

	await test(`${web}: an access key signs in, with a cookie that scripts cannot read`,
		async () => {
			const reply = await browser.post("api/auth/login",
				{ provider: "access-key", key: admin.json.key });
			equal(reply.status, 200, reply.summary);
			equal(reply.json.user, admin.json.user);
			const [cookie] = reply.headers["set-cookie"];
			match(cookie, /^dispatch=[a-z2-7]{52};/, "name and value");
			match(cookie, /; *HttpOnly/i);
			match(cookie, /; *SameSite=(Lax|Strict)/i);
			match(cookie, /; *Path=\/(;|$)/i);
			ok(!/Domain=/i.test(cookie), "no domain", cookie);
			equal(reply.headers["cache-control"], "no-store");
			browser.headers.cookie = cookieOf(reply);
			const me = (await browser.get("api/auth/me")).json;
			equal([me.via, me.user.name], ["cookie", admin.json.user.name]);
			ok(me.expires_at > Date.now(), "expiry", me.expires_at);
		});

	await test(`${web}: a cookie alone changes nothing unless the page is ours`, async () => {
		const { cookie } = browser.headers;
		const bare = d.client(null);
		bare.headers = { cookie };
		const post = headers => bare.post("api/sessions", { kind: "pty", command: ["true"] },
			{ headers });
		equal((await post({})).summary, "403 origin.refused", "no word of where it is from");
		for (const site of ["cross-site", "same-site", "none"])
			equal((await post({ "sec-fetch-site": site })).summary, "403 origin.refused", site);
		equal((await post({ origin: "http://evil.example" })).summary, "403 origin.refused");
		equal((await post({ origin: "null" })).summary, "403 origin.refused");
		equal((await post({ ...sameOrigin, origin: "http://evil.example" })).summary,
			"403 origin.refused");
		equal((await post({ origin: new URL(d.url).origin })).status, 201, "our origin");
		equal((await post(sameOrigin)).status, 201, "same-origin");
		equal((await bare.stream("s=", {}, { "sec-fetch-site": "cross-site" }).closed).summary,
			"403 origin.refused", "the stream");
	});

	await test(`${web}: another host name is refused, with any credential`, async () => {
		const client = d.client();
		for (const host of ["evil.example", "127.0.0.1.evil.example:80", "localhost.evil"]) {
			equal((await client.get("api/auth/me", { headers: { host } })).summary,
				"421 host.refused", host);
			equal((await client.stream("s=", {}, { host }).closed).summary,
				"421 host.refused", `stream at ${host}`);
		}
		equal((await client.get("api/auth/me",
			{ headers: { host: `localhost:${d.port}` } })).status, 200);
	});

	await test(`${web}: nothing in a request tells us who sends it, or sets a proxy`,
		async () => {
			const nobody = d.client(null);
			for (const headers of [{ "x-forwarded-user": "admin" }, { "remote-user": "admin" },
				{ "x-real-ip": "127.0.0.1" }, { "x-user": admin.json.user.id }])
				equal((await nobody.get("api/auth/me", { headers })).summary,
					"401 auth.required");
			equal((await d.client().get("api/auth/me",
				{ headers: { proxy: "http://127.0.0.1:1/" } })).status, 200);
		});

	await test(`${web}: no answer invites other origins, and none may be guessed or kept`,
		async () => {
			const reply = await d.client().get("api/sessions",
				{ headers: { origin: "http://127.0.0.1:1" } }).catch(e => e);
			const own = await d.client().get("api/sessions");
			for (const { headers } of [reply, own]) {
				equal(Object.keys(headers).filter(name => name.startsWith("access-control")), []);
				equal(headers["x-content-type-options"], "nosniff");
				match(headers["cache-control"], /no-store/);
			}
		});

	await test(`${web}: signing out ends the stream within a second and the cookie with it`,
		async () => {
			let bye;
			const stream = browser.stream("s=", {
				message: (name, data) => {
					if (name === "bye")
						bye = data.reason;
				},
			});
			cleanup(() => stream.close());
			await new Promise(resolve => { stream.handlers.open = resolve; });
			const out = await browser.post("api/auth/logout");
			equal(out.status, 204, out.summary);
			const at = Date.now();
			await stream.closed;
			ok(Date.now() - at < 1000, "ended soon", Date.now() - at);
			equal(bye, "signed-out");
			equal((await browser.get("api/auth/me")).summary, "401 auth.invalid");
			ok(out.headers["set-cookie"].every(text => /Max-Age=0|Expires=Thu, 01 Jan 1970/i
				.test(text)), "the cookie is removed", out.headers["set-cookie"]);
		});

	await test(`${web}: revoking a key ends its streams and what was signed in with it`,
		async () => {
			const key = d.key();
			const client = d.client(key);
			const signedIn = d.client(null);
			signedIn.headers = { ...sameOrigin };
			signedIn.headers.cookie = cookieOf(await signedIn.post("api/auth/login",
				{ provider: "access-key", key: admin.json.key }));
			const streams = [client, signedIn].map(who => who.stream("s="));
			await Promise.all(streams.map(stream =>
				new Promise(resolve => { stream.handlers.open = resolve; })));
			equal(dispatch("key", "revoke", key, "--dir", d.dir).code, 0);
			equal(dispatch("key", "revoke", admin.json.key, "--dir", d.dir).code, 0);
			const at = Date.now();
			await Promise.all(streams.map(stream => stream.closed));
			ok(Date.now() - at < 1500, "ended soon", Date.now() - at);
			equal((await client.get("api/auth/me")).summary, "401 auth.invalid");
			equal((await signedIn.get("api/auth/me")).summary, "401 auth.invalid");
		});

	await test(`${web}: guessing is slowed down, and a valid key still gets in elsewhere`,
		async () => {
			const guesser = d.client(null);
			let limited;
			for (let i = 0; i < 20 && !limited; i++) {
				const reply = await guesser.post("api/auth/login",
					{ provider: "access-key", key: `ak_${newId()}_${newId()}${newId()}` });
				ok([401, 429].includes(reply.status), "answer", reply.summary);
				limited = reply.status === 429 && reply;
			}
			ok(limited, "limited in the end");
			equal(limited.summary, "429 rate.limited");
			ok(+limited.headers["retry-after"] > 0, "Retry-After", limited.headers);
			equal((await d.client().get("api/auth/me")).status, 200, "a key that is known");
		});

	await d.clean();

	await test(`${web}: a key from the console makes the first administrator`, async () => {
		d = await serve({ web });
		const me = await d.client(d.key()).get("api/auth/me");
		equal([me.json.user.role, me.json.via], ["admin", "key"]);
		equal((await d.client(null).post("api/setup", { code: newId(), name: "x" })).summary,
			"409 setup.done");
		await d.clean();
	});
}
await done();
