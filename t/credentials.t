#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * No route answers to who is nobody: each one of the table × each kind of credential that is
 * none, through each web server.
 */
import { createHash } from "node:crypto";
import { newId } from "./lib/client.mjs";
import { dispatch, run, serve, webServers } from "./lib/dispatch.mjs";
import { goodRequest, operations, send } from "./lib/openapi.mjs";
import { done, equal, ok, test } from "./lib/tap.mjs";

const sameOrigin = { "sec-fetch-site": "same-origin" };
const secret = () => newId() + newId();
const DAY = 86400000;

/* Leaves a sign-in in the database; returns its cookie. */
function signIn(d, key, { age = 0, seen = 0, lifetime = 30 * DAY, revoked = false } = {}) {
	const token = secret(), now = Date.now();
	const hash = createHash("sha256").update(token).digest("hex");
	const [, credential] = key.split("_");
	d.sql("state", `INSERT INTO auth_session
		SELECT x'${hash}', user, id, ${now - age}, ${now - seen}, ${now - age + lifetime},
			'127.0.0.1', 'test', ${revoked ? now : "NULL"}
		FROM credential WHERE id = '${credential}'`);
	return { cookie: `dispatch=${token}`, ...sameOrigin };
}

for (const web of webServers) {
	const d = await serve({ web });
	const nobody = d.client(null);
	const ask = (operation, headers) => send(nobody, goodRequest(operation), headers);

	await test(`${web}: until there is an administrator all routes answer 503 but three`,
		async () => {
			const open = operations.filter(operation => operation.capability === "anyone");
			equal(open.map(operation => operation.name), ["GET /api/health",
				"GET /api/auth/config", "POST /api/setup"]);
			for (const operation of operations.filter(operation => !open.includes(operation)))
				for (const headers of [{}, { authorization: `Bearer dk_${newId()}_${secret()}` }])
					equal((await ask(operation, headers)).summary, "503 setup.required",
						operation.name);
		});

	const key = d.key(), revoked = d.key(), access = `ak_${newId()}_${secret()}`;
	equal(dispatch("key", "revoke", revoked, "--dir", d.dir).code, 0);
	const bearer = value => ({ authorization: `Bearer ${value}` });
	const cookie = value => ({ cookie: value, ...sameOrigin });
	const [prefix, id, own] = key.split("_");
	const nothings = {
		"no credential": {},
		"no credential, from our own page": sameOrigin,
		"a cookie of somebody else's": cookie("other=1; session=2"),
		"a header that claims a name": { "x-user": "admin", "x-forwarded-user": "admin" },
	};
	const bad = {
		"an empty key": bearer(""),
		"garbage as a key": bearer("garbage"),
		"a long key": bearer("dk_" + "a".repeat(4000)),
		"a key that nobody has": bearer(`dk_${newId()}_${secret()}`),
		"a known key with another secret": bearer(`${prefix}_${id}_${secret()}`),
		"a known key cut short": bearer(key.slice(0, -1)),
		"a known key with more behind it": bearer(`${key}a`),
		"a known key as an access key": bearer(`ak_${id}_${own}`),
		"an access key": bearer(access),
		"a revoked key": bearer(revoked),
		"another scheme": { authorization: `Basic ${Buffer.from(`x:${key}`).toString("base64")}` },
		"the key as a cookie": cookie(`dispatch=${key}`),
		"garbage as a cookie": cookie("dispatch=garbage"),
		"a cookie that nobody has": cookie(`dispatch=${secret()}`),
		"an expired sign-in": signIn(d, key, { age: 31 * DAY }),
		"a sign-in that rested too long": signIn(d, key, { age: 10 * DAY, seen: 8 * DAY }),
		"a revoked sign-in": signIn(d, key, { revoked: true }),
		"a sign-in of a revoked key": signIn(d, revoked, { revoked: true }),
		"a wrong key beside a good cookie": { ...signIn(d, key), ...bearer("garbage") },
	};

	const closed = operations.filter(operation => !operation.open);
	await test(`${web}: every other route answers 401 to ${Object.keys(nothings).join(", ")}`,
		async () => {
			for (const operation of closed)
				for (const [what, headers] of Object.entries(nothings)) {
					const reply = await ask(operation, headers);
					equal(reply.summary, "401 auth.required", `${operation.name} with ${what}`);
				}
		});
	for (const [what, headers] of Object.entries(bad))
		await test(`${web}: every route answers 401 to ${what}`, async () => {
			for (const operation of closed)
				equal((await ask(operation, headers)).summary, "401 auth.invalid", operation.name);
		});

	await test(`${web}: the good ones are good`, async () => {
		for (const headers of [bearer(key), signIn(d, key), { authorization: `bearer ${key}` }])
			equal((await nobody.get("api/auth/me", { headers })).status, 200);
		ok(closed.length > 12, "all routes were asked", closed.length);
	});

	await test(`${web}: nothing of all that was applied or written down in clear`, async () => {
		equal(d.sql("events", "SELECT count(*) AS n FROM run_session")[0].n, 0, "sessions");
		equal(d.sql("state", "SELECT count(*) AS n FROM command")[0].n, 0, "commands");
		equal(d.sql("state", "SELECT count(*) AS n FROM user")[0].n, 1, "users");
		equal(run(["grep", "-rlaF", own, d.dir]).out, "", "files that hold the key's secret");
	});
	await d.clean();
}
await done();
