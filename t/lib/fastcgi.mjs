/*
 * A web server's end of FastCGI, for tests that speak to the handlers directly: one
 * connection, requests one after another, as few rules as possible, so that a test can also
 * misbehave.
 */
import { connect } from "node:net";
import { once } from "node:events";

const BEGIN = 1, END = 3, PARAMS = 4, STDIN = 5, STDOUT = 6, KEEP = 1;

function record(type, body = Buffer.alloc(0)) {
	const head = Buffer.from([1, type, 0, 1, body.length >> 8, body.length & 255, 0, 0]);
	return Buffer.concat([head, body]);
}

function pair(name, value) {
	const length = n => n < 128 ? Buffer.from([n])
		: Buffer.from([0x80 | n >> 24, n >> 16 & 255, n >> 8 & 255, n & 255]);
	const bytes = Buffer.from(value);
	return Buffer.concat([length(name.length), length(bytes.length), Buffer.from(name), bytes]);
}

/** The records of a request, but for its body. */
export function head(params, keep = true) {
	return Buffer.concat([
		record(BEGIN, Buffer.from([0, 1, keep ? KEEP : 0, 0, 0, 0, 0, 0])),
		record(PARAMS, Buffer.concat(Object.entries(params).map(([k, v]) => pair(k, v)))),
		record(PARAMS),
	]);
}

/** The records of a body, with its end. */
export function body(bytes) {
	const parts = [];
	for (let at = 0; at < bytes.length; at += 32768)
		parts.push(record(STDIN, bytes.subarray(at, at + 32768)));
	return Buffer.concat([...parts, record(STDIN)]);
}

/** CGI variables of a request. */
export const variables = (method, path, key, more = {}) => ({
	REQUEST_METHOD: method,
	REQUEST_URI: path,
	HTTP_HOST: "localhost",
	REMOTE_ADDR: "127.0.0.1",
	...(key && { HTTP_AUTHORIZATION: `Bearer ${key}` }),
	...more,
});

/** What a CGI answer says: {status, headers, text, json}. */
export function parse(bytes) {
	const all = bytes.toString();
	const end = all.indexOf("\r\n\r\n");
	const headers = Object.fromEntries(all.slice(0, end).split("\r\n").map(line =>
		[line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 2)]));
	const text = all.slice(end + 4);
	return { status: parseInt(headers.status), headers, text,
		json: /json/.test(headers["content-type"]) ? JSON.parse(text) : null };
}

export class FastCgi {
	/** Connects to the socket at `path`. */
	static async open(path) {
		const self = new FastCgi();
		self.socket = connect(path);
		self.input = Buffer.alloc(0);
		self.socket.on("error", () => {});
		self.socket.on("data", data => {
			self.input = Buffer.concat([self.input, data]);
			self.take?.();
		});
		self.socket.on("close", () => { self.closed = true; self.take?.(); });
		await once(self.socket, "connect");
		return self;
	}

	/** Sends a request and resolves to its answer; null when the connection ended instead. */
	async ask(params, bytes = Buffer.alloc(0)) {
		this.socket.write(Buffer.concat([head(params), body(bytes)]));
		return this.answer();
	}

	answer() {
		const out = [];
		return new Promise(resolve => {
			this.take = () => {
				while (this.input.length >= 8) {
					const length = this.input.readUInt16BE(4), padding = this.input[6];
					if (this.input.length < 8 + length + padding)
						break;
					const type = this.input[1], part = this.input.subarray(8, 8 + length);
					this.input = this.input.subarray(8 + length + padding);
					if (type === STDOUT)
						out.push(part);
					if (type === END) {
						this.take = null;
						resolve(parse(Buffer.concat(out)));
						return;
					}
				}
				if (this.closed)
					resolve(null);
			};
			this.take();
		});
	}

	close() {
		this.socket.destroy();
	}
}
