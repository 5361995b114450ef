/*
 * Brings the log of a session into a terminal, in order: output, and the changes of size between.
 *
 * xterm.js parses what it is given later and in slices, so a change of size must wait until
 * everything before it is parsed, and everything after it must wait for the change. Small events
 * are joined into larger writes. Whoever hands in an event gets it back through `onRendered`.
 */

import { concat } from '../../core/bytes.ts';
import type { SessionEvent } from '../../core/types.ts';

export interface FeedTarget {
	write(data: Uint8Array | string, done: () => void): void;
	resize(cols: number, rows: number): void;
}

export type FeedItem =
	| { kind: 'output'; bytes: Uint8Array; event: SessionEvent }
	| { kind: 'local'; text: () => string }
	| { kind: 'act'; act: () => void; event: SessionEvent | null };

/* More than this is not handed to the terminal at once: keys feel dead behind half a megabyte. */
const IN_FLIGHT_BYTES = 262_144;
const JOIN_BYTES = 65_536;

export class Feed {
	#queue: FeedItem[] = [];
	#inFlight = 0;
	#parsing: number[] = [];
	#scheduled = false;
	#closed = false;

	constructor(
		private readonly target: FeedTarget,
		private readonly onRendered: (events: SessionEvent[]) => void,
	) {}

	/**
	 * When the output that the terminal parses now was recorded (Unix ms): whatever the terminal
	 * says by itself meanwhile answers that. Infinity when nothing is being parsed.
	 */
	get parsingTime(): number {
		return this.#parsing[0] ?? Infinity;
	}

	output(event: SessionEvent): void {
		this.#push({ kind: 'output', bytes: event.bytes ?? new Uint8Array(0), event });
	}

	resize(cols: number, rows: number, event: SessionEvent): void {
		this.#push({ kind: 'act', act: () => this.target.resize(cols, rows), event });
	}

	/** Runs `act` when everything handed in before is on the screen. */
	then(act: () => void, event: SessionEvent | null = null): void {
		this.#push({ kind: 'act', act, event });
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
			return this.#write(text, text.length, []);
		}
		item.act();
		if (item.event) this.onRendered([item.event]);
	}

	#writeJoined(): void {
		const events: SessionEvent[] = [];
		const parts: Uint8Array[] = [];
		let size = 0;
		while (size < JOIN_BYTES) {
			const head = this.#queue[0];
			if (head?.kind !== 'output') break;
			if (size > 0 && size + head.bytes.length > JOIN_BYTES) break;
			this.#queue.shift();
			events.push(head.event);
			parts.push(head.bytes);
			size += head.bytes.length;
		}
		this.#write(concat(parts), size, events);
	}

	#write(data: Uint8Array | string, size: number, events: SessionEvent[]): void {
		/* An empty write still counts as one byte, so that acts wait for it. */
		const weight = Math.max(1, size);
		this.#inFlight += weight;
		this.#parsing.push(events[0]?.ts ?? 0);
		this.target.write(data, () => {
			this.#inFlight -= weight;
			this.#parsing.shift();
			if (this.#closed) return;
			if (events.length > 0) this.onRendered(events);
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
