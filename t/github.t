#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * Signing in with GitHub: a real server of OAuth with GitHub's addresses, behind a front that
 * lets it fail in every way.
 */
import { Client } from "./lib/client.mjs";
import { serve, temporary, webServers } from "./lib/dispatch.mjs";
import { standIn } from "./lib/github.mjs";
import { done, equal, ok, test } from "./lib/tap.mjs";

const github = await standIn();
const { asked, fail, back } = github;
const token = "/login/oauth/access_token";
const own = { "sec-fetch-site": "same-origin" };

for (const web of webServers) {
	const d = await serve({ web, dir: github.secretIn(temporary()), env: { http_proxy:
		"http://127.0.0.1:1", HTTP_PROXY: "http://127.0.0.1:1", https_proxy: "http://127.0.0.1:1",
		ALL_PROXY: "http://127.0.0.1:1" }, args: github.settings({ users: "17, 4711",
		organisations: "friends" }) });
	const nobody = d.client(null);
	const key = d.key();
	const forget = () => d.sql("state", "DELETE FROM rate_limit");
	const cookieOf = reply => reply.headers["set-cookie"]?.map(text => text.split(";")[0])
		.filter(text => !text.endsWith("=")).join("; ");

	/* As a browser does it: to GitHub and back to our page. */
	async function goThere({ client = nobody, path = "api/auth/begin", headers = own } = {}) {
		const reply = await client.post(path, { provider: "github" }, { headers });
		equal(reply.status, 200, "begin");
		const there = await fetch(reply.json.url, { redirect: "manual" });
		const to = new URL(there.headers.get("location"));
		equal(to.origin + to.pathname, d.url, "back to our page");
		return { cookie: cookieOf(reply), url: reply.json.url, code: to.searchParams.get("code"),
			state: to.searchParams.get("state") };
	}
	const comeBack = ({ cookie, code, state }) => nobody.post("api/auth/login",
		{ provider: "github", code, state }, { headers: { ...own, ...(cookie && { cookie }) } });
	const signIn = async () => { forget(); return comeBack(await goThere()); };

	await test(`${web}: who is listed by number becomes a member, and stays the same when renamed`,
		async () => {
			github.user = { id: 4711, login: "ann" };
			const reply = await signIn();
			equal([reply.status, reply.json.user?.name, reply.json.user?.role], [200, "ann",
				"member"]);
			const client = new Client(d.url, { cookie: cookieOf(reply), ...own });
			equal((await client.get("api/auth/me")).json.user.id, reply.json.user.id);
			github.user = { id: 4711, login: "anna" };
			equal((await signIn()).json.user.id, reply.json.user.id, "renamed");
			github.user = { id: 4712, login: "ann" };
			equal((await signIn()).summary, "403 auth.not_listed", "who took the old name");
			ok(asked.every(({ headers }) => !headers["proxy-connection"]), "no proxy was asked");
		});

	await test(`${web}: members of a listed organisation may sign in, others may not`, async () => {
		github.user = { id: 99, login: "bo" };
		github.organisations = ["strangers"];
		equal((await signIn()).summary, "403 auth.not_listed");
		github.organisations = ["friends"];
		equal((await signIn()).status, 200);
		github.organisations = [];
		equal((await signIn()).summary, "403 auth.not_listed", "when they have left it");
	});

	await test(`${web}: a state is good once, and only in the browser in which it began`, async () => {
		github.user = { id: 17, login: "cy" };
		forget();
		const one = await goThere(), two = await goThere();
		for (const [what, wrong] of [["swapped", { ...one, state: two.state }],
			["of another browser", { ...one, cookie: two.cookie }],
			["without a cookie", { ...one, cookie: "" }],
			["made up", { ...one, state: "x".repeat(52) }]]) {
			forget();
			equal((await comeBack(wrong)).summary, "403 auth.state", what);
		}
		equal((await comeBack({ ...one, state: undefined })).summary, "400 request.invalid");
		equal((await comeBack(one)).status, 200);
		equal((await comeBack(one)).summary, "403 auth.state", "replayed");
		ok(new URL(one.url).searchParams.get("code_challenge_method") === "S256", "PKCE");
		equal((await comeBack({ ...two, code: one.code })).summary, "401 auth.denied",
			"a code that was used");
		d.sql("state", "UPDATE oauth_state SET expires_at = 1");
	});

	await test(`${web}: whatever GitHub answers instead, nobody is signed in by it`, async () => {
		const answer = (status, body, headers = {}) => response => {
			response.writeHead(status, { "content-type": "application/json", ...headers });
			response.end(body);
		};
		const user17 = JSON.stringify({ access_token: "x" });
		for (const [what, path, how, summary] of [
			["broken JSON", token, answer(200, "{\"access_token\":"), "502 github.failed"],
			["an array", token, answer(200, "[]"), "502 github.failed"],
			["a huge answer", token, answer(200, " ".repeat(1e6)), "502 github.failed"],
			["a redirect", token, answer(302, "{}", { location: back }), "502 github.failed"],
			["an error", token, answer(200, "{\"error\":\"bad_verification_code\"}"),
				"401 auth.denied"],
			["a token with a line end", token, answer(200, "{\"access_token\":\"a\\r\\nb: c\"}"),
				"401 auth.denied"],
			["a server that fails", token, answer(500, "{}"), "502 github.failed"],
			["no user", "/api/v3/user", answer(200, "{}"), "502 github.failed"],
			["a number that is text", "/api/v3/user",
				answer(200, "{\"id\":\"17\",\"login\":\"cy\"}"), "502 github.failed"],
			["a refused token", "/api/v3/user", answer(401, user17), "502 github.failed"],
			["a closed connection", token, response => response.destroy(), "502 github.failed"],
			["silence", token, () => {}, "502 github.failed"]]) {
			fail[path] = how;
			const from = Date.now();
			equal((await signIn()).summary, summary, what);
			ok(Date.now() - from < 9000, `${what} is not waited for long`, Date.now() - from);
			delete fail[path];
		}
		equal((await signIn()).status, 200, "and then it works");
	});

	await test(`${web}: a person links who they are there, with a fresh sign-in`, async () => {
		const signed = await nobody.post("api/auth/login", { provider: "access-key", key },
			{ headers: own });
		const cookie = cookieOf(signed);
		const admin = new Client(d.url, { cookie, ...own });
		github.user = { id: 5000, login: "dee" };
		const there = await goThere({ client: admin, path: "api/auth/link" });
		forget();
		equal((await comeBack(there)).summary, "401 auth.required", "signed out meanwhile");
		const again = await goThere({ client: admin, path: "api/auth/link" });
		const linked = await comeBack({ ...again, cookie: `${cookie}; ${again.cookie}` });
		equal([linked.status, linked.json.user?.role], [200, "admin"]);
		equal((await signIn()).json.user.id, linked.json.user.id, "without being listed");
		github.user = { id: 17, login: "cy" };
		const other = await goThere({ client: new Client(d.url, { cookie: cookieOf(linked),
			...own }), path: "api/auth/link" });
		equal((await comeBack({ ...other, cookie: `${cookieOf(linked)}; ${other.cookie}` }))
			.summary, "409 identity.taken");
	});
	await d.clean();
}
await done();
