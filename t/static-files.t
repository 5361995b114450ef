#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* What the web servers do by themselves: the files of the browser interface, and refusals. */
import http from "node:http";
import { serve, webServers } from "./lib/dispatch.mjs";
import { done, equal, match, ok, test } from "./lib/tap.mjs";

/* One request with the path as it is written; Node's URL and fetch would tidy it up. */
const ask = (d, path, { method = "GET", body, headers = {} } = {}) =>
	new Promise((resolve, reject) => {
		const request = http.request({ port: d.port, host: "127.0.0.1", path, method, headers },
			reply => {
				let text = "";
				reply.setEncoding("latin1").on("data", part => { text += part; });
				reply.on("end", () =>
					resolve({ status: reply.statusCode, headers: reply.headers, text }));
			});
		request.on("error", reject).end(body);
	});

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; " +
	"img-src 'self' blob: data:; font-src 'self'; connect-src 'self'; worker-src 'self'; " +
	"manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; " +
	"require-trusted-types-for 'script'; trusted-types svelte-trusted-html";

const guards = {
	"content-security-policy": policy,
	"x-content-type-options": "nosniff",
	"referrer-policy": "no-referrer",
	"cross-origin-opener-policy": "same-origin",
	"cross-origin-resource-policy": "same-origin",
};

const types = {
	js: /^text\/javascript/, css: /^text\/css/, svg: /^image\/svg\+xml/,
	woff2: /^font\/woff2/, html: /^text\/html/,
};

/* What the page names, and what that names. */
async function files(d, prefix) {
	const page = (await ask(d, prefix)).text;
	const found = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(hit => hit[1]);
	ok(found.length >= 3, "the page names its files", found);
	for (const name of found)
		match(name, /^\.\/[\w./-]+$/, "a relative path without any host");
	const names = new Set(found.map(name => name.slice(2)));
	for (const name of [...names].filter(name => /\.(js|css)$/.test(name)))
		for (const hit of (await ask(d, prefix + name)).text
			.matchAll(/[\w.-]+-[\w-]{8}\.(?:js|css|woff2)/g))
			names.add(`assets/${hit[0]}`);
	return [...names];
}

const odd = ["", ".", "..", "%2e%2e", "%2e%2e%2f", "..%2f..", "..;", "%00", "a%0d%0aX:%20y"];
const secret = ["state.db", "state.db-wal", "events.db", "dispatch.conf", ".env", ".git/config",
	".git/HEAD", ".htpasswd", "etc/passwd", "proc/self/environ", "serve.lock", "fcgi.sock",
	"nginx.conf", "package.json", "build.json", "node_modules/x.js", "index.html.bak",
	"index.html~", "index.php", "assets", "assets/", "assets/.js", "assets/../index.html.map",
	"api", "x/y/z.js", "WEB-INF/web.xml"];

for (const web of webServers)
	for (const prefix of ["/", "/x/"]) {
		const d = await serve({ web, prefix });

		await test(`${web} at ${prefix}: the page comes with all its guards`, async () => {
			const { status, headers } = await ask(d, prefix);
			equal(status, 200);
			for (const [name, value] of Object.entries(guards))
				equal(headers[name], value, name);
			equal(headers["cache-control"], "no-cache");
			match(headers["content-type"], types.html);
		});

		await test(`${web} at ${prefix}: the page has no inline script and no inline style`,
			async () => {
				const { text } = await ask(d, prefix);
				equal(/<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=/.test(text), false);
			});

		await test(`${web} at ${prefix}: every file that the page names is there`, async () => {
			for (const name of await files(d, prefix)) {
				const { status, headers } = await ask(d, prefix + name);
				equal(status, 200, name);
				match(headers["content-type"], types[name.replace(/.*\./, "")], name);
				equal(headers["x-content-type-options"], "nosniff", name);
				equal(headers["cache-control"], name.startsWith("assets/")
					? "public, max-age=31536000, immutable" : "no-cache", name);
			}
		});

		await test(`${web} at ${prefix}: nothing else is`, async () => {
			for (const name of secret)
				for (const way of ["", ...odd.map(step => `${step}/`),
					...odd.map(step => `assets/${step}/${step}/`)]) {
					const path = prefix + way + name;
					const { status, text } = await ask(d, path);
					ok(status >= 300 && status < 500, path, status);
					equal(text.includes("root:"), false, path);
				}
		});

		await test(`${web} at ${prefix}: files are only read`, async () => {
			equal((await ask(d, prefix, { method: "HEAD" })).status, 200);
			for (const method of ["POST", "PUT", "DELETE", "MKCOL"]) {
				const { status } = await ask(d, `${prefix}index.html`, { method });
				ok(status >= 400 && status < 500, method, status);
			}
		});

		await test(`${web} at ${prefix}: a body over 1 MiB is refused`, async () => {
			const reply = await ask(d, `${prefix}api/sessions`,
				{ method: "POST", body: Buffer.alloc((1 << 20) + 1) })
				.catch(e => ({ status: 413, error: e.code }));
			equal(reply.status, 413);
			if (web === "nginx" && reply.text)
				equal(JSON.parse(reply.text).code, "request.too_large");
		});

		await test(`${web} at ${prefix}: what is outside is not there`, async () => {
			if (prefix !== "/")
				for (const path of ["/", "/index.html", "/api/health", "/x"])
					equal((await ask(d, path)).status, 404, path);
		});

		await d.clean();
	}

await done();
