#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* `dispatch serve`: what it prints, how it stops, and what it says when it cannot start. */
import { chmodSync, chownSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import net from "node:net";
import { join } from "node:path";
import { Screen } from "./lib/client.mjs";
import { dispatch, program, run, serve, temporary, webServers } from "./lib/dispatch.mjs";
import { alive, descendants, kill, shims } from "./lib/proc.mjs";
import { cleanup, done, equal, match, ok, sleep, test, until } from "./lib/tap.mjs";

/* What a `serve` that must fail says. */
const refused = (words, options) => {
	const { code, out, err } = run([program("dispatch"), "serve", ...words], options);
	equal(code, 1, `exit code (${out}${err})`);
	equal(out, "", "standard output");
	match(err, /^dispatch: [^\n]+\n$/, "one sentence");
	return err;
};

await test("ready and setup lines tell where to go", async () => {
	const d = await serve();
	await d.setupCode();
	match(d.out, /^ready (http:\/\/127\.0\.0\.1:\d+\/)\nsetup \1#setup=[a-z2-7]{26}\n$/);
	const mode = path => (statSync(join(d.dir, path)).mode & 0o777).toString(8);
	equal(["", "state.db", "events.db", "run", "run/fcgi.sock", "run/stream.sock",
		"run/console.sock", "log"]
		.map(mode).filter(text => /[1-7]$|[1-7].$/.test(text.slice(1))), [], "open to others");
	d.key();
	equal(await d.stop(), 0, "exit code");
	await d.start();
	equal(d.out.includes("setup"), false, "with an administrator no setup link is printed");
	equal(await d.stop("SIGTERM"), 0, "exit code");
});

await test("a port in use is one clear sentence", async () => {
	const server = net.createServer().listen(0, "127.0.0.1");
	await new Promise(resolve => server.on("listening", resolve));
	const { port } = server.address();
	const said = refused(["--dir", temporary(), "--listen", `127.0.0.1:${port}`]);
	server.close();
	match(said, new RegExp(`127.0.0.1:${port}`));
	match(said, /in use/);
});

for (const web of webServers)
	await test(`a missing ${web} is one clear sentence`, () => {
		/* Web servers are looked for in three more places; hide these in a namespace. */
		const empty = temporary();
		const hide = `for d in /usr/sbin /usr/local/sbin /sbin; do
			test -L $d || mount --bind ${empty} $d || exit 99; done; exec "$@"`;
		const { code, err } = run(["unshare", "-rm", "sh", "-c", hide, "sh",
			program("dispatch"), "serve", "--dir", temporary(), "--web", web,
			"--listen", "127.0.0.1:0"], { env: { ...process.env, PATH: empty + ":/usr/bin" } });
		if (code === 99 || /unshare failed/.test(err))
			return;
		equal(code, 1, "exit code");
		match(err, new RegExp(`^dispatch: ${web} is not installed[^\n]+\n$`));
	});

await test("a second serve on the same directory is one clear sentence", async () => {
	const d = await serve();
	match(refused(["--dir", d.dir, "--listen", "127.0.0.1:0"]), /[Aa]nother/);
	equal((await d.client().get("api/health")).status, 200, "the first one goes on");
	await d.clean();
});

await test("a directory of another user is one clear sentence", () => {
	const dir = temporary();
	let said;
	if (process.getuid() === 0) {
		const theirs = join(dir, "theirs");
		mkdirSync(theirs);
		chownSync(theirs, 65534, 65534);
		said = refused(["--dir", theirs, "--listen", "127.0.0.1:0"]);
	} else {
		said = refused(["--dir", "/usr", "--listen", "127.0.0.1:0"]);
	}
	match(said, /belongs to|another user|not yours/);
});

await test("a directory whose sockets would have too long a name is one clear sentence", () => {
	const long = join(temporary(), "x".repeat(100));
	match(refused(["--dir", long, "--listen", "127.0.0.1:0"]), /too long/);
});

await test("a directory that cannot be made is one clear sentence", () => {
	match(refused(["--dir", "/proc/nothing/here", "--listen", "127.0.0.1:0"]), /\/proc\/nothing/);
});

await test("a directory that holds other things is left as it is", () => {
	const dir = temporary();
	chmodSync(dir, 0o755);
	writeFileSync(join(dir, "letter"), "");
	match(refused(["--dir", dir, "--listen", "127.0.0.1:0"]), /has other things in it/);
	match(dispatch("migrate", "--dir", dir).err, /has other things in it/);
	equal([statSync(dir).mode & 0o777, readdirSync(dir)], [0o755, ["letter"]]);
});

await test("a setting that does not exist, or is out of bounds, is named", () => {
	const dir = temporary();
	chmodSync(dir, 0o700);
	match(refused(["--dir", dir, "--set", "no.such=1"]), /no\.such/);
	match(refused(["--dir", dir, "--workers", "65"]), /fcgi\.processes/);
	match(refused(["--dir", dir, "--prefix", "x"]), /http\.prefix/);
	writeFileSync(join(dir, "dispatch.conf"), "log.level = info\nbroken\n");
	match(refused(["--dir", dir]), /dispatch\.conf.*2/, "file and line");
});

await test("words that are no options are usage errors", () => {
	for (const words of [["serve", "--no-such"], ["serve", "--web", "apache"],
		["serve", "--listen", "nowhere"], ["key"], ["key", "new"], ["no-such"], [],
		["key", "new", "--label", "x", "--scope", "all"], ["key", "list", "--days", "1"],
		...["", "0", "-1", "1.5", "x", "99999999999999999999"].map(days =>
			["key", "new", "--label", "x", "--days", days])]) {
		const { code, err } = dispatch(...words);
		equal(code, 2, `exit code of ${words.join(" ")}`);
		match(err, /^dispatch/);
	}
});

await test("keys are made, listed and revoked, before and while serve runs", async () => {
	const d = await serve();
	const key = d.key("for a script");
	match(key, /^dk_[a-z2-7]{26}_[a-z2-7]{52}$/);
	const client = d.client(key);
	equal((await client.get("api/auth/me")).json.user.role, "admin");
	const id = key.split("_")[1];
	match(dispatch("key", "list", "--dir", d.dir).out,
		new RegExp(`^${id} .* valid .*for a script`, "m"));
	equal(dispatch("key", "revoke", id, "--dir", d.dir).code, 0);
	equal((await client.get("api/auth/me")).summary, "401 auth.invalid");
	match(dispatch("key", "list", "--dir", d.dir).out, /revoked/);
	const unknown = dispatch("key", "revoke", "a".repeat(26), "--dir", d.dir);
	equal(unknown.code, 1);
	match(unknown.err, /^dispatch: [^\n]+\n$/);
	await d.clean();
});

await test("a key may reach less far, and end by itself", async () => {
	const d = await serve();
	const key = (...words) => {
		const { code, out, err } = dispatch("key", "new", "--label", "x", "--dir", d.dir, ...words);
		equal([code, err], [0, ""], "exit code");
		return out.trim();
	};
	const asks = async made => {
		const client = d.client(made);
		const replies = [await client.get("api/sessions"),
			await client.post("api/workspaces", { path: "/nowhere" }),
			await client.get("api/people")];
		return replies.map(reply => reply.summary);
	};
	const noPlace = (await asks(key()))[1];
	equal(await asks(key("--scope", "read")), ["200", "403 scope.refused", "403 scope.refused"]);
	equal(await asks(key("--scope", "drive")), ["200", noPlace, "403 scope.refused"]);
	equal(await asks(key("--scope", "admin")), ["200", noPlace, "200"]);
	const short = key("--days", "2");
	const [, id] = short.split("_");
	const [{ created_at, expires_at }] = d.sql("state",
		`SELECT created_at, expires_at FROM credential WHERE id='${id}'`);
	equal(expires_at - created_at, 2 * 24 * 3600 * 1000, "two days");
	equal((await d.client(short).get("api/sessions")).status, 200);
	d.sql("state", `UPDATE credential SET expires_at=${Date.now() - 1} WHERE id='${id}'`);
	equal((await d.client(short).get("api/sessions")).summary, "401 auth.invalid");
	match(dispatch("key", "list", "--dir", d.dir).out,
		new RegExp(`^${id}  api +admin .* expired  x`, "m"));
	await d.clean();
});

await test("migrate makes the databases and says what is applied", () => {
	const dir = temporary();
	match(dispatch("migrate", "--status", "--dir", dir).out, /pending/);
	equal(dispatch("migrate", "--dir", dir).code, 0);
	const { code, out } = dispatch("migrate", "--status", "--dir", dir);
	equal([code, /pending/.test(out), /applied/.test(out)], [0, false, true], out);
	run(["sqlite3", join(dir, "state.db"),
		"INSERT INTO migration SELECT '9999-future', sha256, applied_at FROM migration LIMIT 1"]);
	match(refused(["--dir", dir, "--listen", "127.0.0.1:0"]), /newer/);
});

for (const web of webServers)
	await test(`${web}: under a prefix everything answers there and nothing elsewhere`,
		async () => {
			const d = await serve({ web, prefix: "/x/" });
			match(d.url, /\/x\/$/);
			const client = d.client();
			const { id } = await client.create(["sh", "-c", "echo under; read line"]);
			const screen = new Screen(client, id);
			cleanup(() => screen.close());
			await screen.see("under");
			await screen.type("bye\r");
			equal((await screen.ended()).status, "exited");
			client.url = client.url.replace("/x/", "/");
			equal((await client.get("api/health")).status, 404, "at the root");
			await d.clean();
		});

for (const web of webServers)
	await test(`${web}: Ctrl-C leaves the shells alive, and the next serve finds them`,
		async () => {
			const d = await serve({ web });
			const client = d.client();
			const { id } = await client.create(["sh", "-c",
				"echo $$; while read line; do echo got $line; done"]);
			let screen = new Screen(client, id);
			await screen.see("\n");
			const pid = +screen.text.trim();
			const said = screen.viewer.until("goodbye", () => screen.viewer.bye);
			equal(await d.stop(), 0, "exit code");
			await said;
			equal(screen.viewer.bye, "shutdown");
			screen.close();
			ok(alive(pid), "the shell lives");
			equal(shims(d.dir).length, 1, "shims");
			await d.start();
			equal((await client.session(id)).status, "running");
			screen = new Screen(client, id);
			cleanup(() => screen.close());
			await screen.type("word\r");
			await screen.see("got word");
			equal(screen.text.split("\r\n")[0], `${pid}`, "the same shell");
			await d.clean();
		});

await test("with --end-sessions stopping ends all sessions, and they know it", async () => {
	const d = await serve({ args: ["--end-sessions"] });
	const client = d.client();
	const sessions = [];
	for (const command of ["exec cat", "trap '' HUP; sleep 60; sleep 60"])
		sessions.push((await client.create(["sh", "-c", command])).id);
	equal(await d.stop(), 0, "exit code");
	equal(shims(d.dir).length, 0, "shims");
	equal(d.sql("events", "SELECT id, status FROM run_session ORDER BY number"),
		sessions.map(id => ({ id, status: "exited" })));
});

await test("a server that ends is started again, and serve says so", async () => {
	const d = await serve();
	for (const name of ["dispatch-runner", "dispatch-fcgi", "nginx"]) {
		const pid = d.pid(name);
		kill(pid);
		await until(`a new ${name}`, () => d.pid(name) && d.pid(name) !== pid);
		await until("a word about it", () => d.err.includes(`${name} was ended by signal 9`));
	}
	await until("health", async () => {
		const reply = await d.client(null).get("api/health").catch(() => null);
		return reply?.status === 200 && reply.json.status === "ok";
	});
	await d.clean();
});

await test("when serve is killed its servers go with it and the shells stay", async () => {
	const d = await serve();
	const client = d.client();
	const { id } = await client.create(["cat"]);
	const pids = ["dispatch-runner", "dispatch-fcgi", "nginx"].map(name => d.pid(name));
	d.process.kill("SIGKILL");
	await until("all servers ended", () => !pids.some(alive));
	await d.ended;
	equal(shims(d.dir).length, 1, "shims");
	await d.start();
	equal((await client.session(id)).status, "running");
	await d.clean();
});

await test("when serve and its nginx are killed at once, the next serve ends nginx's workers",
	async () => {
		const d = await serve();
		const web = await d.webServer(), workers = descendants(web);
		/* A stopped serve cannot end them. */
		kill(d.process.pid, "SIGSTOP");
		kill(web);
		kill(d.process.pid);
		await d.ended;
		ok(workers.length > 0 && workers.every(alive), "they live on", workers);
		await d.start();
		equal(workers.filter(alive), [], "workers");
		match(d.err, /former web server/);
		equal((await d.client().get("api/health")).status, 200);
		await d.clean();
	});

await test("when serve is killed a lighttpd that is just reloading goes with it, too", async () => {
	const d = await serve({ web: "lighttpd" });
	const stream = d.client().stream("");
	const web = await d.webServer();
	kill(web, "SIGUSR1");
	await sleep(100);
	d.process.kill("SIGKILL");
	await until("it ended", () => !alive(web));
	await d.ended;
	await d.start();
	stream.close();
	await d.clean();
});

await done();
