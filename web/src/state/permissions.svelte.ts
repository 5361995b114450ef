/*
 * The questions of all sessions that wait for this person, as the server last told: for what shows
 * them outside of their conversation. Who answers first has answered; the others are told so.
 */

import { SvelteMap } from 'svelte/reactivity';
import type { Api } from '../core/api.ts';
import type { PermissionAnswer, PermissionRow } from '../core/claude.ts';
import type { SystemEvent } from '../core/types.ts';

export class Permissions {
	#byId = new SvelteMap<string, PermissionRow>();
	#loading: Promise<void> | null = null;
	#again = false;

	pending = $derived([...this.#byId.values()].sort((a, b) => a.requested_at - b.requested_at));

	constructor(private readonly api: Api) {}

	/** The oldest question of a session. */
	of(session: string): PermissionRow | undefined {
		return this.pending.find((row) => row.session === session);
	}

	/** Reads the list again; several wishes at a time are one more reading. */
	async load(): Promise<void> {
		if (this.#loading) {
			this.#again = true;
			return this.#loading;
		}
		this.#loading = this.#read().finally(() => (this.#loading = null));
		await this.#loading;
	}

	apply(event: SystemEvent): void {
		if (event.channel !== 'permission') return;
		if (event.type === 'requested') void this.load();
		else this.#byId.delete(event.data.id);
	}

	async answer(id: string, answer: PermissionAnswer): Promise<PermissionRow> {
		const row = await this.api.answer(id, answer);
		if (row.state !== 'pending') this.#byId.delete(id);
		return row;
	}

	/** Somebody else was first. */
	forget(id: string): void {
		this.#byId.delete(id);
	}

	async #read(): Promise<void> {
		do {
			this.#again = false;
			try {
				const rows = await this.api.permissions();
				const present = new Set(rows.map(({ id }) => id));
				for (const id of this.#byId.keys()) if (!present.has(id)) this.#byId.delete(id);
				for (const row of rows) this.#byId.set(row.id, row);
			} catch {
				/* the next hello reads the list again */
			}
		} while (this.#again);
	}
}
