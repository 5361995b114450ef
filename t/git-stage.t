#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* What the next commit holds, by file, hunk and line; commits; branches; putting aside. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, unlinkSync, writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gitHome, repository, workspace } from "./lib/git.mjs";
import { serve, temporary } from "./lib/dispatch.mjs";
import { done, equal, match, ok, test } from "./lib/tap.mjs";

const d = await serve({ env: { HOME: gitHome() },
	args: ["--set", "workspace.roots=/tmp"] });
const client = d.client();
const start = async (r = repository()) => [r, await workspace(client, r.dir)];
const write = (r, name, content) => writeFileSync(join(r.dir, name), content);
const read = (r, name) => readFileSync(join(r.dir, name), "latin1");
const staged = (r, name) => r.bytes(["cat-file", "blob", `:${name}`]).toString("latin1");

/* ---- lines: what must come out, made without git ---- */

const cut = content => content.split("\n").map((line, i, all) =>
	({ line, end: i + 1 < all.length })).filter(({ line, end }) => line || end);

/* A file that has `lines`, of which only the last may be without its newline. */
const join_ = lines => lines.map(({ line, end }, i) =>
	line + (end || i + 1 < lines.length ? "\n" : "")).join("");

/* What one side is when only the chosen lines are moved. */
function expected(file, content, chosen, reverse) {
	const own = cut(content), out = [];
	let at = 1;
	const has = line => line.kind === "context" || line.kind === (reverse ? "added" : "removed");
	for (const hunk of file.hunks) {
		const [begin, count] = reverse ? [hunk.new_start, hunk.new_lines]
			: [hunk.old_start, hunk.old_lines];
		const first = count ? begin : begin + 1;
		out.push(...own.slice(at - 1, first - 1));
		at = first + count;
		for (const line of hunk.lines) {
			const changed = line.kind !== "context" && chosen.includes(line.id);
			if (has(line) !== changed)
				out.push({ line: Buffer.from(line.text).toString("latin1"),
					end: !line.no_newline });
		}
	}
	out.push(...own.slice(at - 1));
	return join_(out);
}

/* The same numbers each time. */
let seed = 7;
const random = n => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
const some = list => list.filter(() => random(2));

function content(lines) {
	const text = lines.join("\n");
	return random(3) ? `${text}\n` : text;
}

/* Two versions of a file that have something in common. */
function versions() {
	const lines = Array.from({ length: 5 + random(25) }, (_, i) => `line ${i % 7} ${random(3)}`);
	const changed = lines.flatMap(line => {
		const what = random(8);
		return what === 0 ? [] : what === 1 ? [line, `new ${random(9)}`]
			: what === 2 ? [`else ${random(9)}`] : [line];
	});
	return [content(lines), content(changed.length ? changed : ["x"])];
}

await test("any lines of any change are staged, unstaged and discarded, and nothing else", async () => {
	const [r, w] = await start();
	const moves = [
		["stage", "unstaged", false, () => staged(r, "f")],
		["unstage", "staged", true, () => staged(r, "f")],
		["discard", "unstaged", true, () => read(r, "f")],
	];
	for (let round = 0; round < 60; round++) {
		const [before, after] = versions(), context = [3, 0, 1, 50][round % 4];
		const [verb, side, reverse, result] = moves[round % 3];
		write(r, "f", before);
		r.commit();
		write(r, "f", after);
		if (side === "staged")
			r.git("add", "f");
		const { items: [file] } = await w.read("diff", { side, path: "f", context });
		const ids = file?.hunks.flatMap(hunk => hunk.lines)
			.filter(line => line.kind !== "context").map(line => line.id) ?? [];
		const chosen = some(ids);
		if (!chosen.length)
			continue;
		const want = expected(file, reverse ? after : before, chosen, reverse);
		await w.act(verb, { path: "f", base: file.base, lines: chosen, context });
		equal(result(), want, `round ${round}, ${verb} of ${chosen} with ${context}`);
	}
}, 120000);

await test("a hunk is staged, and only when it is the one that was shown", async () => {
	const [r, w] = await start();
	const lines = Array.from({ length: 30 }, (_, i) => `${i}`);
	write(r, "f", lines.join("\n"));
	r.commit();
	write(r, "f", lines.with?.(2, "two").with(25, "late").join("\n")
		?? lines.map((line, i) => i === 2 ? "two" : i === 25 ? "late" : line).join("\n"));
	const { items: [file] } = await w.read("diff", { path: "f" });
	equal(file.hunks.length, 2);
	await w.act("stage", { path: "f", base: file.base, hunks: [1] });
	match(r.git("diff", "--cached"), /^-25\n\+late$/m);
	ok(!/two/.test(r.git("diff", "--cached")), "only that one");
	equal((await w.post("stage", { path: "f", base: file.base, hunks: [0] })).summary,
		"409 git.changed");
	const again = (await w.read("diff", { path: "f" })).items[0];
	for (const wrong of [{ hunks: [7] }, { lines: [-1] }, { lines: ["0"] }, { lines: [] }, {}])
		equal((await w.post("stage", { path: "f", base: again.base, ...wrong })).summary,
			"400 request.invalid", JSON.stringify(wrong));
});

await test("lines of new, deleted and renamed files, and of odd names, are staged", async () => {
	const [r, w] = await start();
	const odd = "a \"b\"\n\tc\\ü";
	for (const name of ["gone", "old", odd])
		write(r, name, "1\n2\n3\n");
	r.commit();
	const lines = async (path, side, more = {}) =>
		(await w.read("diff", { path, side, ...more })).items[0];
	const shown = odd.replace("\n", "\uef0a").replace("\t", "\uef09");
	write(r, odd, "1\n2\n3\n4\n5\n");
	let file = await lines(shown, "unstaged");
	await w.act("stage", { path: shown, base: file.base, lines: [4] });
	equal(staged(r, odd), "1\n2\n3\n5\n");

	write(r, "new", "a\nb\nc\n");
	file = await lines("new", "unstaged");
	equal(file.status, "untracked");
	await w.act("stage", { path: "new", base: file.base, lines: [1] });
	equal(staged(r, "new"), "b\n");
	r.git("add", "new");
	file = await lines("new", "staged");
	await w.act("unstage", { path: "new", base: file.base, lines: [1] });
	equal(staged(r, "new"), "a\nc\n");

	unlinkSync(join(r.dir, "gone"));
	file = await lines("gone", "unstaged");
	await w.act("stage", { path: "gone", base: file.base, lines: [0, 2] });
	equal(staged(r, "gone"), "2\n");
	file = await lines("gone", "unstaged");
	await w.act("stage", { path: "gone", base: file.base, lines: [0] });
	equal(r.git("ls-files", "gone"), "", "the whole file");

	r.git("mv", "old", "renamed");
	write(r, "renamed", "1\n2\n3\n4\n");
	r.git("add", "renamed");
	file = await lines("renamed", "staged", { old_path: "old" });
	equal([file.status, file.old_path], ["renamed", "old"]);
	await w.act("unstage", { path: "renamed", old_path: "old", base: file.base, lines: [3] });
	equal(staged(r, "renamed"), "1\n2\n3\n");
});

await test("files are staged, unstaged and discarded by name, however it begins", async () => {
	const [r, w] = await start();
	const names = ["-f", "--all", ":(top)x", "*", "a b"];
	for (const name of [...names, "other"])
		write(r, name, "1\n");
	await w.act("stage", { paths: names });
	equal(r.list("diff", "--cached", "--name-only", "-z"), [...names].sort(), "an empty repository");
	await w.act("unstage", { paths: ["-f"] });
	equal(r.list("diff", "--cached", "--name-only", "-z").includes("-f"), false);
	await w.act("unstage", { all: true });
	equal(r.git("ls-files"), "");
	r.commit();
	for (const name of [...names, "other"])
		write(r, name, "2\n");
	await w.act("discard", { paths: ["*", "--all"] });
	equal([read(r, "*"), read(r, "--all"), read(r, "-f"), read(r, "other")],
		["1\n", "1\n", "2\n", "2\n"]);
	await w.act("stage", { all: true });
	equal(r.list("diff", "--cached", "--name-only", "-z").length, 4);
	for (const path of ["../x", "/etc/passwd", "a//b", "a/../b", "."])
		equal((await w.post("discard", { paths: [path] })).summary,
			path === "." ? "204" : "400 request.invalid", path);
	mkdirSync(join(r.dir, "d/e"), { recursive: true });
	write(r, "d/e/unknown", "x\n");
	await w.act("discard", { paths: ["d", "other"] });
	equal([existsSync(join(r.dir, "d")), read(r, "other")], [false, "2\n"]);
	const trash = (await client.get(`api/trash?workspace=${w.id}`)).json.items;
	equal(trash.map(item => [item.path, item.type]), [["d", "directory"]]);
	equal((await w.post("stage", { paths: ["nowhere"] })).summary, "404 git.unknown");
	equal((await w.post("stage", {})).summary, "400 request.invalid");
});

await test("a commit is made, amended, by somebody else, and only on what was seen", async () => {
	const [r, w] = await start();
	const nothing = await w.post("commit", { message: "Nothing" });
	equal(nothing.summary, "409 git.refused");
	match(nothing.json.detail, /nothing to commit/);
	write(r, "f", "1\n");
	await w.act("stage", { all: true });
	const first = await w.act("commit", { message: "First\n\nWith a body\n# kept" });
	equal([first.subject, first.body, first.parents], ["First", "With a body\n# kept\n", []]);
	write(r, "f", "2\n");
	const second = await w.act("commit", { message: "Second", all: true, head: first.commit,
		author: { name: "Grace Ü", email: "grace@example.org" }, sign_off: true });
	equal([second.author.name, second.committer.name], ["Grace Ü", "Ada"]);
	match(second.body, /Signed-off-by: Ada/);
	equal((await w.post("commit", { message: "x", allow_empty: true,
		head: first.commit })).summary, "409 git.changed");
	const amended = await w.act("commit", { message: "Better", amend: true });
	equal([amended.parents, r.git("log", "--format=%s")], [[first.commit], "Better\nFirst"]);
	equal((await w.post("commit", { message: "x", allow_empty: true,
		author: { name: "a<b", email: "c" } })).summary, "400 request.invalid");
});

await test("hooks check a person's commit, and say why", async () => {
	const [r, w] = await start();
	write(r, "f", "1\n");
	r.commit();
	const hook = join(r.dir, ".git/hooks/pre-commit");
	mkdirSync(join(r.dir, ".git/hooks"), { recursive: true });
	writeFileSync(hook, "#!/bin/sh\necho 'no tabs, please' >&2\nexit 1\n", { mode: 0o755 });
	const reply = await w.post("commit", { message: "x", allow_empty: true });
	equal([reply.summary, reply.json.detail], ["409 git.refused", "no tabs, please"]);
	await w.act("commit", { message: "Without", allow_empty: true, no_verify: true });
	/* One that leaves a daemon behind does not hold the answer up. */
	writeFileSync(join(r.dir, ".git/hooks/post-commit"), "#!/bin/sh\nsleep 30 &\n",
		{ mode: 0o755 });
	const begin = Date.now();
	await w.act("commit", { message: "Again", allow_empty: true, no_verify: true });
	ok(Date.now() - begin < 10000, "it took long", Date.now() - begin);
});

await test("branches are made, switched to, renamed and deleted; tags, too", async () => {
	const [r, w] = await start();
	write(r, "f", "1\n");
	const first = r.commit();
	await w.act("branch", { op: "create", name: "a/b" });
	await w.act("switch", { branch: "a/b" });
	write(r, "f", "2\n");
	const second = await w.act("commit", { message: "On b", all: true });
	await w.act("switch", { branch: "c", create: true, start: "main" });
	equal(r.git("symbolic-ref", "HEAD"), "refs/heads/c");
	equal((await w.post("branch", { op: "delete", name: "a/b" })).summary,
		"409 git.unmerged");
	await w.act("branch", { op: "rename", name: "a/b", to: "d" });
	write(r, "f", "in the way\n");
	const refused = await w.post("switch", { branch: "d" });
	equal(refused.summary, "409 git.refused");
	match(refused.json.detail, /would be overwritten/);
	await w.act("switch", { commit: second.commit, force: true });
	equal(r.git("rev-parse", "--abbrev-ref", "HEAD"), "HEAD");
	await w.act("branch", { op: "delete", name: "d", force: true });
	await w.act("tag", { op: "create", name: "v1", rev: first, message: "A tag" });
	const tags = (await w.read("branches", { kind: "tag" })).items;
	equal(tags.map(tag => [tag.name, tag.commit]), [["v1", first]]);
	await w.act("tag", { op: "delete", name: "v1" });
	for (const name of ["-d", "a..b", "a b", "x~1", "@{u}", ""])
		equal((await w.post("branch", { op: "create", name })).status, 400, name);
	equal((await w.post("switch", { branch: "nowhere" })).summary, "404 git.unknown");
});

await test("changes are put aside and come back, each once", async () => {
	const [r, w] = await start();
	write(r, "f", "1\n");
	r.commit();
	write(r, "f", "2\n");
	write(r, "new", "x\n");
	write(r, "*", "stays\n");
	await w.act("stash", { op: "push", message: "By name", untracked: true, paths: ["*"] });
	equal([read(r, "f"), existsSync(join(r.dir, "*"))], ["2\n", false], "names are no patterns");
	r.git("stash", "drop", "-q");
	await w.act("stash", { op: "push", message: "Some work", untracked: true });
	equal([read(r, "f"), existsSync(join(r.dir, "new"))], ["1\n", false]);
	const [stash] = (await w.read("stash")).items;
	equal([stash.index, stash.message, stash.branch], [0, "Some work", "main"]);
	const { items } = await w.read("diff", { side: "commit", to: stash.commit });
	equal(items.map(item => item.path), ["f"]);
	equal((await w.post("stash", { op: "pop", index: 0, commit: "0".repeat(40) })).summary,
		"409 git.changed");
	write(r, "f", "3\n");
	r.commit();
	equal((await w.post("stash", { op: "pop", index: 0, commit: stash.commit })).summary,
		"409 git.conflict");
	equal((await w.read("stash")).items.length, 1, "it stays");
	r.git("reset", "-q", "--hard", "HEAD~1");
	unlinkSync(join(r.dir, "new"));
	await w.act("stash", { op: "pop", index: 0, commit: stash.commit });
	equal([read(r, "f"), read(r, "new"), (await w.read("status")).stash], ["2\n", "x\n", 0]);
});

await test("a work tree becomes a workspace, and goes again", async () => {
	const [r, w] = await start();
	write(r, "f", "1\n");
	r.commit();
	const base = temporary(), dir = join(base, "tree one");
	const added = await w.act("worktree", { op: "add", path: dir, new_branch: "topic" });
	equal([added.path, added.workspace.path, added.workspace.name], [dir, dir, "tree one"]);
	const { items } = await w.read("worktrees");
	equal(items.map(item => [item.path, item.branch, item.main, item.current, item.workspace]),
		[[r.dir, "main", true, true, w.id], [dir, "topic", false, false, added.workspace.id]]);
	equal((await w.post("worktree", { op: "add", path: dir, branch: "main" })).summary,
		"409 file.exists");
	equal((await w.post("worktree", { op: "add", path: "/usr/tree", branch: "main" })).summary,
		"403 workspace.outside");
	equal((await w.post("worktree", { op: "add", path: join(base, "b"), branch: "main" }))
		.summary, "409 git.refused", "it is checked out already");
	const session = await client.create(["sleep", "60"], { workspace: added.workspace.id });
	equal((await w.post("worktree", { op: "remove", path: dir })).summary,
		"409 workspace.busy");
	await client.delete(`api/sessions/${session.id}?force=1`);
	writeFileSync(join(dir, "f"), "changed\n");
	equal((await w.post("worktree", { op: "remove", path: dir })).summary, "409 git.refused");
	await w.act("worktree", { op: "remove", path: dir, force: true });
	equal(existsSync(dir), false);
	const gone = (await client.get(`api/workspaces/${added.workspace.id}`)).json;
	equal([gone.state, gone.missing], ["archived", true]);
	const bare = await w.act("worktree", { op: "add", path: join(base, "c"), commit: "main",
		workspace: false });
	equal(bare.workspace, null);
});

/* Whatever a repository could have run leaves a file here. */
function hostile(trap) {
	const r = repository();
	const run = `sh -c 'echo $0 $* >>${trap}; cat'`;
	for (const name of ["f", "g", "bin"])
		write(r, name, "1\n");
	write(r, ".gitattributes", "* filter=evil diff=evil merge=evil\ng filter=a.b=c\n");
	r.commit();
	r.git("update-index", "--add", "--cacheinfo", `100644,${"1".repeat(40)},missing`);
	const settings = { "core.fsmonitor": run, "core.pager": run, "pager.diff": run,
		"diff.external": run, "diff.evil.command": run, "diff.evil.textconv": run,
		"filter.evil.clean": run, "filter.evil.smudge": run, "filter.evil.required": "true",
		"filter.a.b=c.process": run, "core.sshCommand": run, "core.askPass": run,
		"credential.helper": `!${run}`, "gpg.program": run, "log.showSignature": "true",
		"core.editor": run, "sequence.editor": run, "uploadpack.packObjectsHook": run,
		"interactive.diffFilter": run, "diff.submodule": "log", "alias.status": `!${run}`,
		"core.alternateRefsCommand": run, "blame.ignoreRevsFile": "/dev/null" };
	for (const [key, value] of Object.entries(settings))
		r.git("config", key, value);
	mkdirSync(join(r.dir, ".git/hooks"), { recursive: true });
	for (const hook of ["post-index-change", "pre-commit", "post-checkout", "fsmonitor-watchman",
		"reference-transaction", "pre-auto-gc", "query-watchman"])
		writeFileSync(join(r.dir, ".git/hooks", hook), `#!/bin/sh\necho ${hook} >>${trap}\n`,
			{ mode: 0o755 });
	/* A promise of objects that would be fetched on the way, by a command. */
	r.git("config", "core.repositoryFormatVersion", "1");
	r.git("config", "extensions.partialClone", "evil");
	r.git("config", "remote.evil.url", `ext::sh -c "echo fetch >>${trap}"`);
	r.git("config", "remote.evil.promisor", "true");
	r.git("config", "protocol.ext.allow", "always");
	for (const name of ["f", "g", "bin"])
		write(r, name, "22\n");
	write(r, "unknown", "x\n");
	return r;
}

await test("reading a hostile repository runs nothing of it", async () => {
	const trap = join(temporary(), "trap"), r = hostile(trap);
	const [, w] = await start(r);
	for (const [verb, query] of [["status"], ["status", { ignored: 1 }], ["diff"],
		["diff", { path: "f" }], ["diff", { path: "g" }], ["diff", { path: "unknown" }],
		["diff", { side: "staged" }], ["diff", { side: "commit", to: "HEAD", path: "f" }],
		["log"], ["log", { all: 1 }], ["show", { rev: "HEAD" }], ["blame", { path: "f" }],
		["blame", { path: "f", rev: "HEAD" }], ["file", { path: "f", rev: "HEAD" }],
		["branches"], ["stash"], ["worktrees"], ["remotes"],
		["file", { path: "missing", rev: ":0" }], ["diff", { side: "staged", path: "missing" }]])
		await w.get(verb, query);
	equal((await w.read("diff", { path: "f" })).items[0].hunks[0].lines.map(l => l.text),
		["1", "22"]);
	equal(existsSync(trap) ? readFileSync(trap, "utf8") : "", "", "what was run");
	/* The trap is a trap: git itself falls into it. */
	r.bytes(["-c", "core.fsmonitor=false", "diff", "--", "f"], { fails: true });
	ok(existsSync(trap), "git runs what the repository says");
});

await test("a repository whose work tree or files are elsewhere is not followed there", async () => {
	const r = repository(), dir = temporary();
	write(r, "f", "1\n");
	r.commit();
	r.git("config", "core.worktree", "/usr");
	const [, w] = await start(r);
	match((await w.get("status")).summary, /^409 git\./);
	const other = repository();
	symlinkSync("/etc", join(other.dir, "etc"));
	writeFileSync(join(dir, "x"), "x");
	const [, o] = await start(other);
	equal((await o.read("diff", { path: "etc/passwd" })).items, [], "beyond a link");
	equal((await o.read("status")).items.map(item => [item.path, item.directory]),
		[["etc", undefined]]);
});

await done();
