/*
 * Who decides how large a terminal is.
 *
 * The log decides: its resize events set the size of every view, and each names the writer that
 * asked for it, who is the owner from there on. A view asks for the size only for a person who
 * types or presses "Take size", also when the size is right already, or when it is the owner and
 * its own room has changed. It is the owner once the log says so, not before: so at each place of
 * the log there is one owner at most, and everybody agrees who that is.
 */

export interface Size {
	cols: number;
	rows: number;
}

export interface SizeAsker {
	/** Asks the server; must call `refused` of the keeper when that fails. */
	ask(size: Size): void;
	onOwner(owner: boolean): void;
}

const DEBOUNCE_MS = 80;
/* A request that has not come into the log by then never will. */
const LOST_MS = 5000;
const LIMITS = { cols: [2, 1000], rows: [1, 500] } as const;

export class SizeKeeper {
	#owner = false;
	#settled = false;
	#fit: Size | null = null;
	#log: Size | null = null;
	#asked: { size: Size; at: number } | null = null;
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(
		/** The writer that this view asks as. */
		private readonly writer: string,
		private readonly asker: SizeAsker,
	) {}

	/** The size that would fill this view, as last measured. */
	get fit(): Size | null {
		return this.#fit;
	}

	/** True when taking over would change the size. */
	get differs(): boolean {
		return !!this.#fit && !!this.#log && !same(this.#fit, this.#log);
	}

	/** The person typed or pressed the button: this view is to decide from now on. */
	take(): void {
		if (!this.#owner && this.#fit && !this.#waiting()) this.#ask(this.#fit);
	}

	/** The log has been played to its end: what is not as it should be is so now. */
	settle(): void {
		this.#settled = true;
		this.#askIfDifferent();
	}

	/** The view has room for another size. */
	setFit(fit: Size): void {
		const clamped = clamp(fit);
		if (this.#fit && same(this.#fit, clamped)) return;
		this.#fit = clamped;
		clearTimeout(this.#timer);
		if (this.#owner) this.#timer = setTimeout(() => this.#askIfDifferent(), DEBOUNCE_MS);
	}

	/** The log says so, at the place that the terminal shows. */
	logged(size: Size, by: string | null): void {
		this.#log = size;
		const owner = by === this.writer;
		if (owner && this.#asked && same(this.#asked.size, size)) this.#asked = null;
		if (!owner) clearTimeout(this.#timer);
		if (owner !== this.#owner) {
			this.#owner = owner;
			this.asker.onOwner(owner);
		}
		this.#askIfDifferent();
	}

	/* The next key, or the next change of room, asks again. */
	refused(size: Size): void {
		if (this.#asked && same(this.#asked.size, size)) this.#asked = null;
	}

	close(): void {
		clearTimeout(this.#timer);
	}

	#askIfDifferent(): void {
		if (this.#owner && this.#settled && this.#fit && this.differs && !this.#waiting(this.#fit)) {
			this.#ask(this.#fit);
		}
	}

	/* Whether a request is on its way: for this size, or at all. */
	#waiting(size?: Size): boolean {
		if (!this.#asked || Date.now() - this.#asked.at > LOST_MS) return false;
		return !size || same(this.#asked.size, size);
	}

	#ask(size: Size): void {
		this.#asked = { size, at: Date.now() };
		this.asker.ask(size);
	}
}

export function same(a: Size, b: Size): boolean {
	return a.cols === b.cols && a.rows === b.rows;
}

function clamp({ cols, rows }: Size): Size {
	return {
		cols: Math.min(LIMITS.cols[1], Math.max(LIMITS.cols[0], cols)),
		rows: Math.min(LIMITS.rows[1], Math.max(LIMITS.rows[0], rows)),
	};
}
