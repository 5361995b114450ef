#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * Files against those who mean harm, and against each other: links exchanged while something is
 * read, written and deleted; addresses that try to leave the workspace; writers of one file;
 * handlers that are killed while they save. SWAPS=… makes the first one longer.
 */
import { spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run, serve, temporary, webServers } from "./lib/dispatch.mjs";
import { Files, workspaceAt } from "./lib/files.mjs";
import * as proc from "./lib/proc.mjs";
import { cleanup, done, equal, note, ok, sleep, test, until } from "./lib/tap.mjs";

const swaps = +(process.env.SWAPS ?? 100000);
const secret = "this lies outside";

/* `quick`: in memory, where nothing waits for a disk. */
function place(quick) {
	const home = quick ? mkdtempSync("/dev/shm/d") : temporary();
	const root = join(home, "work"), outside = join(home, "outside");
	if (quick)
		cleanup(() => rmSync(home, { recursive: true, force: true }));
	mkdirSync(root);
	mkdirSync(outside);
	for (const name of ["file", "other", "passwd"])
		writeFileSync(join(outside, name), secret);
	writeFileSync(join(home, "secret"), secret);
	return { home, root, outside };
}

/* Exchanges two names as fast as it can; ends at the end of its input and says how often. */
const racer = `use Fcntl; fcntl(STDIN, F_SETFL, O_NONBLOCK); my ($n, $k) = (0); my ($a, $b, $f, $g) = ("a", "b", "f", "g");
	until (defined sysread(STDIN, $k, 1)) {
		for (1..500) { syscall(316, -100, $a, -100, $b, 2); syscall(316, -100, $f, -100, $g, 2); }
		$n += 1000; }
	print $n;`;

for (const web of webServers) {
	const d = await serve({ web, args: ["--set", "workspace.roots=/"] });
	const client = d.client();
	const named = name => `${web}: ${name}`;

	if (web === webServers[0])
		await test(named(`${swaps} exchanges of links lead nobody out of the workspace`), async () => {
			const { root, outside } = place();
			const files = new Files(client, workspaceAt(d, root));
			/* a: a directory, then a link out of the workspace; f: a file, then such a link. */
			mkdirSync(join(root, "a"));
			writeFileSync(join(root, "a/file"), "inside");
			symlinkSync("../outside", join(root, "b"));
			writeFileSync(join(root, "f"), "inside");
			symlinkSync("../outside/file", join(root, "g"));
			mkdirSync(join(root, "deep"));
			symlinkSync("../a", join(root, "deep/link"));
			symlinkSync(join(root, "a"), join(root, "deep/straight"));
			const child = spawn("perl", ["-e", racer], { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
			cleanup(() => child.kill("SIGKILL"));
			let said = "";
			child.stdout.on("data", text => { said += text; });
			const statuses = {};
			let requests = 0;
			const acts = [
				() => files.get("a/file"), () => files.get("f"), () => files.get("deep/link/file"),
				() => files.get("deep/straight/file"), () => files.put("deep/straight/file", "inside", "*"),
				() => files.get("a"), () => files.get("a", { as: "tar" }), () => files.get("a/file", { as: "info" }),
				() => files.put("a/file", "inside", "*"), () => files.put("f", "inside", "*"),
				() => files.put(`a/new${requests}`, "inside"), () => files.remove("a/file"),
				() => files.op("mkdir", { path: `a/dir${requests}` }), () => files.op("move", { path: "f", to: `a/moved${requests}` }),
				() => files.op("copy", { path: "a", to: `copy${requests}` }), () => files.op("move", { path: "a/passwd", to: `m${requests}` }),
				() => files.remove("a/passwd"), () => client.get(`api/search?workspace=${files.workspace}&name=passwd`),
				() => client.post("api/uploads", { workspace: files.workspace, path: `a/up${requests}`, size: 0 })
					.then(async reply => reply.status === 201
						? client.post(`api/uploads/${reply.json.id}/finish`) : reply),
			];
			const began = Date.now();
			const work = async () => {
				while (requests < 1500) {
					const reply = await acts[requests++ % acts.length]();
					ok(!reply.body.includes(secret), "what lies outside was read");
					ok(reply.status < 500, "a failure of ours", reply.body.toString());
					const key = reply.summary;
					statuses[key] = (statuses[key] ?? 0) + 1;
					/* What was moved away comes back. */
					if (requests % 20 === 0) {
						await files.put("f", "inside");
						await files.put("a/file", "inside");
					}
				}
			};
			await Promise.all(Array.from({ length: 8 }, work));
			/* A thousand exchanges take some ms. */
			while ((Date.now() - began) * 40 < swaps && said === "")
				await sleep(50);
			child.stdin.end();
			await until("the racer's count", () => child.exitCode !== null && said);
			note(`${said} exchanges, ${requests} requests: ${JSON.stringify(statuses)}`);
			ok(+said >= swaps, "exchanges", said);
			equal(readdirSync(outside).sort(), ["file", "other", "passwd"], "what lies outside");
			for (const name of ["file", "other", "passwd"])
				equal(readFileSync(join(outside, name), "utf8"), secret, name);
			const copied = run(["grep", "-rl", secret, root]);
			equal(copied.out, "", "what lies outside was copied in");
			equal(run(["grep", "-rl", secret, join(d.dir, "trash")]).out, "", "or went to the trash");
			ok(statuses["403 file.outside"] > 20 && statuses["200"] > 100, "both were met");
		});

	await test(named("three hundred spellings of the way out lead nowhere"), async () => {
		const { root, home, outside } = place();
		const files = new Files(client, workspaceAt(d, root));
		mkdirSync(join(root, "d"));
		writeFileSync(join(root, "d/x"), "inside");
		const ups = ["..", "%2e%2e", "%2E%2e", ".%2e", "%2e.", "%252e%252e", "..%00", "%c0%ae%c0%ae", "%e0%80%ae%e0%80%ae",
			"%uff0e%uff0e", "%ef%bc%8e%ef%bc%8e", "..;", "...", "..%20", "..%09", "%EE%BC%AE%EE%BC%AE", "%ee%bc%ae.", "%2e%00%2e"];
		const slashes = ["/", "%2f", "%2F", "//", "/./", "%5c", "\\", "%252f", "%c0%af", "/%2e/", "%EE%BC%AF", "%2f%2f"];
		const targets = ["secret", "outside/passwd"];
		const spellings = new Set();
		for (const up of ups)
			for (const slash of slashes) {
				spellings.add(`${up}${slash}${targets[spellings.size % 2]}`);
				spellings.add(`d${slash}${up}${slash}${up}${slash}secret`);
			}
		for (const path of [join(home, "secret"), encodeURIComponent(join(home, "secret")), `file:///${home}/secret`,
			`/proc/self/root${home}/secret`, "~/secret", "d/x/../../../secret", "./../secret", "d/./../../secret", "d//../../secret"])
			spellings.add(path);
		let tried = 0;
		for (const path of spellings)
			for (const more of ["", "&as=info", "&as=tar"]) {
				const reply = await client.get(`api/files?workspace=${files.workspace}&path=${path}${more}`)
					.catch(() => null);
				tried++;
				ok(reply === null || (reply.status >= 400 && reply.status < 500 && !reply.body.includes(secret)), path,
					reply?.status, reply?.body.toString().slice(0, 200));
			}
		for (const path of spellings) {
			const plain = decode(path);
			for (const op of ["mkdir", "move"])
				await files.op(op, { path: plain, to: `${plain}2` });
		}
		ok(spellings.size >= 300, "spellings", spellings.size);
		note(`${spellings.size} spellings, ${tried} requests`);
		equal(readFileSync(join(home, "secret"), "utf8"), secret);
		equal([readdirSync(home).sort(), readdirSync(outside).sort()],
			[["outside", "secret", "work"], ["file", "other", "passwd"]], "nothing was made outside");
	});

	if (web === webServers[0])
		await test(named("of two writers of one file, none overwrites what it has not seen"), async () => {
			const { root } = place(true);
			const id = workspaceAt(d, root);
			writeFileSync(join(root, "shared"), "");
			chmodSync(join(root, "shared"), 0o640);
			let written = 0, refused = 0;
			const lines = [];
			const writer = async name => {
				const files = new Files(d.client(), id);
				for (let n = 0; written < 1000; n++) {
					const seen = await files.get("shared");
					const line = `${name}${n}\n`;
					/* The newest lines only, so that it stays small; none is lost unseen. */
					const reply = await files.put("shared", seen.body.toString() + line, seen.headers.etag);
					if (reply.status === 200) {
						lines.push(line);
						written++;
					} else {
						equal(reply.summary, "412 file.changed");
						refused++;
					}
				}
				files.client.close();
			};
			await Promise.all([writer("a"), writer("b")]);
			const has = readFileSync(join(root, "shared"), "utf8").match(/.*\n/g);
			equal(has.length, lines.length);
			equal([...has].sort(), [...lines].sort());
			equal(statSync(join(root, "shared")).mode & 0o777, 0o640);
			equal(readdirSync(root), ["shared"]);
			note(`${written} written, ${refused} refused`);
			ok(refused > 0, "they met");
		});

	if (web === webServers[0])
		await test(named("a handler that is killed while it saves leaves the old bytes or the new ones"), async () => {
			const { root } = place(true);
			const files = new Files(client, workspaceAt(d, root));
			const path = join(root, "saved");
			const content = n => `${n}`.padStart(10, "0").repeat(20000);
			writeFileSync(path, content(0));
			chmodSync(path, 0o751);
			const pool = proc.children(d.process.pid)
				.find(pid => proc.words(pid).join(" ").includes("--pool files"));
			let saves = 0, failed = 0, kills = 0, acknowledged = 0, tried = 0, running = true;
			const killer = (async () => {
				/* A worker that lived for a second is started again at once. */
				for (; running; kills++) {
					await sleep(1100 + Math.random() * 20);
					for (const pid of proc.children(pool))
						proc.kill(pid);
				}
			})();
			const check = () => {
				const bytes = readFileSync(path, "utf8");
				const n = +bytes.slice(0, 10);
				ok(bytes === content(n), "a mix");
				ok(n >= acknowledged && n <= tried, "an older one", n, acknowledged, tried);
				equal(statSync(path).mode & 0o777, 0o751);
			};
			while (saves < 1000 || kills < 4) {
				const reply = await files.put("saved", content(++tried), "*").catch(() => null);
				if (reply?.status === 200) {
					acknowledged = tried;
					saves++;
				} else {
					failed++;
					await sleep(20);
				}
				if (failed && saves % 10 === 0)
					check();
			}
			running = false;
			await killer;
			await until("it serves again", async () =>
				(await files.put("saved", content(++tried), "*").catch(() => null))?.status === 200);
			acknowledged = tried;
			check();
			note(`${saves} saves, ${failed} broken off by ${kills} kills`);
			equal(readdirSync(root), ["saved"]);
		});
	await d.clean();
}

function decode(text) {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}
await done();
