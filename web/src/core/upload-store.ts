/*
 * What is being uploaded, kept over a reload of the page. Small files are kept whole by the browser;
 * of a large one only its name and size are, and the person chooses it again. As everywhere, a browser
 * that keeps nothing is no error.
 */

export interface KeptUpload {
	/** Which tab it belongs to, and its number there. */
	key: [string, number];
	batch: number;
	workspace: string;
	/** Where the whole batch was dropped. */
	folder: string;
	path: string;
	name: string;
	size: number;
	changed: number;
	/** What the server calls it; null until it has begun. */
	id: string | null;
	file: File | null;
}

/** Larger files are not copied into the browser. */
export const MOST_KEPT_BYTES = 64_000_000;
const STORE = 'uploads';

export class UploadStore {
	#database: Promise<IDBDatabase> | null = null;

	/** `name`: of the database; several installations may share an origin. */
	constructor(
		private readonly name: string,
		readonly tab: string,
	) {}

	async all(): Promise<KeptUpload[]> {
		const range = IDBKeyRange.bound([this.tab, 0], [this.tab, Infinity]);
		return (await this.#run('readonly', (store) => store.getAll(range) as IDBRequest<KeptUpload[]>)) ?? [];
	}

	put(upload: KeptUpload): Promise<unknown> {
		return this.#run('readwrite', (store) => store.put(upload));
	}

	remove(key: KeptUpload['key']): Promise<unknown> {
		return this.#run('readwrite', (store) => store.delete(key));
	}

	async #run<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | null> {
		try {
			this.#database ??= open(this.name);
			const request = act((await this.#database).transaction(STORE, mode).objectStore(STORE));
			return await settled(request);
		} catch {
			return null;
		}
	}
}

function open(name: string): Promise<IDBDatabase> {
	const request = indexedDB.open(name, 1);
	request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'key' });
	return settled(request);
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
	return new Promise((resolve, reject) => {
		request.onsuccess = () => resolve(request.result);
		request.onerror = () => reject(request.error as Error);
	});
}
