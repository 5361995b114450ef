/*
 * Those who use Dispatch while it is struck: who types, and who watches. They keep to the
 * protocol as a careful client does, and keep a record of what they were told.
 */
import { newId, Viewer } from "../lib/client.mjs";
import { Count } from "../lib/counter.mjs";
import { program, run } from "../lib/dispatch.mjs";
import { sleep, until, within } from "../lib/tap.mjs";

/** Watches sessions of `child counter`; each by its own count, which fails for a lost byte. */
export class Watcher extends Viewer {
	/** `silence`: ms after which it takes a stream for dead and opens another one. */
	constructor(client, sessions, { silence = 1500, on = {}, ...options } = {}) {
		const counts = new Map(sessions.map(id => [id, new Count()]));
		const final = new Map(), expired = new Map(sessions.map(id => [id, 0]));
		super(client, sessions, { ...options, on: { ...on,
			output: (bytes, event) => counts.get(event.session).take(bytes),
			event: event => {
				if (event.type === "input-expired")
					expired.set(event.session, expired.get(event.session) + 1);
				else if (["exited", "failed", "lost"].includes(event.data?.status))
					final.set(event.session, event.data);
				on.event?.(event);
			},
		} });
		Object.assign(this, { counts, final, expired, silence, heard: Date.now() });
		this.guard = setInterval(() => this.look(), 100);
	}

	/* A link that is half open says nothing, not even good-bye. */
	look() {
		if (Date.now() - this.heard < this.silence)
			return;
		this.heard = Date.now();
		this.stream.close();
	}

	connect() {
		super.connect();
		const { handlers } = this.stream;
		handlers.comment = () => { this.heard = Date.now(); };
	}

	receive(name, data, id) {
		this.heard = Date.now();
		try {
			super.receive(name, data, id);
		} catch (e) {
			this.fail(e);
		}
	}

	close() {
		clearInterval(this.guard);
		super.close();
	}
}

/**
 * Watches one session and may be given snapshots instead of what is too far behind. Lines are
 * checked from each snapshot on; what it shows (if `keep`) is made of the last one and what
 * came then.
 */
export class Jumper extends Watcher {
	constructor(client, id, { keep = false, ...options } = {}) {
		const shown = [];
		super(client, [id], { ...options, jump: true, on: {
			snapshot: (data, bytes) => {
				this.jumps++;
				this.counts.get(id).skipTo(data.output);
				shown.splice(0, shown.length, bytes);
			},
		} });
		Object.assign(this, { id, keep, shown, jumps: 0 });
		const { on } = this, count = on.output;
		on.output = (bytes, event) => {
			count(bytes, event);
			if (keep)
				shown.push(bytes);
		};
	}

	screen() {
		return screen(this.shown);
	}
}

/** What a terminal of 80 × 24 shows after these bytes, by the model of t/lib/terminal.c. */
export function screen(parts) {
	const writes = parts.flatMap(bytes => [`w ${bytes.length}\n`, bytes]);
	const input = Buffer.concat(["n 80 24\n", ...writes, "s 0\n"].map(part => Buffer.from(part)));
	return run([program("t/lib/terminal")], { input, encoding: "latin1",
		maxBuffer: 1 << 26 }).out;
}

let people = 0;

/**
 * Types words of eight letters, one after the other. One whose fate is unknown is sent again
 * with the same number, or given up: then nobody ever learns, and a new writer goes on.
 */
export class Person {
	constructor(client, id, random) {
		Object.assign(this, { client, id, random, records: [], retries: 0, known: 0 });
		this.name = (people++ % 1296).toString(36).padStart(2, "0");
		this.newWriter();
	}

	newWriter() {
		this.writer = newId();
		this.n = 0;
	}

	/** Types until stop(). */
	start(every = 40) {
		this.typing = this.type(every);
		this.typing.catch(e => { this.error = e; });
		return this;
	}

	async type(every) {
		for (let i = 0; !this.stopping; i++) {
			await this.send(this.name + String(i).padStart(6, "0"));
			await sleep(this.random.between(0, 2 * every));
		}
	}

	/** Sends one word. Records it as accepted, refused or unknown, and says which. */
	async send(word, patience = 0.02) {
		const record = { writer: this.writer, n: ++this.n, word, outcome: "unknown" };
		this.records.push(record);
		for (let tries = 0;; tries++) {
			const reply = await this.client.input(this.id, record.writer, record.n, word)
				.catch(e => ({ error: e }));
			if (reply.status === 200)
				this.known++;
			if (reply.status === 200 || reply.status === 204)
				return record.outcome = "accepted";
			if (reply.status && reply.status < 500)
				return this.refused(record, reply, tries);
			if (this.random.chance(patience) || this.gone) {
				this.newWriter();
				return record.outcome;
			}
			this.retries++;
			await sleep(this.random.between(10, 150));
		}
	}

	/* An input that ended the session may have come through the first time. */
	refused(record, reply, tries) {
		if (reply.summary !== "409 session.ended")
			throw new Error(`${this.name} typed ${record.word} as ${record.n}: ` +
				`${reply.summary} ${reply.body}`);
		this.stopping = true;
		return record.outcome = tries ? "unknown" : "refused";
	}

	/** Ends the typing; what is under way comes to its end. */
	async stop() {
		this.stopping = true;
		await within(60000, `${this.name} has finished typing`, this.typing);
		return this;
	}

	/** Ends the program. */
	quit() {
		return this.send("quit....", 0);
	}
}

/** Starts a session while things are struck; null when it is not known whether it exists. */
export async function tryCreate(client, command, options) {
	const reply = await client.post("api/sessions", { kind: "pty", command, ...options })
		.catch(() => ({}));
	if (reply.status !== 201 && reply.status !== 202)
		return null;
	return reply.json.id;
}

/** The session as the server has it, once it can be asked. */
export const ask = (client, id) => until(`session ${id} can be read`, async () => {
	const reply = await client.get(`api/sessions/${id}`).catch(() => ({}));
	return reply.status === 200 && reply.json;
}, 60000);
