/*
 * The uploads of this page. A few files are on their way at once; the others wait in order. What is
 * not finished when the page is reloaded goes on afterwards, where the browser has kept the file.
 */

import { ApiError } from '../core/api.ts';
import type { Picked } from '../core/dropped.ts';
import { freeName } from '../core/file-names.ts';
import type { FilesApi } from '../core/files-api.ts';
import { joinPath, nameOf, parentOf } from '../core/files.ts';
import { MOST_KEPT_BYTES, type UploadStore } from '../core/upload-store.ts';
import { strings } from '../strings.ts';
import { isOver, UploadBatch, type UploadItem } from './upload-batch.svelte.ts';

const AT_ONCE = 3;
/* More than this is not kept over a reload: keeping would cost more than sending. */
const MOST_KEPT = 500;
const SHOW_MS = 100;

export class Uploads {
	batches = $state.raw<readonly UploadBatch[]>([]);
	readonly active = $derived(this.batches.filter(({ over }) => !over));

	#queue: UploadItem[] = [];
	#sending = 0;
	#number = Date.now();
	#shown = new Map<UploadBatch, ReturnType<typeof setTimeout>>();

	constructor(
		private readonly api: FilesApi,
		private readonly store: UploadStore,
		private readonly onDone: (workspace: string, path: string) => void,
	) {
		addEventListener('beforeunload', (event) => {
			if (this.active.some(({ items }) => items.some((item) => !isOver(item.status) && !isKept(item)))) event.preventDefault();
		});
	}

	/** Of a workspace, the newest first. */
	of(workspace: string): readonly UploadBatch[] {
		return this.batches.filter((batch) => batch.workspace === workspace);
	}

	add(workspace: string, folder: string, picked: readonly Picked[]): void {
		if (picked.length === 0) return;
		const batch = new UploadBatch(++this.#number, workspace, folder);
		for (const one of picked) this.#queue.push(batch.add(++this.#number, one));
		this.batches = [batch, ...this.batches];
		batch.touched();
		if (batch.items.length <= MOST_KEPT) for (const item of batch.items) this.#keep(item);
		this.#pump();
	}

	/** What this tab had not finished when the page was left. */
	async resume(): Promise<void> {
		const byNumber = new Map<number, UploadBatch>();
		for (const kept of await this.store.all()) {
			const known = byNumber.get(kept.batch);
			const batch = known ?? new UploadBatch(kept.batch, kept.workspace, kept.folder);
			byNumber.set(kept.batch, batch);
			const item = batch.restore(kept.key[1], kept);
			if (item.file) this.#queue.push(item);
		}
		this.batches = [...byNumber.values(), ...this.batches];
		for (const batch of byNumber.values()) batch.touched();
		this.#pump();
	}

	/** The person has chosen the file again that the browser did not keep; false when it is another. */
	found(item: UploadItem, file: File): boolean {
		if (file.name !== item.name || file.size !== item.size || file.lastModified !== item.changed) return false;
		item.file = file;
		this.#again(item);
		return true;
	}

	retry(item: UploadItem): void {
		this.#again(item);
	}

	/** What to do with a file whose place is taken. */
	settle(item: UploadItem, answer: 'replace' | 'skip' | 'keep-both', forAll: boolean): void {
		const { batch } = item;
		if (forAll && answer !== 'keep-both') batch.answer = answer;
		for (const one of forAll ? batch.conflicts : [item]) {
			if (answer === 'skip') this.#end(one, 'cancelled');
			else {
				if (answer === 'replace') one.replace = true;
				else one.path = joinPath(parentOf(one.path), freeName(nameOf(one.path), (name) => name === nameOf(one.path), strings.files.copyOf));
				this.#again(one);
			}
		}
	}

	cancel(batch: UploadBatch): void {
		for (const item of batch.items) {
			if (isOver(item.status)) continue;
			item.abort.abort(new Error('cancelled'));
			if (item.id) void this.api.cancelUpload(item.id).catch(() => {});
			this.#end(item, 'cancelled');
		}
		this.#queue = this.#queue.filter((item) => item.batch !== batch);
	}

	/** Takes what is over out of the list. */
	clear(): void {
		this.batches = this.active;
	}

	dismiss(batch: UploadBatch): void {
		this.batches = this.batches.filter((one) => one !== batch);
	}

	#again(item: UploadItem): void {
		Object.assign(item, { status: 'waiting', problem: '', sent: 0, abort: new AbortController() });
		this.#queue.push(item);
		item.batch.touched();
		this.#pump();
	}

	#pump(): void {
		while (this.#sending < AT_ONCE && this.#queue.length > 0) {
			const item = this.#queue.shift()!;
			if (item.status !== 'waiting' || !item.file) continue;
			this.#sending++;
			void this.#send(item, item.file).finally(() => {
				this.#sending--;
				this.#pump();
			});
		}
	}

	async #send(item: UploadItem, file: File): Promise<void> {
		const { batch, path, replace, id } = item;
		item.status = 'sending';
		batch.touched();
		const events = {
			onBegun: (begun: string) => {
				item.id = begun;
				this.#keep(item);
			},
			onProgress: (bytes: number) => {
				item.sent = bytes;
				this.#show(batch);
			},
			onPaused: (paused: boolean) => (batch.paused = paused),
		};
		try {
			/* With its hash function, which is not small. */
			const { sendFile } = await import('../core/upload.ts');
			await sendFile(this.api, { workspace: batch.workspace, path, file, replace, id }, events, item.abort.signal);
			this.#end(item, 'done');
			this.onDone(batch.workspace, path);
		} catch (error) {
			if (item.status !== 'sending') return;
			this.#failed(item, error);
		}
	}

	#failed(item: UploadItem, error: unknown): void {
		const code = error instanceof ApiError ? error.code : '';
		if (code === 'file.exists' && item.batch.answer === 'replace' && !item.replace) {
			item.replace = true;
			return this.#again(item);
		}
		if (code === 'file.exists' && item.batch.answer === 'skip') return this.#end(item, 'cancelled');
		if (code === 'file.exists') {
			item.status = 'exists';
			return item.batch.touched();
		}
		const changed = code === 'upload.hash' || (error instanceof DOMException && error.name === 'NotReadableError');
		item.id = null;
		item.problem = changed ? strings.files.uploads.changed : error instanceof Error ? error.message : String(error);
		this.#end(item, 'failed');
	}

	#end(item: UploadItem, status: 'done' | 'failed' | 'cancelled'): void {
		item.status = status;
		void this.store.remove([this.store.tab, item.number]);
		item.batch.touched();
	}

	#keep(item: UploadItem): void {
		const { batch, path, name, size, changed, id, file } = item;
		if (batch.items.length > MOST_KEPT) return;
		const { number, workspace, folder } = batch;
		const kept = { batch: number, workspace, folder, path, name, size, changed, id };
		void this.store.put({ key: [this.store.tab, item.number], ...kept, file: isKept(item) ? file : null });
	}

	/* Progress is shown a few times per second, however many pieces there are. */
	#show(batch: UploadBatch): void {
		if (this.#shown.has(batch)) return;
		const timer = setTimeout(() => {
			this.#shown.delete(batch);
			batch.touched();
		}, SHOW_MS);
		this.#shown.set(batch, timer);
	}
}

function isKept({ size, batch }: UploadItem): boolean {
	return size <= MOST_KEPT_BYTES && batch.items.length <= MOST_KEPT;
}
