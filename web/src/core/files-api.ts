/* The REST side of files: see api.ts for how requests and errors work, files.ts for paths. */

import type { Api } from './api.ts';
import type { DirectoryPage, FileEntry, NameMatch, TextMatches, TextQuery, TrashItem, UploadState } from './files.ts';
import { isJob, type JobInfo } from './jobs.ts';
import type { SessionInfo } from './types.ts';

/* The first page of a folder is there soon; all the rest comes at once, because the server sorts it whole
   for each page. */
const FIRST_PAGE = 2_000;
const NEXT_PAGE = 100_000;
const SLOW_MS = 120_000;

type Flags = Record<string, string | number | boolean>;

export class FilesApi {
	constructor(private readonly api: Api) {}

	/** Where a file's bytes are, or with `as=tar` those of all that lies in a directory. */
	url(workspace: string, path: string, more: Flags = {}): string {
		return this.api.url(`files?${query({ workspace, path, ...more })}`);
	}

	directory(workspace: string, path: string, after: string | null) {
		const limit = after ? NEXT_PAGE : FIRST_PAGE;
		const page = { workspace, path, limit, hidden: true, ...(after ? { after } : {}) };
		return this.api.json<DirectoryPage>('GET', `files?${query(page)}`, { timeoutMs: 60_000 });
	}

	info(workspace: string, path: string) {
		return this.api.json<FileEntry>('GET', `files?${query({ workspace, path, as: 'info' })}`);
	}

	/** The first bytes of a file, at most `limit`. */
	async head(workspace: string, path: string, limit: number): Promise<Uint8Array<ArrayBuffer>> {
		const headers = { range: `bytes=0-${limit - 1}` };
		const answer = await this.api.send('GET', `files?${query({ workspace, path })}`, { headers, timeoutMs: SLOW_MS });
		return new Uint8Array(await answer.arrayBuffer());
	}

	/** Makes an empty file, where none is. */
	createFile(workspace: string, path: string) {
		const headers = { 'if-none-match': '*' };
		return this.api.json<FileEntry>('PUT', `files?${query({ workspace, path })}`, { bytes: new Uint8Array(), headers });
	}

	createDirectory(workspace: string, path: string) {
		return this.#operation({ workspace, op: 'mkdir', path });
	}

	move(workspace: string, path: string, to: string, replace = false) {
		return this.#operation({ workspace, op: 'move', path, to, ...(replace ? { replace } : {}) });
	}

	/** A copy of much is a job. */
	async copy(workspace: string, path: string, to: string): Promise<JobInfo | null> {
		const made = await this.#operation({ workspace, op: 'copy', path, to });
		return isJob(made as SessionInfo) ? (made as JobInfo) : null;
	}

	/** Moves it to the trash; tells the id under which it lies there. */
	async remove(workspace: string, path: string): Promise<string> {
		const target = `files?${query({ workspace, path })}`;
		return (await this.api.json<{ id: string }>('DELETE', target, { timeoutMs: SLOW_MS })).id;
	}

	async trash(workspace: string): Promise<TrashItem[]> {
		return (await this.api.json<{ items: TrashItem[] }>('GET', `trash?${query({ workspace })}`)).items;
	}

	/** Puts it back where it was, or `to` another place. */
	restore(workspace: string, id: string, to?: string) {
		return this.#operation({ workspace, op: 'restore', id, ...(to ? { to } : {}) });
	}

	/** Deletes one thing in the trash, or all of it, for good. */
	purge(workspace: string, id?: string) {
		const target = `trash${id ? `/${id}` : ''}?${query({ workspace })}`;
		return this.api.send('DELETE', target, { timeoutMs: SLOW_MS });
	}

	beginUpload(workspace: string, path: string, size: number, replace: boolean) {
		const json = { workspace, path, size, ...(replace ? { replace } : {}) };
		return this.api.json<UploadState>('POST', 'uploads', { json });
	}

	upload(id: string) {
		return this.api.json<UploadState>('GET', `uploads/${id}`);
	}

	uploadPiece(id: string, offset: number, bytes: Blob, signal: AbortSignal) {
		const options = { bytes, signal, timeoutMs: 0 };
		return this.api.json<UploadState>('PUT', `uploads/${id}?${query({ offset })}`, options);
	}

	finishUpload(id: string, sha256: string) {
		return this.api.json<FileEntry>('POST', `uploads/${id}/finish`, { json: { sha256 }, timeoutMs: SLOW_MS });
	}

	cancelUpload(id: string) {
		return this.api.send('DELETE', `uploads/${id}`);
	}

	async findByName(workspace: string, name: string, limit: number, signal?: AbortSignal): Promise<NameMatch[]> {
		const target = `search?${query({ workspace, name, limit })}`;
		return (await this.api.json<{ items: NameMatch[] }>('GET', target, { signal, timeoutMs: 60_000 })).items;
	}

	findText(workspace: string, wanted: TextQuery, signal?: AbortSignal) {
		const { glob, ...rest } = wanted;
		const target = `search?${query({ workspace, ...rest, ...(glob ? { glob } : {}) })}`;
		return this.api.json<TextMatches>('GET', target, { signal, timeoutMs: SLOW_MS });
	}

	#operation(json: Record<string, unknown>) {
		return this.api.json<FileEntry | SessionInfo>('POST', 'files', { json, timeoutMs: SLOW_MS });
	}
}

function query(flags: Flags): string {
	const text = (value: string | number | boolean) => (typeof value === 'boolean' ? `${+value}` : `${value}`);
	return `${new URLSearchParams(Object.entries(flags).map(([name, value]) => [name, text(value)]))}`;
}
