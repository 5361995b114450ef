#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * Every route of the table × everybody who might ask, through each web server. What is to
 * come of it follows from the row of the table alone (what it needs, whether freshly); so a
 * route that is added is in here, and one that forgets what it needs is found.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client, newId } from "./lib/client.mjs";
import { serve, temporary, webServers } from "./lib/dispatch.mjs";
import { Files, workspaceAt } from "./lib/files.mjs";
import { goodRequest, operations, send } from "./lib/openapi.mjs";
import { People } from "./lib/people.mjs";
import { cleanup, done, equal, test } from "./lib/tap.mjs";

const day = 24 * 3600 * 1000;
const own = { "sec-fetch-site": "same-origin" };

/* What only a guard says. Anything else means that the handler was asked. */
const guards = new Set(["400 request.invalid", "401 auth.required", "401 auth.invalid",
	"403 auth.stale", "403 role.refused", "403 scope.refused", "403 origin.refused",
	"421 host.refused", "503 setup.required"]);
const asked = "the handler";

const isOpen = operation => ["anyone", "sign-in"].includes(operation.capability);
const changes = operation => operation.method !== "GET" || operation.path === "api/stream";

/* What somebody recognised is told: {role, whole (all that the person may), fresh}. */
function told(operation, { role, person = role, whole = true, fresh = true }) {
	const short = person !== role || !whole ? "403 scope.refused" : "403 role.refused";
	if (operation.capability === "admin" && role !== "admin")
		return short;
	if (operation.capability === "use" && role === "viewer")
		return short;
	if (operation.capability === "account" && !whole)
		return short;
	return operation.fresh && !fresh ? "403 auth.stale" : asked;
}

/* [name, headers, what is to come of it for an operation]; each of these is refused by every
 * route that needs a credential at all. */
function strangers(people, admin, gone) {
	const unless = code => operation => isOpen(operation) ? asked : code;
	const invalid = unless("401 auth.invalid");
	const nobody = `dk_${newId()}_${newId()}${newId()}`;
	const good = people.key(admin), signedIn = people.cookie(admin);
	const key = good.authorization;
	const always = code => () => code;
	return [
		["nobody", {}, unless("401 auth.required")],
		["nobody, from our page", own, unless("401 auth.required")],
		["nobody, with cookies of others", { ...own, cookie: "other=1; session=2" },
			unless("401 auth.required")],
		["nobody, who claims a name", { "x-user": "admin", "x-forwarded-user": "admin" },
			unless("401 auth.required")],
		["an empty cookie", { ...own, cookie: "dispatch=" }, invalid],
		["a cookie of nothing", { ...own, cookie: "dispatch=garbage" }, invalid],
		["a cookie that nobody has", { ...own, cookie: `dispatch=${newId()}${newId()}` }, invalid],
		["a cookie with more behind it", { ...own, cookie: `${signedIn.cookie}x` }, invalid],
		["two cookies of ours", { ...own, cookie: `${signedIn.cookie}; ${signedIn.cookie}` },
			unless("400 request.invalid")],
		["the cookie of a secure connection", { ...own,
			cookie: signedIn.cookie.replace("dispatch", "__Host-dispatch") },
		unless("401 auth.required")],
		["a key as a cookie", { ...own, cookie: key.replace("Bearer ", "dispatch=") }, invalid],
		["an empty key", { authorization: "Bearer " }, invalid],
		["a key of nothing", { authorization: "Bearer garbage" }, invalid],
		["a long key", { authorization: `Bearer dk_${"a".repeat(4000)}` }, invalid],
		["a key without its secret", { authorization: key.slice(0, -52) }, invalid],
		["a key with another's secret", { authorization: key.slice(0, -52) + newId() + newId() },
			invalid],
		["a key with more behind it", { authorization: `${key}x` }, invalid],
		["a key that nobody has", { authorization: `Bearer ${nobody}` }, invalid],
		["a key as another kind", { authorization: key.replace("dk_", "ak_") }, invalid],
		["a key in another scheme", { authorization: key.replace("Bearer", "Basic") }, invalid],
		["a bad key with a good cookie", { ...own, ...signedIn, authorization: "Bearer x" },
			invalid],
		["an expired key", people.key(admin, { expires_at: Date.now() - 1 }), invalid],
		["a revoked key", people.key(admin, { revoked: true }), invalid],
		["a key of a disabled person", people.key(gone), invalid],
		["a cookie that is too old", { ...own, ...people.cookie(admin, { age: 31 * day }) }, invalid],
		["a cookie that rested too long", { ...own, ...people.cookie(admin, { rested: 8 * day }) },
			invalid],
		["a revoked cookie", { ...own, ...people.cookie(admin, { revoked: true }) }, invalid],
		["a cookie of a disabled person", { ...own, ...people.cookie(gone) }, invalid],
		["a key, from a foreign page", { ...good, origin: "http://evil.example" },
			always("403 origin.refused")],
		["a cookie, from a foreign page", { ...signedIn, origin: "http://evil.example" },
			always("403 origin.refused")],
		["a cookie, from a page without origin", { ...signedIn, origin: "null" },
			always("403 origin.refused")],
		["a cookie, from a foreign page that says it is ours", { ...own, ...signedIn,
			origin: "http://evil.example" }, always("403 origin.refused")],
		["a cookie, fetched across sites", { ...signedIn, "sec-fetch-site": "cross-site" },
			always("403 origin.refused")],
		["a key, fetched across sites", { ...good, "sec-fetch-site": "cross-site" },
			always("403 origin.refused")],
		["a cookie, from a neighbour's site", { ...signedIn, "sec-fetch-site": "same-site" },
			always("403 origin.refused")],
		["a cookie, under a foreign host name", { ...own, ...signedIn, host: "evil.example" },
			always("421 host.refused")],
		["a key, under a foreign host name", { ...good, host: "evil.example" },
			always("421 host.refused")],
		["a key, under a name that only begins as ours", { ...good,
			host: "localhost.evil.example" }, always("421 host.refused")],
	];
}

/* Those who may do something: [name, headers, what is to come of it]. */
function known(people, { control, browser, eve, viewer }) {
	const as = who => operation => told(operation, who);
	const signedIn = people.cookie(browser);
	return [
		["another member", people.key(eve), as({ role: "member" }), "foreign"],
		["a viewer", people.key(viewer), as({ role: "viewer" }), "foreign"],
		["another administrator", people.key(control), as({ role: "admin" }), "foreign"],
		["a key to read", people.key(control, { scope: "read" }),
			as({ role: "viewer", person: "admin", whole: false }), "foreign"],
		["a key to drive", people.key(control, { scope: "drive" }),
			as({ role: "member", person: "admin", whole: false }), "foreign"],
		["a viewer's key for everything", people.key(viewer, { scope: "admin" }),
			as({ role: "viewer" }), "foreign"],
		["a sign-in of long ago", { ...own, ...people.cookie(browser, { fresh: false }) },
			operation => operation.fresh ? "403 auth.stale" : null],
		["a cookie that does not say where it is from", signedIn,
			operation => changes(operation) ? "403 origin.refused" : asked],
		["a cookie, to an address typed by a person", { ...signedIn, "sec-fetch-site": "none" },
			operation => changes(operation) ? "403 origin.refused" : asked],
	];
}

/* Things of the owner, by what the table says an id names. */
async function belongings(d, client, root) {
	const workspace = workspaceAt(d, root);
	const files = new Files(client, workspace);
	const { id: session } = await client.create(["cat"], { cwd: root, title: "canary-title" });
	writeFileSync(join(root, "canary-name"), "canary-content");
	const item = (await client.delete(files.target("canary-name"))).json.id;
	const upload = (await client.post("api/uploads", { workspace, path: "up", size: 5 })).json.id;
	const permission = newId(), identity = newId();
	const [{ id: user }] = d.sql("state", "SELECT id FROM user ORDER BY created_at LIMIT 1");
	d.sql("events", `INSERT INTO permission_request (id, session, request, tool, input_json,
		input_sha256, suggestions_json, suppress_always, tool_use_id, state, requested_at)
		SELECT '${permission}', number, 'r', 'Bash', '{}', '${"0".repeat(64)}', '[]', 0, 't',
		'pending', 1 FROM run_session WHERE id='${session}'`);
	d.sql("state", `INSERT INTO identity VALUES ('${identity}', 'github', 'x 1', '${user}', 'x',
		1, 1, 1)`);
	return { session, workspace, item, upload, permission, identity, directory: root };
}

/* Each parameter that names a thing of the owner's names that one. */
function values(operation, things) {
	const named = operation.params.map(({ name, schema }) => [name, schema])
		.concat(Object.entries(operation.body?.properties ?? {}))
		.filter(([, schema]) => things[schema["x-names"]]);
	return { ...Object.fromEntries(named.map(([name, schema]) =>
		[name, things[schema["x-names"]]])), cwd: things.directory,
	...(operation.path === "api/stream" && { s: "" }) };
}

const namesThing = (operation, things) => Object.keys(values(operation, things))
	.some(name => name !== "s" && name !== "cwd");

/* Another's thing is unknown; a list of what belongs to it is empty. */
const isNothing = reply => reply.status === 404 ||
	(reply.status === 200 && reply.json.items?.length === 0);

/* Everything that somebody might have changed. */
const state = d => ["user", "credential", "auth_session", "workspace", "variable", "upload",
	"identity", "device_grant", "command", "writer"]
	.map(table => d.sql("state", `SELECT * FROM ${table}`))
	.concat([d.sql("events", "SELECT id, title, status, cols, last_seq FROM run_session"),
		d.sql("events", "SELECT id, state FROM permission_request")])
	.map(rows => rows.map(row => ({ ...row, seen_at: 0, last_used_at: 0 })));

await test("only what lets people in, and whether all works, is open to all", () => {
	const open = operations.filter(isOpen).map(operation => operation.path);
	equal(open.filter(path => !/^api\/(auth\/|setup$|health$)/.test(path)), []);
});

await test("what a viewer may send changes nothing for others", () => {
	const sent = operations.filter(operation => changes(operation) &&
		operation.capability === "read" && operation.audit);
	equal(sent.map(operation => operation.name), ["POST /api/auth/logout"]);
});

for (const web of webServers) {
	const d = await serve({ web, args: ["--set", "workspace.roots=/"] });
	await test(`${web}: until there is an administrator all routes answer 503 but three`,
		async () => {
			const nobody = d.client(null), open = operations.filter(
				operation => operation.capability === "anyone");
			equal(open.map(operation => operation.name), ["GET /api/health",
				"GET /api/auth/config", "POST /api/setup"]);
			for (const operation of operations.filter(operation => !open.includes(operation)))
				for (const headers of [{}, { authorization: `Bearer dk_${newId()}_${newId()}${newId()}` }])
					equal((await send(nobody, goodRequest(operation), headers)).summary,
						"503 setup.required", operation.name);
		});

	const client = d.client();
	const root = join(temporary(), "work");
	mkdirSync(root);
	const things = await belongings(d, client, root);
	const people = new People(d);
	const [{ id: admin }] = d.sql("state", "SELECT id FROM user ORDER BY created_at LIMIT 1");
	const gone = people.person("Gone", "admin", { disabled: true });
	const others = {
		control: people.person("Control", "admin"),
		browser: people.person("Browser", "admin"),
		eve: people.person("Eve", "member"),
		viewer: people.person("Vera", "viewer"),
	};
	const outside = strangers(people, admin, gone);
	const inside = known(people, others);
	things.key = people.key(admin).authorization.split("_")[1];
	people.store();
	[{ id: things.device }] = d.sql("state",
		`SELECT id FROM auth_session WHERE user='${admin}' AND revoked_at IS NULL LIMIT 1`);
	const secrets = [...Object.values(things), "canary"];

	/* Asks every route as somebody; returns what came otherwise than it should. */
	async function ask(who, headers, expected, each) {
		const findings = [], queue = [...operations];
		const asking = new Client(d.url, headers);
		cleanup(() => asking.close());
		const one = async operation => {
			const want = expected(operation);
			if (!want)
				return;
			const reply = await send(asking, goodRequest(operation, values(operation, things)));
			const got = guards.has(reply.summary) ? reply.summary : asked;
			/* What is wrong with the request is for the handler to say. */
			const fits = got === want || (want === asked && got === "400 request.invalid");
			if (!fits)
				findings.push(`${operation.name}: ${reply.summary}, not ${want}`);
			each?.(operation, reply, got === asked, findings);
		};
		await Promise.all(Array.from({ length: 8 }, async () => {
			while (queue.length)
				await one(queue.shift());
		}));
		equal(findings, [], who);
	}

	await test(`${web}: strangers are refused by every route`, async () => {
		const before = state(d);
		for (const [who, headers, expected] of outside)
			await ask(who, headers, operation => {
				const want = expected(operation);
				return want === asked ? null : want;
			});
		equal(state(d), before, "nothing has changed");
	});

	for (const [who, headers, expected, foreign] of inside)
		await test(`${web}: ${who} gets as far as the table says, and to nobody else's things`,
			() => ask(who, headers, expected, (operation, reply, handled, findings) => {
				const leak = secrets.find(secret => reply.body.includes(secret));
				if (foreign && leak && operation.capability !== "admin")
					findings.push(`${operation.name}: shows ${leak}`);
				if (foreign && handled && namesThing(operation, things) &&
					operation.capability !== "admin" && !isNothing(reply))
					findings.push(`${operation.name}: ${reply.summary} for another's thing`);
			}));

	await test(`${web}: what is open to all is open, and tells nothing`, async () => {
		d.sql("state", "DELETE FROM rate_limit");
		for (const [who, headers, expected] of outside)
			await ask(who, headers, operation =>
				isOpen(operation) && expected(operation) === asked ? asked : null,
			(operation, reply, handled, findings) => {
				if (secrets.some(secret => reply.body.includes(secret)))
					findings.push(`${operation.name} tells something`);
			});
	});

	await test(`${web}: the owner's things are as they were`, async () => {
		const session = await client.session(things.session);
		equal([session.title, session.status, session.cols], ["canary-title", "running", 80]);
		for (const [table, id] of [["workspace", things.workspace], ["upload", things.upload],
			["identity", things.identity]])
			equal(d.sql("state", `SELECT count(*) AS n FROM ${table} WHERE id='${id}'`)[0].n, 1,
				table);
		equal(d.sql("events", "SELECT state FROM permission_request"), [{ state: "pending" }]);
		equal(d.sql("state", `SELECT id FROM auth_session WHERE id='${things.device}'
			AND revoked_at IS NULL`).length, 1, "device");
		equal(d.sql("state", `SELECT id FROM credential WHERE id='${things.key}'
			AND revoked_at IS NULL`).length, 1, "key");
	});

	await test(`${web}: the name of the scheme may be written small`, async () =>
		equal((await d.client(null).get("api/auth/me", { headers: {
			authorization: client.headers.authorization.replace("Bearer", "bearer") } })).status, 200));

	await test(`${web}: the owner is refused by no route`, () =>
		ask("the owner", client.headers, operation =>
			/^api\/(keys|devices|identities)/.test(operation.path) &&
				operation.method === "DELETE" ? null : asked));

	await d.clean();
}
await done();
