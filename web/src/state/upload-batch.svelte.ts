/* Files that are uploaded together: how far they are, and what needs a person. */

import type { Picked } from '../core/dropped.ts';
import { joinPath } from '../core/files.ts';

export type UploadStatus = 'waiting' | 'sending' | 'exists' | 'failed' | 'lost' | 'done' | 'cancelled';

export interface UploadItem {
	number: number;
	batch: UploadBatch;
	/** Where it goes, in the workspace. */
	path: string;
	name: string;
	size: number;
	changed: number;
	/** Null: the page was reloaded, and the browser kept no copy. */
	file: File | null;
	id: string | null;
	status: UploadStatus;
	sent: number;
	replace: boolean;
	problem: string;
	abort: AbortController;
}

export class UploadBatch {
	readonly abort = new AbortController();
	#items: UploadItem[] = [];
	#version = $state(0);
	/** The line is gone; it is tried again by itself. */
	paused = $state(false);
	/** What to do with all that is already there; null: ask. */
	answer: 'replace' | 'skip' | null = null;

	readonly total = $derived(this.#count(({ size }) => size));
	readonly sent = $derived(this.#count(({ sent, size, status }) => (isOver(status) ? size : sent)));
	readonly count = $derived(this.#count(() => 1));
	readonly finished = $derived(this.#count(({ status }) => +isOver(status)));
	readonly done = $derived(this.#of('done').length);
	readonly conflicts = $derived(this.#of('exists'));
	readonly failures = $derived(this.#of('failed'));
	readonly lost = $derived(this.#of('lost'));
	/** What is on its way just now. */
	readonly current = $derived(this.#of('sending'));
	readonly over = $derived(this.finished === this.count);
	readonly percent = $derived(this.total > 0 ? (100 * this.sent) / this.total : (100 * this.finished) / Math.max(1, this.count));

	constructor(
		readonly number: number,
		readonly workspace: string,
		/** Where they were dropped. */
		readonly folder: string,
	) {}

	get items(): readonly UploadItem[] {
		void this.#version;
		return this.#items;
	}

	add(number: number, { path, file }: Picked): UploadItem {
		const item = { path: joinPath(this.folder, path), name: file.name, size: file.size, changed: file.lastModified };
		return this.restore(number, { ...item, file, id: null });
	}

	restore(number: number, kept: Pick<UploadItem, 'path' | 'name' | 'size' | 'changed' | 'file' | 'id'>): UploadItem {
		const { path, name, size, changed, file, id } = kept;
		const status = file ? 'waiting' : 'lost';
		const what = { path, name, size, changed, file, id };
		const rest = { status, sent: 0, replace: false, problem: '', abort: new AbortController() } as const;
		const item: UploadItem = { number, batch: this, ...what, ...rest };
		this.#items.push(item);
		return item;
	}

	/** Something about an item has changed. */
	touched(): void {
		this.#version++;
	}

	#count(of: (item: UploadItem) => number): number {
		return this.items.reduce((sum, item) => sum + of(item), 0);
	}

	#of(status: UploadStatus): UploadItem[] {
		return this.items.filter((item) => item.status === status);
	}
}

/** Nothing more happens to it unless a person wants it. */
export function isOver(status: UploadStatus): boolean {
	return status === 'done' || status === 'failed' || status === 'cancelled';
}
