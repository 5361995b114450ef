#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * Each route is asked, through each web server, with everything that does not fit its
 * parameter table; and with what fits, whose answer must be as documented.
 */
import { newId } from "./lib/client.mjs";
import { serve, webServers } from "./lib/dispatch.mjs";
import { badRequests, document, goodRequest, mismatch, operations, send }
	from "./lib/openapi.mjs";
import { done, equal, match, ok, test, until } from "./lib/tap.mjs";

/*
 * The one shape of errors. Returns what is wrong, or null. `whole`: the query as a whole may be
 * refused, and so by the web server. A query of more than some KiB is always its affair.
 */
function wrongProblem(reply, { what, field, whole, codes = ["request.invalid"] }) {
	/* A web server that refuses a request may close before it has read the body. */
	if ((whole && [400, "ECONNRESET", "EPIPE"].includes(reply.status)) || (/too long/.test(what) && [414, 431].includes(
		reply.status)))
		return null;
	if (reply.status < 400 || reply.status > 499)
		return `answered with ${reply.status}`;
	if (reply.headers["content-type"] !== "application/problem+json")
		return `${reply.status} with content type ${reply.headers["content-type"]}`;
	const problem = reply.json;
	if (problem.status !== reply.status)
		return `the body says ${problem.status}, the status ${reply.status}`;
	if (!codes.includes(problem.code))
		return `code ${problem.code} (${problem.detail}), not ${codes}`;
	if (field && problem.field !== field)
		return `names the field ${problem.field} (${problem.detail})`;
	return mismatch(problem, document.components.schemas.Problem);
}

for (const web of webServers) {
	const d = await serve({ web, args: ["--set", "workspace.roots=/"] });
	const client = d.client();
	const { id, workspace } = await client.create(["cat"]);
	const isWorkspace = operation => operation.path.startsWith("api/workspaces");
	/* Failed sign-ins and setups are limited. */
	const forgive = operation =>
		operation.open && d.sql("state", "DELETE FROM rate_limit");

	/* In a body of git `workspace` is something else. */
	const isGit = operation => operation.path.startsWith("api/git/");
	const values = operation => isGit(operation) ? {} : operation.name === "GET /api/stream" ? { s: `${id}:0` }
		: { id: isWorkspace(operation) ? workspace : id, workspace };

	for (const operation of operations)
		await test(`${web}: ${operation.name} refuses what does not fit`, async () => {
			const findings = [];
			for (const bad of badRequests(operation, values(operation))) {
				forgive(operation);
				const reply = await send(client, bad.request).catch(e => ({ status: e.code,
					headers: {} }));
				const wrong = wrongProblem(reply, bad);
				if (wrong)
					findings.push(`${bad.what}: ${wrong}`);
			}
			equal(findings, [], "findings");
		});

	await test(`${web}: nothing of all that was applied`, async () => {
		const session = await client.session(id);
		equal([session.title, session.cols, session.status, session.last_seq],
			["Shell", 80, "running", session.last_seq]);
		equal((await client.output(id)).length, 0, "output");
		equal((await client.get("api/sessions")).json.items.length, 1, "sessions");
	});

	await test(`${web}: what is none is unknown, on every route`, async () => {
		for (const operation of operations.filter(({ path }) => path.includes("{id}")))
			for (const none of [newId(), "x", "A".repeat(26), `${id}x`, "%41", "a".repeat(5000)])
				equal((await send(client, goodRequest(operation, { id: none }))).summary,
					`404 ${/^api\/(\w+)s\//.exec(operation.path)[1]}.unknown`,
					`${operation.name} with ${none}`);
	});

	await test(`${web}: other methods are refused with a list of the right ones`, async () => {
		for (const path of new Set(operations.map(operation => operation.path))) {
			const allowed = operations.filter(operation => operation.path === path)
				.map(operation => operation.method);
			for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
				if (allowed.includes(method))
					continue;
				const reply = await client.request(method, path.replace(/{\w+}/, id),
					{ headers: { "content-type": "application/json" } });
				equal(reply.summary, "405 method.not_allowed", `${method} ${path}`);
				equal(reply.headers.allow.split(/, */).filter(m => m !== "HEAD").sort(),
					allowed.sort(), "Allow");
			}
		}
	});

	await test(`${web}: paths that are no routes are refused`, async () => {
		for (const path of ["api/", "api/nothing", "api/sessions/", `api/sessions/${id}/`,
			`api/sessions/${id}/nothing`, "api/health/x", "api/Sessions", "api/stream/",
			"api/stream/x", "api/sessions;x=1"]) {
			const reply = await client.get(path);
			equal(wrongProblem(reply, { codes: ["route.unknown", "session.unknown",
				"method.not_allowed"] }), null, path);
		}
		for (const path of ["api/%2e%2e/api/health", "api/sessions%2f", "api/sessions/%00",
			"api//health", "api/./health", "api/../api/health", "api/%zz", "api/%ff"]) {
			const { status } = await client.get(path);
			ok(status >= 400 && status < 500, `${path} is refused`, status);
		}
	});

	await test(`${web}: good requests are answered as documented`, async () => {
		const stream = client.stream(`s=${id}:0`, { message: (name, data) => {
			if (name === "hello")
				stream.name = data.stream;
		} });
		await until("a stream", () => stream.name);
		const special = {
			"GET /api/stream": null,
			"GET /api/sessions/{id}/snapshot": null, /* it is too young for one */
			"POST /api/setup": null,
			"POST /api/stream/{stream}/ack": { stream: stream.name, n: 0 },
			"POST /api/workspaces": { path: "/tmp" },
			"POST /api/auth/login": { provider: "access-key", key: d.apiKey },
		};
		/* What only a Claude session understands is in claude.t. */
		for (const what of ["message", "interrupt", "mode", "model", "thinking", "cancel"])
			special[`POST /api/sessions/{id}/${what}`] = null;
		for (const what of ["POST /api/permissions/{id}", "GET /api/sessions/{id}/images"])
			special[what] = null;
		/* What only a file editor understands is in editor.t. */
		for (const what of ["POST /api/sessions/{id}/op", "GET /api/sessions/{id}/content"])
			special[what] = null;
		/* What needs a repository is in git.t; what depends on files is in files.t and search.t, on
		 * programs that open this machine in tunnels.t. */
		for (const { name } of operations)
			if (/ \/api\/(git|files|trash\/|uploads|search|tunnels\/)/.test(name) ||
				/ \/api\/(auth\/(begin|link|device|token)|people\/|keys\/|devices\/|identities\/)/
					.test(name)) /* t/devices.t and t/github.t */
				special[name] = null;
		const order = operation => operation.method === "DELETE" ? 2
			: /stop|signal|resume/.test(operation.path) ? 1 : 0;
		for (const operation of [...operations].sort((a, b) => order(a) - order(b))) {
			const good = special[operation.name] ?? { ...values(operation), cwd: "/", path: "/",
				force: 1, name: "WINCH", theme: "teal" };
			if (special[operation.name] === null)
				continue;
			if (operation.path.endsWith("/resume"))
				await until("it has ended",
					async () => (await client.session(id)).status === "exited");
			const reply = await send(client, goodRequest(operation, good));
			const response = operation.responses[reply.status];
			ok(response, `${operation.name}: ${reply.status} is documented`,
				reply.body.toString());
			const schema = response.content?.["application/json"]?.schema;
			if (schema) {
				match(reply.headers["content-type"], /^application\/json$/, operation.name);
				equal(mismatch(reply.json, schema), null, operation.name);
			} else {
				equal(reply.body.length, 0, `${operation.name}: bytes of the body`);
			}
		}
		stream.close();
	});

	await d.clean();
}
await done();
