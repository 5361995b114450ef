/*
 * What a person has sent and the server has not yet accepted: a box for every session, apart from
 * whether its tab is still open. Kept over a reload of the page in the tab's own drawer, but only
 * while the page is away: a copy of this tab must not find it and send it too.
 */

import { SvelteMap } from 'svelte/reactivity';
import { tabDrawer } from '../core/storage.ts';

export interface Box<Kept> {
	/** Tries again at once. */
	wake(): void;
	/** Sends nothing until it is woken. */
	hold(): void;
	/** What is to be kept; null when nothing is. */
	snapshot(): Kept | null;
}

export abstract class Boxes<Kept, B extends Box<Kept>> {
	protected readonly boxes = new SvelteMap<string, B>();
	#restored: Record<string, Kept>;
	#forgotten = false;

	/** `drawer` names the place in the tab's drawer. */
	constructor(private readonly drawer: string) {
		this.#restored = tabDrawer.take<Record<string, Kept>>(drawer) ?? {};
		addEventListener('pagehide', () => this.#save());
		addEventListener('pageshow', () => tabDrawer.set(drawer, null));
		addEventListener('online', () => this.wake());
	}

	protected abstract make(session: string, restored: Kept | null): B;

	of(session: string): B {
		let box = this.boxes.get(session);
		if (!box) {
			const restored = this.#restored[session] ?? null;
			delete this.#restored[session];
			box = this.make(session, restored);
			this.boxes.set(session, box);
		}
		return box;
	}

	/** Goes on with what the page before this one could not send. */
	resumeRestored(): void {
		for (const session of Object.keys(this.#restored)) this.of(session);
	}

	wake(): void {
		for (const box of this.boxes.values()) box.wake();
	}

	hold(): void {
		for (const box of this.boxes.values()) box.hold();
	}

	/** Signing out: nothing of this person is kept. */
	forget(): void {
		this.#forgotten = true;
		this.hold();
	}

	#save(): void {
		if (this.#forgotten) return;
		const kept: Record<string, Kept> = { ...this.#restored };
		for (const [session, box] of this.boxes) {
			const snapshot = box.snapshot();
			if (snapshot) kept[session] = snapshot;
		}
		tabDrawer.set(this.drawer, Object.keys(kept).length > 0 ? kept : null);
	}
}
