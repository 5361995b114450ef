/* The run sessions of this person, as the server last told. */

import { SvelteMap } from 'svelte/reactivity';
import type { Api, NewSession } from '../core/api.ts';
import { plainLine } from '../core/text.ts';
import { strings } from '../strings.ts';
import { hasEnded, type SessionInfo, type SystemEvent } from '../core/types.ts';

export class Sessions {
	#byId = new SvelteMap<string, SessionInfo>();
	/** False until the list has come once. */
	loaded = $state(false);

	all = $derived([...this.#byId.values()].sort((a, b) => a.created_at - b.created_at));
	live = $derived(this.all.filter((session) => !hasEnded(session.status)));
	ended = $derived(
		this.all
			.filter((session) => hasEnded(session.status))
			.sort((a, b) => (b.ended_at ?? 0) - (a.ended_at ?? 0)),
	);
	waiting = $derived(this.live.filter((session) => session.attention === 'waiting'));

	#deleted = new Set<string>();

	constructor(
		private readonly api: Api,
		private readonly onDeleted: (id: string) => void,
	) {}

	get(id: string): SessionInfo | undefined {
		return this.#byId.get(id);
	}

	/** Reads the whole list again: what was missed while nobody listened. */
	async load(): Promise<void> {
		const known = [...this.#byId.keys()];
		const items = await this.api.sessions();
		/* Only what was here before the question can be gone; what came meanwhile is newer. */
		const present = new Set(items.map((item) => item.id));
		for (const id of known) if (!present.has(id)) this.#remove(id);
		for (const item of items) this.#put(item);
		this.loaded = true;
	}

	apply(event: SystemEvent): void {
		if (event.channel !== 'session') return;
		if (event.type === 'deleted') this.#remove(event.session);
		else if (event.data && event.data.kind !== 'job') this.#put(event.data);
	}

	async create(wanted: NewSession): Promise<SessionInfo> {
		return this.#put(await this.api.createSession(wanted));
	}

	async rename(id: string, title: string): Promise<void> {
		this.#put(await this.api.renameSession(id, plainLine(title)));
	}

	async stop(id: string): Promise<void> {
		await this.api.stop(id);
	}

	async resume(id: string, as?: { cols: number; rows: number; writer: string }): Promise<void> {
		this.#put(await this.api.resume(id, as));
	}

	async remove(id: string, force: boolean): Promise<void> {
		await this.api.deleteSession(id, force);
		this.#remove(id);
	}

	/* An answer and an event about the same change may come in either order: the newer one stays. */
	#put(info: SessionInfo): SessionInfo {
		const known = this.#byId.get(info.id);
		if (this.#deleted.has(info.id) || (known && known.updated_at > info.updated_at)) return info;
		this.#byId.set(info.id, info);
		return info;
	}

	#remove(id: string): void {
		this.#deleted.add(id);
		if (this.#byId.delete(id)) this.onDeleted(id);
	}
}

/** What a session is called: by the person, else by its program. */
export function sessionTitle(session: Pick<SessionInfo, 'title' | 'command' | 'kind'>): string {
	if (session.kind === 'claude') return plainLine(session.title) || strings.claude.name;
	if (session.kind === 'file-editor') return plainLine(session.title) || strings.editor.name;
	const program = (session.command[0] ?? '').split('/').at(-1)!.replace(/^-/, '');
	return plainLine(session.title) || plainLine(program) || 'Shell';
}
