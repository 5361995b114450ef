#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * Workspaces: directories with a name, to which sessions belong. Their state follows from facts, and
 * forgetting one touches no file.
 */
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, renameSync, statSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newId } from "./lib/client.mjs";
import { run, serve, temporary } from "./lib/dispatch.mjs";
import { descendants, kill } from "./lib/proc.mjs";
import { cleanup, done, equal, match, ok, test, until } from "./lib/tap.mjs";

const home = realpathSync(temporary()), elsewhere = realpathSync(temporary());
const d = await serve({ env: { HOME: home } });
const client = d.client();
const post = body => client.post("api/workspaces", body);
const make = async (name, more) => {
	mkdirSync(join(home, name), { recursive: true });
	const reply = await post({ path: join(home, name), ...more });
	equal(reply.status, 201);
	return reply.json;
};
const get = async id => (await client.get(`api/workspaces/${id}`)).json;
const codeOf = reply => [reply.status, reply.json.code];

await test("a directory becomes a workspace, once, under its own name or another", async () => {
	const one = await make("one"), two = await make("two", { name: "Second" });
	equal([one.name, one.path, one.state, one.missing, one.git],
		["one", join(home, "one"), "idle", false, false]);
	equal(two.name, "Second");
	symlinkSync(join(home, "one"), join(home, "link"));
	for (const path of [one.path, `${one.path}/`, "~/one", join(home, "two/../one"), join(home, "link")]) {
		const again = await post({ path });
		equal([...codeOf(again), again.json.workspace], [409, "workspace.exists", one.id]);
	}
	const { items } = (await client.get("api/workspaces")).json;
	equal(items.map(item => item.id), [one.id, two.id]);
});

await test("of twenty who make the same directory a workspace one does", async () => {
	mkdirSync(join(home, "race"));
	const replies = await Promise.all(Array.from({ length: 20 }, () => post({ path: "~/race" })));
	equal(replies.filter(reply => reply.status === 201).length, 1);
	equal(replies.filter(reply => reply.status === 409).length, 19);
});

await test("a directory that is not there is made when one asks for it", async () => {
	equal(codeOf(await post({ path: "~/new/deep" })), [404, "workspace.missing"]);
	const made = await post({ path: "~/new/deep", create: true });
	equal([made.status, made.json.path], [201, join(home, "new/deep")]);
	ok(existsSync(join(home, "new/deep")), "the directory");
	writeFileSync(join(home, "file"), "");
	equal(codeOf(await post({ path: "~/file" })), [409, "workspace.not_directory"]);
	equal(codeOf(await post({ path: "~/file/in", create: true })), [409, "workspace.not_directory"]);
});

await test("nothing outside of the roots becomes one, by whatever way", async () => {
	mkdirSync(join(elsewhere, "x"));
	symlinkSync(elsewhere, join(home, "out"));
	for (const path of [elsewhere, "/", "/etc", join(home, ".."), join(home, "out"), join(home, "out/x")])
		equal(codeOf(await post({ path })), [403, "workspace.outside"], path);
	for (const path of [join(elsewhere, "made"), join(home, "out/made")]) {
		equal(codeOf(await post({ path, create: true })), [403, "workspace.outside"], path);
		ok(!existsSync(join(elsewhere, "made")), "nothing was made");
	}
	const climbing = await post({ path: `${home}/nope/../../made`, create: true });
	equal(codeOf(climbing), [404, "workspace.missing"]);
	equal(codeOf(await client.get(`api/directories?path=${elsewhere}`)), [403, "workspace.outside"]);
});

await test("several roots can be allowed", async () => {
	const other = await serve({ env: { HOME: home }, args: ["--set", `workspace.roots=${elsewhere}:/nowhere`] });
	const reply = await other.client().post("api/workspaces", { path: join(elsewhere, "x") });
	equal(reply.status, 201);
	equal(codeOf(await other.client().post("api/workspaces", { path: home })), [403, "workspace.outside"]);
	const roots = (await other.client().get("api/directories")).json;
	equal([roots.path, roots.root, roots.items.map(item => item.path)], ["", false, [elsewhere]]);
	const { parent, root } = (await other.client().get(`api/directories?path=${elsewhere}`)).json;
	equal([parent, root], [null, true]);
	const session = await other.client().post("api/sessions", { kind: "pty", command: ["pwd"] });
	equal([session.status, session.json.workspace, session.json.cwd], [201, null, home],
		"the home lies in no root, and so is no workspace");
	await other.clean();
});

await test("what a workspace is may not be used any more when the roots are others, or a link is in its place",
	async () => {
		const sub = realpathSync(temporary());
		const dir = join(sub, "w");
		mkdirSync(dir);
		const roots = where => ["--set", `workspace.roots=${home}:${where}`];
		const other = await serve({ env: { HOME: home }, args: roots(sub) });
		const w = (await other.client().post("api/workspaces", { path: dir })).json;
		const start = async () => codeOf(await other.client().post("api/sessions",
			{ kind: "pty", command: ["true"], workspace: w.id }));
		const status = async () => codeOf(await other.client().get(`api/git/status?workspace=${w.id}`));
		equal((await other.client().get(`api/directories?path=${sub}`)).json.parent, "",
			"from a root back to the choice of roots");
		equal((await start())[0], 201);
		equal(await status(), [409, "git.not_repository"]);
		renameSync(dir, `${dir}-gone`);
		equal([await start(), await status()], [[404, "workspace.missing"], [404, "workspace.missing"]]);
		equal((await other.client().get(`api/workspaces/${w.id}`)).json.missing, true);
		symlinkSync(elsewhere, dir);
		equal([await start(), await status()], [[403, "workspace.outside"], [403, "workspace.outside"]]);
		unlinkSync(dir);
		renameSync(`${dir}-gone`, dir);
		equal((await start())[0], 201);
		await until("its sessions have ended", async () => (await other.client().get("api/sessions")).json.items
			.every(({ status }) => status === "exited"));
		await other.stop();
		other.args = roots(elsewhere);
		await other.start();
		equal([await start(), await status()], [[403, "workspace.outside"], [403, "workspace.outside"]]);
		equal((await other.client().delete(`api/workspaces/${w.id}`)).status, 204, "it can be forgotten");
		await other.clean();
	});

await test("directories are offered with what they are", async () => {
	mkdirSync(join(home, "repo/.git"), { recursive: true });
	mkdirSync(join(home, ".hidden"));
	const { path, parent, items } = (await client.get("api/directories?path=~")).json;
	equal([path, parent], [home, null]);
	const names = items.map(item => item.name);
	ok(names.includes("repo") && names.includes("link"), "they are there", names);
	ok(!names.includes(".hidden") && !names.includes("file") && !names.includes("out"), "others not", names);
	equal(items.find(item => item.name === "repo").git, true);
	ok(items.find(item => item.name === "one").workspace, "which is one already");
	equal((await client.get("api/directories?path=~/repo")).json.parent, home);
});

await test("a session belongs to the workspace that is named, or holds its directory, or to home", async () => {
	const outer = await make("outer"), inner = await make("outer/inner");
	const of = async body => (await client.post("api/sessions", { kind: "pty", command: ["cat"], ...body })).json;
	const named = await of({ workspace: outer.id });
	equal([named.workspace, named.cwd], [outer.id, outer.path]);
	mkdirSync(join(inner.path, "deep"));
	equal((await of({ cwd: join(inner.path, "deep") })).workspace, inner.id);
	equal((await of({ cwd: outer.path })).workspace, outer.id);
	const atHome = await get((await of({})).workspace);
	equal([atHome.name, atHome.path], ["Home", home]);
	equal((await of({ cwd: "/" })).workspace, atHome.id, "what is in none");
	equal(codeOf(await client.post("api/sessions", { kind: "pty", workspace: newId() })),
		[404, "workspace.unknown"]);
	equal((await client.session(named.id)).workspace, outer.id);
});

await test("a workspace counts what runs in it, and is not forgotten as long as something does", async () => {
	const w = await make("busy");
	const { json } = await client.post("api/sessions", { kind: "pty", command: ["cat"], workspace: w.id });
	const busy = await get(w.id);
	equal([busy.state, busy.sessions], ["active", { running: 1, waiting: 0, total: 1 }]);
	equal(codeOf(await client.delete(`api/workspaces/${w.id}`)), [409, "workspace.busy"]);
	await client.patch(`api/workspaces/${w.id}`, { archived: true });
	equal((await get(w.id)).state, "active");
	await client.post(`api/sessions/${json.id}/signal`, { name: "KILL" });
	await until("it ended", async () => (await client.session(json.id)).status === "exited");
	equal((await get(w.id)).state, "archived");
	await client.patch(`api/workspaces/${w.id}`, { archived: false });
	equal((await get(w.id)).state, "idle");
	writeFileSync(join(w.path, "kept"), "kept");
	equal((await client.delete(`api/workspaces/${w.id}`)).status, 204);
	equal(codeOf(await client.get(`api/workspaces/${w.id}`)), [404, "workspace.unknown"]);
	equal(readFileSync(join(w.path, "kept"), "utf8"), "kept");
	await until("its session stays, and belongs to none", async () => {
		const { status, workspace } = await client.session(json.id);
		return status === "exited" && workspace === null;
	});
});

await test("a workspace that is forgotten while the runner is away has no sessions when it is back", async () => {
	const w = await make("away");
	const { json } = await client.post("api/sessions", { kind: "pty", command: ["true"], workspace: w.id });
	await until("it ended", async () => (await client.session(json.id)).status === "exited");
	const runner = await d.runner();
	kill(runner, "SIGSTOP");
	d.sql("state", `DELETE FROM workspace WHERE id='${w.id}'`);
	equal((await client.session(json.id)).workspace, w.id);
	kill(runner, "SIGKILL");
	await until("the next one noticed", async () => (await client.session(json.id)).workspace === null);
});

await test("name, colour, place and defaults change, and every page is told", async () => {
	const w = await make("told");
	const told = [];
	let live = false;
	const stream = client.stream("s=", { message: (event, data) => {
		live ||= event === "hello";
		if (event === "system" && data.channel === "workspace")
			told.push([data.type, data.data.id]);
	} });
	cleanup(() => stream.close());
	await until("hello", () => live);
	const changed = (await client.patch(`api/workspaces/${w.id}`, { name: "New name", theme: "teal",
		position: 0, defaults: { shell: "/bin/sh" } })).json;
	equal([changed.name, changed.theme, changed.position, changed.defaults],
		["New name", "teal", 0, { shell: "/bin/sh" }]);
	equal((await client.get("api/workspaces")).json.items[0].id, w.id);
	await until("changed", () => told.length === 1);
	await client.delete(`api/workspaces/${w.id}`);
	await until("deleted", () => told.length === 2);
	equal(told, [["changed", w.id], ["deleted", w.id]]);
	for (const body of [{ name: "" }, { theme: "plaid" }, { position: -1 }, { defaults: [] }, { other: 1 }])
		match((await client.patch(`api/workspaces/${newId()}`, body)).status, /^4/);
});

await test("somebody else's workspace is not there", async () => {
	const w = await make("mine");
	d.sql("state", `INSERT INTO user (id, name, role, created_at) VALUES ('${newId()}', 'other', 'member', 0)`);
	const other = d.sql("state", "SELECT id FROM user WHERE name='other'")[0].id;
	d.sql("state", `UPDATE workspace SET owner='${other}' WHERE id='${w.id}'`);
	for (const reply of [await client.get(`api/workspaces/${w.id}`), await client.delete(`api/workspaces/${w.id}`),
		await client.patch(`api/workspaces/${w.id}`, { name: "x" }),
		await client.post("api/sessions", { kind: "pty", workspace: w.id })])
		equal(codeOf(reply), [404, "workspace.unknown"]);
	ok(!(await client.get("api/workspaces")).json.items.some(item => item.id === w.id), "not listed");
});

/* What a command printed, when it has ended. */
async function printed(command, more) {
	const { id } = (await client.post("api/sessions", { kind: "pty", command, ...more })).json;
	await until("it ended", async () => (await client.session(id)).status === "exited");
	return `${await client.output(id)}`;
}

const CANARY = "canary-7f3a9c51";

await test("programs find the person's variables, the workspace's, and their own, each above the other",
	async () => {
		const w = await make("vars");
		const set = (path, variables) => client.request("PUT", path, { body: JSON.stringify({ variables }),
			headers: { "content-type": "application/json" } });
		equal((await set("api/env", [{ name: "A", value: "person" }, { name: "B", value: "person" },
			{ name: "C", value: "person" }, { name: "PATH", value: "/usr/bin:/bin" }])).status, 200);
		const reply = await set(`api/workspaces/${w.id}/env`, [{ name: "B", value: "workspace" },
			{ name: "C", value: "workspace" }, { name: "TOKEN", value: CANARY, secret: true }]);
		equal(reply.json.items, [{ name: "B", value: "workspace", secret: false },
			{ name: "C", value: "workspace", secret: false }, { name: "TOKEN", value: null, secret: true }]);
		const show = ["sh", "-c", "echo $A $B $C $PATH ${#TOKEN}"];
		equal(await printed(show, { workspace: w.id, env: { C: "own" } }),
			`person workspace own /usr/bin:/bin ${CANARY.length}\r\n`);
		equal(await printed(show), "person person person /usr/bin:/bin 0\r\n", "in another workspace");
		/* A secret without its value is kept; what is left out goes. */
		equal((await set(`api/workspaces/${w.id}/env`, [{ name: "TOKEN", secret: true }])).status, 200);
		const hash = createHash("sha256").update(CANARY).digest("hex");
		equal(await printed(["sh", "-c", "printf %s $TOKEN | sha256sum"], { workspace: w.id }), `${hash}  -\r\n`);
		for (const variables of [[{ name: "1X", value: "" }], [{ name: "A=B", value: "" }], [{ name: "A" }],
			[{ name: "A", value: "a\u0000b" }], [{ name: "N", secret: true }], ["A"], [{ value: "x" }],
			[{ name: "A", value: "1" }, { name: "A", value: "2" }], [{ name: "TOKEN" }]])
			equal(codeOf(await set(`api/workspaces/${w.id}/env`, variables)), [400, "request.invalid"],
				JSON.stringify(variables));
		equal((await client.get(`api/workspaces/${w.id}/env`)).json.items.length, 1, "none of that counts");
	});

/* What anybody may read of it: our processes show nothing even to their own user. */
function readable(path) {
	try {
		return readFileSync(path, "latin1");
	} catch (e) {
		if (e.code !== "EACCES")
			throw e;
		return "";
	}
}

await test("a secret is nowhere but in the programs that it is for", async () => {
	const grep = run(["grep", "-rlaF", CANARY, d.dir]);
	equal([grep.code, grep.out], [1, ""], "files of the state directory");
	for (const pid of [d.process.pid, ...descendants(d.process.pid)])
		for (const what of ["environ", "cmdline"])
			ok(!readable(`/proc/${pid}/${what}`).includes(CANARY), `${what} of ${pid}`);
	for (const path of ["api/env", "api/workspaces", "api/sessions"])
		ok(!`${(await client.get(path)).body}`.includes(CANARY), path);
});

await test("a key file that cannot be used is said, not worked around", async () => {
	const w = (await client.get("api/workspaces")).json.items.find(item => item.name === "vars");
	const path = join(d.dir, "secret.key"), key = readFileSync(path);
	equal([key.length, statSync(path).mode & 0o777], [32, 0o600]);
	const start = () => client.post("api/sessions", { kind: "pty", command: ["true"], workspace: w.id });
	const cases = [[() => chmodSync(path, 0o644), "secret.key"], [() => writeFileSync(path, "short"), "secret.key"],
		[() => unlinkSync(path), "secret.key"], [() => writeFileSync(path, Buffer.alloc(32), { mode: 0o600 }),
			"secret.broken"]];
	for (const [spoil, code] of cases) {
		spoil();
		const reply = await start();
		equal([reply.json.code, reply.status >= 400], [code, true]);
		writeFileSync(path, key, { mode: 0o600 });
		chmodSync(path, 0o600);
	}
	equal((await start()).status, 201);
	/* A new key beside secrets that need another one would make it worse. */
	const put = variables => client.request("PUT", "api/env", { body: JSON.stringify({ variables }),
		headers: { "content-type": "application/json" } });
	unlinkSync(path);
	const refused = await put([{ name: "NEW", value: "x", secret: true }]);
	equal(codeOf(refused), [500, "secret.key"]);
	match(refused.json.detail, /secret\.key cannot be used: No such file/);
	ok(!existsSync(path), "no key was made");
	equal((await put([{ name: "A", value: "plain" }])).status, 200, "others need none");
	writeFileSync(path, Buffer.alloc(32), { mode: 0o600 });
	match((await start()).json.detail, /^The variable TOKEN cannot be read/);
	writeFileSync(path, key);
});

await test("no more variables are taken than a program can be started with", async () => {
	const put = (path, variables) => client.request("PUT", path, { body: JSON.stringify({ variables }),
		headers: { "content-type": "application/json" } });
	const w = await make("large");
	const some = (n, size, secret) => Array.from({ length: n }, (_, i) =>
		({ name: `V${i}_${secret}`, value: "x".repeat(size), secret }));
	for (const variables of [some(2, 30000, false), some(256, 300, true)]) {
		const reply = await put("api/env", variables);
		equal([...codeOf(reply), reply.json.field], [400, "request.invalid", "variables"]);
		match(reply.json.detail, /have \d+ bytes together; at most 40960 fit/);
	}
	equal((await put("api/env", some(1, 40000, false))).status, 200);
	equal((await put(`api/workspaces/${w.id}/env`, some(2, 20000, true))).status, 200);
	const start = env => client.post("api/sessions", { kind: "pty", command: ["true"], workspace: w.id, env });
	equal((await start()).status, 201);
	const reply = await start({ OWN: "x".repeat(60000) });
	equal(codeOf(reply), [422, "session.too_large"]);
	match(reply.json.detail, /at most 128 KiB fit/);
	equal((await put("api/env", [])).status, 200);
});

await test("new shells and Claude sessions begin with the workspace's defaults", async () => {
	const w = await make("defaults");
	const patch = defaults => client.patch(`api/workspaces/${w.id}`, { defaults });
	equal((await patch({ shell: "/bin/sh", claude: { model: "opus", mode: "plan" } })).status, 200);
	for (const defaults of [{ shell: "sh" }, { claude: { mode: "everything" } }, { other: 1 }])
		equal((await patch(defaults)).status, 400, JSON.stringify(defaults));
	equal(codeOf(await patch({ claude: { mode: "bypassPermissions" } })), [403, "claude.bypass_off"]);
	for (const [defaults, field] of [[{ claude: { effort: "all" } }, "defaults.claude.effort"],
		[{ claude: { resume: crypto.randomUUID() } }, "defaults.claude"], [{ shell: 1 }, "defaults.shell"]])
		equal((await patch(defaults)).json.field, field);
	/* It was allowed when it was set. */
	d.sql("state", `UPDATE workspace SET defaults_json='{"claude":{"mode":"bypassPermissions"}}' WHERE id='${w.id}'`);
	equal(codeOf(await client.post("api/sessions", { kind: "claude", workspace: w.id })), [403, "claude.bypass_off"]);
	equal((await patch({ shell: "/bin/sh" })).status, 200);
	const { id } = (await client.post("api/sessions", { kind: "pty", workspace: w.id })).json;
	const writer = client.writer(id);
	await writer.write("echo $0 $SHELL\r");
	await until("the shell", async () => /-sh \/bin\/sh/.test(await client.output(id)));
	await client.delete(`api/sessions/${id}?force=1`);
});

await test("files to be named to Claude are found beneath a directory, and nothing outside of the roots", async () => {
	mkdirSync(join(home, "talk/src/deep"), { recursive: true });
	for (const name of ["src/deep/planner.c", "src/main.c", "notes.md"])
		writeFileSync(join(home, "talk", name), "");
	symlinkSync(elsewhere, join(home, "talk/out"));
	writeFileSync(join(elsewhere, "planned"), "");
	const find = (cwd, query) => client.get(`api/claude/files?${new URLSearchParams({ cwd, query })}`);
	equal((await find("~/talk", "pla")).json, { items: [{ path: "src/deep/planner.c" }], next: null });
	equal((await find(join(home, "talk/src"), "deepl")).json.items, [{ path: "deep/planner.c" }]);
	equal((await find("~/talk", "zzz")).json.items, []);
	const all = (await find("~/talk", "")).json.items.map(item => item.path);
	for (const name of ["src/deep/planner.c", "src/main.c", "notes.md"])
		ok(all.includes(name), `${name} is offered before anything is typed`, all);
	for (const cwd of [elsewhere, join(home, "talk/out"), "/"])
		equal(codeOf(await find(cwd, "p")), [403, "workspace.outside"]);
	equal(codeOf(await find("~/talk/nowhere", "p")), [404, "workspace.missing"]);
	equal(codeOf(await find(d.dir, "key")), [403, "workspace.outside"]);
});

await d.clean();
await done();
