#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * Input is applied once and in order, or not at all and the answer says so; through each web
 * server.
 */
import { createHash } from "node:crypto";
import { newId, Screen } from "./lib/client.mjs";
import { serve, webServers } from "./lib/dispatch.mjs";
import { kill } from "./lib/proc.mjs";
import { cleanup, done, equal, match, ok, sleep, test, until } from "./lib/tap.mjs";

/* Prints back what it gets, as it gets it. */
const echo = ["sh", "-c", "stty raw -echo; printf ready; exec cat"];

/* The same chance each time: numbers below `limit`. */
function generator(seed) {
	let state = seed;
	return limit => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return Math.floor(state / 2 ** 32 * limit);
	};
}

for (const web of webServers) {
	const d = await serve({ web });
	const client = d.client();

	/* A session that echoes, with a screen; and what it printed after "ready". */
	const start = async (command = echo) => {
		const { id } = await client.create(command);
		const screen = new Screen(client, id);
		cleanup(() => screen.close());
		await screen.see("ready");
		return { id, screen, echoed: () => screen.text.slice("ready".length) };
	};
	const settled = id => until("all commands are done", () => d.sql("state",
		`SELECT count(*) AS n FROM command WHERE session = '${id}'`)[0].n === 0);

	await test(`${web}: an input that is sent again counts once`, async () => {
		const { id, screen, echoed } = await start();
		const w = newId();
		equal((await client.input(id, w, 1, "one.")).status, 204);
		const again = await client.input(id, w, 1, "one.");
		equal([again.status, again.json], [200, { duplicate: true }]);
		equal((await client.input(id, w, 2, "two.")).status, 204);
		equal((await client.input(id, w, 1, "one.")).status, 200);
		await screen.see("two.");
		await settled(id);
		equal(echoed(), "one.two.");
	});

	await test(`${web}: of thirty equal inputs at once one is applied`, async () => {
		const { id, screen, echoed } = await start();
		const w = newId();
		const replies = await Promise.all(Array.from({ length: 30 },
			() => client.input(id, w, 1, "x")));
		equal(replies.filter(reply => reply.status === 204).length, 1, "accepted");
		equal(replies.filter(reply => reply.status === 200).length, 29, "known");
		await screen.type("end");
		await screen.see("end");
		equal(echoed(), "xend");
	});

	await test(`${web}: a gap is refused and the answer says what is expected`, async () => {
		const { id, screen, echoed } = await start();
		const w = newId();
		const early = await client.input(id, w, 2, "no");
		equal([early.summary, early.json.expect], ["409 input.gap", 1]);
		equal((await client.input(id, w, 1, "a")).status, 204);
		const gap = await client.input(id, w, 3, "no");
		equal([gap.summary, gap.json.expect], ["409 input.gap", 2]);
		equal((await client.input(id, w, 2, "b")).status, 204);
		await screen.see("ab");
		await settled(id);
		equal(echoed(), "ab");
	});

	await test(`${web}: several writers each have their own count`, async () => {
		const { id, screen, echoed } = await start();
		const writers = Array.from({ length: 5 }, () => client.writer(id));
		await Promise.all(writers.flatMap((writer, i) =>
			Array.from({ length: 20 }, (_, k) => writer.write(`<${i}:${k}>`))));
		await screen.type("end");
		await screen.see("end");
		for (let i = 0; i < writers.length; i++)
			equal([...echoed().matchAll(new RegExp(`<${i}:(\\d+)>`, "g"))].map(m => +m[1]),
				Array.from({ length: 20 }, (_, k) => k), `of writer ${i}`);
		equal(echoed().match(/</g).length, 100, "inputs");
	});

	await test(`${web}: six hundred inputs, repeated, early and late, go as a simple model says`,
		async () => {
			const { id, screen, echoed } = await start();
			const chance = generator(web.length);
			const writers = Array.from({ length: 3 }, () => ({ id: newId(), n: 0 }));
			let expected = "";
			for (let i = 0; i < 600; i++) {
				const writer = writers[chance(3)];
				const n = Math.max(1, writer.n + 1 + [0, 0, 0, 0, -1, -5, 1, 7][chance(8)]);
				const text = `<${i}>`;
				const reply = await client.input(id, writer.id, n, text);
				if (n === writer.n + 1) {
					equal(reply.status, 204, `input ${i}`);
					expected += text;
					writer.n = n;
				} else if (n <= writer.n) {
					equal(reply.status, 200, `input ${i}, which is known`);
				} else {
					equal([reply.summary, reply.json.expect], ["409 input.gap", writer.n + 1],
						`input ${i}, which is early`);
				}
			}
			await screen.type("end");
			await screen.see("end");
			equal(echoed(), `${expected}end`);
		});

	await test(`${web}: input that waited too long is dropped and the log says so`, async () => {
		const { id, screen, echoed } = await start();
		const runner = await d.runner();
		const writer = client.writer(id);
		kill(runner, "SIGSTOP");
		try {
			await writer.write("stale", "&ttl=50");
			await writer.write("fresh");
			await sleep(100);
		} finally {
			kill(runner, "SIGCONT");
		}
		await screen.see("fresh");
		await screen.viewer.until("the notice", () =>
			screen.statuses.some(event => event.type === "input-expired"));
		const notice = screen.statuses.find(event => event.type === "input-expired").data;
		equal([notice.k, notice.bytes], [1, 5]);
		equal((await client.input(id, writer.writer, 1, "stale")).status, 200, "sent again");
		await screen.type("end");
		await screen.see("end");
		equal(echoed(), "freshend");
	});

	await test(`${web}: a stopped runner loses no input and mixes up no order`, async () => {
		const { id, screen, echoed } = await start();
		const runner = await d.runner();
		kill(runner, "SIGSTOP");
		const typed = Array.from({ length: 100 }, (_, i) => `${i},`);
		for (const text of typed)
			screen.type(text);
		try {
			await screen.writer.last;
		} finally {
			kill(runner, "SIGCONT");
		}
		await screen.see("99,");
		equal(echoed(), typed.join(""));
	});

	await test(`${web}: 64 KiB fit, a byte more is refused, and so is nothing`, async () => {
		const { id } = await start(["sh", "-c",
			"stty raw -echo; printf ready; exec head -c 65536"]);
		const w = newId();
		const most = Buffer.alloc(65536, "m");
		const more = await client.input(id, w, 1, Buffer.alloc(65537, "m"));
		equal(more.summary, "413 request.too_large");
		equal((await client.input(id, w, 1, "")).summary, "400 request.invalid");
		equal((await client.input(id, w, 1, most)).status, 204);
		await until("it read that", async () =>
			(await client.session(id)).status === "exited");
		const output = (await client.output(id)).subarray(5);
		ok(output.equals(most), "all of it, once", output.length);
	});

	await test(`${web}: far too much is refused with the same answer`, async () => {
		const { id } = await start();
		const reply = await client.input(id, newId(), 1, Buffer.alloc(3 << 20))
			.catch(e => e);
		/* A server may hang up on who goes on sending. */
		if (!["EPIPE", "ECONNRESET"].includes(reply.code))
			equal(reply.summary, "413 request.too_large");
		equal((await client.input(id, newId(), 1, "still here")).status, 204);
	});

	await test(`${web}: a program that does not read gets it all when it reads`, async () => {
		const { id } = await start(["sh", "-c",
			"stty raw -echo; printf ready; sleep 1; head -c 300000 | sha256sum; stty sane"]);
		const hash = createHash("sha256");
		const writer = client.writer(id);
		for (let i = 0; i < 5; i++) {
			const bytes = Buffer.alloc(60000, `${i}`);
			hash.update(bytes);
			await writer.write(bytes);
		}
		await until("the end", async () => (await client.session(id)).status === "exited");
		match((await client.output(id)).toString(), new RegExp(hash.digest("hex")), "hash");
	});

	await test(`${web}: a session that ended takes no input`, async () => {
		const { id } = await client.create(["true"]);
		await until("the end", async () => (await client.session(id)).status === "exited");
		equal((await client.input(id, newId(), 1, "x")).summary, "409 session.ended");
		await until("no command is left", () => d.sql("state",
			`SELECT count(*) AS n FROM command WHERE session = '${id}'`)[0].n === 0);
	});

	await test(`${web}: a session of somebody else does not exist, whatever is asked of it`,
		async () => {
			const { id, screen, echoed } = await start();
			const other = d.client(d.otherKey());
			const base = `api/sessions/${id}`;
			for (const reply of [
				await other.input(id, newId(), 1, "intruder"),
				await other.get(base),
				await other.patch(base, { title: "stolen" }),
				await other.delete(`${base}?force=1`),
				await other.get(`${base}/events`),
				await other.post(`${base}/resize`, { cols: 10, rows: 10 }),
				await other.post(`${base}/signal`, { name: "KILL" }),
				await other.post(`${base}/stop`),
				await other.post(`${base}/resume`),
			])
				equal(reply.summary, "404 session.unknown");
			equal((await other.get("api/sessions")).json.items, []);
			const refused = await other.stream(`s=${id}:0`).closed;
			equal([refused.summary, refused.json.field], ["404 session.unknown", "s"]);
			await screen.type("mine");
			await screen.see("mine");
			equal(echoed(), "mine");
			equal((await client.session(id)).cols, 80);
		});

	await test(`${web}: somebody else hears nothing of my sessions`, async () => {
		const other = d.client(d.otherKey());
		const heard = [];
		const viewer = other.viewer([], { on: { system: data => heard.push(data) } });
		cleanup(() => viewer.close());
		await viewer.until("a stream", () => viewer.live);
		await client.create(["true"]);
		const theirs = await other.create(["true"]);
		await viewer.until("their own session", () =>
			heard.some(data => data.session === theirs.id));
		ok(heard.every(data => !data.session || data.session === theirs.id), "only theirs");
	});

	await test(`${web}: who may only look changes nothing`, async () => {
		const viewer = d.client(d.otherKey("Guest", "viewer"));
		equal((await viewer.get("api/sessions")).status, 200);
		const reply = await viewer.post("api/sessions", { kind: "pty" });
		equal(reply.status, 403, reply.summary);
	});

	await d.clean();
}
await done();
