/* What was typed to terminals and is not yet accepted, in order and exactly once; see core/input.ts. */

import type { Api, ApiError } from '../core/api.ts';
import { InputQueue, type InputSnapshot } from '../core/input.ts';
import { visibleKeys } from '../core/text.ts';
import { Boxes } from './boxes.svelte.ts';

export interface InputsOwner {
	onRefused(session: string, error: ApiError, text: string): void;
	/** Text so old that the screen it was meant for is long gone; it was not sent. */
	onStale(session: string, text: string, at: number): void;
}

const SHOW_AFTER_MS = 150;
const KEEP_MS = 10 * 60_000;
const SHOWN_CHARACTERS = 400;

export class SessionInput {
	/** What waits, readable, once it has waited long enough to be worth showing. */
	shown = $state('');
	count = $state(0);

	readonly #queue: InputQueue;
	#timer: ReturnType<typeof setTimeout> | undefined;

	constructor(session: string, api: Api, owner: InputsOwner, restored: InputSnapshot | null) {
		this.#queue = new InputQueue(
			(writer, n, bytes) => api.input(session, writer, n, bytes),
			{
				onPending: () => this.#refresh(),
				onRefused: (error, bytes) => owner.onRefused(session, error, visibleKeys(bytes)),
			},
			restored,
		);
		if (restored) this.#queue.start();
	}

	write(bytes: Uint8Array): void {
		this.#queue.write(bytes);
	}

	wake(): void {
		this.#queue.wake();
	}

	hold(): void {
		this.#queue.hold();
	}

	discard(): void {
		this.#queue.discard();
	}

	snapshot(): InputSnapshot | null {
		return this.#queue.snapshot();
	}

	#refresh(): void {
		const since = this.#queue.waitingSince;
		const early = since === 0 ? 0 : since + SHOW_AFTER_MS - Date.now();
		clearTimeout(this.#timer);
		if (early > 0) {
			this.#timer = setTimeout(() => this.#refresh(), early);
			if (this.count === 0) return;
		}
		this.count = since === 0 ? 0 : this.#queue.count;
		const keys = since === 0 ? '' : visibleKeys(this.#queue.pending.subarray(0, 4096));
		this.shown = keys.length > SHOWN_CHARACTERS ? keys.slice(0, SHOWN_CHARACTERS) + '…' : keys;
	}
}

export class Inputs extends Boxes<InputSnapshot, SessionInput> {
	waiting = $derived([...this.boxes.values()].reduce((sum, box) => sum + box.count, 0));

	constructor(
		private readonly api: Api,
		private readonly owner: InputsOwner,
	) {
		super('pending');
	}

	protected make(session: string, restored: InputSnapshot | null): SessionInput {
		return new SessionInput(session, this.api, this.owner, this.#fresh(session, restored));
	}

	#fresh(session: string, snapshot: InputSnapshot | null): InputSnapshot | null {
		if (!snapshot || Date.now() - snapshot.at <= KEEP_MS) return snapshot;
		const queue = new InputQueue(async () => {}, { onPending() {}, onRefused() {} }, snapshot);
		this.owner.onStale(session, visibleKeys(queue.pending), snapshot.at);
		return null;
	}
}
