/* Chance that can be had again: the same seed gives the same numbers. */

/** $SEED, or a new one. */
export const seed = +(process.env.SEED ?? Math.floor(Math.random() * 1e9));

export class Random {
	/** `name` makes a sequence of its own of the same seed. */
	constructor(name, from = seed) {
		this.state = from | 0;
		for (const letter of name)
			this.state = Math.imul(this.state ^ letter.codePointAt(0), 2654435761);
	}

	/** 0 ≤ x < 1 (splitmix32) */
	next() {
		this.state = this.state + 0x9e3779b9 | 0;
		let z = this.state;
		z = Math.imul(z ^ z >>> 16, 0x21f0aaad);
		z = Math.imul(z ^ z >>> 15, 0x735a2d97);
		return ((z ^ z >>> 15) >>> 0) / 2 ** 32;
	}

	below(limit) {
		return Math.floor(this.next() * limit);
	}

	between(low, high) {
		return low + this.next() * (high - low);
	}

	chance(p) {
		return this.next() < p;
	}

	pick(list) {
		return list[this.below(list.length)];
	}

	/** A copy of the list in another order. */
	shuffled(list) {
		const copy = [...list];
		for (let i = copy.length - 1; i > 0; i--) {
			const j = this.below(i + 1);
			[copy[i], copy[j]] = [copy[j], copy[i]];
		}
		return copy;
	}
}
