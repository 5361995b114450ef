/*
 * Plays the log of a terminal session into a terminal: output, sizes at their places, the line
 * between two runs, snapshots in place of all that was before. Two players at the same place of the
 * same log have terminals with the same content, wherever they began.
 */

import type { Terminal } from '@xterm/xterm';
import type { Gap, LogItem, SessionEvent, Snapshot } from '../../core/types.ts';
import { strings } from '../../strings.ts';
import { Feed, type Parsing } from './feed.ts';
import { dimLine, writeNow } from './inside.ts';
import { betweenRuns } from './runs.ts';
import type { Size } from './size.ts';

export interface PlayerSink {
	onRendered(items: LogItem[]): void;
	/** The log says so at this place; `by` is the writer that decides the size. */
	onSize(size: Size, by: string | null): void;
	/** A snapshot is about to become the terminal's content. */
	onReset(): void;
	/** The terminal has become this; `gap` when what was before is no more. */
	onSnapshot(snapshot: Snapshot, gap: boolean): void;
}

export class Player {
	readonly #feed: Feed;
	#replacing = false;
	#run: number | null;
	#gapTo = 0;

	constructor(
		private readonly terminal: Terminal,
		private readonly sink: PlayerSink,
		/** The run that the log is in at first; null when that is not known. */
		run: number | null = 1,
	) {
		this.#run = run;
		this.#feed = new Feed(
			{ write: (data, done) => terminal.write(data, done) },
			(items) => sink.onRendered(items),
		);
	}

	/** What the terminal answers when it says something by itself; null: nothing, it is news. */
	get asked(): Parsing | null {
		return this.#replacing ? { ts: 0, live: false } : this.#feed.parsing;
	}

	/** `live` when it is news and not history to this page. */
	play(item: LogItem, live: boolean): void {
		if (item.kind === 'snapshot') this.#snapshot(item);
		else if (item.kind === 'gap') this.#gap(item);
		else if (item.channel === 'pty:output') this.#feed.output(item, live);
		else if (item.channel === 'pty:resize') this.#size(item);
		else this.#status(item);
	}

	close(): void {
		this.#feed.close();
	}

	/* Size and content change in one step, so that nothing in between is ever drawn. */
	#snapshot(snapshot: Snapshot): void {
		const { cols, rows, bytes } = snapshot;
		const gap = this.#gapTo === snapshot.seq;
		this.#run = snapshot.run;
		this.#feed.replace(snapshot, () => {
			this.terminal.resize(cols, rows);
			this.#replacing = true;
			this.sink.onReset();
			writeNow(this.terminal, this.#feed.begin(bytes));
			this.#replacing = false;
			this.sink.onSnapshot(snapshot, gap);
		});
	}

	/* Where a snapshot follows, it takes the place of this line too. */
	#gap(gap: Gap): void {
		this.#gapTo = gap.to;
		if (gap.from > 1) this.#feed.local(() => `\r\n${dimLine(strings.terminal.removed)}\r\n`);
		else this.#feed.local(() => `${dimLine(strings.terminal.removed)}\r\n`);
		this.#feed.act(gap, () => {});
	}

	#size(event: SessionEvent): void {
		const { cols, rows, by } = event.data as unknown as Size & { by?: string | null };
		this.#feed.act(event, () => {
			this.terminal.resize(cols, rows);
			this.sink.onSize({ cols, rows }, by ?? null);
		});
	}

	/* A new run begins on a clean terminal, below what the run before has left. */
	#status(event: SessionEvent): void {
		const missing = event.type === 'output-missing' && Number(event.data?.bytes);
		if (missing) this.#feed.local(() => `\r\n${dimLine(strings.terminal.missing(missing))}\r\n`);
		const run = Number(event.data?.run ?? this.#run);
		if (this.#run !== null && run > this.#run) this.#feed.local(() => betweenRuns(this.terminal));
		this.#run = run;
		this.#feed.act(event, () => {});
	}
}
