#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/* Beginning to watch a session with much behind it, and staying near live on a slow link. */
import { Viewer } from "./lib/client.mjs";
import { serve, webServers } from "./lib/dispatch.mjs";
import { cleanup, done, equal, match, ok, sleep, test, until } from "./lib/tap.mjs";

const FAR = 256 * 1024; /* bytes of output: who is further behind jumps */
const bytesOf = data => JSON.stringify(data).length;

for (const web of webServers) {
	const d = await serve({ web });
	const client = d.client();
	const ended = id => until("the end", async () => {
		const session = await client.session(id);
		return session.status === "exited" && session;
	});
	const lines = async count => {
		const { id } = await client.create(["sh", "-c", `seq ${count}`]);
		return ended(id);
	};
	/** Watches until level with the log: everything that came, in order, and its size. */
	const attach = async (session, options = {}) => {
		const seen = { snapshots: [], output: "", bytes: 0 };
		const viewer = new Viewer(client, [session.id], { ...options, on: {
			snapshot: (data, bytes) => {
				seen.snapshots.push({ ...data, bytes: bytes.toString("latin1") });
				seen.bytes += bytesOf(data);
			},
			event: event => { seen.bytes += bytesOf(event); },
			output: bytes => { seen.output += bytes.toString("latin1"); },
		} });
		cleanup(() => viewer.close());
		await viewer.until("level", () => viewer.seq.get(session.id) >= session.last_seq);
		viewer.close();
		return seen;
	};

	const long = await lines(1000000);
	await test(`${web}: a long log is skipped by one who may jump`, async () => {
		const seen = await attach(long, { jump: true });
		equal(seen.snapshots.length, 1);
		const [snapshot] = seen.snapshots;
		equal([snapshot.cols, snapshot.rows, snapshot.run, snapshot.scrollback], [80, 24, 1, true]);
		match(snapshot.bytes, /^\x1bc/, "it begins with a reset");
		match(snapshot.bytes + seen.output, /\r\n999999\r\n1000000/, "the last lines");
		ok(snapshot.output <= long.output && snapshot.output > long.output - FAR, "its place");
		ok(seen.bytes < 300 * 1024, "bytes sent", seen.bytes);
	});

	await test(`${web}: without jump nothing is skipped`, async () => {
		for (const options of [{}, { window: 0 }]) {
			const seen = await attach(long, options);
			equal([seen.snapshots.length, seen.output.length], [0, long.output]);
		}
	});

	await test(`${web}: one who is not far behind gets the events`, async () => {
		const { items } = (await client.get(`api/sessions/${long.id}/events?before=${
			long.last_seq + 1}&channel=pty:output&limit=4`)).json;
		const seen = await attach(long, { jump: true, from: items[0].seq - 1 });
		equal(seen.snapshots.length, 0);
		match(seen.output, /999999\r\n1000000\r\n$/);
	});

	await test(`${web}: snapshots are stored, and found by their place`, async () => {
		const newest = (await client.get(`api/sessions/${long.id}/snapshot`)).json;
		ok(newest.seq <= long.last_seq && newest.scrollback, "the newest");
		const before = await client.get(`api/sessions/${long.id}/snapshot?before=${newest.seq}`);
		if (before.status === 200)
			ok(before.json.seq < newest.seq, "one before it");
		else
			equal([before.status, before.json.code], [404, "snapshot.none"]);
		const first = await client.get(`api/sessions/${long.id}/snapshot?before=1`);
		equal([first.status, first.json.code], [404, "snapshot.none"]);
		const short = await lines(10);
		equal((await client.get(`api/sessions/${short.id}/snapshot`)).json.code, "snapshot.none");
	});

	await test(`${web}: who asks for the screen gets it as it is now, however little was printed`, async () => {
		const short = await lines(30);
		const [event, data] = await new Promise(resolve => {
			const stream = client.stream(`s=${short.id}:0&jump=screen&window=0`, {
				message: (name, said) => {
					if (said.session === short.id && name !== "system") {
						stream.close();
						resolve([name, said]);
					}
				} });
		});
		equal([event, data.seq, data.scrollback], ["snapshot", short.last_seq, false]);
		match(Buffer.from(data.bytes, "base64").toString(), /^\x1bc8\r\n9\r\n/, "the last lines");
	});

	const flood = await client.create(["sh", "-c", "stty -echo; yes; cat"]);
	const quiet = await client.create(["cat"]);
	await test(`${web}: a slow viewer of a flood jumps, stays near live, and hears quiet ` +
		"sessions at once", async () => {
		let newest = 0, jumps = 0, name, messages = 0, heard = "";
		const stream = client.stream(`s=${flood.id}:0,${quiet.id}:0&jump=1&window=65536`, {
			message: (event, data) => {
				name ||= event === "hello" && data.stream;
				messages += /^(event|snapshot|gap)$/.test(event);
				jumps += event === "snapshot";
				if (event === "snapshot")
					newest = data.output;
				else if (data.session === flood.id && data.bytes)
					newest += data.bytes.length / 4 * 3;
				else if (data.session === quiet.id && data.bytes)
					heard += Buffer.from(data.bytes, "base64").toString();
			} });
		cleanup(() => stream.close());
		await until("hello", () => name);
		/* It takes 100 ms to show what has come. */
		const acks = setInterval(() => {
			const n = messages;
			setTimeout(() => client.post(`api/stream/${name}/ack`, { n }).catch(() => {}), 100);
		}, 20);
		cleanup(() => clearInterval(acks));
		await until("jumps", () => jumps >= 4, 20000);
		const writer = client.writer(quiet.id);
		for (let i = 0; i < 5; i++) {
			const began = Date.now();
			await writer.write(`hello ${i}\r`);
			await until("the echo", () => heard.includes(`hello ${i}\r\nhello ${i}`));
			ok(Date.now() - began < 1000, "soon", Date.now() - began);
		}
		await client.writer(flood.id).write("\x03");
		await until("the viewer is level", async () => {
			const { output } = await client.session(flood.id);
			await sleep(100);
			return newest >= output && output === (await client.session(flood.id)).output;
		});
		clearInterval(acks);
		stream.close();
	});

	await test(`${web}: what comes behind a snapshot waits until the snapshot is drawn`, async () => {
		const { id } = await client.create(["yes"]);
		await until("a flood", async () => (await client.session(id)).output > 1e6);
		let name, of = [], heard = "", messages = 0;
		const stream = client.stream(`s=${id}:0,${quiet.id}:${(await client.session(quiet.id))
			.last_seq}&jump=1&window=65536`, { message: (event, data) => {
			const counts = /^(event|snapshot|gap)$/.test(event);
			name ||= event === "hello" && data.stream;
			messages += counts;
			if (data.session === id && counts)
				of.push(event);
			else if (data.session === quiet.id && data.bytes)
				heard += Buffer.from(data.bytes, "base64").toString();
		} });
		cleanup(() => stream.close());
		await until("the snapshot", () => of.length > 0);
		await client.writer(quiet.id).write("still there\r");
		await until("the echo", () => heard.includes("still there\r\nstill there"));
		equal(of, ["snapshot"]);
		await client.post(`api/stream/${name}/ack`, { n: messages });
		await until("the next", () => of.length > 1);
		stream.close();
		await client.delete(`api/sessions/${id}?force=1`);
	});

	await test(`${web}: an acknowledgement of what was never sent ends the stream`, async () => {
		let name, bye;
		const stream = client.stream(`s=${quiet.id}:0`, { message: (event, data) => {
			name ||= event === "hello" && data.stream;
			bye ||= event === "bye" && data.reason;
		} });
		cleanup(() => stream.close());
		await until("hello", () => name);
		equal((await client.post(`api/stream/${name}/ack`, { n: 1000 })).status, 204);
		equal(await until("bye", () => bye), "ack.unsent");
	});

	await d.clean();
}
await done();
