#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * What the programs of VS Code, Cloudflare and Tailscale say, and what is made of it. Stand-ins
 * say it, each once as a whole and once byte by byte.
 */
import { serve } from "./lib/dispatch.mjs";
import * as proc from "./lib/proc.mjs";
import { done, equal, match, ok, test, until } from "./lib/tap.mjs";
import { StandIn, Tunnels } from "./lib/tunnels.mjs";

const d = await serve({ args: ["tunnel.retry=20", "tunnel.tries=2", "tunnel.patience=20000", "tunnel.check=3600000"]
	.flatMap(s => ["--set", s]) });
const tunnels = new Tunnels(d.client());
const isAlive = pid => proc.alive(pid);

/** Opens one with a program that follows the rules; resolves to the program. */
async function open(kind, rules, settings = {}) {
	const program = new StandIn(kind, rules);
	equal((await tunnels.put(kind, { program: program.path, ...settings })).status, 200);
	ok([200, 202].includes((await tunnels.post(kind, "start")).status), "started");
	return program;
}

async function close(kind, program) {
	await tunnels.post(kind, "stop");
	await until("its program ends", () => program.alive.length === 0);
}

/** The error with which it is given up. */
async function failure(kind, rules, settings) {
	const program = await open(kind, rules, settings);
	const { error } = await tunnels.until(kind, "failed");
	equal(program.alive, []);
	return [error.code, program.runs.length, error.detail];
}

const LICENSE = "*\n* Visual Studio Code Server\n*\n* By using the software, you agree to\n* the Visual Studio Code Server License Terms (https://aka.ms/vscode-server-license) and\n* the Microsoft Privacy Statement (https://privacy.microsoft.com/en-US/privacystatement).\n*\n";
const info = text => `\x1b[2m[2026-11-26 19:00:00]\x1b[0m \x1b[34minfo\x1b[0m ${text}\n`;
const github = code => `To grant access to the server, please log into https://github.com/login/device and use code ${code}\n`;
const microsoft = "To sign in, use a web browser to open the page https://microsoft.com/devicelogin and enter the code EF56GH78J to authenticate.\n";
const link = (name, path = "/home/ada") => info(`Open this link in your browser https://vscode.dev/tunnel/${name}${path}`);
const SIGNED_IN = { when: "tunnel user show", out: "logged in with provider GitHub Account\n", exit: 0 };
const STRANGER = { when: "tunnel user show", err: "not logged in\n", exit: 1 };

for (const bytes of [false, true]) {
	const way = bytes ? "byte by byte" : "as a whole";

	await test(`VS Code, ${way}: the first sign-in with GitHub, then the tunnel`, async () => {
		const program = await open("vscode", [STRANGER, { when: "tunnel user login", out: github("AB12-CD34"), bytes },
			{ out: LICENSE + link("den"), bytes }], { name: "den", provider: "github" });
		const { login } = await tunnels.until("vscode", "login");
		equal([login.url, login.code], ["https://github.com/login/device", "AB12-CD34"]);
		const left = login.expires_at - Date.now();
		ok(left > 880000 && left <= 900000, "a quarter of an hour", left);
		equal(program.runs.at(-1).words, ["tunnel", "user", "login", "--provider", "github"]);
		/* The person has signed in. */
		program.follow([SIGNED_IN, { out: LICENSE + link("den"), bytes }]);
		proc.kill(program.alive[0], "SIGTERM");
		const tunnel = await tunnels.until("vscode", "open");
		equal([tunnel.url, tunnel.public, tunnel.login], ["https://vscode.dev/tunnel/den", false, null]);
		equal(program.runs.at(-1).words, ["tunnel", "--accept-server-license-terms", "--name=den"]);
		await close("vscode", program);
	});

	await test(`VS Code, ${way}: a sign-in with Microsoft that succeeds goes on by itself`, async () => {
		const program = await open("vscode", [STRANGER,
			{ when: "tunnel user login --provider microsoft", out: microsoft, bytes, exit: 0 },
			{ out: link("den"), bytes }], { provider: "microsoft" });
		await tunnels.until("vscode", "open");
		equal(program.runs.map(run => run.words.slice(0, 3).join(" ")),
			["tunnel user show", "tunnel user login", "tunnel --accept-server-license-terms"]);
		ok((await until("the line is kept", async () => {
			const lines = await tunnels.lines("vscode");
			return lines.some(line => line.includes("EF56GH78J")) && lines;
		})).every(line => !line.includes("\x1b")), "no escape sequences");
		await close("vscode", program);
	});

	await test(`VS Code, ${way}: a sign-in that ended is renewed while the tunnel runs`, async () => {
		const program = await open("vscode", [SIGNED_IN,
			{ out: link("den") + info("error refreshing token, please sign in again") + github("WX12-YZ34"), bytes }]);
		const { login } = await tunnels.until("vscode", "login");
		equal(login.code, "WX12-YZ34");
		await close("vscode", program);
	});

	await test(`Cloudflare, ${way}: the address stands in a frame, on standard error`, async () => {
		const at = "2026-11-26T19:00:00Z INF";
		const program = await open("cloudflared", [{ bytes, err: `${at} Thank you for trying Cloudflare Tunnel. Doing so, without a Cloudflare account, is a quick way to experiment (https://developers.cloudflare.com/cloudflare-one/connections/connect-apps)
${at} Requesting new quick Tunnel on trycloudflare.com...
${at} +--------------------------------------------------------------------------------------------+
${at} |  Your quick Tunnel has been created! Visit it at (it may take some time to be reachable):  |
${at} |  https://calm-river-sings-low.trycloudflare.com                                            |
${at} +--------------------------------------------------------------------------------------------+
` }]);
		const tunnel = await tunnels.until("cloudflared", "open");
		equal([tunnel.url, tunnel.public], ["https://calm-river-sings-low.trycloudflare.com", true]);
		equal(program.runs[0].words, ["tunnel", "--no-autoupdate", `--url=http://localhost:${d.port}`]);
		await close("cloudflared", program);
	});

	await test(`Tailscale, ${way}: funnel is public once it is allowed, serve is not`, async () => {
		const program = await open("tailscale", [{ when: "funnel", bytes,
			out: "Funnel is not enabled on your tailnet.\nTo enable, visit:\n\n         https://login.tailscale.com/f/funnel?node=nAbC123\n\n" }],
		{ mode: "funnel", https: true });
		const { login } = await tunnels.until("tailscale", "login");
		equal([login.url, login.code], ["https://login.tailscale.com/f/funnel?node=nAbC123", null]);
		equal(program.runs[0].words, ["funnel", "--yes", `https+insecure://localhost:${d.port}`]);
		const url = "https://den.tail1a2b3.ts.net/";
		program.follow([{ when: "funnel", bytes, out: `Available on the internet:\n\n${url}\n|-- proxy https+insecure://localhost:1\n\nPress Ctrl+C to exit.\n` },
			{ when: "serve", bytes, out: `Available within your tailnet:\n\n${url}\n|-- proxy http://localhost:1\n\nPress Ctrl+C to exit.\n` }]);
		await tunnels.post("tailscale", "start");
		let tunnel = await tunnels.until("tailscale", "open");
		equal([tunnel.url, tunnel.public], [url, true]);
		equal(d.sql("events", "SELECT host FROM tunnel WHERE kind='tailscale'"), [{ host: "den.tail1a2b3.ts.net" }]);
		await tunnels.put("tailscale", { program: program.path, mode: "serve" });
		await tunnels.post("tailscale", "start");
		await until("serve runs", () => program.runs.at(-1).words[0] === "serve");
		tunnel = await tunnels.until("tailscale", "open");
		equal([tunnel.url, tunnel.public, tunnel.ends_at], [url, false, null]);
		equal(d.sql("events", "SELECT host FROM tunnel WHERE kind='tailscale'"), [{ host: "den.tail1a2b3.ts.net" }]);
		await close("tailscale", program);
	});
}

await test("VS Code: a name that another machine has is told, and not tried again", async () => {
	const [code, runs, detail] = await failure("vscode", [SIGNED_IN,
		{ err: info("error Tunnel name den is already in use"), exit: 1 }], { name: "den" });
	equal([code, runs], ["tunnel.taken", 2]);
	match(detail, /Choose another/);
});

await test("VS Code: what an open tunnel logs does not end it, whatever it sounds like", async () => {
	const program = await open("vscode", [SIGNED_IN,
		{ out: link("den"), rest: info("error forwarding: address is already in use") }]);
	await tunnels.until("vscode", "open");
	program.goOn();
	await until("it is told", async () => (await tunnels.lines("vscode")).at(-1).includes("already in use"));
	equal(d.sql("events", "SELECT status FROM run_session WHERE kind='tunnel' AND deleted_at IS NULL"),
		[{ status: "running" }]);
	equal((await tunnels.get("vscode")).state, "open");
	await close("vscode", program);
});

await test("VS Code: a tunnel of this machine that is open already is used, and said to be", async () => {
	const program = await open("vscode", [SIGNED_IN,
		{ out: `\nConnected to an existing tunnel process running on this machine.\n\n${link("den")}` }]);
	const { url, error } = await tunnels.until("vscode", "open");
	equal([url, error.code], ["https://vscode.dev/tunnel/den", "tunnel.joined"]);
	await close("vscode", program);
});

await test("VS Code: its program is asked how it stands", async () => {
	const state = { started_at: "2026-11-26T19:00:00Z", tunnel: "Connected", last_fail_reason: null };
	const said = tunnel => [{ when: "tunnel status", exit: 0, out: `${JSON.stringify({ tunnel, service_installed: false })}\n` }];
	const program = new StandIn("code", said({ name: "den", ...state }));
	await tunnels.put("vscode", { program: program.path });
	equal((await tunnels.status("vscode")).json, { running: true, connected: true, name: "den", problem: null });
	program.follow(said({ name: "den", ...state, tunnel: "Disconnected", last_fail_reason: "no network" }));
	equal((await tunnels.status("vscode")).json, { running: true, connected: false, name: "den", problem: "no network" });
	program.follow(said(null));
	equal((await tunnels.status("vscode")).json, { running: false, connected: false, name: null, problem: null });
	program.follow([{ out: "nothing of the kind\n", exit: 0 }]);
	equal((await tunnels.status("vscode")).summary, "502 tunnel.status");
	await tunnels.put("vscode", { program: "/nowhere/code" });
	equal((await tunnels.status("vscode")).summary, "422 tunnel.program");
	equal((await tunnels.status("cloudflared")).summary, "409 tunnel.kind");
});

await test("VS Code: links lead to the folder, whatever it is called", async () => {
	const program = await open("vscode", [SIGNED_IN, { out: link("den") }], { folder: "/srv/Ärger & Co/#1?" });
	const { url, editor_url } = await tunnels.until("vscode", "open");
	const path = "/srv/%C3%84rger%20%26%20Co/%231%3F";
	equal([url, editor_url], [`https://vscode.dev/tunnel/den${path}`, `vscode://vscode-remote/tunnel+den${path}`]);
	await close("vscode", program);
});

await test("VS Code: unregistering closes the tunnel and takes the machine off the account", async () => {
	const program = await open("vscode", [SIGNED_IN, { when: "tunnel unregister", exit: 0 }, { out: link("den") }]);
	await tunnels.until("vscode", "open");
	equal((await tunnels.post("vscode", "unregister")).status, 200);
	const { error } = await tunnels.until("vscode", "off");
	equal([error, program.runs.at(-1).words], [null, ["tunnel", "unregister"]]);
	equal(program.alive, []);
});

await test("VS Code: unregistering that fails says why, and opens nothing", async () => {
	const program = new StandIn("vscode", [SIGNED_IN,
		{ when: "tunnel unregister", err: "error: no network\n", exit: 1 }, { out: link("den") }]);
	await tunnels.put("vscode", { program: program.path });
	const { json } = await tunnels.post("vscode", "unregister");
	ok(json.unregistering || json.state === "failed", "what goes on", json);
	const { error, unregistering } = await tunnels.until("vscode", "failed");
	match(error.detail, /status 1; it said last: “error: no network”\.$/);
	equal([program.runs.map(run => run.words), unregistering], [[["tunnel", "unregister"]], false]);
});

await test("without a network each says so, after it was tried again", async () => {
	const lost = [["vscode", info("error error sending request for url (https://global.rel.tunnels.api.visualstudio.com/): dns error")],
		["cloudflared", "2026-11-26T19:00:00Z ERR failed to request quick Tunnel: Post \"https://api.trycloudflare.com/tunnel\": dial tcp: lookup api.trycloudflare.com: no such host\n"],
		["localtunnel", "Error: getaddrinfo ENOTFOUND localtunnel.me\n"]];
	for (const [kind, err] of lost) {
		const [code, runs, detail] = await failure(kind, [SIGNED_IN, { err, exit: 1 }]);
		equal([code, runs], ["tunnel.network", kind === "vscode" ? 4 : 2], kind);
		match(detail, /is this machine online\? It was tried 2 times in a row\./);
	}
});

await test("Tailscale that is signed out, stopped or not for this account says what to do", async () => {
	for (const [err, code] of [["Logged out.\n", "tunnel.login"], ["Tailscale is stopped.\n", "tunnel.stopped"],
		["failed to connect to local tailscaled; it doesn't appear to be running (sudo systemctl start tailscaled ?)\n", "tunnel.stopped"],
		["error: Access denied: serve config denied\n\nUse 'sudo tailscale serve'.\n", "tunnel.denied"]])
		equal((await failure("tailscale", [{ err, exit: 1 }])).slice(0, 2), [code, 1], err);
});

await test("none of them installed: each says which program is missing", async () => {
	for (const kind of ["localtunnel", "vscode", "cloudflared", "tailscale"]) {
		await tunnels.put(kind, { program: "no-such-program" });
		await tunnels.post(kind, "start");
		const { error } = await tunnels.until(kind, "failed");
		equal(error.code, "tunnel.program", kind);
		match(error.detail, /There is no program no-such-program\./);
	}
});

await test("killed, each comes back", async () => {
	const said = { vscode: link("den"), cloudflared: "https://calm-river.trycloudflare.com\n", tailscale: "https://den.tail1a2b3.ts.net/\n" };
	for (const [kind, out] of Object.entries(said)) {
		const program = await open(kind, [SIGNED_IN, { out }]);
		await tunnels.until(kind, "open");
		const [pid] = program.alive;
		proc.kill(pid);
		await until("another one", () => program.alive.some(other => other !== pid) && !isAlive(pid));
		await tunnels.until(kind, "open");
		await close(kind, program);
	}
});

await done();
