/*
 * What the user types, on its way to one session: in order, exactly once, and never lost.
 *
 * A writer is a random name; its inputs are numbered 1, 2, 3 … and the server takes each number
 * once, so a request whose answer never came can be repeated without harm. One request is on its
 * way at a time: that keeps the order. What is typed meanwhile gathers and goes as one.
 *
 * A page that goes away leaves a snapshot of what was not accepted. The next page sends that first,
 * under the old writer and number, and uses a new writer for everything else. So even two pages
 * that start from the same snapshot (a duplicated tab) can only repeat each other, which the server
 * recognises; they can never use one number for two things.
 */

import { ApiError } from './api.ts';
import { backoffMs } from './backoff.ts';
import { concat, fromBase64, randomId, toBase64 } from './bytes.ts';

export const MAX_INPUT_BYTES = 65_536;

export interface InputPost {
	(writer: string, n: number, bytes: Uint8Array): Promise<unknown>;
}

export interface InputListener {
	/** What waits has changed; read `pending`. */
	onPending(): void;
	/** The server refused for good; these bytes will never arrive. */
	onRefused(error: ApiError, bytes: Uint8Array): void;
}

export interface InputSnapshot {
	at: number;
	writer: string;
	n: number;
	/** The input whose number is taken: it may have been accepted already. */
	sent: string;
	rest: string;
}

interface Lane {
	writer: string;
	n: number;
	sent: Uint8Array | null;
	rest: Uint8Array[];
}

export class InputQueue {
	#lanes: Lane[] = [newLane()];
	#busy = false;
	#held = false;
	#closed = false;
	#attempt = 0;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#waitingSince = 0;

	constructor(
		private readonly post: InputPost,
		private readonly listener: InputListener,
		restored: InputSnapshot | null = null,
	) {
		if (restored) this.#lanes.unshift(...restoredLanes(restored));
		if (this.pending.length > 0) this.#waitingSince = Date.now();
	}

	/** Everything the server has not accepted, oldest first. */
	get pending(): Uint8Array {
		return concat(this.#lanes.flatMap((lane) => (lane.sent ? [lane.sent, ...lane.rest] : lane.rest)));
	}

	/** How many inputs that is: keys that wait together count one by one. */
	get count(): number {
		return this.#lanes.reduce((sum, lane) => sum + lane.rest.length + (lane.sent ? 1 : 0), 0);
	}

	/** Since when the oldest of it waits (Unix ms); 0 when nothing waits. */
	get waitingSince(): number {
		return this.#waitingSince;
	}

	write(bytes: Uint8Array): void {
		if (this.#closed || bytes.length === 0) return;
		if (this.#waitingSince === 0) this.#waitingSince = Date.now();
		this.#lanes.at(-1)!.rest.push(bytes);
		if (this.#busy) this.listener.onPending();
		else this.#next();
	}

	/** Starts to send what was restored. */
	start(): void {
		this.#next();
	}

	/** Stops sending (signed out, offline) until `wake`; what is typed keeps gathering. */
	hold(): void {
		this.#held = true;
		clearTimeout(this.#timer);
	}

	wake(): void {
		this.#held = false;
		this.#attempt = 0;
		if (!this.#busy) this.#next();
	}

	/** Forgets what waits, except an input that is on its way and may be accepted already. */
	discard(): void {
		const [head] = this.#lanes;
		if (head) head.rest = [];
		this.#lanes = head?.sent ? [head, newLane()] : [newLane()];
		this.#settle();
	}

	close(): void {
		this.#closed = true;
		clearTimeout(this.#timer);
	}

	snapshot(): InputSnapshot | null {
		const [head, ...others] = this.#lanes.filter((lane) => lane.sent || lane.rest.length > 0);
		if (!head) return null;
		const rest = [...head.rest, ...others.flatMap((lane) => (lane.sent ? [lane.sent] : []).concat(lane.rest))];
		return {
			at: Date.now(),
			writer: head.writer,
			n: head.n,
			sent: head.sent ? toBase64(head.sent) : '',
			rest: rest.length > 0 ? toBase64(concat(rest)) : '',
		};
	}

	#next(): void {
		clearTimeout(this.#timer);
		if (this.#busy || this.#held || this.#closed) return;
		const lane = this.#lanes[0]!;
		if (!lane.sent && lane.rest.length > 0) lane.sent = takeUpTo(lane.rest, MAX_INPUT_BYTES);
		if (lane.sent) void this.#send(lane, lane.sent);
		else if (this.#lanes.length > 1) {
			this.#lanes.shift();
			this.#next();
		}
	}

	async #send(lane: Lane, bytes: Uint8Array): Promise<void> {
		this.#busy = true;
		this.listener.onPending();
		let again = false;
		try {
			await this.post(lane.writer, lane.n, bytes);
			this.#accepted(lane);
		} catch (error) {
			again = this.#failed(lane, bytes, error);
		}
		this.#busy = false;
		if (this.#closed) return;
		this.#settle();
		if (again) this.#timer = setTimeout(() => this.#next(), backoffMs(this.#attempt++));
		else this.#next();
	}

	#accepted(lane: Lane): void {
		lane.sent = null;
		lane.n++;
		this.#attempt = 0;
		this.#waitingSince = Date.now();
	}

	/* True when the same input is to be sent again after a while. */
	#failed(lane: Lane, bytes: Uint8Array, error: unknown): boolean {
		const refused = error instanceof ApiError ? error : new ApiError(0, 'network', String(error));
		if (refused.transient) return true;
		if (refused.status === 401) {
			this.#held = true;
			return false;
		}
		const expect = refused.extra.expect;
		if (refused.code === 'input.gap' && typeof expect === 'number' && expect !== lane.n) {
			/* The server has forgotten this writer's past. A gap is never stored, so the input can
			 * take the number that the server waits for. */
			lane.n = expect;
			return true;
		}
		lane.sent = null;
		this.listener.onRefused(refused, bytes);
		if (refused.code === 'session.ended' || refused.code === 'session.unknown') this.discard();
		return false;
	}

	#settle(): void {
		if (this.#lanes.every((lane) => !lane.sent && lane.rest.length === 0)) this.#waitingSince = 0;
		this.listener.onPending();
	}
}

function newLane(): Lane {
	return { writer: randomId(), n: 1, sent: null, rest: [] };
}

/* The input that may have been accepted keeps its writer and number; nothing else can clash. */
function restoredLanes(snapshot: InputSnapshot): Lane[] {
	const lanes: Lane[] = [];
	if (snapshot.sent) {
		lanes.push({ writer: snapshot.writer, n: snapshot.n, sent: fromBase64(snapshot.sent), rest: [] });
	}
	if (snapshot.rest) lanes.push({ ...newLane(), rest: [fromBase64(snapshot.rest)] });
	return lanes;
}

function takeUpTo(parts: Uint8Array[], limit: number): Uint8Array {
	const taken: Uint8Array[] = [];
	let size = 0;
	while (parts.length > 0 && size < limit) {
		const part = parts[0]!;
		const room = limit - size;
		taken.push(part.subarray(0, room));
		size += Math.min(part.length, room);
		if (part.length > room) parts[0] = part.subarray(room);
		else parts.shift();
	}
	return concat(taken);
}
