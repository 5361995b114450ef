/*
 * What was typed and is not yet accepted, for every session, apart from whether its tab is still
 * open. Kept over a reload of the page in the tab's own drawer, but only while the page is away:
 * a copy of this tab must not find it and send it too.
 */

import { SvelteMap } from 'svelte/reactivity';
import type { Api, ApiError } from '../core/api.ts';
import { InputQueue, type InputSnapshot } from '../core/input.ts';
import { tabDrawer } from '../core/storage.ts';
import { visibleKeys } from '../core/text.ts';

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

export class Inputs {
	#boxes = new SvelteMap<string, SessionInput>();
	#restored: Record<string, InputSnapshot>;
	#forgotten = false;

	waiting = $derived([...this.#boxes.values()].reduce((sum, box) => sum + box.count, 0));

	constructor(
		private readonly api: Api,
		private readonly owner: InputsOwner,
	) {
		this.#restored = tabDrawer.take<Record<string, InputSnapshot>>('pending') ?? {};
		addEventListener('pagehide', () => this.#save());
		addEventListener('pageshow', () => tabDrawer.set('pending', null));
		addEventListener('online', () => this.wake());
	}

	of(session: string): SessionInput {
		let box = this.#boxes.get(session);
		if (!box) {
			const restored = this.#restored[session] ?? null;
			delete this.#restored[session];
			box = new SessionInput(session, this.api, this.owner, this.#fresh(session, restored));
			this.#boxes.set(session, box);
		}
		return box;
	}

	/** Goes on with what the page before this one could not send. */
	resumeRestored(): void {
		for (const session of Object.keys(this.#restored)) this.of(session);
	}

	wake(): void {
		for (const box of this.#boxes.values()) box.wake();
	}

	hold(): void {
		for (const box of this.#boxes.values()) box.hold();
	}

	/** Signing out: nothing typed by this person is kept. */
	forget(): void {
		this.#forgotten = true;
		this.hold();
	}

	#fresh(session: string, snapshot: InputSnapshot | null): InputSnapshot | null {
		if (!snapshot || Date.now() - snapshot.at <= KEEP_MS) return snapshot;
		const queue = new InputQueue(async () => {}, { onPending() {}, onRefused() {} }, snapshot);
		this.owner.onStale(session, visibleKeys(queue.pending), snapshot.at);
		return null;
	}

	#save(): void {
		if (this.#forgotten) return;
		const pending: Record<string, InputSnapshot> = { ...this.#restored };
		for (const [session, box] of this.#boxes) {
			const snapshot = box.snapshot();
			if (snapshot) pending[session] = snapshot;
		}
		tabDrawer.set('pending', Object.keys(pending).length > 0 ? pending : null);
	}
}
