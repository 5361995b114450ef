/*
 * What of a stream has been rendered. Sessions render side by side, so items are finished out of
 * order; what is reported is the highest number below which nothing is outstanding.
 */

interface Delivery {
	n: number;
	session: string;
	bytes: number;
	done: boolean;
}

export class AckLedger {
	#open: Delivery[] = [];
	#byNumber = new Map<number, Delivery>();
	#unreported = 0;
	#rendered = 0;

	/** The highest number up to which everything is rendered; 0 before the first. */
	get rendered(): number {
		return this.#rendered;
	}

	/** Payload bytes that are rendered and not yet taken into a report. */
	get unreported(): number {
		return this.#unreported;
	}

	/** True when nothing that was delivered waits to be rendered. */
	get drained(): boolean {
		return this.#open.length === 0;
	}

	/** Must be called in the order of arrival. */
	delivered(n: number, session: string, bytes: number): void {
		const delivery = { n, session, bytes, done: false };
		this.#open.push(delivery);
		this.#byNumber.set(n, delivery);
	}

	done(n: number): void {
		const delivery = this.#byNumber.get(n);
		if (!delivery || delivery.done) return;
		delivery.done = true;
		this.#advance();
	}

	/** Nobody will render what is outstanding of this session any more. */
	abandon(session: string): void {
		for (const delivery of this.#open) if (delivery.session === session) delivery.done = true;
		this.#advance();
	}

	/** Takes the number to report; the bytes up to it count as reported. */
	take(): number {
		this.#unreported = 0;
		return this.#rendered;
	}

	#advance(): void {
		let count = 0;
		while (count < this.#open.length && this.#open[count]!.done) {
			const delivery = this.#open[count++]!;
			this.#byNumber.delete(delivery.n);
			this.#rendered = delivery.n;
			this.#unreported += delivery.bytes;
		}
		if (count > 0) this.#open.splice(0, count);
	}
}
