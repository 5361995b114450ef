#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* Reading repositories, compared with git's own plumbing. */
import { chownSync, mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gitHome, repository, text, workspace } from "./lib/git.mjs";
import { serve, temporary } from "./lib/dispatch.mjs";
import { done, equal, match, ok, test } from "./lib/tap.mjs";

const d = await serve({ env: { HOME: gitHome() },
	args: ["--set", "workspace.roots=/tmp"] });
const client = d.client();
const open = dir => workspace(client, dir);
const write = (r, name, content) => writeFileSync(Buffer.concat([Buffer.from(`${r.dir}/`),
	Buffer.from(name)]), content);

/* Every sort of name that a file can have. */
const names = ["with blank", "quote'\"", "new\nline", "tab\there", "-dash", "--help", "ümlaut",
	"back\\slash", ":(top)magic", "*?[a]", "#hash", "HEAD", "a -> b", " lead", "trail ", "\x01ctl",
	Buffer.from("latin1-\xfc", "latin1"), Buffer.from([0xff, 0xfe, 0x41]), "日本語", "@{u}"]
	.map(name => Buffer.from(name));

await test("a directory without a repository says so, and becomes one", async () => {
	const dir = temporary(), w = await open(dir);
	equal((await w.get("status")).summary, "409 git.not_repository");
	const reply = await w.post("init", { branch: "trunk" });
	equal([reply.status, reply.json.head.branch, reply.json.head.commit],
		[201, "trunk", null]);
	const status = await w.read("status");
	equal([status.root, status.prefix, status.items, status.operation, status.stash],
		[dir, "", [], null, 0]);
	equal((await w.read("log")).items, [], "no history yet");
	equal((await w.read("branches")).current, "trunk");
	equal((await w.get("status", { workspace: "aaaaaaaaaaaaaaaaaaaaaaaaaa" })).summary,
		"404 workspace.unknown");
});

await test("a file of any name is told as git tells it, and found again by that name", async () => {
	const r = repository(), w = await open(r.dir);
	for (const name of names)
		write(r, name, "one\n");
	const told = async () => (await w.read("status")).items.map(item => item.path).sort();
	equal(await told(), names.map(text).sort());
	equal(await told(), r.list("ls-files", "-z", "--others").sort());
	r.commit();
	for (const name of names)
		write(r, name, "one\ntwo\n");
	equal(await told(), r.list("diff", "--name-only", "-z").sort());
	for (const name of names.map(text)) {
		const { items } = await w.read("diff", { path: name });
		equal(items.map(item => [item.path, item.status, item.added, item.removed]),
			[[name, "modified", 1, 0]]);
		const lines = items[0].hunks[0].lines.map(line => [line.kind, line.old, line.new,
			line.text]);
		equal(lines, [["context", 1, 1, "one"], ["added", null, 2, "two"]]);
		const file = await w.get("file", { path: name, rev: "HEAD" });
		equal([file.status, file.body.toString(), file.headers["content-type"]],
			[200, "one\n", "application/octet-stream"]);
		equal((await w.read("blame", { path: name })).items.length, 2);
		equal((await w.read("log", { path: name })).items.length, 1);
	}
});

await test("what is staged, changed, renamed, deleted and of another type is told apart",
	async () => {
		const r = repository(), w = await open(r.dir);
		const long = "line\n".repeat(20);
		for (const name of ["both", "deleted", "gone", "type", "same"])
			write(r, name, `${name}\n${long}`);
		write(r, "old", `old name\n${long}`);
		r.commit();
		write(r, "both", `staged\n${long}`);
		r.git("add", "both");
		write(r, "both", `again\n${long}`);
		r.git("rm", "-q", "gone");
		r.git("mv", "old", "new");
		unlinkSync(join(r.dir, "deleted"));
		unlinkSync(join(r.dir, "type"));
		symlinkSync("same", join(r.dir, "type"));
		mkdirSync(join(r.dir, "dir/deep"), { recursive: true });
		write(r, "dir/deep/file", "x");
		write(r, ".gitignore", "ignored\n");
		write(r, "ignored", "x");
		const status = await w.read("status", { ignored: 1 });
		const short = status.items.map(item => [item.path, item.staged, item.unstaged]);
		equal(short, [["both", "modified", "modified"], ["deleted", null, "deleted"],
			["gone", "deleted", null], ["new", "renamed", null], ["type", null, "type"],
			[".gitignore", null, "untracked"], ["dir", null, "untracked"],
			["ignored", null, "ignored"]]);
		equal(status.items.find(item => item.path === "new").old_path, "old");
		ok(status.items.find(item => item.path === "dir").directory, "a directory");
		equal(status.counts, { staged: 3, unstaged: 3, untracked: 2, conflicts: 0 });
		const { items } = await w.read("diff", { side: "staged" });
		equal(items.map(item => [item.path, item.status, item.added, item.removed]),
			[["both", "modified", 1, 1], ["gone", "deleted", 0, 21],
				["new", "renamed", 0, 0]]);
		const few = await w.read("status", { limit: 2 });
		equal([few.items.length, few.truncated, few.counts.unstaged], [2, true, 3]);
	});

await test("a workspace within a repository sees what lies beneath it, from there on", async () => {
	const r = repository();
	mkdirSync(join(r.dir, "sub/dir"), { recursive: true });
	write(r, "above", "x\n");
	write(r, "sub/dir/file", "x\n");
	r.commit();
	write(r, "above", "y\n");
	write(r, "sub/dir/file", "y\n");
	write(r, "sub/dir/new", "y\n");
	const w = await open(join(r.dir, "sub/dir")), status = await w.read("status");
	equal([status.root, status.prefix], [r.dir, "sub/dir"]);
	equal(status.items.map(item => item.path), ["file", "new"]);
	equal((await w.read("diff")).items.map(item => item.path), ["file"]);
	const [file] = (await w.read("diff", { path: "file" })).items;
	await w.act("stage", { path: "file", base: file.base, hunks: [0] });
	equal(r.git("diff", "--cached", "--name-only"), "sub/dir/file");
	await w.act("stage", { all: true });
	equal(r.list("diff", "--cached", "--name-only", "-z"), ["sub/dir/file", "sub/dir/new"]);
	equal((await w.get("diff", { path: "../../above" })).summary, "400 request.invalid");
});

await test("conflicts are told with their three sides", async () => {
	const r = repository(), w = await open(r.dir);
	write(r, "f", "a\nb\nc\n");
	write(r, "d", "x\n");
	r.commit();
	r.git("switch", "-q", "-c", "other");
	write(r, "f", "a\ntheirs\nc\n");
	unlinkSync(join(r.dir, "d"));
	write(r, "n", "theirs\n");
	r.commit("Theirs");
	r.git("switch", "-q", "main");
	write(r, "f", "a\nours\nc\n");
	write(r, "d", "y\n");
	write(r, "n", "ours\n");
	r.commit("Ours");
	const reply = await w.post("merge", { op: "start", rev: "other" });
	equal(reply.summary, "409 git.conflict");
	equal(reply.json.paths.sort(), ["d", "f", "n"]);
	const status = await w.read("status");
	equal(status.items.map(item => [item.path, item.conflict]).sort(), [
		["d", "deleted-by-them"], ["f", "both-modified"], ["n", "both-added"]]);
	equal(status.operation.kind, "merge");
	match(status.operation.message, /^Merge branch 'other'/);
	const sides = [":1", ":2", ":3"].map(rev => w.get("file", { path: "f", rev }));
	equal((await Promise.all(sides)).map(side => side.body.toString()),
		["a\nb\nc\n", "a\nours\nc\n", "a\ntheirs\nc\n"]);
	equal((await w.get("file", { path: "n", rev: ":1" })).summary, "404 git.unknown");
	const { items } = await w.read("diff", { path: "f" });
	equal(items.map(item => [item.path, item.status, item.base, item.added]),
		[["f", "conflict", null, 4]]);
	await w.act("resolve", { paths: ["f"], with: "theirs" });
	await w.act("resolve", { paths: ["n"], with: "ours" });
	await w.act("resolve", { paths: ["d"], with: "delete" });
	equal(r.git("diff", "--cached", "--name-status"), "D\td\nM\tf");
	await w.act("merge", { op: "continue" });
	equal(r.git("log", "-1", "--format=%p").split(" ").length, 2, "parents");
	equal((await w.post("merge", { op: "abort" })).summary, "409 git.no_operation");
});

await test("history is told in pages, with the lines to draw it", async () => {
	const r = repository(), w = await open(r.dir);
	for (let i = 0; i < 4; i++) {
		write(r, "f", `${i}\n`);
		r.commit(`Main ${i}\n\nBody ${i}`);
		r.git("switch", "-q", "-c", `side${i}`);
		write(r, `s${i}`, "x");
		r.commit(`Side ${i}`);
		r.git("switch", "-q", "main");
		if (i % 2)
			r.git("merge", "-q", "--no-ff", "-m", `Merge ${i}`, `side${i - 1}`);
	}
	r.git("tag", "-a", "-m", "A tag", "v1");
	const whole = (await w.read("log", { all: 1 })).items;
	equal(whole.map(item => item.commit),
		r.git("rev-list", "--topo-order", "--all").split("\n"));
	equal(whole.map(item => item.parents.join(" ")), r.bytes(["log", "--all",
		"--topo-order", "--format=%P"]).toString().split("\n").slice(0, -1));
	const head = whole.find(item => item.refs.some(ref => ref.current));
	equal(head.refs.map(ref => `${ref.kind} ${ref.name}`).sort(), ["branch main", "tag v1"]);
	const body = whole.find(item => item.subject === "Main 2");
	equal([body.body, body.author.name, body.author.email],
		["Body 2\n", "Ada", "ada@example.org"]);
	ok(Math.abs(body.author.at - Date.now()) < 600000, "time", body.author.at);
	const paged = [];
	for (let next; next !== null;) {
		const page = await w.read("log", { all: 1, limit: 3, ...(next && { after: next }) });
		paged.push(...page.items);
		({ next } = page);
	}
	equal(paged, whole, "pages");
	/* Each line leads from a dot down to the dot of a parent. */
	whole.forEach((item, row) => item.parents.forEach(parent => {
		let columns = [item.graph.column], at = row;
		const end = whole.findIndex(other => other.commit === parent);
		while (at < end) {
			columns = whole[at].graph.edges.filter(([from]) => columns.includes(from))
				.map(([, to]) => to);
			at++;
		}
		ok(columns.includes(whole[end].graph.column), `a line to ${parent}`, item);
	}));
	equal((await w.read("log", { search: "SIDE 2" })).items.map(item => item.subject),
		["Side 2"]);
	equal((await w.get("log", { after: "3~zz~" })).summary, "400 request.invalid");
	equal((await w.get("log", { rev: "--all" })).summary, "400 request.invalid");
	equal((await w.get("log", { rev: "nowhere" })).summary, "404 git.unknown");
});

await test("a commit is shown with its files, the first one and a merge, too", async () => {
	const r = repository(), w = await open(r.dir);
	write(r, "a", "1\n");
	const first = r.commit("First");
	write(r, "a", "2\n");
	write(r, "bin", Buffer.from([0, 1, 2]));
	const second = r.commit("Second");
	const one = await w.read("show", { rev: first });
	equal([one.subject, one.files.map(file => [file.path, file.status])],
		["First", [["a", "added"]]]);
	const two = await w.read("show", { rev: "HEAD" });
	equal([two.commit, two.parents], [second, [first]]);
	equal(two.files.map(file => [file.path, file.status, file.added, file.binary]),
		[["a", "modified", 1, false], ["bin", "added", null, true]]);
	const diff = await w.read("diff", { side: "commit", to: first, path: "a" });
	equal(diff.items[0].hunks[0].lines.map(line => line.text), ["1"]);
	const range = await w.read("diff", { side: "range", from: first, to: second });
	equal(range.items.map(item => item.path), ["a", "bin"]);
	equal((await w.get("diff", { side: "range", to: second })).summary,
		"400 request.invalid");
});

await test("blame names the commit of each line, in pieces", async () => {
	const r = repository(), w = await open(r.dir);
	write(r, "f", "1\n2\n3\n");
	const first = r.commit("First\n");
	write(r, "f", "1\nchanged\n3\n4\n");
	const second = r.commit("Second");
	write(r, "f", "1\nchanged\n3\n4\nnot yet\n");
	const blame = await w.read("blame", { path: "f" });
	const lines = blame.items.flatMap(item => Array(item.lines).fill(item.commit));
	equal(lines, [first, second, first, second, "0".repeat(40)]);
	equal([blame.commits[first].subject, blame.commits[first].boundary,
		blame.commits[second].previous], ["First", true, first]);
	const part = await w.read("blame", { path: "f", from: 2, to: 3 });
	equal([part.items.map(item => item.line), part.next], [[2, 3], 4]);
	equal((await w.read("blame", { path: "f", from: 6 })).items, []);
	equal((await w.get("blame", { path: "none" })).summary, "404 git.unknown");
});

await test("a detached HEAD, an upstream and its distance are told", async () => {
	const r = repository(), w = await open(r.dir);
	write(r, "f", "1\n");
	const first = r.commit("1");
	const other = repository();
	other.git("remote", "add", "origin", r.dir);
	other.git("fetch", "-q");
	other.git("reset", "-q", "--hard", "origin/main");
	other.git("branch", "-q", "-u", "origin/main");
	write(other, "mine", "1\n");
	other.commit("mine");
	const o = await open(other.dir);
	equal((await o.read("status")).head, { commit: other.git("rev-parse", "HEAD"),
		branch: "main", upstream: "origin/main", ahead: 1, behind: 0 });
	const branches = await o.read("branches");
	equal(branches.items.map(item => [item.name, item.kind, item.upstream, item.ahead,
		item.current]), [["main", "local", "origin/main", 1, true],
		["origin/main", "remote", null, null, false]]);
	equal((await o.read("remotes")).items, [{ name: "origin", url: r.dir, push_url: r.dir }]);
	other.git("remote", "set-url", "origin", "https://me:secret@example.org/x");
	equal((await o.read("remotes")).items[0].url, "https://me@example.org/x");
	r.git("checkout", "-q", first);
	equal((await w.read("status")).head, { commit: first, branch: null, upstream: null,
		ahead: null, behind: null });
	equal((await w.read("branches")).current, null);
});

await test("a submodule is told as a commit, and is not looked into", async () => {
	const r = repository(), inner = repository(), w = await open(r.dir);
	write(inner, "f", "1\n");
	const one = inner.commit();
	r.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", inner.dir, "sub");
	r.commit();
	write(inner, "f", "2\n");
	const two = inner.commit();
	r.git("-C", "sub", "pull", "-q");
	const { items } = await w.read("status");
	equal(items.map(item => [item.path, item.unstaged, item.submodule]),
		[["sub", "modified", true]]);
	const diff = await w.read("diff", { path: "sub" });
	equal(diff.items[0].submodule.old, one);
	match(diff.items[0].hunks[0].lines[1].text, new RegExp(two));
});

await test("a repository of somebody else, or one that begins above the roots, is not read",
	async () => {
		const outer = repository(), inner = join(outer.dir, "root/in");
		mkdirSync(inner, { recursive: true });
		const other = await serve({ env: { HOME: gitHome() },
			args: ["--set", `workspace.roots=${join(outer.dir, "root")}:/tmp/none`] });
		equal((await (await workspace(other.client(), inner)).get("status")).summary,
			"409 git.not_repository");
		equal((await (await open(inner)).read("status")).root, outer.dir, "beneath a root");
		if (process.getuid() !== 0)
			return;
		const r = repository(), w = await open(r.dir);
		chownSync(r.dir, 12345, 12345);
		chownSync(join(r.dir, ".git"), 12345, 12345);
		const reply = await w.get("status");
		equal(reply.summary, "409 git.owner");
		match(reply.json.detail, /safe\.directory/);
	});

await test("large, binary and odd files are told within bounds", async () => {
	const r = repository(), w = await open(r.dir);
	for (const name of ["large", "bin", "long", "latin", "cr"])
		write(r, name, "");
	r.commit();
	write(r, "large", "line\n".repeat(30000));
	write(r, "bin", Buffer.from([1, 0, 2]));
	write(r, "long", `${"x".repeat(9000)}\n`);
	write(r, "latin", Buffer.from("caf\xe9\n", "latin1"));
	write(r, "cr", "a\r\nno end");
	const of = async path => (await w.read("diff", { path })).items[0];
	const large = await of("large");
	equal([large.large, large.hunks, large.added], [true, undefined, 30000]);
	equal([(await of("bin")).binary, (await of("bin")).hunks], [true, []]);
	const [long] = (await of("long")).hunks[0].lines;
	equal([long.text.length, long.cut], [4000, true]);
	equal((await of("latin")).hunks[0].lines[0].text, "caf\ufffd");
	equal((await of("cr")).hunks[0].lines.map(line => [line.text, line.no_newline]),
		[["a\r", undefined], ["no end", true]]);
	equal((await w.get("diff", { path: "none" })).json.items, []);
	renameSync(join(r.dir, "cr"), join(r.dir, "cr2"));
	rmSync(join(r.dir, "bin"));
	const fresh = await of("cr2");
	equal([fresh.status, fresh.added, fresh.old_mode], ["untracked", 2, null]);
});

await done();
