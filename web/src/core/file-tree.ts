/*
 * The tree of a workspace's files as far as it has been read, and the rows that it makes. What is in
 * a folder is read when it is opened, and comes in pages; a folder may have 100,000 entries, so rows
 * are made once per change and never more than once for several of them.
 *
 * By name, entries keep the order in which the server gives them (folders first, as a person
 * counts); one that comes later is put where it belongs.
 */

import { isWithin, joinPath, nameOf, parentOf, type FileEntry } from './files.ts';

export type SortKey = 'name' | 'size' | 'mtime';

export interface SortOrder {
	by: SortKey;
	descending: boolean;
}

export interface EntryRow {
	kind: 'entry';
	/** Its path: no two rows have the same. */
	key: string;
	depth: number;
	entry: FileEntry;
	folder: boolean;
	open: boolean;
	/** Whether it is being read. */
	loading: boolean;
}

/** What stands in an open folder that has nothing to show. */
export interface NoteRow {
	kind: 'note';
	key: string;
	depth: number;
	folder: string;
	note: 'loading' | 'empty' | 'failed';
	problem: string;
}

export type TreeRow = EntryRow | NoteRow;

interface Folder {
	/** As the server sorts; null until the first page has come. */
	items: FileEntry[] | null;
	loading: boolean;
	problem: string;
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

export class FileTree {
	#folders = new Map<string, Folder>();
	#open = new Set<string>(['']);
	#rows: TreeRow[] | null = null;
	#places: Map<string, number> | null = null;
	#order: SortOrder = { by: 'name', descending: false };
	#hidden = true;

	get order(): SortOrder {
		return this.#order;
	}

	set order(order: SortOrder) {
		this.#order = order;
		this.#changed();
	}

	/** Whether names that begin with a dot are shown. */
	set hidden(shown: boolean) {
		this.#hidden = shown;
		this.#changed();
	}

	/** The rows in the order in which they are shown. */
	get rows(): readonly TreeRow[] {
		if (!this.#rows) {
			this.#rows = [];
			this.#walk('', 0, this.#rows);
		}
		return this.#rows;
	}

	/** Where the row of a path is; -1 when it is not shown. */
	indexOf(path: string): number {
		if (!this.#places) this.#places = new Map(this.rows.map(({ key }, index) => [key, index]));
		return this.#places.get(path) ?? -1;
	}

	/** The folders that are open all the way up, so that their content is shown; the root first. */
	get openFolders(): string[] {
		const shown = (path: string): boolean => path === '' || (this.#open.has(path) && shown(parentOf(path)));
		return [...this.#open].filter(shown);
	}

	isOpen(path: string): boolean {
		return this.#open.has(path);
	}

	open(path: string): void {
		this.#open.add(path);
		this.#changed();
	}

	/** Closes a folder; the ones in it are remembered as they were. */
	close(path: string): void {
		if (path !== '' && this.#open.delete(path)) this.#changed();
	}

	closeAll(): void {
		this.#open = new Set(['']);
		this.#changed();
	}

	get(path: string): FileEntry | undefined {
		const name = nameOf(path);
		return this.#folders.get(parentOf(path))?.items?.find((entry) => entry.name === name);
	}

	/** What has been read of a folder; null: nothing yet. */
	entriesOf(path: string): readonly FileEntry[] | null {
		return this.#folders.get(path)?.items ?? null;
	}

	isLoading(path: string): boolean {
		return this.#folders.get(path)?.loading ?? false;
	}

	/** A folder is being read; what it had is shown until then. */
	begin(path: string): void {
		const folder = this.#folders.get(path);
		this.#folders.set(path, { items: folder?.items ?? null, loading: true, problem: '' });
		this.#changed();
	}

	/** What a folder has, so far or (`complete`) all of it. */
	fill(path: string, items: FileEntry[], complete: boolean): void {
		this.#folders.set(path, { items, loading: !complete, problem: '' });
		this.#changed();
	}

	fail(path: string, problem: string): void {
		this.#folders.set(path, { items: null, loading: false, problem });
		this.#changed();
	}

	/** One entry is new or different. */
	put(folder: string, entry: FileEntry): void {
		const items = this.#folders.get(folder)?.items;
		if (!items) return;
		const at = items.findIndex(({ name }) => name === entry.name);
		if (at >= 0 && isFolder(items[at]!) === isFolder(entry)) items[at] = entry;
		else {
			if (at >= 0) items.splice(at, 1);
			items.splice(placeOf(items, entry), 0, entry);
		}
		this.#changed();
	}

	/** An entry is gone, and with it whatever was in it. */
	drop(path: string): void {
		const items = this.#folders.get(parentOf(path))?.items;
		const at = items?.findIndex(({ name }) => name === nameOf(path)) ?? -1;
		if (at >= 0) items!.splice(at, 1);
		this.#forget(path);
		this.#changed();
	}

	/** A folder is somewhere else now, open as it was. */
	moved(from: string, to: string): void {
		const open = [...this.#open].filter((path) => path !== '' && isWithin(path, from));
		this.drop(from);
		for (const path of open) this.#open.add(to + path.slice(from.length));
		this.#changed();
	}

	#forget(path: string): void {
		for (const one of [...this.#folders.keys()]) if (isWithin(one, path)) this.#folders.delete(one);
		for (const one of [...this.#open]) if (one !== '' && isWithin(one, path)) this.#open.delete(one);
	}

	#changed(): void {
		this.#rows = this.#places = null;
	}

	#walk(path: string, depth: number, rows: TreeRow[]): void {
		const folder = this.#folders.get(path);
		const items = this.#sorted(folder?.items ?? []);
		for (const entry of items) {
			const key = joinPath(path, entry.name);
			const isOne = isFolder(entry);
			const open = isOne && this.#open.has(key);
			const loading = open && this.isLoading(key);
			rows.push({ kind: 'entry', key, depth, entry, folder: isOne, open, loading });
			if (open) this.#walk(key, depth + 1, rows);
		}
		if (items.length > 0) return;
		const note = folder?.problem ? 'failed' : folder?.items ? 'empty' : 'loading';
		rows.push({ kind: 'note', key: `${path}/`, depth, folder: path, note, problem: folder?.problem ?? '' });
	}

	#sorted(items: readonly FileEntry[]): readonly FileEntry[] {
		const shown = this.#hidden ? items : items.filter(({ name }) => !name.startsWith('.'));
		const { by, descending } = this.#order;
		if (by === 'name' && !descending) return shown;
		const sign = descending ? -1 : 1;
		const compare = by === 'name' ? () => 0 : (a: FileEntry, b: FileEntry) => sign * (a[by] - b[by]);
		const folders = shown.filter(isFolder).sort(compare);
		const files = shown.filter((entry) => !isFolder(entry)).sort(compare);
		if (by === 'name') return [...folders.reverse(), ...files.reverse()];
		return [...folders, ...files];
	}
}

/** Whether there is something in it that can be shown below it. */
export function isFolder(entry: FileEntry): boolean {
	return entry.type === 'directory' || (entry.type === 'link' && entry.target_type === 'directory');
}

function placeOf(items: readonly FileEntry[], entry: FileEntry): number {
	let low = 0;
	let high = items.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (compareEntries(items[middle]!, entry) < 0) low = middle + 1;
		else high = middle;
	}
	return low;
}

/** Folders first, then by name as a person counts. */
export function compareEntries(a: FileEntry, b: FileEntry): number {
	return +isFolder(b) - +isFolder(a) || collator.compare(a.name, b.name) || (a.name < b.name ? -1 : 1);
}
