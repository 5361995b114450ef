/*
 * Proves that nothing was lost or doubled: checks the numbered lines of `child counter`, and
 * the hash of all before that each of them has, as they come; and keeps the words that were
 * typed.
 */
import { child } from "./dispatch.mjs";
import { equal } from "./tap.mjs";

const LINE = 64, KIND = 10, WORD = 8, INPUT = "i".charCodeAt(0);
const HASH = LINE - 9, BASIS = 2166136261 | 0, PRIME = 16777619;
const digit = byte => byte < 97 ? byte - 48 : byte - 87;

/** The command of a session that prints `rate` bytes per second, `most` lines at most. */
export const counter = (rate, most) => [child, "counter", `${rate}`, ...(most ? [`${most}`] : [])];

export class Count {
	constructor() {
		this.line = 0;
		this.hash = BASIS;
		this.words = [];
		this.rest = Buffer.alloc(0);
	}

	/**
	 * Goes on at a place of the output, in bytes, after some were skipped. The first line from
	 * there that is whole is the first that is checked.
	 */
	skipTo(place) {
		this.line = Math.ceil(place / LINE);
		this.ahead = this.line * LINE - place;
		this.hash = null;
		this.rest = Buffer.alloc(0);
	}

	/** Takes the next piece of output; throws when it does not go on where the last ended. */
	take(bytes) {
		if (this.ahead) {
			const n = Math.min(this.ahead, bytes.length);
			this.ahead -= n;
			bytes = bytes.subarray(n);
		}
		const all = this.rest.length ? Buffer.concat([this.rest, bytes]) : bytes;
		let at = 0;
		for (; at + LINE <= all.length; at += LINE)
			this.check(all, at);
		this.rest = all.subarray(at);
	}

	check(all, at) {
		let number = 0;
		for (let i = at; i < at + KIND; i++)
			number = number * 10 + all[i] - 48;
		let hash = 0;
		for (let i = at + HASH; i < at + LINE - 1; i++)
			hash = hash << 4 | digit(all[i]);
		if (number !== this.line || all[at + LINE - 1] !== 10 ||
			hash !== (this.hash ?? hash))
			equal(all.toString("latin1", at, at + LINE), `line ${this.line}, hash ` +
				(this.hash >>> 0).toString(16), "a line");
		for (let i = at; i < at + LINE; i++)
			hash = Math.imul(hash ^ all[i], PRIME);
		this.hash = hash;
		this.line++;
		if (all[at + KIND] === INPUT)
			this.words.push(all.toString("latin1", at + KIND + 1, at + KIND + 1 + WORD));
	}
}

/** Types numbered words, one each few milliseconds, until stop(); `sent` has them all. */
export class Typist {
	constructor(writer, every = 20) {
		this.writer = writer;
		this.sent = [];
		this.failed = new Promise((_, reject) => { this.fail = reject; });
		this.failed.catch(() => {});
		this.timer = setInterval(() => this.type(), every);
		this.waiting = 0;
	}

	type(word = `w${String(this.sent.length).padStart(WORD - 1, "0")}`) {
		if (this.waiting > 100)
			return;
		this.sent.push(word);
		this.waiting++;
		this.writer.write(Buffer.from(word)).then(() => { this.waiting--; }, this.fail);
	}

	/** Types "quit" and waits until all that was typed is accepted. */
	async stop() {
		clearInterval(this.timer);
		this.sent.push("quit....");
		await Promise.race([this.failed, this.writer.write(Buffer.from("quit...."))]);
	}
}
