/*
 * One file on its way to the server. It goes in pieces, the next one only when the server has the
 * last; after a break of any kind the server says how much it has and the rest follows. At the end
 * both compare the SHA-256 of everything, so what lies there is what was read here.
 *
 * Pieces grow while the line is quick, so that a slow one still shows progress and a quick one is not
 * held up by questions. The hash is made of the pieces as they are sent, in steps so short that the
 * page stays responsive; a file that fits one piece is hashed by the browser itself.
 */

import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { ApiError } from './api.ts';
import { backoffMs } from './backoff.ts';
import type { FileEntry, UploadState } from './files.ts';

/** The part of FilesApi that is used. */
export interface UploadTransport {
	beginUpload(workspace: string, path: string, size: number, replace: boolean): Promise<UploadState>;
	upload(id: string): Promise<UploadState>;
	uploadPiece(id: string, offset: number, bytes: Blob, signal: AbortSignal): Promise<UploadState>;
	finishUpload(id: string, sha256: string): Promise<FileEntry>;
}

export interface UploadJob {
	workspace: string;
	path: string;
	file: Blob;
	replace: boolean;
	/** The upload that was begun before, to go on with. */
	id: string | null;
}

export interface UploadEvents {
	onBegun(id: string): void;
	/** So many bytes are on the server. */
	onProgress(bytes: number): void;
	/** The line is gone, or is back; it is tried again by itself. */
	onPaused(paused: boolean): void;
}

const SMALLEST = 512 * 1024;
const LARGEST = 16 * 1024 * 1024;
const QUICK_MS = 400;
const SLOW_MS = 3000;
const STEP = 1024 * 1024;

/** Sends it; rejects with an ApiError when the server refuses, or with the reason of the signal. */
export async function sendFile(
	transport: UploadTransport,
	job: UploadJob,
	events: UploadEvents,
	signal: AbortSignal,
): Promise<FileEntry> {
	const trying = <T>(act: () => Promise<T>) => patiently(act, events, signal);
	let state = await resumed(transport, job, trying);
	state ??= await trying(() => transport.beginUpload(job.workspace, job.path, job.file.size, job.replace));
	const { id, size } = state;
	events.onBegun(id);
	let { offset } = state;
	events.onProgress(offset);
	const hash = new FileHash(job.file);
	let piece = SMALLEST;
	while (offset < size) {
		const bytes = job.file.slice(offset, Math.min(size, offset + piece));
		const begun = performance.now();
		const [sent] = await Promise.all([
			trying(() => sendPiece(transport, id, offset, bytes, signal)),
			hash.upTo(offset + bytes.size, signal),
		]);
		offset = sent;
		events.onProgress(offset);
		const took = performance.now() - begun;
		if (took < QUICK_MS) piece = Math.min(LARGEST, piece * 2);
		else if (took > SLOW_MS) piece = Math.max(SMALLEST, piece / 2);
	}
	const digest = await hash.digest(signal);
	return trying(() => transport.finishUpload(id, digest));
}

/* What the server still has of an upload that was begun before; null when that is gone. */
async function resumed(
	transport: UploadTransport,
	{ id, file }: UploadJob,
	trying: <T>(act: () => Promise<T>) => Promise<T>,
): Promise<UploadState | null> {
	if (!id) return null;
	try {
		const state = await trying(() => transport.upload(id));
		return state.size === file.size ? state : null;
	} catch (error) {
		if (error instanceof ApiError && error.status === 404) return null;
		throw error;
	}
}

/* Resolves to how much the server has: when it has other than we thought, it says so. */
async function sendPiece(
	transport: UploadTransport,
	id: string,
	offset: number,
	bytes: Blob,
	signal: AbortSignal,
): Promise<number> {
	try {
		return (await transport.uploadPiece(id, offset, bytes, signal)).offset;
	} catch (error) {
		const known = error instanceof ApiError && error.code === 'upload.offset' && error.extra.offset;
		if (typeof known !== 'number') throw error;
		return known;
	}
}

/* Tries until the server has answered: a line that is gone comes back. A full disk is no such thing. */
async function patiently<T>(act: () => Promise<T>, events: UploadEvents, signal: AbortSignal): Promise<T> {
	for (let attempt = 0; ; attempt++) {
		signal.throwIfAborted();
		try {
			const result = await act();
			if (attempt > 0) events.onPaused(false);
			return result;
		} catch (error) {
			signal.throwIfAborted();
			if (!(error instanceof ApiError) || !error.transient || error.status === 507) throw error;
			if (attempt === 1) events.onPaused(true);
			await pause(backoffMs(attempt), signal);
		}
	}
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
	return new Promise((resolve, reject) => {
		const timer = setTimeout(resolve, ms);
		signal.addEventListener('abort', () => {
			clearTimeout(timer);
			reject(signal.reason as Error);
		}, { once: true });
	});
}

/** The SHA-256 of a file, made as far as it is asked for. */
export class FileHash {
	#hash = sha256.create();
	#done = 0;

	constructor(private readonly file: Blob) {}

	/** Takes the bytes up to `end` in; those that were taken before are not read again. */
	async upTo(end: number, signal: AbortSignal): Promise<void> {
		if (this.file.size <= STEP) return;
		while (this.#done < end) {
			const to = Math.min(end, this.#done + STEP);
			const bytes = await this.file.slice(this.#done, to).arrayBuffer();
			signal.throwIfAborted();
			this.#hash.update(new Uint8Array(bytes));
			this.#done = to;
		}
	}

	async digest(signal: AbortSignal): Promise<string> {
		if (this.file.size <= STEP) return bytesToHex(await digestOf(await this.file.arrayBuffer()));
		await this.upTo(this.file.size, signal);
		return bytesToHex(this.#hash.digest());
	}
}

/* Plain http from another machine is no secure context, and has no WebCrypto. */
async function digestOf(bytes: ArrayBuffer): Promise<Uint8Array> {
	if (!globalThis.crypto?.subtle) return sha256(new Uint8Array(bytes));
	return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}
