import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { ApiError } from './api.ts';
import { InputQueue, MAX_INPUT_BYTES, type InputSnapshot } from './input.ts';
import { until } from './until.ts';

/* The server's half of the contract: one writer's numbers are taken once and in order. */
class Server {
	text = '';
	requests = 0;
	fail: ((n: number, stored: boolean) => Error | null) | null = null;
	#last = new Map<string, number>();

	post = async (writer: string, n: number, bytes: Uint8Array): Promise<void> => {
		this.requests++;
		await wait(1);
		assert.match(writer, /^[a-z2-7]{26}$/);
		assert.ok(bytes.length > 0 && bytes.length <= MAX_INPUT_BYTES);
		const before = this.fail?.(n, false);
		if (before) throw before;
		const last = this.#last.get(writer) ?? 0;
		if (n > last + 1) throw new ApiError(409, 'input.gap', 'A gap.', null, { expect: last + 1 });
		if (n === last + 1) {
			this.#last.set(writer, n);
			this.text += new TextDecoder().decode(bytes);
		}
		const after = this.fail?.(n, true);
		if (after) throw after;
	};

	forget(): void {
		this.#last.clear();
	}
}

const lost = () => new ApiError(0, 'network', 'Gone.');
const bytes = (text: string) => new TextEncoder().encode(text);

function queue(server: Server, restored: InputSnapshot | null = null) {
	const refused: string[] = [];
	const input = new InputQueue(
		server.post,
		{ onPending() {}, onRefused: (error, data) => refused.push(`${error.code}:${new TextDecoder().decode(data)}`) },
		restored,
	);
	return { input, refused };
}

async function settled(input: InputQueue): Promise<void> {
	await until(() => input.waitingSince === 0);
	assert.equal(input.pending.length, 0);
}

test('keys arrive in order, and those that wait go together', async () => {
	const server = new Server();
	const { input } = queue(server);
	for (const key of 'hello world') input.write(bytes(key));
	await settled(input);
	assert.equal(server.text, 'hello world');
	assert.equal(server.requests, 2);
});

test('requests and answers that get lost lose and double nothing', async () => {
	const server = new Server();
	let left = 6;
	server.fail = () => (left-- > 0 && left % 2 === 0 ? lost() : null);
	const { input } = queue(server);
	for (const word of ['one ', 'two ', 'three ', 'four']) {
		input.write(bytes(word));
		await wait(3);
	}
	await settled(input);
	assert.equal(server.text, 'one two three four');
});

test('more than a request can carry goes in several', async () => {
	const server = new Server();
	const { input } = queue(server);
	const long = 'x'.repeat(MAX_INPUT_BYTES * 2 + 5);
	input.write(bytes(long));
	await settled(input);
	assert.equal(server.text, long);
	assert.equal(server.requests, 3);
});

test('a server that forgot the writer gets the number that it waits for', async () => {
	const server = new Server();
	const { input, refused } = queue(server);
	input.write(bytes('a'));
	await settled(input);
	server.forget();
	input.write(bytes('b'));
	await settled(input);
	assert.equal(server.text, 'ab');
	assert.deepEqual(refused, []);
});

test('an ended session drops what waits and says so', async () => {
	const server = new Server();
	server.fail = () => new ApiError(409, 'session.ended', 'It has ended.');
	const { input, refused } = queue(server);
	input.write(bytes('a'));
	input.write(bytes('b'));
	await settled(input);
	assert.deepEqual(refused, ['session.ended:a']);
});

test('signed out, it holds everything until it is woken', async () => {
	const server = new Server();
	server.fail = () => new ApiError(401, 'auth.required', 'Sign in.');
	const { input, refused } = queue(server);
	input.write(bytes('a'));
	await until(() => server.requests === 1);
	await wait(10);
	input.write(bytes('b'));
	assert.equal(server.requests, 1);
	server.fail = null;
	input.wake();
	await settled(input);
	assert.equal(server.text, 'ab');
	assert.deepEqual(refused, []);
});

test('a page that goes away in the middle goes on from its snapshot, once', async () => {
	const server = new Server();
	server.fail = (_n, stored) => (stored ? lost() : null); /* stored, but the answer is lost */
	const first = queue(server);
	first.input.write(bytes('typed '));
	first.input.write(bytes('before '));
	await until(() => server.text !== '');
	const snapshot = first.input.snapshot();
	first.input.close();
	assert.ok(snapshot);
	server.fail = null;
	const { input } = queue(server, JSON.parse(JSON.stringify(snapshot)));
	input.start();
	input.write(bytes('after'));
	await settled(input);
	assert.equal(server.text, 'typed before after');
});

test('two pages from one snapshot never use one number for two things', async () => {
	const server = new Server();
	server.fail = (_n, stored) => (stored ? lost() : null);
	const original = queue(server);
	original.input.write(bytes('once '));
	await until(() => server.text !== '');
	const snapshot = original.input.snapshot();
	original.input.close();
	server.fail = null;
	for (const word of ['left ', 'right ']) {
		const { input } = queue(server, snapshot);
		input.start();
		input.write(bytes(word));
		await settled(input);
	}
	assert.equal(server.text, 'once left right ');
});

test('discarding forgets what waits, except what may be accepted already', async () => {
	const server = new Server();
	let down = true;
	server.fail = () => (down ? lost() : null);
	const { input } = queue(server);
	input.write(bytes('sent '));
	await until(() => server.requests > 0);
	input.write(bytes('forgotten'));
	input.discard();
	assert.equal(new TextDecoder().decode(input.pending), 'sent ');
	down = false;
	input.write(bytes('next'));
	await settled(input);
	assert.equal(server.text, 'sent next');
});
