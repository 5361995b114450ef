#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * Sessions that may reach some hosts alone: with curl and git as they are, against servers of
 * the test on this machine, which the list names by their addresses.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as listen } from "node:net";
import { join } from "node:path";
import { Talk } from "./lib/claude.mjs";
import { run, serve, source, temporary } from "./lib/dispatch.mjs";
import { isolates } from "./lib/isolation.mjs";
import * as proc from "./lib/proc.mjs";
import { cleanup, done, equal, match, ok, skipAll, test, until } from "./lib/tap.mjs";

if (!isolates())
	await skipAll("the kernel refuses user namespaces");

/* Claude, whose tools do what the test says. */
const claude = join(temporary(), "claude");
writeFileSync(claude, `#!/bin/sh\nexec ${process.execPath} ${source}/t/lib/fake-claude.mjs "$@"\n`,
	{ mode: 0o755 });
const d = await serve({ args: ["--set", "workspace.roots=/", "--set", `claude.program=${claude}`] });
const client = d.client();
const work = temporary();
await client.post("api/workspaces", { path: work });

const started = (server, host = "127.0.0.1") => new Promise(resolve => server.listen(0, host,
	() => { cleanup(() => server.close()); resolve(server.address().port); }));

/* What it was asked, and an answer that tells it. */
const asked = [];
const web = await started(createServer((request, response) => {
	asked.push(request);
	const parts = [];
	request.on("data", part => parts.push(part));
	request.on("end", () => {
		if (request.url === "/large")
			return response.end(Buffer.alloc(20_000_000, "x"));
		response.end(`${request.method} ${request.url} ${request.headers.host} ` +
			`${Buffer.concat(parts).length}`);
	});
}));
const here = `127.0.0.1:${web}`;

async function begin(command, hosts, { isolation = "project", ...more } = {}) {
	return client.create(["bash", "-c", command],
		{ cwd: work, options: { isolation, hosts, ...more } });
}

/** What a command prints in a session that may reach these hosts. */
async function say(command, hosts, options) {
	const { id } = await begin(command, hosts, options);
	await until(`${command} ends`, async () => (await client.session(id)).status === "exited",
		30000);
	const text = (await client.output(id)).toString().replaceAll("\r", "");
	await client.delete(`api/sessions/${id}`);
	return text;
}

/* For hosts of the test: programs are told that loopback is not behind the proxy. */
const direct = "no_proxy= NO_PROXY=";
const curl = (...words) => `curl -sS -m 10 ${words.join(" ")} 2>&1`;

for (const isolation of ["open", "project", "read-only"])
	await test(`${isolation}: a host of the list is reached, in both ways, and no other`, async () => {
		const text = await say([
			"grep -c : /proc/net/dev",
			curl(`http://${here}/`), /* loopback is the session's own */
			`${direct} ${curl(`http://${here}/a?b`)}; echo`,
			`${direct} ${curl("-p", `http://${here}/c`)}; echo`,
			`${direct} ${curl(`http://127.0.0.1:${d.port}/`)}`,
			curl("-p", "http://example.com/"),
		].join("; "), [here], { isolation });
		match(text, new RegExp("^1\n.*Failed to connect.*\n" +
			`GET /a\\?b ${here} 0\nGET /c ${here} 0\n` +
			`This session may not reach 127\\.0\\.0\\.1 port ${d.port}: it is not among its hosts ` +
			'\\(the option "hosts".*\n.*CONNECT.* 403'));
	});

await test("plain http is asked for as its server expects it", async () => {
	asked.length = 0;
	const text = await say(`${direct} ${curl(`-H 'Proxy-X: 1' -H 'Connection: X-Secret' ` +
		`-H 'X-Secret: 1' -d 12345 'http://${here}/a?b'`)}`, [here]);
	equal(text, `POST /a?b ${here} 5`);
	const { headers } = asked[0];
	equal([headers.connection, headers["x-secret"], headers["proxy-connection"],
		headers["proxy-x"]], ["close", undefined, undefined, "1"]);
});

await test("a tunnel and plain http carry 20 MB, at once for eight", async () => {
	const one = `${direct} curl -sS -m 60 http://${here}/large`;
	const text = await say(`${one} | wc -c; ${one} -p | wc -c; ` +
		`for i in 1 2 3 4 5 6 7 8; do ${one} -p | md5sum & done | sort | uniq -c; wait`, [here]);
	const lines = text.trim().split("\n").map(line => line.trim().split(/\s+/));
	equal(lines.slice(0, 2), [["20000000"], ["20000000"]]);
	equal([lines.length, lines[2][0]], [3, "8"]);
});

await test("git clones over http through it", async () => {
	const bare = join(temporary(), "r.git"), tree = temporary();
	const git = (...words) => equal(run(["git", "-c", "user.name=T", "-c", "user.email=t@e",
		...words]).code, 0, words.join(" "));
	git("init", "-q", tree);
	git("-C", tree, "commit", "-q", "--allow-empty", "-m", "over http");
	git("clone", "-q", "--bare", tree, bare);
	git("-C", bare, "update-server-info");
	const port = await started(createServer((request, response) => {
		try {
			response.end(readFileSync(join(bare, new URL(request.url, "http://x").pathname
				.replace(/^\/r\.git/, ""))));
		} catch {
			response.writeHead(404).end();
		}
	}));
	match(await say(`${direct} git clone -q http://127.0.0.1:${port}/r.git copy 2>&1; ` +
		"git -C copy --no-pager log --format=%s", [`127.0.0.1:${port}`]), /^over http\n$/);
});

await test("a name that leads to this machine leads nowhere, and says why", async () => {
	for (const name of ["localhost", "localhost."])
		match(await say(`${direct} ${curl(`http://${name}:${web}/`)}`, [`localhost:${web}`]),
			/leads to an address of this machine or its network/);
	for (const name of ["127.1", "0x7f000001", "2130706433", "[::ffff:127.0.0.1]", "0"])
		ok(!(await say(`${direct} printf 'GET http://${name}:${web}/ HTTP/1.1\\r\\n\\r\\n' ` +
			">/dev/tcp/127.0.0.1/3128; true", [`localhost:${web}`])).includes("GET"), name);
	equal(asked.filter(({ headers }) => !headers.host.startsWith("127.0.0.1")), []);
});

await test("it tells what it lets through, and what is no request of a proxy", async () => {
	const raw = words => `exec 3<>/dev/tcp/127.0.0.1/3128; printf '${words}' >&3; cat <&3; exec 3>&-`;
	match(await say(curl("http://127.0.0.1:3128/"), [here, "*.example.org"]),
		new RegExp(`^This session reaches these hosts, and no others:\n  ${here}\n  ` +
			"\\*\\.example\\.org\nConnections: 1 open, 0 relayed, 0 refused, 0 failed\\. "));
	for (const [words, status] of [["GET ftp://127.0.0.1/ HTTP/1.1\\r\\n\\r\\n", 501],
		["nonsense\\r\\n\\r\\n", 400], ["CONNECT 127.0.0.1 HTTP/1.1\\r\\n\\r\\n", 400],
		["GET http://a@127.0.0.1/ HTTP/1.1\\r\\n\\r\\n", 400],
		["GET http://127.0.0.1/ HTTP/1.1\\r\\n folded: x\\r\\n\\r\\n", 400],
		[`GET /${"x".repeat(9000)} HTTP/1.1\\r\\n\\r\\n`, 431]])
		match(await say(raw(words), [here]), new RegExp(`^HTTP/1\\.1 ${status} `), words);
});

await test("a tool of Claude reaches the hosts of its session, and no others", async () => {
	const out = join(work, "out");
	const talk = new Talk(client, await client.create(null, { kind: "claude", cwd: work,
		options: { hosts: [here] } }));
	await talk.say(JSON.stringify([{ $run: ["sh", "-c", `export ${direct}; exec >${out}; ` +
		`${curl(`http://${here}/tool`)}; ${curl(`http://127.0.0.1:${d.port}/`)}`] }]));
	await talk.turn();
	talk.close();
	match(readFileSync(out, "utf8"),
		new RegExp(`^GET /tool ${here} 0This session may not reach 127`));
	equal((await client.session(talk.id)).hosts, [here]);
});

const shimOf = id => d.shims().find(pid => proc.words(pid)[1].includes(id));
const gateOf = id => proc.children(shimOf(id)).find(pid =>
	proc.words(pid)[0]?.endsWith("dispatch-gate"));

await test("the gate is started again when it dies, and ends with its session", async () => {
	const { id } = await begin(`while read x; do ${direct} ${curl(`http://${here}/$x`)}; echo; done`,
		[here], { isolation: "project" });
	const writer = client.writer(id);
	await writer.write(Buffer.from("one\n"));
	const shows = text => async () => (await client.output(id)).toString().includes(text);
	await until("an answer", shows("GET /one"));
	const first = gateOf(id);
	proc.kill(first);
	await until("another", () => gateOf(id) && gateOf(id) !== first);
	await writer.write(Buffer.from("two\n"));
	await until("an answer", shows("GET /two"));
	const gate = gateOf(id);
	await client.post(`api/sessions/${id}/stop`);
	await until("its end", async () => (await client.session(id)).status === "exited", 15000);
	await until("the gate's", () => !proc.alive(gate));
	const other = await begin("cat", [here]);
	const [shim, its] = [shimOf(other.id), await until("a gate", () => gateOf(other.id))];
	proc.kill(shim);
	await until("it goes with the shim", () => !proc.alive(its));
});

await test("a server that does not read holds up nobody else, and nothing grows", async () => {
	const port = await started(listen(socket => socket.pause()));
	const { id } = await begin(`${direct} curl -sS -p -T /dev/zero http://127.0.0.1:${port}/ & ` +
		`sleep 1; ${direct} ${curl(`http://${here}/other`)}; cat`, [here, `127.0.0.1:${port}`]);
	await until("the other", async () => (await client.output(id)).toString()
		.includes("GET /other"));
	const rss = readFileSync(`/proc/${gateOf(id)}/status`, "latin1").match(/VmRSS:\s+(\d+)/)[1];
	ok(+rss < 40000, "KiB of memory", rss);
	await client.post(`api/sessions/${id}/stop`);
});

await test("a session says which hosts it reaches, and what is no host is refused", async () => {
	const { id } = await begin("cat", ["GitHub.com", "*.npmjs.org", "[::1]:8443"]);
	const { network, hosts } = await client.session(id);
	equal([network, hosts], [true, ["GitHub.com", "*.npmjs.org", "[::1]:8443"]]);
	equal((await client.session((await client.create(["cat"])).id)).hosts, null);
	const make = options => client.post("api/sessions", { kind: "pty", cwd: work, options });
	for (const hosts of [["http://a"], ["*"], ["*.1.2.3.4"], ["a:0"], ["a:65536"], ["127.1"],
		["a b"], [""], [], ["-a"], ["a..b"], Array(65).fill("a"), "a", [1]]) {
		const reply = await make({ hosts });
		equal([reply.summary, reply.json.field], ["400 request.invalid", "options.hosts"],
			JSON.stringify(hosts));
	}
	for (const options of [{ isolation: "none", hosts: ["a"] }, { network: false, hosts: ["a"] }])
		equal((await make(options)).json.field, "options.hosts");
});

await test("a workspace has hosts as its default, and what is chosen stands against them", async () => {
	const dir = temporary();
	const { json } = await client.post("api/workspaces", { path: dir });
	const change = pty => client.request("PATCH", `api/workspaces/${json.id ?? json.workspace}`,
		{ body: JSON.stringify({ defaults: { pty } }),
			headers: { "content-type": "application/json" } });
	equal((await change({ hosts: ["a b"] })).json.field, "defaults.pty.hosts");
	equal((await change({ isolation: "none", hosts: ["a"] })).json.field, "defaults.pty.hosts");
	equal((await change({ hosts: ["example.org"] })).summary, "200");
	const made = async options => {
		const { isolation, network, hosts } = await client.create(["cat"], { cwd: dir, options });
		return [isolation, network, hosts];
	};
	equal(await made(undefined), ["open", true, ["example.org"]]);
	equal(await made({ network: false }), ["open", false, null]);
	equal(await made({ network: true }), ["open", true, null]);
	equal(await made({ hosts: ["b"] }), ["open", true, ["b"]]);
	equal(await made({ isolation: "none" }), ["none", true, null]);
});

await done();
