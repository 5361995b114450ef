import assert from 'node:assert/strict';
import test from 'node:test';
import type { EventRange } from '../../core/api.ts';
import type { SessionEvent, Snapshot } from '../../core/types.ts';
import { Past } from './past.ts';

const LARGE = 1 << 20;

function event(seq: number, text: string): SessionEvent {
	const bytes = new TextEncoder().encode(text);
	return { kind: 'event', n: 0, session: 's', seq, ts: 1, channel: 'pty:output', type: 'output', bytes };
}

function resize(seq: number, cols: number): SessionEvent {
	const data = { cols, rows: 30, by: null };
	return { kind: 'event', n: 0, session: 's', seq, ts: 1, channel: 'pty:resize', type: 'resize', data };
}

/* A server with this log, in pages of three. */
function server(log: SessionEvent[], snapshots: number[] = []) {
	return {
		events: async (_id: string, { before, limit, channel }: EventRange) =>
			log
				.filter((one) => one.seq < before && (!channel || one.channel === channel))
				.slice(-Math.min(limit, 3)),
		snapshot: async (_id: string, before: number) => {
			const seq = snapshots.filter((one) => one < before).at(-1);
			const snapshot = { kind: 'snapshot', session: 's', seq, cols: 90, rows: 30, bytes: new Uint8Array(2) };
			return seq === undefined ? null : (snapshot as Snapshot);
		},
	};
}

const small = Array.from({ length: 10 }, (_, i) => event(i + 1, `${i + 1}\n`));
const played = (past: Past, start: Awaited<ReturnType<Past['read']>>) =>
	past.items(start).map((item) => {
		if (item.kind !== 'event') return `${item.kind} ${item.kind === 'gap' ? item.to : item.seq}`;
		return item.bytes ? new TextDecoder().decode(item.bytes) : item.type;
	});

test('a part begins at the nearest snapshot and ends where the view begins', async () => {
	const past = new Past(server(small, [2, 5, 8]), 's', 8, 0);
	const start = await past.read(() => {});
	assert.deepEqual([start.seq, start.first], [5, false]);
	assert.deepEqual(played(past, start), ['snapshot 5', '6\n', '7\n', '8\n']);
});

test('a part that was too short is continued from the snapshot before', async () => {
	const past = new Past(server(small, [2, 5]), 's', 8, 0);
	await past.read(() => {});
	const start = await past.read(() => {});
	assert.equal(start.seq, 2);
	assert.deepEqual(played(past, start), ['snapshot 2', '3\n', '4\n', '5\n', '6\n', '7\n', '8\n']);
});

test('without a snapshot a part goes back to the beginning of the log', async () => {
	const past = new Past(server(small), 's', 4, 0);
	const start = await past.read(() => {});
	assert.deepEqual([start.seq, start.first, start.removed], [0, true, false]);
	assert.deepEqual(played(past, start), ['1\n', '2\n', '3\n', '4\n']);
});

test('what is gone before the oldest event is told', async () => {
	const past = new Past(server(small.slice(5), [5]), 's', 5, 0);
	const start = await past.read(() => {});
	assert.deepEqual([start.seq, start.first, start.removed], [5, true, true]);
	assert.deepEqual(played(past, start), []);
});

test('far from a snapshot a part begins at a line, and the next one ends there', async () => {
	const large = 'x'.repeat(LARGE - 10);
	const log = [resize(1, 77), ...Array.from({ length: 12 }, (_, i) => event(i + 2, `a${i}\nb${i}\n${large}`))];
	const past = new Past(server(log), 's', 13, 0);
	const start = await past.read(() => {});
	assert.deepEqual([start.cols, start.rows, start.cut, start.snapshot], [77, 30, 3, null]);
	const items = played(past, start);
	assert.ok(items[0]!.startsWith(`b${start.seq - 1}\nx`), items[0]!.slice(0, 10));
	const before = new Past(server(log), 's', start.seq, start.cut);
	const earlier = await before.read(() => {});
	assert.equal(played(before, earlier).at(-1), `a${start.seq - 1}\n`);
});

test('where the log has lost its first size, the snapshot before tells it', async () => {
	const large = 'x'.repeat(LARGE - 10);
	const log = Array.from({ length: 12 }, (_, i) => event(i + 20, `a${i}\n${large}`));
	const start = await new Past(server(log, [19]), 's', 31, 0).read(() => {});
	assert.deepEqual([start.cols, start.rows, start.snapshot], [90, 30, null]);
});

test('a hole in the log ends the attempt', async () => {
	const holed = small.filter(({ seq }) => seq !== 4);
	await assert.rejects(new Past(server(holed), 's', 8, 0).read(() => {}));
});

test('progress is told until the part is there', async () => {
	const parts: number[] = [];
	await new Past(server(small, [1]), 's', 10, 0).read((part) => parts.push(part));
	assert.equal(parts.at(-1), 1);
	assert.deepEqual(parts, [...parts].sort((a, b) => a - b));
});
