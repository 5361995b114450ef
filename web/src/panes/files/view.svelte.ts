/*
 * What the file browser of a workspace shows: the tree as far as it is read, kept true by reading
 * what changed, and what is chosen in it. What is done to files is in operations.ts.
 *
 * A change is told per folder, with names where they are few: then only those are asked for. A folder
 * with very many entries is not read again because one of them changed.
 */

import { SvelteSet } from 'svelte/reactivity';
import { ApiError } from '../../core/api.ts';
import { FileTree, type SortOrder, type TreeRow } from '../../core/file-tree.ts';
import { isWithin, joinPath, nameOf, parentOf, type FileEntry, type FilesChange } from '../../core/files.ts';
import { browserDrawer, tabDrawer } from '../../core/storage.ts';
import type { App } from '../../state/app.svelte.ts';

/** A name that is being typed: of something there, or of something new. */
export type Editing =
	| { kind: 'rename'; path: string }
	| { kind: 'new'; folder: string; type: 'file' | 'directory' };

export interface NewRow {
	kind: 'new';
	key: string;
	depth: number;
	type: 'file' | 'directory';
}

export type Row = TreeRow | NewRow;

interface Kept {
	open: string[];
	cursor: string | null;
}

const GATHER_MS = 120;
const MANY_ENTRIES = 2000;
const FEW_NAMES = 16;

export class FilesView {
	readonly #tree = new FileTree();
	#version = $state(0);
	cursor = $state<string | null>(null);
	editing = $state.raw<Editing | null>(null);
	/** Tapping chooses, instead of opening. */
	selecting = $state(false);
	readonly selected = new SvelteSet<string>();
	order = $state.raw<SortOrder>({ by: 'name', descending: false });
	hidden = $state(browserDrawer.get<boolean>('hidden-files') ?? true);

	readonly rows = $derived.by<readonly Row[]>(() => this.#allRows());
	/** The entry under the cursor. */
	readonly current = $derived(this.entry(this.cursor));

	#anchor: string | null = null;
	#watcher: { watch(paths: readonly string[]): void; end(): void };
	/* What changed since the last look, by folder; null: anything. */
	#pending = new Map<string, Set<string> | null>();
	#timer: ReturnType<typeof setTimeout> | undefined;
	/* The last request about a path: answers may come in another order, and the last one counts. */
	#asked = new Map<string, number>();
	#requests = 0;
	/* Entries that were looked at while their folder was being read. */
	#early = new Set<string>();
	/* Folders whose changes are not told yet, and their reading. */
	#unwatched = new Map<string, Promise<number | null>>();
	#gone = false;

	constructor(
		private readonly app: App,
		readonly workspace: string,
	) {
		this.#tree.hidden = this.hidden;
		this.#watcher = app.files.watcher(workspace, (change) => this.#noted(change), () => this.#watched());
		const kept = tabDrawer.get<Kept>(`files.${workspace}`);
		for (const path of kept?.open ?? []) this.#tree.open(path);
		this.cursor = kept?.cursor ?? null;
		for (const path of this.#tree.openFolders) void this.#readUnwatched(path);
		this.#watch();
	}

	dispose(): void {
		this.#gone = true;
		clearTimeout(this.#timer);
		this.#watcher.end();
	}

	entry(path: string | null): FileEntry | undefined {
		void this.#version;
		return path ? this.#tree.get(path) : undefined;
	}

	/** What has been read of a folder. */
	entries(folder: string): readonly FileEntry[] {
		void this.#version;
		return this.#tree.entriesOf(folder) ?? [];
	}

	isOpen(path: string): boolean {
		void this.#version;
		return this.#tree.isOpen(path);
	}

	get loading(): boolean {
		void this.#version;
		return this.#tree.isLoading('');
	}

	/** Index of the row of a path, or -1. */
	indexOf(path: string | null): number {
		return path === null ? -1 : this.rows.findIndex(({ key }) => key === path);
	}

	toggle(path: string): void {
		if (this.#tree.isOpen(path)) this.#tree.close(path);
		else {
			this.#tree.open(path);
			void this.#readUnwatched(path);
		}
		this.#show();
		this.#watch();
	}

	closeAll(): void {
		this.#tree.closeAll();
		this.#show();
		this.#watch();
	}

	sort(order: SortOrder): void {
		this.order = this.#tree.order = order;
		this.#show();
	}

	showHidden(shown: boolean): void {
		this.hidden = this.#tree.hidden = shown;
		browserDrawer.set('hidden-files', shown);
		this.#show();
	}

	/** Opens all folders above a path, reads them where that has not been done, and goes there. */
	async reveal(path: string): Promise<void> {
		const above: string[] = [];
		for (let at = parentOf(path); at !== ''; at = parentOf(at)) above.unshift(at);
		for (const folder of above) {
			this.#tree.open(folder);
			if (!this.#tree.entriesOf(folder)) await this.#readUnwatched(folder);
		}
		this.#watch();
		this.#show();
		this.choose(path);
	}

	/** Moves the cursor, and chooses what is under it; more than that with `extend` or `add`. */
	choose(path: string, how: 'only' | 'extend' | 'add' | 'move' = 'only'): void {
		this.cursor = path;
		if (how === 'only') this.selected.clear();
		if (how === 'add' && this.selected.delete(path)) return;
		if (how === 'extend') this.#chooseRange(path);
		else if (how !== 'move') this.selected.add(path);
		if (how !== 'extend') this.#anchor = path;
		this.#keep();
	}

	chooseAll(): void {
		const folder = this.cursor === null ? '' : parentOf(this.cursor);
		for (const row of this.rows) {
			if (row.kind === 'entry' && parentOf(row.key) === folder) this.selected.add(row.key);
		}
	}

	clear(): void {
		this.selected.clear();
		this.selecting = false;
	}

	/** What an action is for: all that is chosen when this is part of it, else this alone. */
	targets(path: string | null): string[] {
		if (path !== null && !this.selected.has(path)) return [path];
		return this.rows.filter(({ key }) => this.selected.has(key)).map(({ key }) => key);
	}

	/** The folder in which something new belongs: the one under the cursor, or that of the file there. */
	folderOf(path: string | null): string {
		if (path === null) return '';
		const row = this.rows[this.indexOf(path)];
		return row?.kind === 'entry' && row.folder ? path : parentOf(path);
	}

	async beginNew(type: 'file' | 'directory', folder: string): Promise<void> {
		if (folder !== '' && !this.#tree.isOpen(folder)) this.toggle(folder);
		this.editing = { kind: 'new', folder, type };
	}

	/** Reads a folder; a large one in pages, each shown as it comes unless there is something already.
	 * Resolves to when the folder had last changed, or null: it could not be read, or is read anew. */
	async read(path: string): Promise<number | null> {
		const shown = this.#tree.entriesOf(path) !== null;
		const isLast = this.#ask(path + '/');
		this.#tree.begin(path);
		this.#show();
		let items: FileEntry[] = [];
		let after: string | null = null;
		let mtime: number | null = null;
		try {
			do {
				const page = await this.app.files.api.directory(this.workspace, path, after);
				if (this.#gone || !isLast()) return null;
				mtime ??= page.mtime;
				items = items.concat(page.items);
				after = page.next;
				if (!after || !shown) this.#tree.fill(path, items, !after);
				this.#show();
			} while (after);
			this.#lookAgain(path);
		} catch (error) {
			if (!isLast()) return null;
			mtime = null;
			this.#tree.fail(path, error instanceof Error ? error.message : String(error));
			this.#show();
		}
		this.#dropGone();
		return mtime;
	}

	/** Looks again at single entries. */
	async look(...paths: string[]): Promise<void> {
		await Promise.all(paths.map((path) => this.#look(path)));
		this.#dropGone();
		this.#show();
	}

	/** An entry is not there any more. */
	gone(path: string): void {
		this.#tree.drop(path);
		this.#dropGone();
		this.#show();
	}

	readAll(): void {
		for (const path of this.#tree.openFolders) void this.read(path);
	}

	moved(from: string, to: string): void {
		this.#tree.moved(from, to);
		if (this.cursor && isWithin(this.cursor, from)) this.cursor = to + this.cursor.slice(from.length);
		for (const path of [...this.selected]) {
			if (isWithin(path, from)) {
				this.selected.delete(path);
				this.selected.add(to + path.slice(from.length));
			}
		}
		for (const folder of this.#tree.openFolders) {
			if (isWithin(folder, to) && !this.#tree.entriesOf(folder)) void this.#readUnwatched(folder);
		}
		this.#watch();
	}

	/* What is read before its changes are told is compared with what is there when they are. */
	#readUnwatched(folder: string): Promise<number | null> {
		const reading = this.read(folder);
		this.#unwatched.set(folder, reading);
		return reading;
	}

	async #look(path: string): Promise<void> {
		const isLast = this.#ask(path);
		const folder = parentOf(path);
		if (this.#tree.isLoading(folder)) this.#early.add(path);
		try {
			const entry = await this.app.files.api.info(this.workspace, path);
			if (isLast()) this.#tree.put(folder, { ...entry, name: nameOf(path) });
		} catch (error) {
			if (isLast() && error instanceof ApiError && error.status === 404) this.#tree.drop(path);
		}
	}

	/* Whether a request is still the last one about this. */
	#ask(about: string): () => boolean {
		const number = ++this.#requests;
		this.#asked.set(about, number);
		return () => this.#asked.get(about) === number;
	}

	/* A folder that has been read may be older than what was seen in it meanwhile. */
	#lookAgain(folder: string): void {
		const paths = [...this.#early].filter((path) => parentOf(path) === folder);
		for (const path of paths) this.#early.delete(path);
		if (paths.length > 0) void this.look(...paths);
	}

	/* What has changed in a folder between its reading and now was not told. */
	#watched(): void {
		for (const [folder, reading] of this.#unwatched) void this.#readIfChanged(folder, reading);
		this.#unwatched.clear();
	}

	async #readIfChanged(folder: string, reading: Promise<number | null>): Promise<void> {
		const mtime = await reading;
		if (mtime === null || this.#gone) return;
		try {
			const now = await this.app.files.api.info(this.workspace, folder);
			if (!this.#gone && now.mtime !== mtime) await this.read(folder);
		} catch {
			/* It is gone, which the folder above it tells. */
		}
	}

	#noted({ path, names, lost }: FilesChange): void {
		if (lost) for (const folder of this.#tree.openFolders) this.#pending.set(folder, null);
		else if (!this.#tree.entriesOf(path)) return;
		else if (!names) this.#pending.set(path, null);
		else if (this.#pending.get(path) !== null) {
			this.#pending.set(path, new Set([...(this.#pending.get(path) ?? []), ...names]));
		}
		this.#timer ??= setTimeout(() => this.#catchUp(), GATHER_MS);
	}

	#catchUp(): void {
		this.#timer = undefined;
		const pending = [...this.#pending];
		this.#pending.clear();
		for (const [folder, names] of pending) {
			const many = (this.#tree.entriesOf(folder)?.length ?? 0) > MANY_ENTRIES;
			if (names && (names.size <= FEW_NAMES || many)) {
				void this.look(...[...names].map((name) => joinPath(folder, name)));
			} else void this.read(folder);
		}
	}

	#allRows(): readonly Row[] {
		void this.#version;
		const { rows } = this.#tree;
		const { editing } = this;
		if (editing?.kind !== 'new') return rows;
		const above = editing.folder === '' ? -1 : this.#tree.indexOf(editing.folder);
		const depth = above < 0 ? 0 : rows[above]!.depth + 1;
		const fresh: NewRow = { kind: 'new', key: `${editing.folder}/new`, depth, type: editing.type };
		return [...rows.slice(0, above + 1), fresh, ...rows.slice(above + 1)];
	}

	#chooseRange(path: string): void {
		const from = this.indexOf(this.#anchor ?? path);
		const to = this.indexOf(path);
		this.selected.clear();
		for (const row of this.rows.slice(Math.min(from, to), Math.max(from, to) + 1)) {
			if (row.kind === 'entry') this.selected.add(row.key);
		}
	}

	/* What is chosen and no more there is not chosen. */
	#dropGone(): void {
		for (const path of [...this.selected]) {
			if (this.#tree.entriesOf(parentOf(path)) && !this.#tree.get(path)) this.selected.delete(path);
		}
	}

	#show(): void {
		this.#version++;
	}

	/* The last opened ones matter most, should they be too many. */
	#watch(): void {
		this.#watcher.watch(this.#tree.openFolders.reverse());
		this.#keep();
	}

	#keep(): void {
		const kept: Kept = { open: this.#tree.openFolders, cursor: this.cursor };
		tabDrawer.set(`files.${this.workspace}`, kept);
	}
}
