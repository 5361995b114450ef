/* The workspaces of this person, as the server last told, and which one the person works in. */

import { SvelteMap } from 'svelte/reactivity';
import { ApiError } from '../core/api.ts';
import { browserDrawer } from '../core/storage.ts';
import type { SystemEvent } from '../core/types.ts';
import type { MadeWorkspace, WorkspacesApi } from '../core/workspaces-api.ts';
import type { NewWorkspace, WorkspaceChange, WorkspaceInfo } from '../core/workspaces.ts';

export class Workspaces {
	#byId = new SvelteMap<string, WorkspaceInfo>();
	#folded = $state<string[]>(browserDrawer.get<string[]>('folded') ?? []);
	/** False until the list has come once. */
	loaded = $state(false);
	/* An answer that was on its way does not bring them back. */
	#deleted = new Set<string>();

	all = $derived([...this.#byId.values()].sort((a, b) => a.position - b.position || a.created_at - b.created_at));
	/** Those that are not archived. */
	current = $derived(this.all.filter(({ state }) => state !== 'archived'));
	archived = $derived(this.all.filter(({ state }) => state === 'archived'));

	constructor(
		readonly api: WorkspacesApi,
		private readonly onDeleted: (id: string) => void,
	) {}

	get(id: string | null | undefined): WorkspaceInfo | undefined {
		return id ? this.#byId.get(id) : undefined;
	}

	async load(): Promise<void> {
		const known = [...this.#byId.keys()];
		const items = await this.api.list();
		const present = new Set(items.map(({ id }) => id));
		for (const id of known) if (!present.has(id)) this.#remove(id);
		for (const item of items) this.#put(item);
		this.loaded = true;
	}

	apply(event: SystemEvent): void {
		if (event.channel !== 'workspace') return;
		if (event.type === 'deleted') this.#remove(event.data.id);
		else void this.#read(event.data.id);
	}

	async create(wanted: NewWorkspace): Promise<MadeWorkspace> {
		const made = await this.api.create(wanted);
		this.#put(made.workspace);
		return made;
	}

	async change(id: string, change: WorkspaceChange): Promise<void> {
		this.#put(await this.api.change(id, change));
	}

	/** Moves a workspace up or down in the list. */
	async move(id: string, step: number): Promise<void> {
		const order = this.current.map((one) => one.id);
		const from = order.indexOf(id);
		const to = from + step;
		if (from < 0 || to < 0 || to >= order.length) return;
		order.splice(to, 0, ...order.splice(from, 1));
		for (const [position, one] of order.entries()) {
			if (this.get(one)?.position !== position) await this.change(one, { position });
		}
	}

	async remove(id: string): Promise<void> {
		await this.api.remove(id);
		this.#remove(id);
	}

	isFolded(id: string): boolean {
		return this.#folded.includes(id);
	}

	fold(id: string, folded: boolean): void {
		this.#folded = this.#folded.filter((one) => one !== id);
		if (folded) this.#folded.push(id);
		browserDrawer.set('folded', $state.snapshot(this.#folded));
	}

	/* The event says only that there is news; a later one may have overtaken the answer. */
	async #read(id: string): Promise<void> {
		try {
			this.#put(await this.api.get(id));
		} catch (error) {
			if (error instanceof ApiError && error.status === 404) this.#remove(id);
		}
	}

	#put(info: WorkspaceInfo): void {
		const known = this.#byId.get(info.id);
		if (this.#deleted.has(info.id) || (known && known.updated_at > info.updated_at)) return;
		this.#byId.set(info.id, info);
	}

	#remove(id: string): void {
		this.#deleted.add(id);
		if (this.#byId.delete(id)) this.onDeleted(id);
	}
}
