/*
 * Which rows of a long list are worth drawing. Rows have heights that are only known once they were
 * drawn; until then they are guessed. The list is as tall as the sum, so that a place in it means
 * the same row whether or not what is around has been drawn.
 */

export interface Row {
	key: string;
}

export interface Range {
	from: number;
	to: number;
	/** Heights in pixels of what is left out above and below. */
	before: number;
	after: number;
}

export class Windowing<T extends Row> {
	#rows: readonly T[] = [];
	#heights = new Map<string, number>();
	#tops: Float64Array = new Float64Array(1);
	#places = new Map<string, number>();
	#stale = true;

	/** `guess` says how tall a row will be, in pixels. */
	constructor(private readonly guess: (row: T) => number) {}

	get total(): number {
		this.#sum();
		return this.#tops[this.#rows.length]!;
	}

	setRows(rows: readonly T[]): void {
		this.#rows = rows;
		this.#stale = true;
	}

	/** Tells how tall a row is; true when that is news. */
	measured(key: string, height: number): boolean {
		if (this.#heights.get(key) === height) return false;
		this.#heights.set(key, height);
		this.#stale = true;
		return true;
	}

	/** The rows are as wide as they were not before: no height is known any more. */
	forgetHeights(): void {
		this.#heights.clear();
		this.#stale = true;
	}

	/** Where a row begins; undefined when it is not in the list. */
	topOf(key: string): number | undefined {
		this.#sum();
		const place = this.#places.get(key);
		return place === undefined ? undefined : this.#tops[place];
	}

	/** The row at `y`, or the nearest one; -1 when there is none. */
	at(y: number): number {
		this.#sum();
		let low = 0;
		let high = this.#rows.length - 1;
		while (low < high) {
			const middle = (low + high + 1) >> 1;
			if (this.#tops[middle]! <= y) low = middle;
			else high = middle - 1;
		}
		return high < 0 ? -1 : low;
	}

	/** The rows between two heights. */
	range(top: number, bottom: number): Range {
		if (this.#rows.length === 0) return { from: 0, to: 0, before: 0, after: 0 };
		const from = this.at(top);
		const to = this.at(bottom) + 1;
		return { from, to, before: this.#tops[from]!, after: this.total - this.#tops[to]! };
	}

	#sum(): void {
		if (!this.#stale) return;
		this.#stale = false;
		const count = this.#rows.length;
		if (this.#tops.length <= count) this.#tops = new Float64Array(count * 2 + 1);
		this.#places.clear();
		this.#rows.forEach((row, index) => {
			this.#places.set(row.key, index);
			this.#tops[index + 1] = this.#tops[index]! + (this.#heights.get(row.key) ?? this.guess(row));
		});
	}
}
