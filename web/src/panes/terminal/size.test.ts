import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { SizeKeeper, type Size } from './size.ts';

function keeper() {
	const asked: string[] = [];
	const made = new SizeKeeper({ ask: ({ cols, rows }) => void asked.push(`${cols}x${rows}`), onOwner() {} });
	return { keeper: made, asked };
}

const desk: Size = { cols: 120, rows: 40 };
const phone: Size = { cols: 48, rows: 30 };

test('a view that only looks never asks, however it is resized', async () => {
	const { keeper: view, asked } = keeper();
	view.logged(desk, false);
	view.setFit(phone);
	view.setFit({ cols: 50, rows: 20 });
	await wait(120);
	assert.deepEqual(asked, []);
	assert.equal(view.differs, true);
});

test('typing takes over, and then follows the room that there is', async () => {
	const { keeper: view, asked } = keeper();
	view.logged(desk, false);
	view.setFit(phone);
	view.take();
	view.logged(phone, true);
	assert.equal(view.owner, true);
	view.setFit({ cols: 48, rows: 15 });
	view.setFit({ cols: 48, rows: 16 });
	await wait(120);
	assert.deepEqual(asked, ['48x30', '48x16']);
});

test('a size that this view did not ask for means that another one decides', async () => {
	const { keeper: view, asked } = keeper();
	view.logged(desk, false);
	view.setFit(desk);
	view.take();
	view.logged(desk, true);
	view.logged(phone, true);
	assert.equal(view.owner, false);
	view.setFit({ cols: 100, rows: 40 });
	await wait(120);
	assert.deepEqual(asked, ['120x40']);
});

test('of two views that take over at once the later in the log decides', () => {
	const { keeper: view } = keeper();
	view.setFit(desk);
	view.take();
	view.logged(phone, true);
	assert.equal(view.owner, false);
	view.logged(desk, true);
	assert.equal(view.owner, true);
});

test('a session made here is resized to fit, and its first size is no stranger', () => {
	const { keeper: view, asked } = keeper();
	view.expect({ cols: 80, rows: 24 });
	view.setFit(desk);
	view.resumeOwner();
	view.logged({ cols: 80, rows: 24 }, true);
	view.logged(desk, true);
	assert.equal(view.owner, true);
	assert.deepEqual(asked, ['120x40']);
});

test('history changes the size and nobody’s role', () => {
	const { keeper: view } = keeper();
	view.setFit(desk);
	view.resumeOwner();
	view.logged(phone, false);
	assert.equal(view.owner, true);
});

test('a view whose request got lost does not decide, and asks again with the next key', () => {
	const { keeper: view, asked } = keeper();
	view.logged(desk, false);
	view.setFit(phone);
	view.take();
	view.refused(phone);
	assert.equal(view.owner, false);
	view.take();
	assert.deepEqual(asked, ['48x30', '48x30']);
	view.logged(phone, true);
	assert.equal(view.owner, true);
});
