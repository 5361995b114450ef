import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import test from 'node:test';
import { ApiError } from './api.ts';
import type { FileEntry, UploadState } from './files.ts';
import { FileHash, sendFile, type UploadTransport } from './upload.ts';

const ENTRY: FileEntry = { name: 'x', type: 'file', size: 0, mtime: 0, mode: 'rw-r--r--', owner: 'ada' };
const signal = new AbortController().signal;

/* A server that takes uploads, and fails where it is told to. */
class Server implements UploadTransport {
	bytes = new Uint8Array(0);
	size = 0;
	sha256 = '';
	log: string[] = [];
	fail: (call: string, count: number) => ApiError | null = () => null;
	#counts = new Map<string, number>();

	#called(call: string): void {
		const count = (this.#counts.get(call) ?? 0) + 1;
		this.#counts.set(call, count);
		this.log.push(call);
		const error = this.fail(call, count);
		if (error) throw error;
	}

	async beginUpload(_workspace: string, _path: string, size: number): Promise<UploadState> {
		this.#called('begin');
		this.size = size;
		return { id: 'u', offset: 0, size };
	}

	async upload(): Promise<UploadState> {
		this.#called('get');
		return { id: 'u', offset: this.bytes.length, size: this.size };
	}

	async uploadPiece(_id: string, offset: number, piece: Blob): Promise<UploadState> {
		const more = new Uint8Array(await piece.arrayBuffer());
		if (offset !== this.bytes.length) {
			throw new ApiError(409, 'upload.offset', 'Not there.', null, { offset: this.bytes.length });
		}
		this.#called('piece');
		this.bytes = Uint8Array.from([...this.bytes, ...more]);
		return { id: 'u', offset: this.bytes.length, size: this.size };
	}

	async finishUpload(_id: string, sha256: string): Promise<FileEntry> {
		this.#called('finish');
		this.sha256 = sha256;
		return ENTRY;
	}
}

const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 7) % 251);
const hashOf = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
const quiet = { onBegun() {}, onProgress() {}, onPaused() {} };
const job = (data: Uint8Array<ArrayBuffer>, id: string | null = null) => {
	return { workspace: 'w', path: 'a/x', file: new Blob([data]), replace: false, id };
};

test('a file arrives whole, in pieces, with its hash', async () => {
	const server = new Server();
	const data = bytes(1_500_000);
	const progress: number[] = [];
	await sendFile(server, job(data), { ...quiet, onProgress: (n) => progress.push(n) }, signal);
	assert.equal(hashOf(server.bytes), hashOf(data));
	assert.equal(server.sha256, hashOf(data));
	assert.deepEqual(progress, [0, 524_288, 1_500_000]);
	assert.deepEqual(server.log, ['begin', 'piece', 'piece', 'finish']);
});

test('an empty file needs no piece', async () => {
	const server = new Server();
	await sendFile(server, job(bytes(0)), quiet, signal);
	assert.deepEqual(server.log, ['begin', 'finish']);
	assert.equal(server.sha256, hashOf(bytes(0)));
});

test('after a break it goes on from what the server has', async () => {
	const server = new Server();
	const data = bytes(900_000);
	let paused = 0;
	server.fail = (call, count) => {
		return call === 'piece' && (count === 2 || count === 3) ? new ApiError(0, 'network', 'Gone.') : null;
	};
	await sendFile(server, job(data), { ...quiet, onPaused: (is) => (paused += is ? 1 : -1) }, signal);
	assert.equal(hashOf(server.bytes), hashOf(data));
	assert.equal(paused, 0);
});

test('a piece whose answer was lost is not stored twice', async () => {
	const server = new Server();
	const data = bytes(900_000);
	const piece = server.uploadPiece.bind(server);
	let lost = false;
	server.uploadPiece = async (...args: Parameters<typeof piece>) => {
		const answer = await piece(...args);
		if (lost) return answer;
		lost = true;
		throw new ApiError(0, 'network', 'The answer was lost.');
	};
	await sendFile(server, job(data), quiet, signal);
	assert.equal(hashOf(server.bytes), hashOf(data));
	assert.equal(server.sha256, hashOf(data));
});

test('an upload of before is gone on with; one that the server forgot begins anew', async () => {
	const data = bytes(900_000);
	const server = new Server();
	server.size = data.length;
	server.bytes = data.slice(0, 600_000);
	const progress: number[] = [];
	await sendFile(server, job(data, 'u'), { ...quiet, onProgress: (n) => progress.push(n) }, signal);
	assert.equal(progress[0], 600_000);
	assert.equal(server.sha256, hashOf(data));
	const other = new Server();
	other.fail = (call) => (call === 'get' ? new ApiError(404, 'upload.unknown', 'No.') : null);
	await sendFile(other, job(data, 'u'), quiet, signal);
	assert.equal(hashOf(other.bytes), hashOf(data));
});

test('what the server refuses is not tried again', async () => {
	for (const [status, code] of [[409, 'file.exists'], [507, 'file.full'], [403, 'file.denied']] as const) {
		const server = new Server();
		server.fail = () => new ApiError(status, code, 'No.');
		await assert.rejects(sendFile(server, job(bytes(10)), quiet, signal), { code });
		assert.deepEqual(server.log, ['begin']);
	}
});

test('it stops when it is told to, also while it waits for the line', async () => {
	const server = new Server();
	server.fail = () => new ApiError(0, 'network', 'Gone.');
	const controller = new AbortController();
	const sending = sendFile(server, job(bytes(10)), quiet, controller.signal);
	setTimeout(() => controller.abort(new Error('cancelled')), 5);
	await assert.rejects(sending, /cancelled/);
});

test('a hash is made as far as it is asked for, and is that of the whole', async () => {
	const data = bytes(3_000_000);
	const hash = new FileHash(new Blob([data]));
	await hash.upTo(1_200_000, signal);
	await hash.upTo(1_000_000, signal);
	assert.equal(await hash.digest(signal), hashOf(data));
});
