#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* A shell from its creation to its deletion, through each web server. */
import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { Screen, newId } from "./lib/client.mjs";
import { serve, temporary, webServers } from "./lib/dispatch.mjs";
import { cleanup, done, equal, match, ok, test, until } from "./lib/tap.mjs";

for (const web of webServers) {
	const d = await serve({ web });
	const client = d.client();

	await test(`${web}: health needs no credential and says that all is well`, async () => {
		const { status, json } = await d.client(null).get("api/health");
		equal(status, 200);
		equal([json.status, json.setup_required, json.runner.alive, json.storage],
			["ok", false, true, "ok"]);
	});

	await test(`${web}: a login shell answers, in the size that was asked for`, async () => {
		const home = realpathSync(temporary());
		const session = await client.create(null,
			{ cwd: home, cols: 91, rows: 17, title: "mine", env: { COLOUR: "mauve" } });
		match(session.id, /^[a-z2-7]{26}$/, "id");
		equal([session.kind, session.title, session.cwd, session.cols, session.rows,
			session.run, session.exit_code, session.error],
		["pty", "mine", home, 91, 17, 1, null, null]);
		const screen = new Screen(client, session.id);
		cleanup(() => screen.close());
		await screen.type("PS1='> '; stty size; pwd; echo $COLOUR $((6*7)) $TERM\r");
		await screen.see(`17 91\r\n${home}\r\nmauve 42 xterm-256color\r\n`);
		const events = await client.events(session.id);
		equal(events.map(event => event.seq), events.map((_, i) => i + 1), "seq");
		const resizes = events.filter(event => event.channel === "pty:resize");
		equal(resizes[0].data, { cols: 91, rows: 17, by: null }, "the first size");

		equal((await client.post(`api/sessions/${session.id}/resize`,
			{ cols: 120, rows: 40 })).status, 204);
		await screen.type("stty size\r");
		await screen.see("40 120\r\n");
		equal((await client.session(session.id)).cols, 120);
		ok((await client.events(session.id)).some(event => event.type === "resize" &&
			event.data.cols === 120), "the resize is in the log");

		await until("a preview", async () =>
			(await client.session(session.id)).preview.startsWith(">"));
		await screen.type("exit 3\r");
		const end = await screen.ended();
		equal([end.status, end.exit_code, end.run], ["exited", 3, 1]);
		const row = await client.session(session.id);
		equal([row.status, row.exit_code, row.exit_signal], ["exited", 3, null]);
		ok(row.ended_at >= row.started_at && row.started_at >= row.created_at, "times", row);
	});

	await test(`${web}: a session is listed, renamed, stopped, resumed and deleted`,
		async () => {
			const { id } = await client.create(["sh", "-c", "echo run $$; exec cat"]);
			await until("its first words", async () =>
				/^run \d+\r\n$/.test(await client.output(id)));
			const list = async () => (await client.get("api/sessions")).json.items
				.find(session => session.id === id);
			equal((await list()).status, "running");
			equal((await client.patch(`api/sessions/${id}`, { title: "renamed" })).status, 200);
			await until("the new title", async () => (await list()).title === "renamed");
			equal((await client.delete(`api/sessions/${id}`)).summary, "409 session.running");
			equal((await client.post(`api/sessions/${id}/resume`)).summary,
				"409 session.running");
			equal((await client.post(`api/sessions/${id}/stop`)).status, 202);
			await until("the end", async () => (await list()).status === "exited");
			equal((await list()).exit_signal, "HUP");
			const before = (await list()).last_seq;
			const resumed = await client.post(`api/sessions/${id}/resume`, { cols: 70 });
			ok([200, 202].includes(resumed.status), "resume", resumed.summary);
			const again = await until("it runs again", async () => {
				const session = await list();
				return session.status === "running" && session;
			});
			equal([again.run, again.cols], [2, 70]);
			ok(again.last_seq > before, "the log goes on");
			await until("output of both runs", async () =>
				/^run \d+\r\nrun \d+\r\n$/.test(await client.output(id)));
			equal((await client.delete(`api/sessions/${id}?force=1`)).status, 204);
			await until("it is gone", async () => !await list());
			equal((await client.get(`api/sessions/${id}`)).summary, "404 session.unknown");
			await until("no shim is left", () => d.shims().length === 0);
		});

	await test(`${web}: the log names who decides the size, from its first event on`,
		async () => {
			const [maker, other] = [newId(), newId()];
			const { id } = await client.create(["sh", "-c", "exec cat"],
				{ cols: 91, rows: 17, writer: maker });
			equal((await client.events(id))[0].data, { cols: 91, rows: 17, by: maker });
			const resize = writer =>
				client.post(`api/sessions/${id}/resize`, { cols: 91, rows: 17, writer });
			equal((await resize(other)).status, 204);
			equal((await resize()).status, 204);
			equal((await resize("nobody")).json.field, "writer");
			await client.post(`api/sessions/${id}/stop`);
			await until("the end", async () => (await client.session(id)).status === "exited");
			await client.post(`api/sessions/${id}/resume`, { writer: maker });
			const named = async () => (await client.events(id, "&channel=pty:resize"))
				.map(event => event.data.by);
			equal(await until("four sizes", async () => (await named()).length > 3 && named()),
				[maker, other, null, maker]);
		});

	await test(`${web}: a signal reaches the program`, async () => {
		const { id } = await client.create(["sh", "-c",
			"trap 'echo caught' USR1; echo set; while :; do sleep 0.05; done"]);
		const screen = new Screen(client, id);
		cleanup(() => screen.close());
		await screen.see("set");
		equal((await client.post(`api/sessions/${id}/signal`, { name: "USR1" })).status, 204);
		await screen.see("caught");
		equal((await client.post(`api/sessions/${id}/signal`, { name: "KILL" })).status, 204);
		const end = await screen.ended();
		equal([end.status, end.exit_signal], ["exited", "KILL"]);
	});

	await test(`${web}: what cannot be started is refused with the reason`, async () => {
		const create = async options =>
			(await client.post("api/sessions", { kind: "pty", ...options }));
		const noDir = await create({ cwd: "/no/such/place" });
		equal(noDir.summary, "422 session.cwd");
		match(noDir.json.detail, /\/no\/such\/place/);
		equal((await create({ command: ["/no/such/program"] })).summary,
			"422 session.command");
		equal((await create({ command: ["/etc/passwd"] })).summary, "422 session.command");
	});

	await test(`${web}: two viewers see the same, and the list tells them of new sessions`,
		async () => {
			const told = [];
			const { id } = await client.create(["sh", "-c", "read line; seq 1 20000"]);
			const first = new Screen(client, id, { on: { system: data => told.push(data) } });
			const second = new Screen(d.client(), id, { window: 0 });
			cleanup(() => { first.close(); second.close(); });
			await first.viewer.until("a stream", () => first.viewer.live);
			await first.type("go\r");
			await first.ended();
			await second.ended();
			ok(first.text === second.text, "the same bytes");
			equal(first.text, ["go", ...Array.from({ length: 20000 }, (_, i) => i + 1), ""]
				.join("\r\n"));
			const other = await client.create(["true"]);
			await first.viewer.until("it is announced", () => told.some(t =>
				t.channel === "session" && t.session === other.id && t.type === "created"));
			await first.viewer.until("its end is announced", () => told.some(t =>
				t.session === other.id && t.data?.status === "exited"));
		});

	await test(`${web}: the preview is the last line, also where the ring of its shim begins anew`,
		async () => {
			const before = (1 << 20) - 6;
			const { id } = await client.create(["sh", "-c", `stty raw -echo; head -c ${before} /dev/zero |
				tr "\\0" x; read line; printf "\\r\\nover the edge\\r\\n"; exec cat`]);
			await until("the edge", async () => (await client.session(id)).output === before);
			await client.writer(id).write("\n");
			await until("the preview",
				async () => (await client.session(id)).preview === "over the edge");
		});

	await test(`${web}: a deleted session does not come back from the command that made it`,
		async () => {
			const flag = join(temporary(), "began"), id = newId();
			const [{ user }] = d.sql("state", "SELECT id AS user FROM user LIMIT 1");
			const body = JSON.stringify({ kind: "pty", command: ["touch", flag] });
			const command = (kind, body) => `INSERT INTO command (session, user, kind, body)
				VALUES ('${id}', '${user}', '${kind}', CAST('${body}' AS BLOB));`;
			/* As they are for a moment behind its end; a crash leaves them, too. */
			d.sql("state", `BEGIN; ${command("create", body)}
				${command("delete", '{"force":true}')} COMMIT`);
			await until("the commands are done with", () => d.sql("state",
				`SELECT count(*) AS n FROM command WHERE session = '${id}'`)[0].n === 0);
			equal(d.sql("events", `SELECT * FROM run_session WHERE id = '${id}'`), []);
			equal(existsSync(flag), false, "its program began");
		});

	await test(`${web}: a viewer that is paced by acknowledgements falls behind no further ` +
		"than its window", async () => {
		const { id } = await client.create(["sh", "-c", "stty raw; head -c 8M /dev/zero"]);
		await until("the end", async () => (await client.session(id)).status === "exited");
		let bytes = 0, name, messages = 0;
		const stream = client.stream(`s=${id}:0`, { message: (event, data) => {
			name ??= event === "hello" && data.stream;
			messages += event === "event";
			bytes += data.bytes ? JSON.stringify(data).length : 0;
		} });
		cleanup(() => stream.close());
		let before;
		await until("the window is full", async () => {
			before = bytes;
			await new Promise(resolve => setTimeout(resolve, 200));
			return bytes > 0 && bytes === before;
		});
		ok(bytes < 524288 + 2 * 65536 * 4 / 3 + 65536, "at most a window and a piece", bytes);
		equal((await client.post(`api/stream/${name}/ack`, { n: messages })).status, 204);
		await until("more comes", () => bytes > before);
	});

	await d.clean();
}
await done();
