/*
 * Which events of one stream have been rendered. Sessions render side by side, so events are
 * finished out of order; the server is told the highest id below which nothing is outstanding.
 */

interface Delivery {
	id: number;
	session: string;
	bytes: number;
	done: boolean;
}

export class AckLedger {
	#open: Delivery[] = [];
	#byId = new Map<number, Delivery>();
	#unreported = 0;
	#rendered = 0;

	/** The highest id up to which everything is rendered; 0 before the first. */
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
	delivered(id: number, session: string, bytes: number): void {
		const delivery = { id, session, bytes, done: false };
		this.#open.push(delivery);
		this.#byId.set(id, delivery);
	}

	done(id: number): void {
		const delivery = this.#byId.get(id);
		if (!delivery || delivery.done) return;
		delivery.done = true;
		this.#advance();
	}

	/** Nobody will render what is outstanding of this session any more. */
	abandon(session: string): void {
		for (const delivery of this.#open) if (delivery.session === session) delivery.done = true;
		this.#advance();
	}

	/** Takes the id to report; the bytes up to it count as reported. */
	take(): number {
		this.#unreported = 0;
		return this.#rendered;
	}

	#advance(): void {
		let count = 0;
		while (count < this.#open.length && this.#open[count]!.done) {
			const delivery = this.#open[count++]!;
			this.#byId.delete(delivery.id);
			this.#rendered = delivery.id;
			this.#unreported += delivery.bytes;
		}
		if (count > 0) this.#open.splice(0, count);
	}
}
