/*
 * What a terminal printed before the lines that a view has: loaded when the person comes near the
 * top, one part at a time, and put in front, while everything else goes on as if nothing happened.
 *
 * A part is made by playing the log into a terminal of its own, from a snapshot (or, where none is
 * near, from the beginning of some line) up to a place of which the view still knows the line.
 * What that terminal then has above that line and the view has not is the part. So the view keeps
 * marks: "the cursor was in this line when the log was here". One is made when the view begins with
 * a snapshot, others while output flows, because lines at the top are dropped when there are too
 * many. A change of width wraps lines anew and moves the marks only roughly, which the text at the
 * seam makes good; a part that is on its way then is of no use any more, and is loaded again.
 *
 * Not handled: lines that a program itself has erased from the scrollback do not come back.
 */

import type { Terminal } from '@xterm/xterm';
import type { Api } from '../../core/api.ts';
import type { Snapshot } from '../../core/types.ts';
import { strings } from '../../strings.ts';
import { dimLine, linesOf, mark, prepend, writeNow } from './inside.ts';
import { Past, type Start } from './past.ts';
import { Player, type PlayerSink } from './player.ts';

export const MOST_LINES = 100_000;

/* How many marks a full terminal has. */
const MARKS = 4;
/* So many lines tell where a part ends, at most so far from where it should. */
const SEAM_LINES = 6;
const SEAM_RANGE = 500;

interface Mark {
	/** Everything up to this event had been printed. */
	seq: number;
	/** And so many bytes of the next. */
	cut: number;
	/** In the alternate screen the line is not the cursor's but the first of the other screen. */
	alternate: boolean;
	at: ReturnType<typeof mark>;
}

export interface OlderSource {
	readonly id: string;
	readonly api: Pick<Api, 'snapshot' | 'events'>;
	readonly terminal: Terminal;
	/** Makes a terminal like that one, to play a part of the past. */
	makeTerminal(cols: number, rows: number, scrollback: number): Terminal;
}

export class Older {
	/** How much of the part that is being loaded is there, 0–1; null when none is. */
	progress = $state<number | null>(null);
	/* Whether nothing older than the first line exists, as long as that line is still there. */
	#complete = true;
	/* There are as many lines as may be. */
	#full = false;
	#first: Mark['at'];
	#marks: Mark[] = [];
	#lines: unknown;
	#passed = 0;
	#cols: number;
	#closed = false;

	constructor(private readonly source: OlderSource) {
		this.#lines = linesOf(source.terminal);
		this.#first = mark(source.terminal, 0);
		this.#cols = source.terminal.cols;
		source.terminal.onResize(({ cols }) => this.#resized(cols));
	}

	/** The terminal has just become this snapshot. */
	began(snapshot: Snapshot, gap: boolean): void {
		this.#forget();
		this.#complete = false;
		this.#mark(snapshot.seq);
		if (gap) this.#say(strings.terminal.removed);
	}

	/** Everything up to `seq` has just been printed. */
	passed(seq: number): void {
		const { terminal } = this.source;
		this.#passed = seq;
		if (linesOf(terminal) !== this.#lines) this.#forget();
		const { length } = linesOf(terminal);
		this.#marks = this.#marks.filter(({ at }) => !at.isDisposed);
		const last = this.#marks.at(-1);
		const apart = (terminal.options.scrollback ?? 0) / MARKS;
		if (!last || length - terminal.rows - last.at.line >= apart) this.#mark(seq);
	}

	/** Loads the next part, if there is one. False when it came too late to be of use. */
	async load(): Promise<boolean> {
		const { terminal } = this.source;
		if (this.progress !== null || terminal.buffer.active.type === 'alternate') return true;
		const intact = !this.#first.isDisposed;
		if (linesOf(terminal) !== this.#lines || ((this.#complete || this.#full) && intact)) return true;
		const until = this.#marks.find(({ at }) => !at.isDisposed);
		if (this.#full) this.#say(strings.terminal.full);
		if (this.#full || !until) return true;
		this.progress = 0;
		try {
			return await this.#add(until);
		} catch {
			/* the next look at the top tries again */
			return true;
		} finally {
			this.progress = null;
		}
	}

	close(): void {
		this.#closed = true;
	}

	#mark(seq: number): void {
		const { terminal } = this.source;
		const alternate = terminal.buffer.active.type === 'alternate';
		this.#marks.push({ seq, cut: 0, alternate, at: markHere(terminal, alternate) });
	}

	#resized(cols: number): void {
		if (cols === this.#cols) return;
		this.#cols = cols;
		this.#marks = this.#marks.filter(({ at }) => !at.isDisposed);
		if (this.#marks.length === 0 && this.#passed > 0) this.#mark(this.#passed);
	}

	/* The terminal was reset: by a snapshot, or by the program, which then wanted it so. */
	#forget(): void {
		for (const { at } of this.#marks) at.dispose();
		this.#marks = [];
		this.#lines = linesOf(this.source.terminal);
		this.#first = mark(this.source.terminal, 0);
		this.#complete = true;
		this.#full = false;
	}

	/* A part that ends where it began adds nothing: then the one before it is played as well. */
	async #add(until: Mark): Promise<boolean> {
		const { cols } = this.source.terminal;
		const past = new Past(this.source.api, this.source.id, until.seq, until.cut);
		for (;;) {
			const start = await past.read((part) => (this.progress = part / 2));
			const played = await this.#play(past, start, until);
			try {
				if (!this.#current(until, cols)) return this.#closed;
				if (this.#put(played, start, until)) return true;
			} finally {
				played.terminal.dispose();
			}
		}
	}

	#current(until: Mark, cols: number): boolean {
		const { terminal } = this.source;
		if (this.#closed || terminal.cols !== cols) return false;
		return !until.at.isDisposed && linesOf(terminal) === this.#lines;
	}

	#play(past: Past, start: Start, until: Mark): Promise<Played> {
		const terminal = this.source.makeTerminal(start.cols, start.rows, MOST_LINES);
		const lines = linesOf(terminal);
		const played: Played = { terminal, begin: mark(terminal, 0), alternate: false, lines };
		const items = past.items(start);
		let left = items.length;
		return new Promise((resolve) => {
			const sink: PlayerSink = {
				onRendered: (done) => {
					left -= done.length;
					this.progress = 1 - left / items.length / 2;
					if (left === 0) resolve({ ...played, end: markHere(terminal, until.alternate) });
				},
				onSize() {},
				onReset() {},
				onSnapshot: () => {
					played.alternate = terminal.buffer.active.type === 'alternate';
					played.begin = markHere(terminal, played.alternate);
					played.lines = linesOf(terminal);
				},
			};
			const player = new Player(terminal, sink, null);
			if (items.length === 0) resolve(played);
			for (const item of items) player.play(item, false);
		});
	}

	/* True when this was a step: lines were added, or nothing more is to be had. */
	#put(played: Played, start: Start, until: Mark): boolean {
		const { terminal } = this.source;
		const { terminal: past, begin, end } = played;
		const overflowed = linesOf(past).length >= MOST_LINES + past.rows;
		const erased = !overflowed && (begin.isDisposed || linesOf(past) !== played.lines);
		past.resize(terminal.cols, terminal.rows);
		const found = end && !end.isDisposed ? this.#seam(past, end.line - until.at.line) : 0;
		if (found <= 0 && !start.first && !overflowed && !erased) return false;
		const room = Math.max(0, MOST_LINES + terminal.rows - linesOf(terminal).length);
		const added = Math.max(0, Math.min(found, room));
		/* One more, for a line of our own. */
		terminal.options.scrollback = MOST_LINES + 1;
		if (added > 0) prepend(terminal, past, found - added, added);
		this.#first = mark(terminal, 0);
		this.#full = found > room || overflowed;
		this.#complete = start.first || erased;
		if (this.#full) this.#say(strings.terminal.full);
		else if (!this.#complete) {
			const { seq, cut } = start;
			this.#marks.unshift({ seq, cut, alternate: played.alternate, at: mark(terminal, begin.line) });
		} else if (start.removed && !erased) this.#say(strings.terminal.removed);
		return true;
	}

	/* Whatever the marks say, the part ends where its text goes on as the view begins. */
	#seam(past: Terminal, found: number): number {
		if (found <= 0) return 0;
		const text = textOf(this.source.terminal, 0);
		for (let off = 0; off <= SEAM_RANGE; off++) {
			if (textOf(past, found + off) === text) return found + off;
			if (textOf(past, found - off) === text) return found - off;
		}
		return found;
	}

	/* A line of our own above the first one. */
	#say(text: string): void {
		const { terminal } = this.source;
		/* Putting it there scrolls, and whoever hears that looks whether it is there. */
		this.#first = mark(terminal, 0);
		const line = this.source.makeTerminal(terminal.cols, 2, 0);
		writeNow(line, dimLine(text));
		const needed = linesOf(terminal).length - terminal.rows + 1;
		terminal.options.scrollback = Math.max(needed, terminal.options.scrollback ?? 0);
		prepend(terminal, line, 0, 1);
		line.dispose();
		this.#first = mark(terminal, 0);
	}
}

interface Played {
	terminal: Terminal;
	/** The place where it began, as in a mark, and the lines that it began with. */
	begin: Mark['at'];
	alternate: boolean;
	lines: unknown;
	/** The place at the end; undefined when nothing was played. */
	end?: Mark['at'];
}

function markHere(terminal: Terminal, alternate: boolean): Mark['at'] {
	const { baseY, cursorY } = terminal.buffer.normal;
	return mark(terminal, alternate ? baseY : baseY + cursorY);
}

function textOf(terminal: Terminal, line: number): string {
	const { normal } = terminal.buffer;
	const lines = Array.from({ length: SEAM_LINES }, (_, i) => normal.getLine(line + i));
	return lines.map((one) => one?.translateToString(true)).join('\n');
}
