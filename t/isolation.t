#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * What the profiles of isolation let a session do, and that it is otherwise as any other:
 * exit statuses, signals, the controlling terminal, job control. What they keep it from is in
 * red-team.t.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync }
	from "node:fs";
import { join } from "node:path";
import { Screen } from "./lib/client.mjs";
import { build, program, run, serve, temporary } from "./lib/dispatch.mjs";
import { isolates } from "./lib/isolation.mjs";
import * as proc from "./lib/proc.mjs";
import { cleanup, done, equal, match, note, ok, skipAll, test, until } from "./lib/tap.mjs";

if (!isolates())
	await skipAll("the kernel refuses user namespaces");

/* Not in /tmp, which everybody may write. */
const home = mkdtempSync(join(build, "home-"));
cleanup(() => rmSync(home, { recursive: true, force: true }));
const work = join(home, "work");
mkdirSync(work);
const env = { HOME: home, XDG_RUNTIME_DIR: join(home, "run"),
	DBUS_SESSION_BUS_ADDRESS: `unix:path=${home}/run/bus`,
	SSH_AUTH_SOCK: join(home, "agent.sock") };
const d = await serve({ env, args: ["--set", "session.open_files=512"] });
const client = d.client();
/* By the names that tests give them. */
const OWN = "open with processes of its own";
const APART = [OWN, "project", "read-only"];
const PROFILES = ["open", ...APART];
const chosen = isolation => isolation === OWN ? { isolation: "open", own_processes: true }
	: { isolation };

/** What a command prints in a session of this profile, and how it ended. */
async function say(isolation, command, { cwd = work, ...more } = {}) {
	const { id } = await client.create(["sh", "-c", command],
		{ cwd, ...more, options: { ...chosen(isolation), ...more.options } });
	const end = await until(`${command} ends`, async () => {
		const session = await client.session(id);
		return ["exited", "failed", "lost"].includes(session.status) && session;
	});
	const text = (await client.output(id)).toString().replaceAll("\r", "");
	await client.delete(`api/sessions/${id}`);
	return { ...end, text };
}

/* Whether the program with this argument runs and has the session's terminal. */
function inForeground(id, argument) {
	const shim = d.shims().find(pid => proc.words(pid)[1].includes(id));
	const pid = proc.descendants(shim).find(p => proc.words(p)[1] === argument);
	if (!pid)
		return false;
	const [state, , group, , , foreground] = readFileSync(`/proc/${pid}/stat`, "latin1")
		.split(") ")[1].split(" ");
	return state === "S" && group === foreground;
}

await test("a session says in which profile it runs, and keeps it when it is resumed",
	async () => {
		for (const profile of ["none", ...PROFILES]) {
			const { isolation, own_processes } = await say(profile, ":");
			equal([isolation, own_processes], [chosen(profile).isolation, APART.includes(profile)]);
		}
		const { id, isolation, own_processes, network } = await client.create(["cat"]);
		equal([isolation, own_processes, network], ["open", false, true], "of its own accord");
		equal((await client.get("api/sessions")).json.items.find(s => s.id === id).isolation,
			"open", "in the list");
		const { isolation: claudes } = await client.create(null, { kind: "claude", cwd: work })
			.catch(() => ({ isolation: "project" }));
		equal(claudes, "project");
	});

await test("project: in a home, what runs at the next sign-in is read-only, whatever the home is called",
	async () => {
		symlinkSync(home, `${home}-alias`);
		cleanup(() => rmSync(`${home}-alias`));
		writeFileSync(join(home, ".profile"), "");
		writeFileSync(join(home, "my-zshrc"), "");
		symlinkSync("my-zshrc", join(home, ".zshrc"));
		const other = await serve({ env: { ...env, HOME: `${home}-alias` } });
		const { id } = await other.client().create(["sh", "-c",
			"echo evil >>~/.profile; echo evil >>~/.zshrc; ln -sfn note ~/.zshrc; echo fine >~/note; echo end"],
		{ cwd: home, options: { isolation: "project" } });
		await until("it ends", async () => (await other.client().session(id)).status === "exited");
		match((await other.client().output(id)).toString(), /(Read-only file system[^]*){2}busy[^]*end/);
		equal(readFileSync(join(home, ".zshrc"), "utf8"), "");
		equal(readFileSync(join(home, ".profile"), "utf8"), "");
		equal(readFileSync(join(home, "note"), "utf8"), "fine\n");
	});

for (const isolation of PROFILES) {
	await test(`${isolation}: exit statuses and signals are the program's own`, async () => {
		for (const code of [0, 1, 77, 126, 255])
			equal((await say(isolation, `exit ${code}`)).exit_code, code);
		for (const signal of ["TERM", "KILL", "HUP", "SEGV", "INT"]) {
			const end = await say(isolation, `ulimit -c 0; kill -${signal} $$; sleep 5`);
			equal([end.exit_code, end.exit_signal], [null, signal]);
		}
		const { id } = await client.create(["sleep", "1000"],
			{ cwd: work, options: chosen(isolation) });
		equal((await client.post(`api/sessions/${id}/signal`, { name: "USR1" })).status, 204);
		await until("it ends", async () => (await client.session(id)).exit_signal === "USR1");
	});

	await test(`${isolation}: a login shell has its name, its terminal and job control`,
		async () => {
			const { id } = await client.create(null,
				{ cwd: work, env: { SHELL: "/bin/bash" }, options: chosen(isolation) });
			const screen = new Screen(client, id);
			cleanup(() => screen.close());
			await screen.type("PS1='> '; echo \"[$0]\"; tty; stty size </dev/tty\r");
			await screen.see(/\[-\w+\]\r\n\/dev\/pts\/\d+\r\n24 80\r\n/);
			await screen.type("sleep 300 & jobs\r");
			await screen.see(/Running +sleep 300/);
			await screen.type("sleep 400\r");
			await until("it is in the foreground", () => inForeground(id, "400"));
			await screen.type("\x1a");
			await screen.see(/Stopped +sleep 400/);
			await screen.type("fg\r");
			await until("it is again", () => inForeground(id, "400"));
			await screen.type("\x03");
			await screen.type("echo after $?\r");
			await screen.see("after 130\r\n");
			await screen.type("kill %1; exit 9\r");
			equal((await screen.ended()).exit_code, 9);
		});

	await test(`${isolation}: a session is closed with everything it started`, async () => {
		const mark = `DISPATCH_TEST=${isolation}-${Date.now()}`;
		const [name, value] = mark.split("=");
		const { id } = await client.create(["sh", "-c",
			"trap '' HUP TERM; setsid sh -c 'trap \"\" HUP TERM; sleep 500 & sleep 501' & sleep 502"],
		{ cwd: work, env: { [name]: value }, options: chosen(isolation) });
		await until("all of it runs", () => proc.marked(mark).length >= 4);
		equal((await client.post(`api/sessions/${id}/stop`)).status, 202);
		await until("its end", async () => (await client.session(id)).status === "exited", 15000);
		equal(proc.marked(mark), [], "nothing is left");
	});

	await test(`${isolation}: no descriptor and nothing of ours in the environment`, async () => {
		const { text } = await say(isolation, "ls -1 /proc/self/fd; env; ulimit -n");
		/* ls opens the directory itself. */
		equal(text.split("\n").slice(0, 4), ["0", "1", "2", "3"]);
		ok(!/DISPATCH|NOTIFY_SOCKET|LISTEN_|DBUS/.test(text), text);
		equal(text.trim().split("\n").at(-1), "512");
	});

	await test(`${isolation}: no capability, not of the namespace either`, async () => {
		const { text } = await say(isolation, "grep ^Cap /proc/self/status; id -u");
		equal(text.match(/\t0+$/gm).length, 5, text);
		equal(text.trim().split("\n").at(-1), String(process.getuid()));
	});
}

await test("a directory that does not exist, and a program, are told as always", async () => {
	for (const isolation of PROFILES) {
		const make = (command, cwd) => client.post("api/sessions",
			{ kind: "pty", command, cwd, options: chosen(isolation) });
		equal((await make(["true"], "/no/such")).summary, "422 session.cwd");
		equal((await make(["/no/such/program"], work)).summary, "422 session.command");
		equal((await say(isolation, "ls -A | wc -l", { cwd: d.dir })).text, "0\n", "ours");
	}
});

await test("project: the workspace and the caches are written, nothing else", async () => {
	const mark = `dispatch-${process.pid}`;
	const probe = `for f in ${work}/new ${home}/.cache/new /tmp/${mark} /var/tmp/${mark} /dev/shm/${mark} ` +
		`${home}/new /usr/new /etc/new /run/new; do ` +
		"if (: >$f) 2>/dev/null; then echo yes; rm $f; else echo no; fi; done";
	equal((await say("project", probe)).text.trim().split("\n"),
		["yes", "yes", "yes", "yes", "yes", "no", "no", "no", "no"]);
	ok(existsSync(join(home, ".cache")), "the cache was made");
	equal((await say("read-only", probe)).text.trim().split("\n"),
		["no", "no", "yes", "yes", "yes", "no", "no", "no", "no"]);
	ok((await say("open", probe)).text.startsWith("yes\nyes\nyes\nyes\nyes\nyes\n"), "open");
});

const git = (cwd, ...words) => {
	const { code, out, err } = run(["git", "-C", cwd, "-c", "user.name=T", "-c",
		"user.email=t@example.org", ...words]);
	ok(code === 0, err);
	return out.trim();
};

await test("project: git commits, and neither hooks nor its settings can be changed",
	async () => {
		const repo = join(home, "repo");
		mkdirSync(repo);
		git(repo, "init", "-q");
		await client.post("api/workspaces", { path: repo });
		const { text } = await say("project", "echo x >a; git add a && " +
			"git -c user.name=T -c user.email=t@e commit -qm first && git --no-pager log --format=%s; " +
			"touch .git/hooks/pre-commit; git config a.b c; rm -f .git/config; " +
			"mv .git elsewhere; rm -rf .git/hooks; echo; true", { cwd: repo });
		match(text, /^first\n/);
		equal(text.match(/Read-only file system|busy/g)?.length >= 4, true, text);
		ok(existsSync(join(repo, ".git/config")), "the settings are there");
		equal(git(repo, "status", "--porcelain"), "", "all is committed");
	});

await test("project: a worktree commits into the repository it belongs to", async () => {
	const tree = join(home, "tree");
	git(join(home, "repo"), "worktree", "add", "-q", tree);
	await client.post("api/workspaces", { path: tree });
	const { text } = await say("project", "echo y >b; git add b && " +
		"git -c user.name=T -c user.email=t@e commit -qm second && git --no-pager log -1 --format=%s; " +
		`touch ${home}/repo/.git/hooks/post-commit; touch ${home}/repo/b; true`, { cwd: tree });
	match(text, /^second\n/);
	equal(text.match(/Read-only/g)?.length, 2, text);
});

await test("project: hooks and settings of a .git that leads elsewhere in the workspace are protected",
	async () => {
		const lead = {
			link: path => symlinkSync("store/inner/git", join(path, ".git")),
			file: path => writeFileSync(join(path, ".git"), "gitdir: store/inner/git\n"),
		};
		for (const [how, make] of Object.entries(lead)) {
			const path = join(home, `leads-by-${how}`), store = join(path, "store/inner");
			mkdirSync(store, { recursive: true });
			git(path, "init", "-q", "--separate-git-dir", join(store, "git"));
			rmSync(join(path, ".git"));
			make(path);
			await client.post("api/workspaces", { path });
			const { text } = await say("project", "echo x >a; git add a && " +
				"git -c user.name=T -c user.email=t@e commit -qm first && " +
				"git --no-pager log --format=%s; cd store/inner; touch git/hooks/pre-commit; " +
				"git config a.b c; mv git elsewhere; cd ..; mv inner elsewhere; cd ..; " +
				"mv store elsewhere; rm -rf store; echo; true", { cwd: path });
			match(text, /^first\n/, how);
			equal(text.match(/Read-only file system|busy/g)?.length >= 5, true, text);
			ok(existsSync(join(store, "git/config")), "the settings are there");
			match((await say("project", "rm -f .git; ls -A", { cwd: path })).text,
				/busy\n\.git/, how);
			rmSync(join(path, ".git"), { force: true });
			make(path);
		}
	});

await test("project: a .git that leads out of the workspace opens nothing there", async () => {
	const path = join(home, "leads-out"), outside = join(home, "outside.git");
	mkdirSync(path);
	git(home, "init", "-q", "--bare", outside);
	await client.post("api/workspaces", { path });
	for (const make of [() => symlinkSync(outside, join(path, ".git")),
		() => symlinkSync("..", join(path, ".git")), () => symlinkSync(".", join(path, ".git")),
		() => writeFileSync(join(path, ".git"), `gitdir: ${outside}\n`),
		() => writeFileSync(join(path, ".git"), "gitdir: .git\n")]) {
		rmSync(join(path, ".git"), { force: true });
		make();
		match((await say("project", `echo fine >note; cat note; touch ${outside}/x ${home}/x`,
			{ cwd: path })).text, /^fine\n.*Read-only.*\n.*Read-only/);
	}
});

await test("project: a .git that points elsewhere opens nothing", async () => {
	const evil = join(home, "evil"), victim = join(home, "victim");
	for (const dir of [evil, join(victim, "worktrees/x")])
		mkdirSync(dir, { recursive: true });
	writeFileSync(join(victim, "worktrees/x/commondir"), "../..\n");
	writeFileSync(join(victim, "worktrees/x/gitdir"), join(home, "other/.git") + "\n");
	writeFileSync(join(evil, ".git"), `gitdir: ${victim}/worktrees/x\n`);
	await client.post("api/workspaces", { path: evil });
	match((await say("project", `touch ${victim}/x`, { cwd: evil })).text, /Read-only/);
	symlinkSync(victim, join(evil, "link"));
	match((await say("project", "touch link/x", { cwd: evil })).text, /Read-only/);
});

await test("secrets of the home are out of reach, and the agent of ssh", async () => {
	for (const dir of [".ssh", ".aws", ".config/gh"])
		mkdirSync(join(home, dir), { recursive: true });
	writeFileSync(join(home, ".ssh/id"), "SECRET");
	writeFileSync(join(home, ".aws/credentials"), "SECRET");
	writeFileSync(join(home, ".config/gh/hosts.yml"), "SECRET");
	writeFileSync(join(home, ".netrc"), "SECRET");
	writeFileSync(join(home, ".npmrc"), "SECRET");
	const look = `cat ${home}/.ssh/* ${home}/.aws/* ${home}/.config/gh/* ${home}/.netrc ` +
		`${home}/.npmrc 2>/dev/null; echo "[$SSH_AUTH_SOCK]"`;
	for (const isolation of ["project", "read-only"])
		equal((await say(isolation, look)).text, "[]\n", isolation);
	equal((await say("open", look)).text, `${"SECRET".repeat(5)}[${env.SSH_AUTH_SOCK}]\n`,
		"an open shell is a plain shell");
});

await test("without a network there is loopback alone", async () => {
	for (const isolation of PROFILES) {
		const { text, network } = await say(isolation,
			`cat /proc/net/dev | grep -c :; (exec 3<>/dev/tcp/127.0.0.1/${d.port}) || echo cut`,
			{ options: { network: false }, env: { ENV: "" } });
		equal([text.split("\n")[0], network], ["1", false]);
		match(text, /cut/);
	}
	const reply = await client.post("api/sessions", { kind: "pty", cwd: work,
		options: { isolation: "none", network: false } });
	equal([reply.summary, reply.json.field], ["400 request.invalid", "options.network"]);
});

await test("processes of others are seen from an open shell and not from the others",
	async () => {
		const count = async isolation =>
			+(await say(isolation, "ls /proc | grep -c '^[0-9]'")).text;
		ok(await count("open") > 8);
		for (const isolation of APART)
			ok(await count(isolation) <= 5, isolation);
	});

await test("an isolated session has only so many processes", async () => {
	if (process.getuid() === 0)
		return note("the limit does not bind root"); // setrlimit(2): INIT_USER is exempt
	const small = await serve({ args: ["--set", "session.processes=20"] });
	const { id } = await small.client().create(["sh", "-c",
		"i=0; while [ $i -lt 40 ]; do sleep 60 & i=$((i+1)); done; echo all"], { cwd: work });
	await until("the end", async () =>
		(await small.client().session(id)).status === "exited");
	match((await small.client().output(id)).toString(), /fork|Resource/);
});

await test("tmux, and what leaves the session, lives on in an open shell", async () => {
	if (run(["sh", "-c", "command -v tmux"]).code !== 0)
		return note("tmux is not here");
	const socket = join(home, "tmux.sock");
	cleanup(() => run(["tmux", "-S", socket, "kill-server"]));
	equal((await say("open", `tmux -S ${socket} new-session -d -s here 'sleep 1000'`)).exit_code,
		0);
	match((await say("open", `tmux -S ${socket} ls`)).text, /^here: 1 windows/);
});

for (const isolation of APART) {
	await test(`${isolation}: a shell has terminals of its own, and sees none of others`,
		async () => {
			const { text } = await say(isolation, "tty; ls -x /dev/pts; stty -a | head -1; " +
				"script -qec tty /dev/null; echo ok >/dev/tty");
			match(text, /^\/dev\/pts\/0\n0 +ptmx\nspeed [^\n]+rows 24; columns 80;[^\n]*\n/);
			match(text, /\n\/dev\/pts\/1\nok\n$/);
		});

	await test(`${isolation}: the size of the window reaches the program`, async () => {
		const { id } = await client.create(["sh", "-c",
			"trap 'stty size' WINCH; echo ready; while :; do sleep 0.05; done"],
		{ cwd: work, options: chosen(isolation) });
		const screen = new Screen(client, id);
		cleanup(() => screen.close());
		await screen.see("ready");
		await client.post(`api/sessions/${id}/resize`, { cols: 101, rows: 33 });
		await screen.see("33 101");
		await client.post(`api/sessions/${id}/stop`);
		equal((await screen.ended(15000)).exit_signal, "HUP");
	});
}

for (const isolation of [OWN, "project"]) {
	await test(`${isolation}: tmux runs in a shell, with a server of its own`, async () => {
		if (run(["sh", "-c", "command -v tmux"]).code !== 0)
			return note("tmux is not here");
		const { id } = await client.create(["tmux", "new-session", "sh", "-c",
			"tty; tmux display -p '#{session_name} of #{pid}'; cat"],
		{ cwd: work, options: chosen(isolation) });
		const screen = new Screen(client, id);
		cleanup(() => screen.close());
		await screen.see(/\/dev\/pts\/1[^]*0 of \d+/);
		await screen.type("\x02d");
		await screen.see("detached (from session 0)");
		equal((await screen.ended()).exit_code, 0);
	});

	await test(`${isolation}: what a shell leaves behind ends with it`, async () => {
		const mark = `DISPATCH_TEST=left-${Date.now()}`;
		const end = await say(isolation, "setsid sleep 1000 >/dev/null 2>&1 & exit 3",
			{ env: { DISPATCH_TEST: mark.split("=")[1] } });
		equal(end.exit_code, 3);
		await until("it is gone", () => proc.marked(mark).length === 0);
	});

	await test(`${isolation}: it lives on when the runner dies, and goes with its shim`, async () => {
		const { id } = await client.create(["cat"],
			{ cwd: work, options: chosen(isolation) });
		equal(d.shims().length >= 1, true);
		proc.kill(await d.runner());
		await until("another runner", async () => (await client.get("api/health")).json.runner.alive);
		await until("it runs on", async () => (await client.session(id)).status === "running");
		const screen = new Screen(client, id);
		cleanup(() => screen.close());
		await screen.type("again\r");
		await screen.see("again\r\nagain\r\n");
		const shim = d.shims().find(pid => proc.words(pid)[1].includes(id));
		const before = proc.descendants(shim);
		proc.kill(shim);
		await until("everything goes with its shim", () => !before.some(proc.alive));
		await until("it is told", async () => (await client.session(id)).status === "lost");
	});
}

await test("an open shell with processes of its own is a plain shell otherwise", async () => {
	const mark = join(home, ".profile-of-mine");
	const { text } = await say(OWN, `touch ${mark} && echo fine; ps -eo comm=; ` +
		`kill -0 ${await d.runner()} 2>/dev/null || echo nobody`);
	match(text, /^fine\ndispatch-init\nsh\nps\nnobody\n$/);
	ok(existsSync(mark), "the home is written");
});

await test("processes of its own go with the network that a session has", async () => {
	const count = "ls /proc | grep -c '^[0-9]'; grep -c : /proc/net/dev; ls -A $D | wc -l";
	for (const options of [{ network: false }, { hosts: ["example.org"] }]) {
		const end = await say(OWN, count, { options, env: { D: d.dir } });
		equal([end.own_processes, end.network, end.hosts],
			[true, options.network ?? true, options.hosts ?? null]);
		const [processes, interfaces, ours] = end.text.trim().split("\n");
		ok(processes <= 5, processes);
		equal([interfaces, ours], ["1", "0"]);
	}
});

await test("processes and terminals of others are not found where they stand a second time",
	async () => {
		const root = temporary(), script = join(root, "twice");
		mkdirSync(join(root, "pts"));
		mkdirSync(join(root, "proc"));
		writeFileSync(script, `#!/bin/sh\nmount --rbind /dev/pts ${root}/pts && ` +
			`mount --rbind /proc ${root}/proc || exit 9\nexec "$@"\n`, { mode: 0o755 });
		const twice = await serve({ wrap: ["unshare", "-Urm", script] }), their = twice.client();
		const other = await their.create(["sh", "-c", "tty; cat"]);
		const said = async ({ id }, text) => until(text, async () =>
			(await their.output(id)).toString().match(text)?.[1]);
		const terminal = await said(other, /pts\/(\d+)\r/);
		const look = `ls ${root}/pts ${root}/proc | grep -c '^[0-9]'; ` +
			`echo LEAK >${root}/pts/${terminal}; echo ended`;
		for (const isolation of PROFILES) {
			const session = await their.create(["sh", "-c", look], { options: chosen(isolation) });
			const count = await said(session, /^(\d+)\r\n[^]*ended/);
			equal(count === "0", isolation !== "open", isolation);
		}
		const output = (await their.output(other.id)).toString();
		equal(output.match(/LEAK/g)?.length, 1, "from the open one alone");
	});

await test("processes of its own are kept when a session is resumed", async () => {
	const { id } = await client.create(["sh", "-c", "ls /proc | grep -c '^[0-9]'; tty"],
		{ cwd: work, options: chosen(OWN) });
	const ended = async () => (await client.session(id)).status === "exited";
	await until("it ends", ended);
	await client.post(`api/sessions/${id}/resume`);
	await until("it ends again", async () => (await client.session(id)).run === 2 && await ended());
	equal((await client.session(id)).own_processes, true);
	const lines = (await client.output(id)).toString().match(/[^\r\n]+/g)
		.filter(line => /^\d+$|^\/dev/.test(line));
	equal(lines.filter(line => line === "/dev/pts/0").length, 2, lines);
	ok(lines.filter(line => /^\d+$/.test(line)).every(line => line <= 5), lines);
});

await test("processes of its own cannot be had without isolation, nor given up in a closed profile",
	async () => {
		const make = async options => {
			const { summary, json } = await client.post("api/sessions",
				{ kind: "pty", cwd: work, command: ["true"], options });
			return [summary, json.field ?? json.own_processes];
		};
		const refused = ["400 request.invalid", "options.own_processes"];
		equal(await make({ isolation: "none", own_processes: true }), refused);
		equal(await make({ isolation: "none", own_processes: false }), ["201", false]);
		for (const isolation of ["project", "read-only"]) {
			equal(await make({ isolation, own_processes: true }), ["201", true]);
			equal(await make({ isolation, own_processes: false }), refused);
		}
		equal(await make({ own_processes: false }), ["201", false]);
		equal(await make({ own_processes: "yes" }), refused);
		equal((await client.post("api/sessions", { kind: "claude", cwd: work,
			options: { own_processes: false } })).json.field, "options.own_processes");
	});

await test("a workspace has processes of its own as its default, and what is chosen stands against it",
	async () => {
		const dir = join(home, "apart");
		mkdirSync(dir);
		const { json } = await client.post("api/workspaces", { path: dir });
		const change = async defaults => {
			const reply = await client.request("PATCH", `api/workspaces/${json.id}`,
				{ body: JSON.stringify({ defaults }),
					headers: { "content-type": "application/json" } });
			return reply.json.field ?? reply.summary;
		};
		equal(await change({ pty: { isolation: "none", own_processes: true } }),
			"defaults.pty.own_processes");
		equal(await change({ claude: { own_processes: false } }), "defaults.claude.own_processes");
		equal(await change({ pty: { own_processes: true, network: false },
			claude: { isolation: "open", own_processes: true } }), "200");
		const made = async options => {
			const made = await client.create(["cat"], { cwd: dir, options });
			return [made.isolation, made.own_processes, made.network];
		};
		equal(await made(undefined), ["open", true, false]);
		equal(await made({ isolation: "open" }), ["open", true, false]);
		equal(await made({ own_processes: false }), ["open", false, false]);
		equal(await made({ network: true }), ["open", true, true]);
		equal(await made({ isolation: "project" }), ["project", true, false]);
		equal(await made({ isolation: "none" }), ["none", false, true]);
		equal(await change({ pty: { own_processes: false } }), "200");
		equal(await made({ isolation: "read-only" }), ["read-only", true, true]);
	});

await test("who chooses no isolation must have proved lately who they are", async () => {
	const stale = await serve({ args: ["--set", "auth.fresh=10"] });
	const code = await stale.setupCode();
	const anyone = stale.client(null);
	const own = { "sec-fetch-site": "same-origin" };
	const set = await anyone.post("api/setup", { code, name: "A" }, { headers: own });
	ok([200, 201].includes(set.status), set.summary);
	const headers = { cookie: set.headers["set-cookie"][0].split(";")[0], ...own };
	const create = options => anyone.post("api/sessions",
		{ kind: "pty", command: ["true"], options }, { headers });
	equal((await create({ isolation: "none" })).summary, "201", "fresh");
	stale.sql("state", "UPDATE auth_session SET fresh_at = fresh_at - 60000");
	equal((await create({ isolation: "none" })).summary, "403 auth.stale");
	equal((await create({ isolation: "open" })).summary, "201");
	equal((await create({ isolation: "wide" })).json.field, "options.isolation");
	const { json } = await anyone.post("api/workspaces", { path: "~" }, { headers });
	const id = json.id ?? json.workspace;
	const change = defaults => anyone.request("PATCH", `api/workspaces/${id}`,
		{ body: JSON.stringify({ defaults }),
			headers: { "content-type": "application/json", ...headers } });
	equal((await change({ pty: { isolation: "none" } })).summary, "403 auth.stale");
	equal((await change({ claude: { isolation: "none" } })).summary, "403 auth.stale");
	equal((await change({ pty: { isolation: "project" } })).summary, "200");
	equal((await create({})).json.isolation, "project", "the workspace's default");
});

await test("a setting that is no profile is refused with its name", async () => {
	const { code, err } = run([program("dispatch-runner"),
		"--dir", temporary(), "--set", "session.isolation=wide"]);
	ok(code !== 0);
	match(err, /session\.isolation cannot be "wide"/);
});

await done();
