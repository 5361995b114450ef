/*
 * The questions of all sessions that wait for this person, as the server last told: for what shows
 * them outside of their conversation. Who answers first has answered; the others are told so.
 */

import { SvelteMap } from 'svelte/reactivity';
import type { ClaudeApi } from '../core/claude-api.ts';
import type { PermissionAnswer, PermissionRow } from '../core/claude.ts';
import type { SystemEvent } from '../core/types.ts';

export class Permissions {
	#byId = new SvelteMap<string, PermissionRow>();
	/* What was answered: a list that was on its way does not bring it back. */
	#settled = new Set<string>();
	#loading: Promise<void> | null = null;
	#again = false;

	pending = $derived([...this.#byId.values()].sort((a, b) => a.requested_at - b.requested_at));

	constructor(private readonly api: ClaudeApi) {}

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
		else this.forget(event.data.id);
	}

	async answer(id: string, answer: PermissionAnswer): Promise<PermissionRow> {
		const row = await this.api.answer(id, answer);
		if (row.state !== 'pending') this.forget(id);
		return row;
	}

	/** It is settled: here, by somebody else, or with its session. */
	forget(id: string): void {
		this.#settled.add(id);
		this.#byId.delete(id);
	}

	async #read(): Promise<void> {
		do {
			this.#again = false;
			try {
				const rows = await this.api.permissions();
				const present = new Set(rows.map(({ id }) => id));
				for (const id of this.#byId.keys()) if (!present.has(id)) this.#byId.delete(id);
				for (const row of rows) if (!this.#settled.has(row.id)) this.#byId.set(row.id, row);
				for (const id of this.#settled) if (!present.has(id)) this.#settled.delete(id);
			} catch {
				/* the next hello reads the list again */
			}
		} while (this.#again);
	}
}
