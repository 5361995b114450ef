/*
 * Who decides how large a terminal is.
 *
 * The log decides: its resize events set the size of every view. What a view may do is ask for
 * another size, and only the view whose person typed last, made the session, or pressed "Take
 * size" asks. When the log shows a size that this view did not ask for, somebody else has taken
 * over, and this view goes back to watching. A view that merely looks never asks.
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
const LIMITS = { cols: [2, 1000], rows: [1, 500] } as const;

export class SizeKeeper {
	#owner = false;
	#fit: Size | null = null;
	#log: Size | null = null;
	#asked: Size[] = [];
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(private readonly asker: SizeAsker) {}

	get owner(): boolean {
		return this.#owner;
	}

	/** The size that would fill this view, as last measured. */
	get fit(): Size | null {
		return this.#fit;
	}

	/** True when taking over would change the size. */
	get differs(): boolean {
		return !!this.#fit && !!this.#log && !same(this.#fit, this.#log);
	}

	/** The person typed, made the session or pressed the button: this view decides from now on. */
	take(): void {
		if (this.#owner) return;
		this.#setOwner(true);
		/* Also when the size is right already: the event tells the other views who decides. */
		if (this.#fit) this.#ask(this.#fit);
	}

	/** This view decided before (a reload, a session just made) and nobody has taken over since. */
	resumeOwner(): void {
		this.#setOwner(true);
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

	/** The log says so. A replayed event is history: it changes the size and nobody's role. */
	logged(size: Size, live: boolean): void {
		this.#log = size;
		const own = this.#asked.findIndex((asked) => same(asked, size));
		if (own >= 0) {
			this.#asked.splice(0, own + 1);
			this.#setOwner(true);
		} else if (live) {
			clearTimeout(this.#timer);
			this.#setOwner(false);
		}
	}

	/** A request of ours that will appear in the log without `ask` (create, resume). */
	expect(size: Size): void {
		this.#asked.push(size);
	}

	/* Who could not get the size does not decide it; the next key asks again. */
	refused(size: Size): void {
		this.#asked = this.#asked.filter((asked) => !same(asked, size));
		if (this.#asked.length === 0 && this.differs) this.#setOwner(false);
	}

	close(): void {
		clearTimeout(this.#timer);
	}

	#askIfDifferent(): void {
		const latest = this.#asked.at(-1) ?? this.#log;
		if (this.#owner && this.#fit && !(latest && same(latest, this.#fit))) this.#ask(this.#fit);
	}

	#ask(size: Size): void {
		this.#asked.push(size);
		this.asker.ask(size);
	}

	#setOwner(owner: boolean): void {
		if (owner === this.#owner) return;
		this.#owner = owner;
		this.asker.onOwner(owner);
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
