#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * A stream that is asked for in a way that cannot be: each gets a clear answer with its code,
 * through each web server, and a thousand of them cost the runner next to nothing.
 */
import { readFileSync } from "node:fs";
import { newId } from "./lib/client.mjs";
import { sanitized, serve, webServers } from "./lib/dispatch.mjs";
import { done, equal, note, ok, test, until } from "./lib/tap.mjs";

const TIMES = 1000;

/* Milliseconds of processor time (of clock ticks of 10 ms) and bytes of memory. */
function cost(pid) {
	const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
	const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
	return { cpu: (+fields[11] + +fields[12]) * 10, bytes: +fields[21] * 4096 };
}

for (const web of webServers) {
	const d = await serve({ web });
	const client = d.client();
	const { id, last_seq } = await client.create(["cat"]);
	const gone = (await client.create(["true"])).id;
	await client.delete(`api/sessions/${gone}?force=1`);
	const foreign = (await d.client(d.otherKey()).create(["cat"])).id;
	const thousand = Array.from({ length: 1000 }, () => `${newId()}:0`).join(",");

	/* What is asked, and the answer: status, code and field. */
	const requests = [
		["an unknown session", `s=${newId()}:0`, "404 session.unknown", "s"],
		["somebody else's session", `s=${foreign}:0`, "404 session.unknown", "s"],
		["a deleted session", `s=${gone}:0`, "404 session.unknown", "s"],
		["one good and one unknown session", `s=${id}:0,${newId()}:0`, "404 session.unknown",
			"s"],
		["a session that is no id", "s=xyz:0", "400 request.invalid", "s"],
		["a session in capitals", `s=${id.toUpperCase()}:0`, "400 request.invalid", "s"],
		["no cursor", `s=${id}`, "400 request.invalid", "s"],
		["an empty cursor", `s=${id}:`, "400 request.invalid", "s"],
		["a negative cursor", `s=${id}:-1`, "400 request.invalid", "s"],
		["a cursor that is no number", `s=${id}:1x`, "400 request.invalid", "s"],
		["a cursor beyond all numbers", `s=${id}:99999999999999999999`, "400 request.invalid",
			"s"],
		["a session twice", `s=${id}:0,${id}:0`, "400 request.invalid", "s"],
		["a parameter twice", `s=${id}:0&s=${id}:0`, "400 request.invalid", "s"],
		["a cursor from the future", `s=${id}:${last_seq + 1000}`, "409 cursor.future", "s"],
		["a window that is too large", `s=${id}:0&window=99999999999`, "400 request.invalid",
			"window"],
	];

	for (const [what, query, summary, field] of requests)
		await test(`${web}: a stream with ${what} is refused with ${summary}`, async () => {
			const reply = await client.stream(query).closed;
			equal([reply.summary, reply.json?.field], [summary, field]);
		});

	/* Web servers have limits of their own for what is in an address. */
	const tooLong = { nginx: "414", lighttpd: "431" }[web];
	await test(`${web}: 1,000 sessions in one address are refused with ${tooLong}`, async () => {
		equal((await client.stream(`s=${thousand}`).closed).summary, tooLong);
	});

	await test(`${web}: an acknowledgement beyond what was sent ends its stream alone`, async () => {
		const other = client.viewer([id]), viewer = client.viewer([id]);
		await until("they are live", () => other.live && viewer.live);
		const ack = n => client.post(`api/stream/${viewer.name}/ack`, { n });
		equal((await ack(viewer.messages + 1000)).status, 204);
		equal(await until("bye", () => viewer.bye), "ack.unsent");
		await until("it comes back", () => viewer.hellos === 2);
		equal(other.breaks, 0, "breaks of another stream");
		viewer.close();
		other.close();
	});

	await test(`${web}: ${TIMES} bad requests cost little, and no memory`, async () => {
		const bad = [...requests.map(([, query]) => query), `s=${thousand}`];
		const ask = async n => {
			for (let i = 0; i < n; i++)
				await client.get(`api/stream?${bad[i % bad.length]}`);
		};
		await ask(200);
		const runner = await d.runner();
		const before = cost(runner);
		await ask(TIMES);
		const after = cost(runner);
		const cpu = after.cpu - before.cpu, grown = after.bytes - before.bytes;
		note(`${cpu} ms of processor time, ${grown / 1024} KiB more memory`);
		ok(grown < 1 << 20 || sanitized, "bytes by which the runner grew", grown);
		ok(cpu < TIMES * (sanitized ? 20 : 2), "ms of processor time", cpu);
		equal(await d.runner(), runner, "the same runner");
	});

	/* lighttpd tells of a viewer that left only with the next heartbeat. */
	web === "nginx" && await test(`${TIMES} viewers that come and go leave nothing in the runner`, async () => {
		const visit = async n => {
			for (let i = 0; i < n; i++) {
				const viewer = client.viewer([id]);
				await until("it is live", () => viewer.live);
				viewer.close();
			}
		};
		await visit(200);
		const runner = await d.runner();
		const before = cost(runner);
		await visit(TIMES);
		const grown = cost(runner).bytes - before.bytes;
		note(`${grown / 1024} KiB more memory`);
		ok(grown < 512 << 10 || sanitized, "bytes by which the runner grew", grown);
	}, 60000);

	await test(`${web}: a good stream still works`, async () => {
		const viewer = client.viewer([id]);
		await until("it is live", () => viewer.live);
		viewer.close();
	});
	await d.clean();
}
await done();
