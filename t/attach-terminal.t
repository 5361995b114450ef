#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * dispatch attach in a real terminal, beside a client that speaks HTTP. The terminal is one of a
 * second Dispatch: its shell is where a person calls the command, its log has each byte that
 * reached the terminal, and its API resizes it.
 */
import { readFileSync } from "node:fs";
import { Screen } from "./lib/client.mjs";
import { dispatch, program, serve, temporary } from "./lib/dispatch.mjs";
import { cleanup, done, equal, match, ok, test, until } from "./lib/tap.mjs";
import { makeXterm } from "./lib/terminal.mjs";
import * as proc from "./lib/proc.mjs";

const d = await serve({ prefix: "/box/" }), client = d.client();
const home = await serve(), people = home.client();

/** A terminal in which a person sits before a prompt. */
class Seat extends Screen {
	static async take(cols = 80, high = 24) {
		const { id } = await people.create(["bash", "--norc", "--noprofile"], { cols, rows: high,
			cwd: temporary(), env: { PS1: "at home$ ", DISPATCH: program("dispatch"), DIR: d.dir } });
		const seat = new Seat(people, id);
		cleanup(() => seat.close());
		Object.assign(seat, { cols, rows: high, id, count: 0 });
		await seat.see("at home$ ");
		await seat.type("stty -g >before\r");
		return seat;
	}

	/** Attaches, and waits until the screen has been emptied. */
	async attach(words) {
		this.from = this.text.length;
		await this.type(`${ATTACH} ${words}\r`);
		await this.viewer.until("attached", () => this.text.includes("\x1b[H\x1b[J\x1b7", this.from))
			.catch(e => { e.message += last(this.text); throw e; });
	}

	/** Of the attach that runs in it. */
	pid(name) {
		return until("attach runs", () => home.shims().flatMap(proc.descendants)
			.find(pid => proc.words(pid)[1] === "attach" && proc.words(pid).at(-1) === name));
	}

	/** Back at the prompt, with the terminal's modes as they were; attach has ended so. */
	async prompt(code) {
		const n = ++this.count;
		await this.type(`echo ended-$? $(stty -g | cmp - before && echo same) n${n}\r`);
		await this.see(`ended-${code} same n${n}\r\n`);
	}

	/** Waits until attach has left the terminal, from this place of its output on. */
	left(name, id, from) {
		return this.viewer.until("detached", () => this.text.includes(
			`detached from ${name}; attach again with: dispatch attach ${id} --dir ${d.dir}\r\n`, from))
			.catch(e => { e.message += last(this.text); throw e; });
	}

	async leave(name, id, key = DETACH) {
		const from = this.text.length;
		await this.type(key);
		await this.left(name, id, from);
		await this.prompt(0);
	}

	async resize(cols, high) {
		Object.assign(this, { cols, rows: high });
		equal((await people.post(`api/sessions/${this.id}/resize`, { cols, rows: high })).status, 204);
	}
}

const ATTACH = "$DISPATCH attach --dir $DIR";
const DETACH = "\x1d";
const last = (text, count = 600) => text.slice(-count);

/** What a terminal shows that has been given this. */
const shown = seat => {
	const terminal = makeXterm(seat.cols, seat.rows);
	terminal._core.writeSync(Buffer.from(seat.text, "latin1"));
	return terminal;
};
const rows = terminal => Array.from({ length: terminal.rows }, (_, y) => terminal.buffer.active
	.getLine(terminal.buffer.active.baseY + y)?.translateToString(true) ?? "");

const shows = (seat, line) => until(`the terminal shows ${line}`, () => rows(shown(seat)).includes(line))
	.catch(e => { e.message += `\n${rows(shown(seat)).join("\n")}`; throw e; });

/** Waits until what the session's size is by now is drawn: what is typed at the first may be shown
 * before that, what is typed at the second is not. */
let marks = 0;
async function settled(typist, seat) {
	for (let i = 0; i < 2; i++) {
		await typist.type(`echo ma''rk${++marks}\r`);
		await shows(seat, `mark${marks}`);
	}
}

await test("two terminals, one session: what is typed in one is seen in the other", async () => {
	const { id } = await client.create(["sh"], { title: "shared", env: { PS1: "there$ " } });
	const page = new Screen(client, id);
	cleanup(() => page.close());
	const seat = await Seat.take(100, 30);
	await seat.attach("shared");
	await seat.see("there$ ");
	await seat.type("echo typed in a ter''minal\r");
	await page.see("typed in a terminal\r\n");
	await page.type("echo typed in a pa''ge; stty size\r");
	await shows(seat, "typed in a page");
	await shows(seat, "30 100");
	await seat.leave("shared", id);
	await page.type("echo still the''re\r");
	await page.see("still there\r\n");
	equal((await client.session(id)).status, "running");
});

await test("a session is meant by its id, the beginning of it, its name, or being the only one", async () => {
	for (const item of (await client.get("api/sessions")).json.items)
		await client.delete(`api/sessions/${item.id}?force=1`);
	const { id } = await client.create(["sh"], { title: "my shell" });
	const seat = await Seat.take();
	for (const word of [id, id.slice(0, 6), "'my shell'", ""]) {
		await seat.attach(word);
		await seat.type(`echo as $((40 + 2))\r`);
		await seat.see("as 42");
		await seat.leave("my shell", id);
	}
});

await test("what is not to be attached is refused in a sentence", async () => {
	const attach = (...words) => dispatch("attach", "--dir", d.dir, ...words);
	const said = (words, code, pattern) => {
		const { code: got, out, err } = attach(...words);
		equal([got, out], [code, ""], words.join(" "));
		match(err, pattern);
	};
	const two = [await client.create(["sh"], { title: "two" }),
		await client.create(["sh"], { title: "two" })];
	const over = await client.create(["sh", "-c", "exit 4"], { title: "over" });
	await until("its end", async () => (await client.session(over.id)).status === "exited");
	said(["nothing"], 1, /^dispatch: There is no session with this id or name\.\n$/);
	said(["two"], 1, new RegExp("^dispatch: More than one session .*\nID +KIND +STATE +NAME +" +
		`DIRECTORY\n(.*\n)*${two[0].id} +pty +running +two +/`));
	said([], 1, /^dispatch: There is more than one session; choose one:\nID/);
	said(["over"], 1, /^dispatch: over ended with code 4\.\n$/);
	said([two[0].id], 1, /must be a terminal/);
	said(["a", "b"], 2, /^dispatch attach: 'b' is one word too many\.\n/);
	said(["--detach-key", "ctrl-x"], 2, /--detach-key is a key/);
	said(["--list", "a"], 2, /stands alone/);
	equal(dispatch("attach", "--dir", temporary()).code, 1, "no state directory");
	const { code, out } = attach("--list");
	equal(code, 0);
	equal(out.match(/^[a-z2-7]{26} +pty +running +two +\/.*$/gm).length, 2, "the list");
	equal(out.includes("over"), false, "what has ended");
	const inner = await client.create([program("dispatch"), "attach", "--dir", d.dir, "inner"],
		{ title: "inner", options: { isolation: "none" } });
	await until("its end", async () => (await client.session(inner.id)).status === "exited");
	match((await client.output(inner.id)).toString(), /^dispatch: This is the terminal of that session/);
	for (const { id } of [...two, over, inner])
		await client.delete(`api/sessions/${id}?force=1`);
});

await test("the terminal is as it was: on the alternate screen and back, and after detaching in the midst of it",
	async () => {
		const { id } = await client.create(["bash", "--norc"], { title: "full",
			env: { PS1: "there$ " } });
		const seat = await Seat.take(60, 12);
		await seat.attach("full");
		await seat.type("seq 200 >/tmp/$$; echo be''fore\r");
		await shows(seat, "before");
		await seat.type("less /tmp/$$\r");
		await until("less is shown", () => rows(shown(seat))[10] === "11");
		equal(shown(seat).buffer.active.type, "alternate");
		await seat.type("q");
		await until("the screen before it", () => rows(shown(seat)).includes("before") &&
			shown(seat).buffer.active.type === "normal");
		await seat.type("printf '\\33[?1049h\\33[?1000;1002;1006;2004h\\33[?1h\\33=\\33[5;8r\\33[31m" +
			"\\33]2;theirs\\7'; cat\r");
		await seat.type("in the mid''st\r");
		await until("their modes", () => shown(seat).modes.applicationCursorKeysMode);
		await seat.leave("full", id);
		const terminal = shown(seat);
		equal([terminal.buffer.active.type, terminal.modes.mouseTrackingMode,
			terminal.modes.applicationCursorKeysMode, terminal.modes.applicationKeypadMode,
			terminal.modes.originMode], ["normal", "none", false, false, false]);
		/* The screen of an attached terminal is drawn anew from what the session shows. */
		await seat.attach("full");
		await until("drawn anew", () => shown(seat).buffer.active.type === "alternate" &&
			shown(seat).modes.mouseTrackingMode === "drag");
		await seat.leave("full", id);
		await client.delete(`api/sessions/${id}?force=1`);
	});

await test("what was on the screen before is in the lines above it", async () => {
	const { id } = await client.create(["sh"], { title: "brief" });
	const seat = await Seat.take(80, 10);
	await seat.type("echo mine; $DISPATCH --version\r");
	await seat.see("mine\r\ndispatch");
	await seat.attach("brief");
	await seat.leave("brief", id);
	const { active } = shown(seat).buffer;
	const lines = Array.from({ length: active.length }, (_, y) => active.getLine(y).translateToString(true));
	ok(lines.includes("mine"), "the lines", lines);
	await client.delete(`api/sessions/${id}?force=1`);
});

await test("who typed last decides the size, and only who decides is asked", async () => {
	const { id } = await client.create(["sh"], { title: "sized" });
	const page = new Screen(client, id);
	cleanup(() => page.close());
	const size = () => client.session(id).then(({ cols, rows: high }) => `${cols}x${high}`);
	const is = wanted => until(wanted, async () => await size() === wanted);
	const seat = await Seat.take(90, 20);
	await seat.attach("sized");
	await is("90x20");
	await seat.resize(70, 25);
	await is("70x25");
	await settled(seat, seat);
	await seat.type("stty size\r");
	await shows(seat, "25 70");
	await seat.type("printf 'ask''ed \\33[c.\\n'\r");
	await seat.see("asked \x1b[c.\r\n");
	/* A page takes over: the terminal is shown, and asked nothing. */
	await client.post(`api/sessions/${id}/resize`, { cols: 66, rows: 22, writer: page.writer.writer });
	await is("66x22");
	await settled(page, seat);
	await page.type("printf 'ag''ain \\33[c\\33]11;?\\33\\\\\\33[6n\\7.\\n'\r");
	await seat.see(/again \.\r\n/);
	await seat.type("\x1b[I");
	await seat.resize(71, 26);
	await page.type("stty size\r");
	await page.see("22 66\r\n");
	await seat.type("\r");
	await is("71x26");
	await seat.leave("sized", id);
	await client.delete(`api/sessions/${id}?force=1`);
});

await test("who only watches types nothing and leaves the size alone", async () => {
	const { id } = await client.create(["sh"], { title: "watched" });
	const page = new Screen(client, id);
	cleanup(() => page.close());
	const seat = await Seat.take(90, 20);
	await seat.attach("--read-only watched");
	await page.type("echo wat''ch\r");
	await shows(seat, "watch");
	await seat.type("echo ty''ped\r");
	await seat.resize(91, 21);
	await page.type("stty size; echo do''ne\r");
	await shows(seat, "24 80");
	await shows(seat, "done");
	await seat.leave("watched", id);
	equal((await client.output(id)).includes("typed"), false);
	await client.delete(`api/sessions/${id}?force=1`);
});

await test("the session's end is that of attach", async () => {
	const seat = await Seat.take();
	for (const [command, said, code] of [["exit 3", "ended with code 3", 3],
		["exit 0", "ended with code 0", 0],
		["kill -TERM $$", "was ended by signal TERM", 128 + 15],
		["kill -KILL $$", "was ended by signal KILL", 128 + 9]]) {
		const { id } = await client.create(["sh", "-c", `read line; ${command}`], { title: "short" });
		await seat.attach("short");
		await seat.type("\r");
		await seat.see(`short ${said}\r\n`);
		await seat.prompt(code);
		await client.delete(`api/sessions/${id}?force=1`);
	}
});

await test("a signal ends attach and not the session", async () => {
	const { id } = await client.create(["sh"], { title: "signalled" });
	const seat = await Seat.take();
	for (const [signal, number] of [["SIGTERM", 15], ["SIGHUP", 1], ["SIGINT", 2]]) {
		await seat.attach("signalled");
		const from = seat.text.length;
		process.kill(await seat.pid("signalled"), signal);
		await seat.left("signalled", id, from);
		await seat.prompt(128 + number);
	}
	equal((await client.session(id)).status, "running");
	await client.delete(`api/sessions/${id}?force=1`);
});

await test("another key detaches, and the usual one is typed", async () => {
	const { id } = await client.create(["sh", "-c", "stty raw -echo; echo ready; exec od -An -tx1 -v -w1"],
		{ title: "keys" });
	const seat = await Seat.take();
	await seat.attach("--detach-key '^\\' keys");
	await seat.see("ready");
	await seat.type("\x1d\x1b[Z\x03");
	await until("the bytes", async () => /1d\s+1b\s+5b\s+5a\s+03/.test(await client.output(id)));
	await seat.leave("keys", id, "\x1c");
	await client.delete(`api/sessions/${id}?force=1`);
});

await test("a flood is shown near live, and Ctrl-C ends it", async () => {
	const { id } = await client.create(["bash", "--norc"], { title: "flood", env: { PS1: "there$ " } });
	const seat = await Seat.take();
	await seat.attach("flood");
	await seat.type("yes 'a flo''od'\r");
	await until("megabytes", async () => (await client.session(id)).output > 4e6);
	await seat.type("\x03");
	await seat.type("echo cal''m\r");
	await shows(seat, "calm");
	await seat.leave("flood", id);
	await client.delete(`api/sessions/${id}?force=1`);
});

await test("a terminal that takes nothing stops nobody else, keeps little, and goes on near live", async () => {
	const FLOOD = 20e6, MOST_KB = 32 * 1024;
	const { id } = await client.create(["bash", "--norc"], { title: "stuck", env: { PS1: "there$ " } });
	const seat = await Seat.take();
	await seat.attach("stuck");
	const attach = await seat.pid("stuck");
	const shim = home.shims().find(pid => proc.descendants(pid).includes(attach));
	process.kill(shim, "SIGSTOP");
	cleanup(() => { try { process.kill(shim, "SIGCONT"); } catch {} });
	const writer = client.writer(id);
	await writer.write("yes 'a flo''od'\r");
	await until("much output", async () => (await client.session(id)).output > FLOOD, 30000);
	await writer.write("\x03");
	await writer.write("echo cal''m\r");
	await until("its end", async () => (await client.output(id)).includes("calm\r\n"), 30000);
	const memory = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${attach}/status`, "utf8"))[1]);
	ok(memory < MOST_KB, "its memory in KB", memory);
	process.kill(shim, "SIGCONT");
	await shows(seat, "calm");
	ok(seat.text.length < FLOOD / 4, "bytes that it was sent", seat.text.length);
	await seat.leave("stuck", id);
	await client.delete(`api/sessions/${id}?force=1`);
});

await test("a runner that is killed in the midst loses nothing and doubles nothing", async () => {
	const KILLS = 4, LINES = 200;
	const { id } = await client.create(["sh", "-c", "stty -echo; echo ready; n=0; while read line; do " +
		"n=$((n + 1)); echo \"<$n:$line>\"; done"], { title: "kept" });
	const seat = await Seat.take(); /* as large as the session: nothing is drawn anew */
	await seat.attach("kept");
	await seat.see("ready");
	const before = seat.text.length;
	for (let kill = 0, i = 0; kill < KILLS; kill++) {
		const pid = await d.settled("dispatch-runner");
		for (const end = i + LINES / KILLS / 2; i < end; i++)
			await seat.type(`line ${i}\r`);
		process.kill(pid, "SIGKILL");
		for (const end = i + LINES / KILLS / 2; i < end; i++)
			await seat.type(`line ${i}\r`);
	}
	await seat.see(`<${LINES}:line ${LINES - 1}>\r\n`);
	equal(seat.text.slice(before).match(/<.*?>/g),
		Array.from({ length: LINES }, (_, i) => `<${i + 1}:line ${i}>`), "the lines");
	await seat.leave("kept", id);
	await client.delete(`api/sessions/${id}?force=1`);
});

await test("while Dispatch is stopped a line says so, and goes when it is back", async () => {
	const { id } = await client.create(["bash", "--norc"], { title: "away", env: { PS1: "there$ " } });
	const seat = await Seat.take(80, 12);
	await seat.attach("away");
	await seat.see("there$ ");
	await d.stop();
	await seat.type("echo typed mean''while\r");
	await seat.see("waiting for Dispatch");
	await d.start();
	await shows(seat, "typed meanwhile");
	await until("the line is gone", () => !rows(shown(seat)).join("\n").includes("waiting"));
	await seat.leave("away", id);
	await client.delete(`api/sessions/${id}?force=1`);
});

await test("attaching is in the audit", async () => {
	const lines = d.sql("state", "SELECT address, count(*) AS count FROM audit WHERE action='session.attach' " +
		"GROUP BY address");
	equal(lines.map(line => line.address), ["console"]);
	ok(lines[0].count > 10, "lines");
});

await done();
