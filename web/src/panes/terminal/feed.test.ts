import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { SessionEvent } from '../../core/types.ts';
import { until } from '../../core/until.ts';
import { Feed } from './feed.ts';

/* Parses a write after a while, as xterm.js does. */
class SlowTerminal {
	log: string[] = [];
	onParse: () => void = () => {};
	#queue: Promise<unknown> = Promise.resolve();

	write(data: Uint8Array | string, done: () => void): void {
		this.#queue = this.#queue.then(async () => {
			await wait(1);
			this.onParse();
			this.log.push(typeof data === 'string' ? data : new TextDecoder().decode(data));
			done();
		});
	}

	resize(cols: number, rows: number): void {
		this.log.push(`${cols}x${rows}`);
	}
}

function output(seq: number, text: string): SessionEvent {
	const bytes = new TextEncoder().encode(text);
	return { id: seq, session: 's', seq, ts: seq * 100, channel: 'pty:output', type: 'output', bytes };
}

test('a change of size stands exactly between what came before and after', async () => {
	const terminal = new SlowTerminal();
	const rendered: number[] = [];
	const feed = new Feed(terminal, (events) => rendered.push(...events.map((event) => event.seq)));
	feed.output(output(1, 'a'));
	feed.output(output(2, 'b'));
	feed.resize(100, 30, output(3, ''));
	feed.output(output(4, 'c'));
	feed.output(output(5, 'd'));
	await until(() => rendered.length === 5);
	assert.equal(terminal.log.join(' '), 'a b 100x30 cd');
	assert.deepEqual(rendered, [1, 2, 3, 4, 5]);
});

test('what the terminal says while it parses is dated by what it parses', async () => {
	const terminal = new SlowTerminal();
	const feed = new Feed(terminal, () => {});
	const times: number[] = [];
	terminal.onParse = () => times.push(feed.parsingTime);
	feed.output(output(1, 'a'));
	feed.output(output(2, 'b'));
	await until(() => feed.parsingTime === Infinity);
	assert.deepEqual(times, [100, 200]);
	assert.equal(feed.parsingTime, Infinity);
});

test('a flood is handed over in parts, each given back once it is parsed', async () => {
	const terminal = new SlowTerminal();
	let count = 0;
	const feed = new Feed(terminal, (events) => (count += events.length));
	for (let seq = 1; seq <= 300; seq++) feed.output(output(seq, 'x'.repeat(4000)));
	await until(() => count === 300);
	assert.equal(count, 300);
	assert.equal(terminal.log.join('').length, 1_200_000);
});
