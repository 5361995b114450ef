#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* Finding files by name and by what they say: with rg, and without it. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { run, serve, temporary } from "./lib/dispatch.mjs";
import { pathText, workspaceAt } from "./lib/files.mjs";
import { done, equal, note, ok, test } from "./lib/tap.mjs";

const hasRg = run(["sh", "-c", "command -v rg"]).code === 0;
if (!hasRg)
	note("rg is not installed: only our own search is tested");

for (const engine of hasRg ? ["rg", "own"] : ["own"]) {
	const home = temporary();
	const root = join(home, "work");
	/* The state directory lies in the workspace. */
	const d = await serve({ dir: join(root, ".state"), args: ["--set", "workspace.roots=/",
		...(engine === "own" ? ["--set", "search.program=none"] : [])] });
	const client = d.client();
	const workspace = workspaceAt(d, root);
	const plant = (path, text) => {
		mkdirSync(dirname(join(root, path)), { recursive: true });
		writeFileSync(join(root, path), text);
	};
	const named = name => `${engine}: ${name}`;
	const ask = more => client.get(`api/search?${new URLSearchParams({ workspace, ...more })}`);
	const lines = async more => (await ask(more)).json.items
		.map(({ path, line, column }) => `${path}:${line}:${column}`).sort();

	plant("src/engine/plan.c", "int plan;\nint Plan(void);\n\treturn plan + plan;\n");
	plant("src/main.c", "plans and explanations\r\nno match\n");
	plant("notes/\u00fcber.md", "\u00e4\u00f6\u00fc the plan: 100%\n");
	plant("binary", "plan\0plan");
	plant(".git/config", "plan");
	plant(".hidden/file", "plan here");
	plant("long.txt", `${"x".repeat(3000)} plan ${"y".repeat(3000)}\n`);
	writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0x66, 0xff])]), "latin \xff plan");
	writeFileSync(join(home, "outside"), "plan outside");
	symlinkSync("../outside", join(root, "link"));
	symlinkSync("/", join(root, "everything"));

	await test(named("a text is found in lines, with its places in characters"), async () => {
		const reply = await ask({ text: "plan", case: 1 });
		equal([reply.status, reply.json.engine, reply.json.truncated], [200, engine, false]);
		equal(await lines({ text: "plan", case: 1 }), [".hidden/file:1:1", `${pathText(Buffer.from([0x66, 0xff]))}:1:9`,
			"long.txt:1:3002", "notes/\u00fcber.md:1:9", "src/engine/plan.c:1:5", "src/engine/plan.c:3:9",
			"src/main.c:1:1"].sort());
		const by = Object.fromEntries(reply.json.items.map(item => [`${item.path}:${item.line}`, item]));
		equal(by["src/engine/plan.c:3"].matches, [[8, 12], [15, 19]]);
		equal(by["src/main.c:1"], { path: "src/main.c", line: 1, column: 1,
			text: "plans and explanations", matches: [[0, 4], [12, 16]] });
		equal(by["notes/\u00fcber.md:1"].matches, [[8, 12]]);
		const long = by["long.txt:1"];
		ok([...long.text].length <= 500, "cut");
		const [[from, to]] = long.matches;
		equal(long.text.slice(from, to), "plan");
	});

	await test(named("case, words, expressions and kinds of files narrow it down"), async () => {
		equal(await lines({ text: "PLAN", glob: "*.c" }), ["src/engine/plan.c:1:5", "src/engine/plan.c:2:5",
			"src/engine/plan.c:3:9", "src/main.c:1:1"]);
		equal(await lines({ text: "plan", word: 1, glob: "src/**" }), ["src/engine/plan.c:1:5",
			"src/engine/plan.c:2:5", "src/engine/plan.c:3:9"]);
		equal(await lines({ text: "^int [pP]lan", regex: 1, case: 1 }), ["src/engine/plan.c:1:1",
			"src/engine/plan.c:2:1"]);
		equal(await lines({ text: "the plan: 100%" }), ["notes/\u00fcber.md:1:5"]);
		equal(await lines({ text: "plan", glob: "!*.{c,md}" }).then(all => all.includes("src/main.c:1:1")), engine === "own");
		equal(await lines({ text: "-e" }), []);
		equal(await lines({ text: "--files" }), []);
	});

	await test(named("what is wrong is said, and what is too much is cut"), async () => {
		const wrong = await ask({ text: "(", regex: 1 });
		equal([wrong.summary, wrong.json.field], ["400 request.invalid", "text"]);
		equal((await ask({})).summary, "400 request.invalid");
		equal((await ask({ text: "x", name: "x" })).summary, "400 request.invalid");
		const few = (await ask({ text: "plan", limit: 2 })).json;
		equal([few.items.length, few.truncated], [2, true]);
	});

	await test(named("nothing of Dispatch's own and nothing outside is found"), async () => {
		writeFileSync(join(root, ".state/dispatch.conf"), "# plan of ours\n");
		for (const glob of ["**", "*.conf", ".state/**"])
			ok(!(await ask({ text: "plan of ours", glob })).json.items.length, glob);
		ok(!(await ask({ text: "outside" })).json.items.length, "outside");
		ok(!(await ask({ name: "state.db" })).json.items.some(item => item.path.startsWith(".state/")), "names");
	});

	await test(named("a file is found by a few characters of its path, the best first"), async () => {
		const reply = await ask({ name: "planc" });
		equal(reply.json.items[0], { path: "src/engine/plan.c", type: "file",
			matches: [11, 12, 13, 14, 16] });
		equal((await ask({ name: "engine" })).json.items[0], { path: "src/engine", type: "directory",
			matches: [4, 5, 6, 7, 8, 9] });
		equal((await ask({ name: "\u00dcBER" })).json.items.map(item => item.path), []);
		equal((await ask({ name: "\u00fcbm" })).json.items[0].path, "notes/\u00fcber.md");
		equal((await ask({ name: "zzzz" })).json.items, []);
		equal((await ask({ name: "", limit: 3 })).json.items.length, 3);
		ok(!(await ask({ name: "config" })).json.items.some(item => item.path.startsWith(".git/")), ".git");
	});

	if (engine === "rg")
		await test(named("what git is to ignore is left out"), async () => {
			run(["git", "init", "-q", root]);
			plant(".gitignore", "ignored/\n");
			plant("ignored/file", "ignored plan");
			equal(await lines({ text: "ignored plan" }), []);
			ok(!(await ask({ name: "ignored" })).json.items.some(item => item.path.startsWith("ignored")), "names");
		});

	await test(named("ten thousand files are searched through at once"), async () => {
		for (let i = 0; i < 100; i++) {
			mkdirSync(join(root, `many/d${i}`), { recursive: true });
			for (let k = 0; k < 100; k++)
				writeFileSync(join(root, `many/d${i}/f${k}.txt`), "");
		}
		const began = Date.now();
		equal((await ask({ name: "d42f17.txt" })).json.items[0].path, "many/d42/f17.txt");
		ok(Date.now() - began < 3000, "time", Date.now() - began);
	});
	await d.clean();
}
await done();
