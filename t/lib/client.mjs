/*
 * A client of Dispatch, as strict as a client can be: REST over kept connections, the event
 * stream, a writer whose input arrives exactly once, and a viewer that comes back by itself
 * and proves that it missed nothing.
 */
import { randomBytes } from "node:crypto";
import http from "node:http";
import { sleep, until, within } from "./tap.mjs";

const alphabet = "abcdefghijklmnopqrstuvwxyz234567";

/** 26 letters, as every id is made. */
export const newId = () => [...randomBytes(26)].map(byte => alphabet[byte % 32]).join("");

export class Reply {
	constructor(status, headers, body) {
		Object.assign(this, { status, headers, body });
	}

	get json() {
		return JSON.parse(this.body.toString("utf8"));
	}

	/** Short, for comparing: "404 session.unknown". */
	get summary() {
		const type = this.headers["content-type"] ?? "";
		return type.includes("problem+json") ? `${this.status} ${this.json.code}`
			: `${this.status}`;
	}
}

/* The path goes out as it is; URL() would tidy it up. */
function place(url, path) {
	const { hostname, port, pathname } = new URL(url);
	return { hostname, port, path: pathname + path };
}

export class Client {
	/** `url` ends with the prefix; `headers` come with each request; `timeout` in ms. */
	constructor(url, headers = {}, { timeout = 40000 } = {}) {
		Object.assign(this, { url, headers, timeout });
		this.agent = new http.Agent({ keepAlive: true, maxSockets: 64 });
	}

	/** One request; rejects only when there is no whole answer. */
	request(method, path, { body, headers = {}, agent = this.agent } = {}) {
		return new Promise((resolve, reject) => {
			const request = http.request({ ...place(this.url, path), method, agent,
				headers: { ...this.headers, ...headers },
			}, response => {
				if (response.headers["content-type"] === "text/event-stream") {
					request.destroy();
					resolve(new Reply(response.statusCode, response.headers,
						Buffer.alloc(0)));
				}
				const parts = [];
				response.on("data", part => parts.push(part));
				response.on("error", reject);
				response.on("aborted", () => reject(new Error("the answer broke off")));
				response.on("end", () => resolve(new Reply(response.statusCode,
					response.headers, Buffer.concat(parts))));
			});
			request.on("error", reject);
			request.setTimeout(this.timeout, () => request.destroy(new Error("no answer")));
			request.end(body);
		});
	}

	get(path, options) {
		return this.request("GET", path, options);
	}

	post(path, value = {}, { headers = {}, ...options } = {}) {
		return this.request("POST", path, { ...options, body: JSON.stringify(value),
			headers: { "content-type": "application/json", ...headers } });
	}

	patch(path, value) {
		return this.request("PATCH", path, { body: JSON.stringify(value),
			headers: { "content-type": "application/json" } });
	}

	delete(path, options) {
		return this.request("DELETE", path, options);
	}

	/** Starts a session that runs argv (none: a shell) and returns it when it runs. */
	async create(command, options = {}) {
		const reply = await this.post("api/sessions",
			{ kind: "pty", ...(command && { command }), ...options });
		if (reply.status !== 201 && reply.status !== 202)
			throw new Error(`create: ${reply.status} ${reply.body}`);
		const { id } = reply.json;
		return reply.status === 201 ? reply.json : until(`session ${id} starts`, async () => {
			const { status, json } = await this.get(`api/sessions/${id}`);
			return status === 200 && !["creating", "starting"].includes(json.status) && json;
		});
	}

	async session(id) {
		const reply = await this.get(`api/sessions/${id}`);
		if (reply.status !== 200)
			throw new Error(`session: ${reply.status} ${reply.body}`);
		return reply.json;
	}

	/** One raw input. */
	input(id, writer, n, bytes, extra = "") {
		return this.request("POST", `api/sessions/${id}/input?w=${writer}&n=${n}${extra}`,
			{ body: bytes, headers: { "content-type": "application/octet-stream" } });
	}

	/** All events of a session, page by page. */
	async events(id, query = "") {
		const all = [];
		for (let after = 0; after !== null;) {
			const reply = await this.get(`api/sessions/${id}/events?after=${after}${query}`);
			if (reply.status !== 200)
				throw new Error(`events: ${reply.status} ${reply.body}`);
			all.push(...reply.json.items);
			after = reply.json.next;
		}
		return all;
	}

	/** Everything that a session printed, as one Buffer, from the log. */
	async output(id) {
		const events = await this.events(id, "&channel=pty:output");
		return Buffer.concat(events.map(event => Buffer.from(event.bytes, "base64")));
	}

	writer(id) {
		return new Writer(this, id);
	}

	stream(query, handlers, headers) {
		return new Stream(this, query, handlers, headers);
	}

	viewer(sessions, options) {
		return new Viewer(this, sessions, options);
	}

	close() {
		this.agent.destroy();
	}
}

/**
 * Sends input in order, each exactly once, through whatever breaks: an unanswered one is sent
 * again with the same number.
 */
export class Writer {
	constructor(client, id) {
		Object.assign(this, { client, id, writer: newId(), n: 0, retries: 0, duplicates: 0 });
		this.last = Promise.resolve();
	}

	write(bytes, extra) {
		const n = ++this.n;
		this.last = this.last.then(() => this.send(n, bytes, extra));
		return this.last;
	}

	async send(n, bytes, extra) {
		for (const end = Date.now() + 30000;; this.retries++) {
			const reply = await this.client.input(this.id, this.writer, n, bytes, extra)
				.catch(e => ({ error: e }));
			if (reply.status === 200)
				this.duplicates++;
			if (reply.status === 200 || reply.status === 204)
				return;
			if ((reply.status && reply.status < 500) || Date.now() > end)
				throw new Error(`input ${n}: ${reply.error ?? reply.body}`);
			await sleep(20);
		}
	}
}

/**
 * One connection to the event stream. `handlers`: open(status, headers), message(name, data,
 * id), close(why). `closed` resolves when it ends.
 */
export class Stream {
	constructor(client, query, handlers = {}, headers = {}) {
		this.handlers = handlers;
		this.rest = [];
		this.closed = new Promise(resolve => { this.finish = resolve; });
		this.request = http.get({ ...place(client.url, `api/stream?${query}`),
			agent: false, headers: { ...client.headers, ...headers },
		}, response => this.accept(response));
		this.request.on("error", e => this.end(e.message));
	}

	accept(response) {
		this.handlers.open?.(response.statusCode, response.headers);
		this.response = response;
		if (response.statusCode !== 200) {
			const parts = [];
			response.on("data", part => parts.push(part));
			response.on("end", () => this.end(new Reply(response.statusCode,
				response.headers, Buffer.concat(parts))));
			return;
		}
		response.on("data", part => this.take(part));
		response.on("error", () => {});
		response.on("close", () => this.end("closed"));
	}

	/* Messages end with an empty line; parts of one are kept until then. */
	take(part) {
		let from = 0;
		if (this.rest.length) {
			const tail = this.rest[this.rest.length - 1];
			if (part[0] === 10 && tail[tail.length - 1] === 10) {
				this.message(Buffer.concat([...this.rest, part.subarray(0, 1)]));
				this.rest = [];
				from = 1;
			}
		}
		for (;;) {
			const end = part.indexOf("\n\n", from);
			if (end < 0)
				break;
			this.rest.push(part.subarray(from, end + 2));
			this.message(this.rest.length === 1 ? this.rest[0] : Buffer.concat(this.rest));
			this.rest = [];
			from = end + 2;
		}
		if (from < part.length)
			this.rest.push(part.subarray(from));
	}

	message(bytes) {
		let name = "message", data = null, id = null;
		for (const line of bytes.toString("utf8").split("\n")) {
			if (line.startsWith("data: "))
				data = line.slice(6);
			else if (line.startsWith("event: "))
				name = line.slice(7);
			else if (line.startsWith("id: "))
				id = +line.slice(4);
		}
		if (data === null)
			this.handlers.comment?.();
		else
			this.handlers.message?.(name, JSON.parse(data), id);
	}

	end(why) {
		if (this.ended)
			return;
		this.ended = true;
		this.handlers.close?.(why);
		this.finish(why);
	}

	close() {
		this.request.destroy();
		this.response?.destroy();
		this.end("by us");
	}
}

/**
 * Watches sessions from their first event, comes back by itself, and throws (see `failed`)
 * when an event is missing, doubled or out of order. on.output(bytes, event), on.event(event),
 * on.snapshot(data, bytes), on.gap(data), on.system(data), on.hello(data) tell what comes; `window`:
 * undefined acknowledges as a browser does, 0 lets TCP pace; `jump`: it may be given snapshots; `from`:
 * the seq after which to begin.
 */
export class Viewer {
	constructor(client, sessions, { window, jump = false, from = 0, on = {} } = {}) {
		Object.assign(this, { client, window, jump, on });
		this.seq = new Map(sessions.map(id => [id, from]));
		this.lastId = 0;
		this.hellos = 0;
		this.breaks = 0;
		this.bytes = 0;
		this.waiters = new Set();
		this.failed = new Promise((_, reject) => { this.fail = reject; });
		this.failed.catch(e => { this.error = e; this.wake(); });
		this.connect();
	}

	connect() {
		const cursors = [...this.seq].map(([id, seq]) => `${id}:${seq}`).join(",");
		const window = this.window === undefined ? "" : `&window=${this.window}`;
		this.unacked = 0;
		this.messages = 0;
		this.stream = this.client.stream(`s=${cursors}${window}${this.jump ? "&jump=1" : ""}`, {
			message: (name, data, id) => this.receive(name, data, id),
			close: why => this.again(why),
		});
	}

	async again(why) {
		if (this.stopped)
			return;
		this.breaks++;
		this.live = false;
		this.why = why;
		if (why?.status && why.status < 500)
			return this.fail(new Error(`the stream is refused: ${why.body}`));
		await sleep(20);
		if (!this.stopped)
			this.connect();
	}

	receive(name, data, id) {
		if (name === "hello") {
			this.hellos++;
			this.live = true;
			this.name = data.stream;
			this.on.hello?.(data);
		} else if (name === "event") {
			this.check(data, id);
		} else if (name === "snapshot") {
			this.skip(data, data.seq);
			const bytes = Buffer.from(data.bytes, "base64");
			this.on.snapshot?.(data, bytes);
			this.acknowledge(bytes.length);
		} else if (name === "gap") {
			if (!this.on.gap || data.from !== this.seq.get(data.session) + 1)
				return this.fail(new Error(`a gap from ${data.from} to ${data.to}`));
			this.skip(data, data.to);
			this.on.gap?.(data);
			this.acknowledge(0);
		} else if (name === "partial") {
			this.on.partial?.(data);
		} else if (name === "system") {
			this.on.system?.(data);
		} else if (name === "bye") {
			this.bye = data.reason;
		}
		this.wake();
	}

	skip({ session }, to) {
		if (to < this.seq.get(session))
			this.fail(new Error(`session ${session}: back to event ${to}`));
		this.seq.set(session, to);
		this.messages++;
	}

	check(event, id) {
		const expected = this.seq.get(event.session) + 1;
		if (event.seq !== expected)
			return this.fail(new Error(`session ${event.session}: event ${event.seq} came ` +
				`instead of ${expected}`));
		this.messages++;
		if (id <= this.lastId && !this.jump)
			return this.fail(new Error(`id ${id} came after ${this.lastId}`));
		this.seq.set(event.session, event.seq);
		this.lastId = id;
		let size = 0;
		if (event.bytes !== undefined) {
			const bytes = Buffer.from(event.bytes, "base64");
			size = bytes.length;
			this.bytes += size;
			this.on.output?.(bytes, event);
		}
		this.on.event?.(event);
		this.acknowledge(size);
	}

	/* At least every 100 KB and when idle. */
	acknowledge(size) {
		if (this.window === 0)
			return;
		this.unacked += size;
		clearTimeout(this.idle);
		if (this.unacked > 100000)
			this.sendAck();
		else
			this.idle = setTimeout(() => this.sendAck(), 20);
	}

	sendAck() {
		this.unacked = 0;
		if (!this.stopped && this.live)
			this.postAck(this.name, this.messages);
	}

	/* What was not taken may have been the last one of a full window. */
	async postAck(name, n) {
		const reply = await this.client.post(`api/stream/${name}/ack`, { n }).catch(() => null);
		if (reply?.status !== 204 && !this.stopped && this.name === name)
			this.idle = setTimeout(() => this.sendAck(), 20);
	}

	wake() {
		for (const waiter of this.waiters)
			waiter();
	}

	/** Resolves when the condition holds; looks after each message. */
	until(what, condition, ms = 20000) {
		let waiter;
		const met = new Promise((resolve, reject) => {
			waiter = () => {
				if (this.error)
					reject(this.error);
				else if (condition())
					resolve();
			};
			this.waiters.add(waiter);
			waiter();
		});
		return within(ms, what, met).finally(() => this.waiters.delete(waiter));
	}

	close() {
		this.stopped = true;
		clearTimeout(this.idle);
		this.stream.close();
	}
}

/** Collects the output of one session as text, and its status events. */
export class Screen {
	constructor(client, id, options = {}) {
		this.text = "";
		this.statuses = [];
		this.viewer = client.viewer([id], { ...options, on: {
			...options.on,
			output: bytes => { this.text += bytes.toString("latin1"); },
			event: event => {
				if (event.channel === "session:status")
					this.statuses.push(event);
			},
		} });
		this.writer = client.writer(id);
	}

	type(text) {
		return this.writer.write(Buffer.from(text));
	}

	see(what, ms) {
		return this.viewer.until(`the screen shows ${what}`,
			() => what instanceof RegExp ? what.test(this.text) : this.text.includes(what), ms)
			.catch(e => { e.message += `\nthe screen: ${this.text.slice(-2000)}`; throw e; });
	}

	/** The status event that ends the run. */
	async ended(ms) {
		const final = () => this.statuses.find(event =>
			["exited", "failed", "lost"].includes(event.data.status));
		await this.viewer.until("the session ends", final, ms);
		return final().data;
	}

	close() {
		this.viewer.close();
	}
}
