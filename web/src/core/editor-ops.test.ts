import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from './api.ts';
import { EditorOps } from './editor-ops.ts';
import { OpRefused, type EditorOp } from './editor.ts';
import type { SessionEvent } from './types.ts';

const event = (op: string, type: string, data: Record<string, unknown>): SessionEvent => ({
	kind: 'event', n: 1, session: 's', seq: 1, ts: 0, channel: `editor:${op}`, type, data,
});

function harness(failures: Error[] = []) {
	const sent: { id: string; op: EditorOp }[] = [];
	const ops = new EditorOps(async (id, op) => {
		sent.push({ id, op });
		const failure = failures.shift();
		if (failure) throw failure;
	}, async () => {});
	return { ops, sent };
}

const turns = async (count: number) => {
	for (let i = 0; i < count; i++) await new Promise((done) => setImmediate(done));
};

test('an answer goes to who asked, and to nobody else', async () => {
	const { ops, sent } = harness();
	const [first, second] = [ops.run({ op: 'open', path: 'a' }), ops.run({ op: 'open', path: 'b' })];
	await turns(1);
	assert.equal(ops.take(event('open', 'done', { op_id: 'of somebody else', path: 'a' })), false);
	assert.equal(ops.take(event('open', 'done', { op_id: sent[1]!.id, path: 'b' })), true);
	assert.equal(ops.take(event('open', 'done', { op_id: sent[0]!.id, path: 'a' })), true);
	assert.equal((await first).path, 'a');
	assert.equal((await second).path, 'b');
	assert.equal(ops.take(event('open', 'done', { op_id: sent[0]!.id, path: 'a' })), false);
});

test('what the program refuses is told with its reason', async () => {
	const { ops, sent } = harness();
	const saving = ops.run({ op: 'save', path: 'a', base: 'x', text: 'mine' });
	await turns(1);
	ops.take(event('save', 'refused', { op_id: sent[0]!.id, path: 'a', code: 'file.changed', detail: 'It changed.', current: 'y' }));
	await assert.rejects(saving, (error: unknown) => error instanceof OpRefused && error.refusal.current === 'y');
});

test('an operation is sent again with the same id until the server has it', async () => {
	const { ops, sent } = harness([new ApiError(0, 'network', 'gone'), new ApiError(503, 'busy', 'later')]);
	const opening = ops.run({ op: 'open', path: 'a' });
	await turns(4);
	assert.equal(sent.length, 3);
	assert.equal(new Set(sent.map(({ id }) => id)).size, 1);
	ops.take(event('open', 'done', { op_id: sent[0]!.id, path: 'a' }));
	await opening;
});

test('what the server will never take is not sent again', async () => {
	const { ops, sent } = harness([new ApiError(409, 'session.ended', 'It has ended.')]);
	await assert.rejects(ops.run({ op: 'open', path: 'a' }), /It has ended/);
	await turns(2);
	assert.equal(sent.length, 1);
});
