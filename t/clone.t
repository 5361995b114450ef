#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* A workspace that is cloned: by the real git, as a job that is followed and cancelled. */
import { existsSync, mkdirSync, readFileSync, readdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer as createHttp } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { serve, temporary } from "./lib/dispatch.mjs";
import { repository } from "./lib/git.mjs";
import { cleanup, done, equal, match, ok, test, until } from "./lib/tap.mjs";

const home = realpathSync(temporary());
const d = await serve({ env: { HOME: home, GIT_CONFIG_NOSYSTEM: "1" } });
const client = d.client();
const codeOf = reply => [reply.status, reply.json.code];
const clone = (name, options, more) =>
	client.post("api/workspaces", { path: join(home, name), clone: options, ...more });
const ended = job => until("the job ended", async () => {
	const now = await client.session(job.id);
	return ["exited", "failed", "lost"].includes(now.status) && now;
});

const origin = repository();
for (let i = 1; i <= 3; i++) {
	writeFileSync(join(origin.dir, "file"), `${i}\n`);
	origin.commit(`Commit ${i}`);
}
origin.git("branch", "old", "HEAD~1");

/** Listens on a port of its own until the end of the test. */
async function listening(server) {
	await new Promise(ready => server.listen(0, "127.0.0.1", ready));
	cleanup(() => { server.close(); server.closeAllConnections?.(); });
	return server.address().port;
}

await test("a clone makes its directory a workspace, with progress, and a job that ends well", async () => {
	const reply = await clone("deep/copy", { url: `file://${origin.dir}` });
	equal(reply.status, 202);
	const { workspace, job } = reply.json;
	equal([workspace.name, workspace.path], ["copy", join(home, "deep/copy")]);
	equal([job.kind, job.workspace, job.job.op, job.job.label], ["job", workspace.id, "clone", "Clone copy"]);
	const end = await ended(job);
	equal([end.status, end.exit_code, end.job.problem, end.job.result], ["exited", 0, null, { path: workspace.path }]);
	equal(readFileSync(join(workspace.path, "file"), "utf8"), "3\n");
	const now = (await client.get(`api/workspaces/${workspace.id}`)).json;
	equal([now.git, now.missing, now.sessions.total], [true, false, 0]);
	const { items } = (await client.get(`api/jobs?workspace=${workspace.id}`)).json;
	equal(items.map(item => item.id), [job.id]);
	ok(!(await client.get("api/sessions")).json.items.some(item => item.id === job.id), "no session");
});

await test("a branch, a depth and a name can be chosen", async () => {
	const { workspace, job } = (await clone("chosen", { url: `file://${origin.dir}`, branch: "old", depth: 1 },
		{ name: "The old one" })).json;
	equal((await ended(job)).exit_code, 0);
	equal(workspace.name, "The old one");
	equal(readFileSync(join(home, "chosen/file"), "utf8"), "2\n");
	const log = (await client.get(`api/git/log?workspace=${workspace.id}`)).json;
	equal(log.items.map(item => item.subject), ["Commit 2"]);
});

await test("a clone that fails says why, leaves nothing behind, and can be tried again", async () => {
	const { workspace, job } = (await clone("again", { url: `file://${origin.dir}-nowhere` })).json;
	const end = await ended(job);
	equal([end.attention, end.job.result], ["error", null]);
	match(end.job.problem.detail, /does not exist|not appear to be a git repository/);
	equal(existsSync(workspace.path) ? readdirSync(workspace.path) : [], []);
	const retry = await clone("again", { url: `file://${origin.dir}` });
	equal([retry.status, retry.json.workspace.id], [202, workspace.id]);
	equal((await ended(retry.json.job)).exit_code, 0);
	equal(codeOf(await clone("again", { url: `file://${origin.dir}` })), [409, "workspace.not_empty"]);
});

await test("one that hangs is cancelled, and until then the workspace is neither cloned again nor forgotten", async () => {
	let came = false;
	const port = await listening(createServer(socket => {
		came = true;
		socket.on("error", () => {});
		cleanup(() => socket.destroy());
	}));
	const options = { url: `git://127.0.0.1:${port}/x` };
	const { workspace, job } = (await clone("hangs", options)).json;
	await until("git has connected", () => came);
	equal(codeOf(await client.delete(`api/workspaces/${workspace.id}`)), [409, "workspace.busy"]);
	/* git has begun to make it. */
	ok((await clone("hangs", options)).status === 409, "not twice");
	equal((await client.post(`api/sessions/${job.id}/stop`, {})).status, 202);
	const end = await ended(job);
	equal(end.job.problem.code, "job.cancelled");
	equal(existsSync(workspace.path) ? readdirSync(workspace.path) : [], []);
	equal((await client.delete(`api/workspaces/${workspace.id}`)).status, 204);
});

await test("who needs a password gets a command for a terminal, and no prompt waits anywhere", async () => {
	const port = await listening(createHttp((request, response) => {
		response.writeHead(401, { "www-authenticate": "Basic realm=\"x\"" }).end();
	}));
	const url = `http://127.0.0.1:${port}/secret.git`;
	const { workspace, job } = (await clone("secret", { url })).json;
	const { problem } = (await ended(job)).job;
	equal([problem.code, problem.command], ["git.login", ["git", "clone", "--", url, workspace.path]]);
});

await test("what cannot be cloned is refused before anything is made", async () => {
	const url = `file://${origin.dir}`, outside = realpathSync(temporary());
	mkdirSync(join(home, "full"));
	writeFileSync(join(home, "full/file"), "mine");
	symlinkSync(outside, join(home, "out"));
	equal(codeOf(await clone("full", { url })), [409, "workspace.not_empty"]);
	equal(codeOf(await clone("out/x", { url })), [403, "workspace.outside"]);
	equal(readdirSync(outside), []);
	for (const [options, field] of [[{}, "clone.url"], [{ url: "--upload-pack=x" }, "clone.url"],
		[{ url: "https://me:secret@host/x" }, "clone.url"], [{ url: `${url}\u0007` }, "clone.url"],
		[{ url: "x".repeat(3000) }, "clone.url"], [{ url, depth: 0 }, "clone.depth"],
		[{ url, branch: "" }, "clone.branch"], [{ url, other: 1 }, "clone.other"], ["x", "clone"]]) {
		const reply = await clone("never", options);
		equal([...codeOf(reply), reply.json.field], [400, "request.invalid", field]);
	}
	ok(!existsSync(join(home, "never")), "no directory");
	/* A branch that looks like a flag is a branch that is not there. */
	const { job } = (await clone("flag", { url, branch: "--upload-pack=touch /tmp/x" })).json;
	match((await ended(job)).job.problem.detail, /Remote branch --upload-pack=touch \/tmp\/x not found/);
});

await test("when no more may run, neither workspace nor directory is left", async () => {
	const other = await serve({ env: { HOME: home }, args: ["--set", "session.limit=1"] });
	const busy = other.client();
	await busy.post("api/sessions", { kind: "pty", command: ["cat"] });
	const before = (await busy.get("api/workspaces")).json.items.length;
	const reply = await busy.post("api/workspaces", { path: join(home, "many"), clone: { url: "file:///x" } });
	equal(codeOf(reply), [409, "session.limit"]);
	equal((await busy.get("api/workspaces")).json.items.length, before);
	ok(!existsSync(join(home, "many")), "no directory");
	await other.clean();
});

await d.clean();
await done();
