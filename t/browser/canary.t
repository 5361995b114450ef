#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/*
 * Every secret that there is goes through a day's work, with a browser; and then it is looked
 * for wherever it must not be: in logs, in the bytes of the databases and whatever else lies in
 * the directory, in command lines and environments, in addresses, in the page and in what the
 * page keeps.
 */
import { once } from "node:events";
import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { Client, newId } from "../lib/client.mjs";
import { serve, temporary, webServers } from "../lib/dispatch.mjs";
import * as proc from "../lib/proc.mjs";
import { cleanup, done, equal, ok, test, until } from "../lib/tap.mjs";
import { open } from "./browser.mjs";

const own = { "sec-fetch-site": "same-origin" };
const json = { "content-type": "application/json" };
const form = { "content-type": "application/x-www-form-urlencoded" };

/* name → text; what was made by others and what we made up. */
const secrets = {
	"client secret": `canary-client-${newId()}`,
	"code of GitHub": `canary-code-${newId()}`,
	"token of GitHub": `gho_canary${newId()}`,
	"secret variable": `canary-variable-${newId()}`,
	"refused key": `ak_${newId()}_${newId()}${newId()}`,
};

/* GitHub as far as it is needed: who comes back with the code is Ann. */
const front = http.createServer((request, response) => {
	const answer = request.url.startsWith("/login/oauth/access_token")
		? { access_token: secrets["token of GitHub"], token_type: "bearer", scope: "" }
		: { id: 4711, login: "ann" };
	request.resume().on("end", () => response.writeHead(200, json).end(JSON.stringify(answer)));
});
front.listen(0, "127.0.0.1");
await once(front, "listening");
cleanup(() => front.closeAllConnections() ?? front.close());

const dir = temporary();
writeFileSync(join(dir, "github.secret"), `${secrets["client secret"]}\n`, { mode: 0o600 });
const settings = ["auth.device=1", "github.client_id=an-id", "github.users=4711",
	`github.url=http://127.0.0.1:${front.address().port}`];
const d = await serve({ dir, web: webServers[0],
	args: settings.flatMap(setting => ["--set", setting]) });
const browser = await open(d);
const desk = await browser.profile();
const tab = await desk.tab();
const addresses = [];
desk.context.on("request", request => addresses.push(request.url(), request.headers().referer ?? ""));
const cookieOf = reply => reply.headers["set-cookie"].map(text => text.split(";")[0])
	.filter(text => !text.endsWith("=")).join("; ");
let session;

await test("somebody is let in, works, and is let in again in every way", async () => {
	secrets["setup code"] = await d.setupCode();
	await tab.go(`#setup=${secrets["setup code"]}`);
	await tab.role("heading", "Set up Dispatch").waitFor();
	await tab.type("Ada");
	await tab.press("Enter");
	const box = tab.page.locator("[data-access-key]");
	await box.waitFor();
	secrets["access key"] = await box.innerText();
	await tab.button("I saved it").click();
	await tab.ready();

	secrets["API key"] = d.key();
	const client = d.client(secrets["API key"]);
	const variables = [{ name: "CANARY", value: secrets["secret variable"], secret: true }];
	equal((await client.request("PUT", "api/env", { headers: json,
		body: JSON.stringify({ variables }) })).status, 200);

	/* By the page: a wrong key, then the right one, in another browser. */
	const other = await browser.profile();
	other.context.on("request", request => addresses.push(request.url()));
	const second = await other.tab("");
	const field = second.page.getByLabel("Access key");
	await field.fill(secrets["refused key"]);
	await second.press("Enter");
	await second.role("alert").waitFor();
	await field.fill(secrets["access key"]);
	await second.press("Enter");
	await second.page.locator(".new [data-new=pty]").waitFor();
	session = await second.shell();
	await second.type("echo $((6*7)) ${#CANARY}\n");
	await second.see(`42 ${secrets["secret variable"].length}`);

	for (const profile of [desk, other])
		for (const { name, value } of await profile.context.cookies())
			secrets[`cookie ${name} of ${profile === desk ? "one" : "another"}`] = value;

	const admin = new Client(d.url, { ...own, cookie: (await desk.context.cookies())
		.map(({ name, value }) => `${name}=${value}`).join("; ") });
	const nobody = new Client(d.url, own);
	const pair = await admin.post("api/auth/pair");
	equal(pair.status, 201, pair.summary);
	[, secrets["pairing code"]] = pair.json.url.split("#pair=");
	secrets["cookie of a phone"] = cookieOf(await nobody.post("api/auth/login",
		{ provider: "pairing", device_code: secrets["pairing code"] })).split("=")[1];
	const grant = (await nobody.request("POST", "api/auth/device", { headers: form,
		body: "client_id=x" })).json;
	secrets["device code"] = grant.device_code;
	equal((await admin.post("api/auth/device/approve", { user_code: grant.user_code })).status, 204);
	const token = await nobody.request("POST", "api/auth/token", { headers: form,
		body: new URLSearchParams({ client_id: "x", device_code: grant.device_code,
			grant_type: "urn:ietf:params:oauth:grant-type:device_code" }).toString() });
	secrets["API key of a device"] = token.json.access_token;
	const begun = await nobody.post("api/auth/begin", { provider: "github" });
	secrets["state of GitHub"] = new URL(begun.json.url).searchParams.get("state");
	secrets["cookie of what has begun"] = cookieOf(begun).split("=")[1];
	const ann = await nobody.post("api/auth/login", { provider: "github",
		code: secrets["code of GitHub"], state: secrets["state of GitHub"] },
	{ headers: { cookie: cookieOf(begun) } });
	equal(ann.status, 200, ann.summary);
	secrets["cookie of Ann"] = cookieOf(ann).split("=")[1];
	ok(Object.values(secrets).every(secret => secret?.length >= 26), "all are there",
		Object.entries(secrets).filter(([, secret]) => !(secret?.length >= 26)));
});

/* Of a key only the last part is secret. */
const hidden = Object.entries(secrets).map(([name, text]) =>
	[name, text.replace(/^[ad]k_[a-z2-7]{26}_/, "")]);
const found = (text, except = []) => hidden.filter(([name, secret]) =>
	text.includes(secret) && !except.includes(name)).map(([name]) => name);
const files = path => statSync(path).isDirectory()
	? readdirSync(path).flatMap(name => files(join(path, name)))
	: statSync(path).isFile() ? [path] : [];
const read = path => {
	try {
		return readFileSync(path, "latin1");
	} catch (e) {
		if (!["ENOENT", "ESRCH", "EACCES", "EPERM"].includes(e.code))
			throw e;
		return "";
	}
};

await test("no log has one", () => {
	const logs = files(join(dir, "log"));
	ok(logs.length >= 3, "logs", logs);
	equal([...logs.map(read), d.err].flatMap(text => found(text)), []);
	equal(found(d.out), ["setup code"], "the console has the link, and nothing else");
});

await test("no byte of a database and no other file has one", () => {
	for (const path of files(dir))
		equal(found(read(path)), path.endsWith("/github.secret") ? ["client secret"] : [], path);
	ok(files(dir).some(path => path.endsWith("state.db-wal")), "also what is not copied yet");
});

await test("no command line has one, and no environment but that of its session", () => {
	const shims = d.shims();
	const ours = [d.process.pid, ...proc.descendants(d.process.pid), ...shims];
	ok(ours.length >= 6 && shims.length >= 1, "processes", ours);
	const mine = new Set(ours);
	const programs = shims.flatMap(pid => proc.descendants(pid)).filter(pid => !mine.has(pid));
	for (const pid of [...ours, ...programs])
		equal(found(read(`/proc/${pid}/cmdline`)), [], `command line of ${proc.words(pid)[0]}`);
	for (const pid of ours)
		equal(found(read(`/proc/${pid}/environ`)), [], `environment of ${proc.words(pid)[0]}`);
	const meant = programs.map(pid => found(read(`/proc/${pid}/environ`)));
	ok(meant.flat().every(name => name === "secret variable"), "environments of programs", meant);
	ok(meant.flat().length >= 1, "the program has what is meant for it", meant);
});

await test("no address and no page has one, nor what a page keeps", async () => {
	equal(found(addresses.join("\n"), ["setup code"]), [], "addresses that were asked for");
	equal(found(addresses.filter(address => /\/api\//.test(address)).join("\n")), [], "of the API");
	for (const profile of browser.profiles)
		for (const { page } of profile.tabs) {
			const kept = await page.evaluate(async () => JSON.stringify([
				document.documentElement.outerHTML, document.title, location.href, document.cookie,
				{ ...localStorage }, { ...sessionStorage }, history.state, history.length,
				performance.getEntries().filter(entry => entry.entryType !== "navigation")
					.map(entry => entry.name),
				await indexedDB.databases(), await caches.keys(),
				[...document.querySelectorAll("input, textarea")].map(field => field.value)]));
			equal(found(kept), [], "a page");
			/* The browser remembers what a page was opened with: a code that is spent. */
			equal(found(await page.evaluate(() => performance.getEntriesByType("navigation")
				.map(entry => entry.name).join("\n")), ["setup code"]), [], "how it was opened");
		}
});

await test("when all is stopped, nothing is left either", async () => {
	await d.client(secrets["API key"]).delete(`api/sessions/${session}?force=1`);
	await until("it is gone", async () =>
		(await d.client(secrets["API key"]).get(`api/sessions/${session}`)).status === 404);
	await d.stop();
	for (const path of files(dir))
		equal(found(read(path)), path.endsWith("/github.secret") ? ["client secret"] : [], path);
});

await done();
