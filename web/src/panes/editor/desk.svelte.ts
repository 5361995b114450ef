/*
 * The files that an editor's session has open, as this page shows them: which ones, where, and what
 * the program says of them. Unsaved text goes to the server a moment after the last key (a draft),
 * so that it outlives the page, the browser and the machine; what could not be sent any more when
 * the page went away waits in the browser.
 */

import { SvelteMap } from 'svelte/reactivity';
import { EditorApi } from '../../core/editor-api.ts';
import { EditorOps } from '../../core/editor-ops.ts';
import { editorEvent, type DraftFacts } from '../../core/editor.ts';
import { shownPath } from '../../core/files.ts';
import { browserDrawer, tabDrawer } from '../../core/storage.ts';
import { hasEnded, type LogItem, type SessionEvent } from '../../core/types.ts';
import type { App } from '../../state/app.svelte.ts';
import type { OpenPlace } from '../../state/files.svelte.ts';
import { strings } from '../../strings.ts';
import { Buffer } from './buffer.svelte.ts';
import { Drafting } from './drafting.ts';
import { Reading } from './reading.ts';
import { Saving } from './saving.ts';

interface KeptView {
	sides: (string | null)[];
	focused: number;
}

export class Desk {
	readonly buffers = new SvelteMap<string, Buffer>();
	/** Paths in the order of their tabs. */
	order = $state<string[]>([]);
	/** What each side shows; one side, or two beside each other. */
	sides = $state<(string | null)[]>([null]);
	focused = $state(0);
	/** Whether the program has been asked what is open. */
	ready = $state(false);

	readonly api: EditorApi;
	readonly ops: EditorOps;
	readonly drafting: Drafting;
	readonly saving: Saving;
	readonly reading: Reading;
	readonly drafts = new Map<string, DraftFacts>();

	/** Where somebody wants to be in a file, until an editor has gone there. */
	#places = new SvelteMap<string, OpenPlace>();
	#followed: Promise<void> | undefined;
	#unfollow: () => void = () => {};
	#closed = false;

	constructor(
		readonly app: App,
		readonly session: string,
	) {
		this.api = new EditorApi(app.api);
		this.ops = new EditorOps(async (id, op) => {
			await this.#follow();
			await this.#awake();
			await this.api.op(session, id, op);
		});
		this.drafting = new Drafting(this);
		this.saving = new Saving(this);
		this.reading = new Reading(this);
		void this.#begin();
	}

	get workspace(): string {
		return this.app.sessions.get(this.session)?.workspace ?? '';
	}

	/** The file in front of the side that has the keys. */
	get current(): Buffer | undefined {
		const path = this.sides[this.focused];
		return path ? this.buffers.get(path) : undefined;
	}

	get dirty(): Buffer[] {
		return [...this.buffers.values()].filter((buffer) => buffer.dirty);
	}

	dispose(): void {
		this.#closed = true;
		this.drafting.dispose();
		this.#unfollow();
		this.ops.close();
	}

	/** Shows a file, and opens it when it is not. */
	open(path: string, place: OpenPlace = {}): void {
		if (place.line || place.merge) this.#places.set(path, place);
		this.#add(path);
		const side = place.split && this.sides.length === 1 ? this.split() : this.focused;
		this.show(path, side);
	}

	show(path: string | null, side = this.focused): void {
		this.sides[side] = path;
		this.focused = side;
		this.#keep();
	}

	/** A second side beside the first, or back to one. Returns the side that has the keys. */
	split(): number {
		const path = this.sides[this.focused] ?? null;
		this.sides = this.sides.length > 1 ? [path] : [path, path];
		this.focused = this.sides.length - 1;
		this.#keep();
		return this.focused;
	}

	takePlace(path: string): OpenPlace | undefined {
		const place = this.#places.get(path);
		if (place) this.#places.delete(path);
		return place;
	}

	wants(path: string): boolean {
		return this.#places.has(path);
	}

	/** Closes the tab; what is not saved is dropped only when the person says so. */
	async close(path: string): Promise<void> {
		const buffer = this.buffers.get(path);
		if (buffer?.dirty) {
			const { closeTitle, closeText, closeSubmit } = strings.editor;
			if (!(await this.app.dialogs.confirm(closeTitle(shownPath(path)), closeText, closeSubmit))) return;
			this.drafting.drop(buffer);
			buffer.dirty = false;
			await this.ops.run({ op: 'discard', path }).catch(() => {});
		}
		this.#remove(path);
		if (buffer?.facts && this.app.mayUse) void this.ops.run({ op: 'close', path }).catch(() => {});
	}

	async create(buffer: Buffer): Promise<void> {
		await this.app.attempt(async () => {
			await this.ops.run({ op: 'create', path: buffer.path, kind: 'file' });
			await this.reading.load(buffer);
		});
	}

	/** The disk has something else now; null: nothing. */
	async onDisk(buffer: Buffer, sha256: string | null): Promise<void> {
		if (!this.app.mayUse) return this.reading.load(buffer);
		if (sha256 === buffer.base) return void (buffer.disk = undefined);
		if (buffer.dirty || buffer.saving || sha256 === null) return void (buffer.disk = sha256);
		const text = await this.reading.contentOf(buffer, sha256).catch(() => null);
		/* Somebody may have typed meanwhile. */
		if (text === null || buffer.dirty) return void (buffer.disk = sha256);
		buffer.setBase(sha256, text);
		buffer.replace(text);
		buffer.disk = undefined;
	}

	#add(path: string): Buffer {
		const known = this.buffers.get(path);
		if (known) return known;
		const buffer = new Buffer(path);
		this.buffers.set(path, buffer);
		this.order.push(path);
		void this.reading.load(buffer);
		return buffer;
	}

	#remove(path: string): void {
		const at = this.order.indexOf(path);
		if (at < 0) return;
		this.order.splice(at, 1);
		const next = this.order[at] ?? this.order[at - 1] ?? null;
		this.sides = this.sides.map((one) => (one === path ? next : one));
		this.buffers.delete(path);
		this.#keep();
	}

	/* A program that has ended begins again where it was. */
	async #awake(): Promise<void> {
		const session = this.app.sessions.get(this.session);
		if (session && hasEnded(session.status)) await this.app.sessions.resume(this.session);
	}

	async #begin(): Promise<void> {
		try {
			await this.#follow();
		} catch (error) {
			if (!this.#closed) this.app.report(error);
		}
		this.ready = true;
	}

	/*
	 * Resolves when the events are heard from a place in the log. Before that nothing is asked of the
	 * program: its answer could be older than that place, and would never be heard.
	 */
	#follow(): Promise<void> {
		this.#followed ??= this.#attach().catch((error: unknown) => {
			this.#followed = undefined;
			throw error;
		});
		return this.#followed;
	}

	async #attach(): Promise<void> {
		const info = await this.api.session(this.session);
		if (this.#closed) return;
		this.#unfollow = this.app.connection.attach(this.session, info.last_seq, { onItem: (item) => this.#take(item) });
		for (const { path, draft } of info.editor?.files ?? []) if (draft) this.drafts.set(path, draft);
		const kept = tabDrawer.get<KeptView>(`editor:${this.session}`);
		/* A file that was closed is shown again only for what was not saved of it. */
		for (const { path, open, draft } of info.editor?.files ?? []) if (open || draft) this.#add(path);
		for (const path of this.drafting.kept()) this.#add(path);
		this.#restore(kept);
	}

	#restore(kept: KeptView | null): void {
		const known = (path: string | null) => (path && this.buffers.has(path) ? path : null);
		if (this.sides.some((path) => path !== null)) return;
		const sides = (kept?.sides ?? []).map(known).filter((path) => path !== null);
		this.sides = sides.length > 0 ? sides : [this.order.at(-1) ?? null];
		this.focused = Math.min(kept?.focused ?? 0, this.sides.length - 1);
	}

	#keep(): void {
		tabDrawer.set(`editor:${this.session}`, { sides: $state.snapshot(this.sides), focused: this.focused });
	}

	#take(item: LogItem): void {
		if (item.kind === 'event' && !this.ops.take(item)) this.#hear(item);
		this.app.connection.rendered(item);
	}

	/* What somebody else did: another page, another device, or a program at the disk. */
	#hear(event: SessionEvent): void {
		const said = editorEvent(event);
		if (!said || said.type === 'refused') return;
		const { path, to, sha256, after } = said.data as { path: string; to?: string; sha256?: string | null; after?: string };
		const buffer = this.buffers.get(path);
		this.#noteDraft(said.op, path, said.data);
		if (said.op === 'open') return void this.#add(path);
		if (!buffer) return;
		if (said.op === 'close' && !buffer.dirty) this.#remove(path);
		else if (said.op === 'draft') void this.drafting.hear(buffer, said.data);
		else if (said.op === 'discard') this.drafting.dropped(buffer);
		else if (said.op === 'file') void this.onDisk(buffer, sha256 ?? null);
		else if (said.op === 'save' || said.op === 'restore') void this.onDisk(buffer, after ?? sha256 ?? null);
		else if (said.op === 'delete') void this.onDisk(buffer, null);
		else if (said.op === 'rename' && to) this.#renamed(buffer, to);
	}

	/* Of files that are not open here, too: they may be opened later. */
	#noteDraft(op: string, path: string, data: Record<string, unknown>): void {
		const ended = op === 'discard' || op === 'restore' || (op === 'save' && this.drafts.get(path)?.sha256 === data.text_sha256);
		if (op === 'draft') this.drafts.set(path, data as unknown as DraftFacts);
		else if (ended) this.drafting.forget(path);
	}

	#renamed(buffer: Buffer, to: string): void {
		const shown = this.sides.indexOf(buffer.path);
		if (buffer.dirty) return void (buffer.disk = null);
		this.#remove(buffer.path);
		this.#add(to);
		if (shown >= 0) this.show(to, Math.min(shown, this.sides.length - 1));
	}

	/** The browser's own copy of what the server has not got. */
	get drawer() {
		return { name: `unsent:${this.session}`, store: browserDrawer };
	}
}
