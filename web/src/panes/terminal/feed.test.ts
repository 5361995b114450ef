import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { reach } from '../../core/log.ts';
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
}

function output(seq: number, text: string): SessionEvent {
	const bytes = new TextEncoder().encode(text);
	return { kind: 'event', n: seq, session: 's', seq, ts: seq * 100, channel: 'pty:output', type: 'output', bytes };
}

test('a change of size stands exactly between what came before and after', async () => {
	const terminal = new SlowTerminal();
	const rendered: number[] = [];
	const feed = new Feed(terminal, (items) => rendered.push(...items.map(reach)));
	feed.output(output(1, 'a'), true);
	feed.output(output(2, 'b'), true);
	feed.act(output(3, ''), () => terminal.log.push('100x30'));
	feed.output(output(4, 'c'), true);
	feed.output(output(5, 'd'), true);
	await until(() => rendered.length === 5);
	assert.equal(terminal.log.join(' '), 'a b 100x30 cd');
	assert.deepEqual(rendered, [1, 2, 3, 4, 5]);
});

test('what the terminal says while it parses is dated by what it parses', async () => {
	const terminal = new SlowTerminal();
	const feed = new Feed(terminal, () => {});
	const times: (number | undefined)[] = [];
	terminal.onParse = () => times.push(feed.parsing?.ts);
	feed.output(output(1, 'a'), true);
	feed.output(output(2, 'b'), true);
	await until(() => feed.parsing === null);
	assert.deepEqual(times, [100, 200]);
});

test('history and news are never parsed together', async () => {
	const terminal = new SlowTerminal();
	const feed = new Feed(terminal, () => {});
	const live: (boolean | undefined)[] = [];
	terminal.onParse = () => live.push(feed.parsing?.live);
	for (let seq = 1; seq <= 3; seq++) feed.output(output(seq, 'x'.repeat(200_000)), false);
	feed.output(output(4, 'old'), false);
	feed.output(output(5, 'old'), false);
	feed.output(output(6, 'new'), true);
	feed.output(output(7, 'new'), true);
	await until(() => terminal.log.join('').endsWith('newnew'));
	assert.deepEqual(terminal.log.slice(-2), ['oldold', 'newnew']);
	assert.deepEqual(live.slice(-2), [false, true]);
});

test('what replaces everything drops what waits, and gives all of it back', async () => {
	const terminal = new SlowTerminal();
	const rendered: number[] = [];
	const feed = new Feed(terminal, (items) => rendered.push(...items.map(reach)));
	feed.output(output(1, 'x'.repeat(300_000)), true);
	feed.output(output(2, 'dropped'), true);
	feed.act(output(3, ''), () => terminal.log.push('dropped'));
	feed.local(() => 'dropped');
	feed.replace(output(9, ''), () => terminal.log.push('replaced'));
	feed.output(output(10, 'after'), true);
	await until(() => rendered.length === 5);
	assert.deepEqual(terminal.log.slice(1), ['replaced', 'after']);
	assert.deepEqual(rendered, [1, 2, 3, 9, 10]);
});

test('a flood is handed over in parts, each given back once it is parsed', async () => {
	const terminal = new SlowTerminal();
	let count = 0;
	const feed = new Feed(terminal, (items) => (count += items.length));
	for (let seq = 1; seq <= 300; seq++) feed.output(output(seq, 'x'.repeat(4000)), true);
	await until(() => count === 300);
	assert.equal(count, 300);
	assert.equal(terminal.log.join('').length, 1_200_000);
});

/* Takes only whole characters. */
class StrictTerminal {
	text = '';

	write(data: Uint8Array | string, done: () => void): void {
		this.text += new TextDecoder('utf-8', { fatal: true }).decode(data as Uint8Array);
		queueMicrotask(done);
	}
}

test('wherever the output is cut, the terminal gets whole characters', async () => {
	const text = 'a\u2013b\u2014\u2026\u201c\u201d\u00e9\ud83d\ude00\u{40000}z';
	const bytes = new TextEncoder().encode(text);
	for (let cut = 0; cut <= bytes.length; cut++) {
		for (let next = cut; next <= bytes.length; next++) {
			const terminal = new StrictTerminal();
			const feed = new Feed(terminal, () => {});
			terminal.write(feed.begin(bytes.subarray(0, cut)), () => {});
			feed.output({ ...output(1, ''), bytes: bytes.subarray(cut, next) }, true);
			feed.output({ ...output(2, ''), bytes: bytes.subarray(next) }, true);
			await until(() => feed.parsing === null);
			assert.equal(terminal.text, text, `cut at ${cut} and ${next}`);
		}
	}
});

test('bytes that are no text do not wait', () => {
	const feed = new Feed(new SlowTerminal(), () => {});
	for (const wrong of [[0x80], [0xff, 0x80, 0x80, 0x80], [0xe2, 0x41], [0xc3, 0xa9, 0x80]]) {
		assert.equal(feed.begin(Uint8Array.from(wrong)).length, wrong.length);
	}
});
