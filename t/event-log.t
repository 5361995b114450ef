#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* Reading the log: page by page, and as a stream of several sessions; through each web server. */
import { Screen } from "./lib/client.mjs";
import { serve, webServers } from "./lib/dispatch.mjs";
import { cleanup, done, equal, match, ok, test, until } from "./lib/tap.mjs";

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

for (const web of webServers) {
	const d = await serve({ web, args: ["--set", "stream.heartbeat=200"] });
	const client = d.client();
	const ended = id => until("the end", async () => {
		const session = await client.session(id);
		return session.status === "exited" && session;
	});

	/* Sixty events or more: each resize is one. */
	const { id } = await client.create(["sh", "-c", "read line; echo last"]);
	for (let i = 1; i <= 60; i++)
		equal((await client.post(`api/sessions/${id}/resize`, { cols: 80 + i, rows: 24 })).status,
			204);
	await client.writer(id).write("go\r");
	const { last_seq: last } = await ended(id);
	const page = async query => (await client.get(`api/sessions/${id}/events?${query}`)).json;
	const seqs = async query => (await page(query)).items.map(event => event.seq);

	await test(`${web}: the log is read forwards from after an event`, async () => {
		equal(await seqs("limit=1000"), range(1, last), "all of it");
		const first = await page("limit=10");
		equal([first.items.map(event => event.seq), first.next], [range(1, 10), 10]);
		equal(await seqs("after=10&limit=10"), range(11, 20));
		const end = await page(`after=${last - 3}&limit=10`);
		equal([end.items.map(event => event.seq), end.next], [range(last - 2, last), null]);
		equal(await page(`after=${last}`), { items: [], next: null }, "behind the end");
	});

	await test(`${web}: the log is read backwards from before an event`, async () => {
		equal(await seqs("before=31&limit=10"), range(21, 30));
		equal(await seqs("before=5&limit=10"), range(1, 4));
		equal(await seqs(`before=${last + 1}&limit=3`), range(last - 2, last));
		equal(await seqs("before=1"), []);
	});

	await test(`${web}: one channel of the log is read alone`, async () => {
		const sizes = await page("channel=pty:resize&limit=1000");
		equal(sizes.items.map(event => event.data.cols), range(80, 140), "sizes in order");
		const output = await page("channel=pty:output&limit=1000");
		equal(Buffer.concat(output.items.map(event => Buffer.from(event.bytes, "base64")))
			.toString(), "go\r\nlast\r\n");
		const status = await page("channel=session:status&limit=1000");
		equal(status.items.at(-1).data.status, "exited");
		equal((await page("channel=no:such")).items, []);
	});

	await test(`${web}: an answer has about a mebibyte at most, and the next one goes on`,
		async () => {
			const big = await client.create(["sh", "-c", "stty raw; head -c 6M /dev/zero"]);
			await ended(big.id);
			let bytes = 0, pages = 0, after = 0;
			while (after !== null) {
				const reply = await client.get(
					`api/sessions/${big.id}/events?after=${after}&limit=1000`);
				ok(reply.body.length < 2 ** 21, "bytes of an answer", reply.body.length);
				pages++;
				for (const event of reply.json.items)
					bytes += event.bytes ? Buffer.from(event.bytes, "base64").length : 0;
				after = reply.json.next;
			}
			equal(bytes, 6 * 2 ** 20, "bytes in all");
			ok(pages > 4, "pages", pages);
		});

	await test(`${web}: a stream replays several sessions in the order in which all happened`,
		async () => {
			const sessions = [];
			for (let i = 0; i < 5; i++)
				sessions.push((await client.create(["sh", "-c",
					`for i in 1 2 3 4 5; do echo ${i}:$i; sleep 0.02; done`])).id);
			await Promise.all(sessions.map(ended));
			const lasts = new Map();
			const viewer = client.viewer(sessions, { on: { event: event => {
				if (event.data?.status === "exited")
					lasts.set(event.session, event.seq);
			} } });
			cleanup(() => viewer.close());
			await viewer.until("all ends", () => lasts.size === 5);
			equal([...viewer.seq], [...sessions.map(session => [session, lasts.get(session)])]);
		});

	await test(`${web}: a simple client resumes with the last id that it saw`, async () => {
		const seen = [];
		const take = (limit, headers) => new Promise(resolve => {
			const stream = client.stream(`s=${id}:0&window=0`, { message: (name, data, at) => {
				if (name !== "event")
					return;
				seen.push(data.seq);
				if (--limit === 0) {
					stream.close();
					resolve(at);
				}
			} }, headers);
		});
		const at = await take(25);
		seen.length = 25;
		await take(last - 25, { "last-event-id": `${at}` });
		equal(seen, range(1, last));
	});

	await test(`${web}: the head of a stream says what it is`, async () => {
		let hello, status, headers, beats = 0;
		const stream = client.stream("", {
			open: (...got) => { [status, headers] = got; },
			message: (name, data) => { hello ??= name === "hello" ? data : undefined; },
			comment: () => { beats++; },
		});
		cleanup(() => stream.close());
		await until("hello", () => hello);
		equal(status, 200);
		match(headers["content-type"], /^text\/event-stream/);
		match(headers["cache-control"], /no-store/);
		equal(headers["content-encoding"], undefined);
		equal([hello.heartbeat_ms, hello.window], [200, 524288]);
		match(hello.stream, /^[a-z2-7]{26}$/);
		equal(hello.build, (await d.client(null).get("api/health")).json.build);
		await until("signs of life", () => beats >= 3, 3000);
	});

	await test(`${web}: a cursor that cannot be is refused`, async () => {
		const refused = async query => (await client.stream(query).closed).summary;
		equal(await refused(`s=${id}:${last + 1}`), "409 cursor.future");
		equal(await refused(`s=${id}`), "400 request.invalid");
		equal(await refused(`s=${id}:x`), "400 request.invalid");
		equal(await refused(`s=${id}:-1`), "400 request.invalid");
		equal(await refused(`s=${id}:0,${id}:0`), "400 request.invalid");
		equal(await refused(`s=${"a".repeat(26)}:0`), "404 session.unknown");
	});

	await test(`${web}: viewers of a session that is deleted are told`, async () => {
		const doomed = await client.create(["cat"]);
		const told = [];
		const screen = new Screen(client, doomed.id, { on: { system: t => told.push(t) } });
		cleanup(() => screen.close());
		await screen.viewer.until("a stream", () => screen.viewer.live);
		equal((await client.delete(`api/sessions/${doomed.id}?force=1`)).status, 204);
		await until("the notice", () => told.some(t => t.type === "deleted" &&
			t.session === doomed.id) || screen.viewer.bye === "session-deleted");
		equal((await client.get(`api/sessions/${doomed.id}/events`)).summary,
			"404 session.unknown");
	});

	await d.clean();
}
await done();
