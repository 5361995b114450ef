#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * What each kind of answer tells a browser about itself, through each web server: pages, the
 * API, its errors and those of the web server, the stream, and files of people, which may look
 * like pages. And that other machines are answered by HTTPS alone.
 */
import http from "node:http";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { serve, temporary, webServers } from "./lib/dispatch.mjs";
import { FastCgi, variables } from "./lib/fastcgi.mjs";
import { Files, workspaceAt } from "./lib/files.mjs";
import { Repository } from "./lib/git.mjs";
import { done, equal, match, ok, test } from "./lib/tap.mjs";

/* {directive: values} */
const parse = policy => Object.fromEntries(policy.split(";").map(part => part.trim().split(/\s+/))
	.map(([name, ...values]) => [name, values.join(" ")]));

function common(headers, what) {
	equal(headers["x-content-type-options"], "nosniff", what);
	equal(headers["referrer-policy"], "no-referrer", what);
	equal(headers["cross-origin-resource-policy"], "same-origin", what);
	equal(Object.keys(headers).filter(name => name.startsWith("access-control")), [], what);
	equal([headers.server ?? "", headers["x-powered-by"] ?? ""].filter(text => /\d/.test(text)), [],
		`${what}: no version`);
}

function api(headers, what, more = {}) {
	common(headers, what);
	match(headers["cache-control"], /no-store/, what);
	equal(parse(headers["content-security-policy"]), { "default-src": "'none'",
		"frame-ancestors": "'none'", ...more }, what);
}

const EVIL = "<script>alert(1)</script>";

for (const web of webServers) {
	const d = await serve({ web, args: ["--set", "workspace.roots=/"] });
	const client = d.client();
	const root = join(temporary(), "work");
	mkdirSync(root);
	const git = new Repository(root);
	for (const name of ["evil.html", "evil.svg", "evil.pdf", "evil.js"])
		writeFileSync(join(root, name), EVIL);
	git.git("init", "-q");
	git.git("add", ".");
	git.git("commit", "-qm", "x");
	const workspace = workspaceAt(d, root);
	const files = new Files(client, workspace);

	await test(`${web}: a page runs only what is ours, in nobody's frame`, async () => {
		for (const path of ["", "index.html"]) {
			const { status, headers } = await client.get(path);
			equal(status, 200, path);
			common(headers, path);
			equal(headers["cross-origin-opener-policy"], "same-origin");
			const policy = parse(headers["content-security-policy"]);
			equal(policy["default-src"], "'none'");
			equal(policy["frame-ancestors"], "'none'");
			equal(policy["base-uri"], "'none'");
			equal(policy["require-trusted-types-for"], "'script'");
			for (const what of ["script-src", "style-src", "connect-src", "font-src", "worker-src"])
				equal(policy[what], "'self'", what);
			ok(!/unsafe|https?:|\*/.test(headers["content-security-policy"]), "nothing else");
		}
		const { status, headers } = await client.get("nothing.html");
		equal(status, 404);
		common(headers, "a page that is not there");
	});

	await test(`${web}: answers of the API and their errors are for nobody but our page`, async () => {
		const nobody = d.client(null);
		for (const [status, reply] of [
			[200, await client.get("api/auth/me")],
			[200, await nobody.get("api/health")],
			[401, await nobody.get("api/sessions")],
			[404, await client.get("api/nothing")],
			[405, await client.request("DELETE", "api/health")],
			[400, await client.get("api/sessions?x=1")],
			[421, await client.get("api/auth/me", { headers: { host: "evil.example" } })],
			[403, await client.get("api/auth/me", { headers: { origin: "http://evil.example" } })],
			[401, await nobody.stream("s=").closed],
			[405, await client.delete("api/stream")]]) {
			equal(reply.status, status, reply.summary);
			api(reply.headers, `${status} ${reply.summary}`);
			equal(reply.headers["strict-transport-security"], undefined, "without TLS");
		}
		const large = await client.post("api/people", { name: "x".repeat(3 << 20) });
		equal(large.status, 413);
		if (web === "nginx") /* lighttpd refuses this before it knows what is asked for */
			common(large.headers, "what the web server refuses");
		match(large.headers["content-type"], /problem\+json/);
	});

	await test(`${web}: the stream is, too`, async () => {
		/* What somebody says of where they are is not believed. */
		const stream = client.stream("s=", {}, { "x-forwarded-for": "192.0.2.7" });
		const headers = await new Promise(resolve => {
			stream.handlers.open = (status, headers) => resolve(headers);
		});
		equal(headers["content-type"], "text/event-stream");
		api(headers, "stream");
		stream.close();
	});

	await test(`${web}: a file is never a page of ours, whatever is in it`, async () => {
		for (const name of ["evil.html", "evil.svg", "evil.pdf", "evil.js"])
			for (const reply of [await files.get(name),
				await client.get(`api/git/file?workspace=${workspace}&path=${name}&rev=HEAD`)]) {
				equal([reply.status, reply.body.toString()], [200, EVIL], name);
				api(reply.headers, name, { sandbox: "" });
				equal(reply.headers["content-type"], "application/octet-stream", name);
			}
		match((await files.get("evil.html")).headers["content-disposition"], /^attachment/);
		const tar = await files.get("", { as: "tar" });
		equal(tar.status, 200);
		api(tar.headers, "tar", { sandbox: "" });
	});

	await d.clean();
}

await test("other machines are answered by HTTPS alone, this one also without", async () => {
	const key = [];
	for (const plain of [0, 1]) {
		const d = await serve({ args: ["--set", `http.plain=${plain}`,
			"--set", "http.hosts=dispatch.example, localhost"] });
		key.push(d.key());
		const c = await FastCgi.open(join(d.dir, "run/fcgi.sock"));
		const ask = more => c.ask({ ...variables("GET", "/api/auth/me", key.at(-1)), ...more });
		const far = { REMOTE_ADDR: "192.0.2.7", HTTP_HOST: "dispatch.example" };
		for (const address of ["192.0.2.7", "10.0.0.1", "2001:db8::1", "::ffff:192.0.2.7", "128.0.0.1"]) {
			const reply = await ask({ ...far, REMOTE_ADDR: address });
			equal([reply.status, reply.json.code], plain ? [200, undefined] : [403, "https.required"],
				address);
		}
		for (const address of ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", "unix:", ""])
			equal((await ask({ ...far, REMOTE_ADDR: address })).status, 200, address);
		const safe = await ask({ ...far, HTTPS: "on" });
		equal(safe.status, 200);
		equal(safe.headers["strict-transport-security"], "max-age=31536000");
		/* What somebody says of themselves does not count. */
		equal((await ask({ ...far, HTTP_X_FORWARDED_PROTO: "https", HTTP_X_FORWARDED_FOR: "127.0.0.1" }))
			.status, plain ? 200 : 403);
		const stream = from => new Promise((resolve, reject) => http.get({
			socketPath: join(d.dir, "run/stream.sock"), path: "/api/stream?s=", agent: false,
			headers: { host: "dispatch.example", authorization: `Bearer ${key.at(-1)}`,
				"x-forwarded-for": from } }, reply => {
			resolve(reply.statusCode);
			reply.destroy();
		}).on("error", reject));
		equal(await stream("127.0.0.1, 192.0.2.7"), plain ? 200 : 403, "the stream");
		equal(await stream("192.0.2.7, 127.0.0.1"), 200, "the stream from here");
		c.close();
		await d.clean();
	}
});

await done();
