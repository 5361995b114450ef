/* How long the server wants to be left alone, counted down in whole seconds. */

import { ApiError } from '../core/api.ts';

export class Patience {
	/** Seconds; 0: one may try. */
	left = $state(0);
	#until = 0;
	#timer: ReturnType<typeof setInterval> | undefined;

	/** Takes up how long an answer asked to wait; false: it did not. */
	heed(error: unknown): boolean {
		if (!(error instanceof ApiError) || error.status !== 429 || !error.retryAfterMs) return false;
		this.#until = performance.now() + error.retryAfterMs;
		clearInterval(this.#timer);
		this.#timer = setInterval(() => this.#count(), 250);
		this.#count();
		return true;
	}

	stop(): void {
		clearInterval(this.#timer);
		this.left = 0;
	}

	#count(): void {
		this.left = Math.max(0, Math.ceil((this.#until - performance.now()) / 1000));
		if (this.left === 0) clearInterval(this.#timer);
	}
}
