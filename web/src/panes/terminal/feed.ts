/*
 * Brings the log of a session into a terminal, in order: output, and the changes of size between.
 *
 * xterm.js parses what it is given later and in slices, so a change of size must wait until
 * everything before it is parsed, and everything after it must wait for the change. Small events
 * are joined into larger writes; live ones never with replayed ones, because only live ones are
 * answered. Whoever hands in an item gets it back through `onRendered`.
 *
 * Every write ends behind a whole character, and what there is of the next one waits: xterm.js loses
 * a character that is cut behind a second byte of 0x80, as in – — “ ” and ….
 */

import { concat, unfinished } from '../../core/bytes.ts';
import type { LogItem, SessionEvent } from '../../core/types.ts';

export interface FeedTarget {
	write(data: Uint8Array | string, done: () => void): void;
}

/** What is being parsed: when it was recorded (Unix ms), and whether it is news to this viewer. */
export interface Parsing {
	ts: number;
	live: boolean;
}

type FeedItem =
	| { kind: 'output'; bytes: Uint8Array; item: SessionEvent; live: boolean }
	| { kind: 'local'; text: () => string }
	| { kind: 'act'; act: () => void; items: LogItem[] };

/* More than this is not handed to the terminal at once: keys feel dead behind half a megabyte. */
const IN_FLIGHT_BYTES = 262_144;
const JOIN_BYTES = 65_536;

export class Feed {
	#queue: FeedItem[] = [];
	#inFlight = 0;
	#parsing: Parsing[] = [];
	#scheduled = false;
	/** The beginning of a character that is not whole yet. */
	#rest: Uint8Array = new Uint8Array(0);
	#closed = false;

	constructor(
		private readonly target: FeedTarget,
		private readonly onRendered: (items: LogItem[]) => void,
	) {}

	/** Whatever the terminal says by itself now answers this; null when nothing is being parsed. */
	get parsing(): Parsing | null {
		return this.#parsing[0] ?? null;
	}

	output(item: SessionEvent, live: boolean): void {
		this.#push({ kind: 'output', bytes: item.bytes ?? new Uint8Array(0), item, live });
	}

	/** Runs `act` when everything handed in before is on the screen. */
	act(item: LogItem, act: () => void): void {
		this.#push({ kind: 'act', act, items: [item] });
	}

	/** Runs `act`, which makes everything handed in before worthless: what still waits is dropped. */
	replace(item: LogItem, act: () => void): void {
		const dropped = this.#queue.flatMap((waiting) =>
			waiting.kind === 'local' ? [] : waiting.kind === 'act' ? waiting.items : [waiting.item],
		);
		this.#queue = [];
		this.#push({ kind: 'act', act, items: [...dropped, item] });
	}

	/** What of these bytes the terminal may be given now, when they are all that it has. */
	begin(bytes: Uint8Array): Uint8Array {
		const end = bytes.length - unfinished(bytes);
		this.#rest = bytes.slice(end);
		return bytes.subarray(0, end);
	}

	/** Text of our own, made when everything handed in before is on the screen. */
	local(text: () => string): void {
		this.#push({ kind: 'local', text });
	}

	close(): void {
		this.#closed = true;
		this.#queue = [];
	}

	#push(item: FeedItem): void {
		this.#queue.push(item);
		if (!this.#scheduled) this.#pump();
	}

	#pump(): void {
		this.#scheduled = false;
		while (!this.#closed && this.#queue.length > 0 && this.#inFlight < IN_FLIGHT_BYTES) {
			const head = this.#queue[0]!;
			if (head.kind === 'output') this.#writeJoined();
			else if (this.#inFlight > 0) return;
			else {
				this.#queue.shift();
				this.#perform(head);
			}
		}
	}

	#perform(item: Exclude<FeedItem, { kind: 'output' }>): void {
		if (item.kind === 'local') {
			const text = item.text();
			return this.#write(text, text.length, [], false);
		}
		item.act();
		this.onRendered(item.items);
	}

	#writeJoined(): void {
		const items: SessionEvent[] = [];
		const parts: Uint8Array[] = [];
		let size = 0;
		let live = false;
		while (size < JOIN_BYTES) {
			const head = this.#queue[0];
			if (head?.kind !== 'output' || (items.length > 0 && head.live !== live)) break;
			if (size > 0 && size + head.bytes.length > JOIN_BYTES) break;
			this.#queue.shift();
			live = head.live;
			items.push(head.item);
			parts.push(head.bytes);
			size += head.bytes.length;
		}
		this.#write(this.begin(concat([this.#rest, ...parts])), size, items, live);
	}

	#write(data: Uint8Array | string, size: number, items: SessionEvent[], live: boolean): void {
		/* An empty write still counts as one byte, so that acts wait for it. */
		const weight = Math.max(1, size);
		this.#inFlight += weight;
		this.#parsing.push({ ts: items[0]?.ts ?? 0, live });
		this.target.write(data, () => {
			this.#inFlight -= weight;
			this.#parsing.shift();
			if (this.#closed) return;
			if (items.length > 0) this.onRendered(items);
			this.#schedule();
		});
	}

	/* Not from inside the terminal's callback: a change of size there would re-enter its parser. */
	#schedule(): void {
		if (this.#scheduled || this.#queue.length === 0) return;
		this.#scheduled = true;
		queueMicrotask(() => this.#pump());
	}
}
