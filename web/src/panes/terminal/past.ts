/*
 * Reads a part of a session's log towards its beginning, from a place on backwards: to the nearest
 * snapshot, or where none is within 4 MiB of output, to the beginning of a line. Each further
 * `read` goes on from there and keeps what was read before.
 */

import type { Api } from '../../core/api.ts';
import type { LogItem, SessionEvent, Snapshot } from '../../core/types.ts';

const PART_BYTES = 4 << 20;
const PAGE_EVENTS = 1000;
const NEW_LINE = 10;

/** Where a part begins: behind event `seq` and `cut` bytes of the one after it. */
export interface Start {
	seq: number;
	cut: number;
	/** The size that the terminal has there. */
	cols: number;
	rows: number;
	snapshot: Snapshot | null;
	/** The log has nothing before it; `removed` when it once had. */
	first: boolean;
	removed: boolean;
}

export class Past {
	#events: SessionEvent[] = [];
	#snapshotBefore: number;
	readonly #end: number;

	constructor(
		private readonly api: Pick<Api, 'snapshot' | 'events'>,
		private readonly session: string,
		private readonly seq: number,
		private readonly cut: number,
	) {
		this.#end = cut > 0 ? seq + 1 : seq;
		this.#snapshotBefore = this.#end;
	}

	/** `onProgress` is told how much of this part is there, 0–1. */
	async read(onProgress: (part: number) => void): Promise<Start> {
		const from = this.#oldest;
		let snapshot: Snapshot | null | undefined;
		let bytes = 0;
		for (;;) {
			const before = this.#oldest;
			if (before === 1) return { ...NOWHERE, seq: 0, first: true };
			if (snapshot && snapshot.seq >= before - 1) return atSnapshot(snapshot);
			if (bytes >= PART_BYTES) return this.#atLine();
			const page = await this.api.events(this.session, { before, limit: PAGE_EVENTS });
			if (page.length === 0) return { ...NOWHERE, seq: before - 1, first: true, removed: true };
			if (!isWhole(page, before - 1)) throw new Error('the log has a hole');
			this.#events = [...page, ...this.#events];
			/* Not before: a log that is one page long needs none, and may have none. */
			if (snapshot === undefined && this.#oldest > 1) snapshot = await this.#snapshot();
			bytes += page.reduce((sum, event) => sum + (event.bytes?.length ?? 0), 0);
			const toSnapshot = snapshot ? (from - this.#oldest) / (from - 1 - snapshot.seq) : 0;
			onProgress(Math.min(1, Math.max(toSnapshot, bytes / PART_BYTES)));
		}
	}

	/** What is to be played from there to the end. */
	items(start: Start): LogItem[] {
		const events = this.#events.filter((event) => event.seq > start.seq);
		const items: LogItem[] = events.map((event) => this.#trimmed(event, start));
		return start.snapshot ? [start.snapshot, ...items] : items;
	}

	async #snapshot(): Promise<Snapshot | null> {
		const snapshot = await this.api.snapshot(this.session, this.#snapshotBefore);
		if (snapshot) this.#snapshotBefore = snapshot.seq;
		return snapshot;
	}

	get #oldest(): number {
		return this.#events[0]?.seq ?? this.#end + 1;
	}

	#trimmed(event: SessionEvent, start: Start): SessionEvent {
		const from = event.seq === start.seq + 1 ? start.cut : 0;
		const to = event.seq === this.seq + 1 ? this.cut : undefined;
		if (!event.bytes || (from === 0 && to === undefined)) return event;
		return { ...event, bytes: event.bytes.subarray(from, to) };
	}

	async #atLine(): Promise<Start> {
		const index = this.#events.findIndex((event) => event.bytes?.includes(NEW_LINE));
		const event = this.#events[index];
		if (!event) throw new Error('there is no line to begin at');
		const { cols, rows } = await this.#size(event.seq);
		return { ...NOWHERE, cols, rows, seq: event.seq - 1, cut: event.bytes!.indexOf(NEW_LINE) + 1 };
	}

	/* Where the log has lost the event that said so, there is a snapshot that does. */
	async #size(before: number): Promise<{ cols: number; rows: number }> {
		const range = { before, limit: 1, channel: 'pty:resize' };
		const [resize] = await this.api.events(this.session, range);
		const { cols, rows } = (resize?.data ?? {}) as Partial<Start>;
		if (cols && rows) return { cols, rows };
		return (await this.api.snapshot(this.session, before)) ?? NOWHERE;
	}
}

const NOWHERE: Start = {
	seq: 0,
	cut: 0,
	cols: 80,
	rows: 24,
	snapshot: null,
	first: false,
	removed: false,
};

function isWhole(page: SessionEvent[], last: number): boolean {
	return page.every((event, index) => event.seq === last - page.length + 1 + index);
}

function atSnapshot(snapshot: Snapshot): Start {
	const { seq, cols, rows } = snapshot;
	return { ...NOWHERE, seq, cols, rows, snapshot };
}
