import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { SizeKeeper, type Size } from './size.ts';

function keeper() {
	const asked: string[] = [];
	const owned: boolean[] = [];
	const made = new SizeKeeper('me', {
		ask: ({ cols, rows }) => void asked.push(`${cols}x${rows}`),
		onOwner: (owner) => void owned.push(owner),
	});
	return { keeper: made, asked, owned };
}

const desk: Size = { cols: 120, rows: 40 };
const phone: Size = { cols: 48, rows: 30 };

test('a view that only looks never asks, however it is resized', async () => {
	const { keeper: view, asked } = keeper();
	view.logged(desk, 'other');
	view.settle();
	view.setFit(phone);
	view.setFit({ cols: 50, rows: 20 });
	await wait(120);
	assert.deepEqual(asked, []);
	assert.equal(view.differs, true);
});

test('typing takes over once the log says so, and then follows the room that there is', async () => {
	const { keeper: view, asked, owned } = keeper();
	view.logged(desk, 'other');
	view.settle();
	view.setFit(phone);
	view.take();
	assert.deepEqual(owned, []);
	view.logged(phone, 'me');
	assert.deepEqual(owned, [true]);
	view.setFit({ cols: 48, rows: 15 });
	view.setFit({ cols: 48, rows: 16 });
	await wait(120);
	assert.deepEqual(asked, ['48x30', '48x16']);
});

test('the size is asked for also when it is right already, and once for many keys', () => {
	const { keeper: view, asked } = keeper();
	view.logged(desk, 'other');
	view.settle();
	view.setFit(desk);
	view.take();
	view.take();
	assert.deepEqual(asked, ['120x40']);
	view.logged(desk, 'me');
	view.take();
	assert.deepEqual(asked, ['120x40']);
});

test('the same size by another writer means that another one decides', async () => {
	const { keeper: view, asked, owned } = keeper();
	view.setFit(desk);
	view.logged(desk, 'me');
	view.settle();
	view.setFit({ cols: 100, rows: 40 });
	view.logged(desk, 'other');
	await wait(120);
	assert.deepEqual(owned, [true, false]);
	assert.deepEqual(asked, []);
});

test('of two views that take over at once the later in the log decides', () => {
	const { keeper: view, owned } = keeper();
	view.setFit(desk);
	view.settle();
	view.take();
	view.logged(phone, 'other');
	view.logged(desk, 'me');
	assert.deepEqual(owned, [true]);
});

test('the owner makes the size fit when the log has been played, not while it is', () => {
	const { keeper: view, asked, owned } = keeper();
	view.setFit(desk);
	view.logged({ cols: 80, rows: 24 }, 'me');
	view.logged(phone, 'other');
	view.logged({ cols: 80, rows: 24 }, 'me');
	assert.deepEqual(asked, []);
	view.settle();
	assert.deepEqual(asked, ['120x40']);
	assert.deepEqual(owned, [true, false, true]);
	view.logged(desk, 'me');
	assert.deepEqual(asked, ['120x40']);
});

test('a size that nobody decides is nobody’s', () => {
	const { keeper: view, asked, owned } = keeper();
	view.setFit(desk);
	view.settle();
	view.logged(phone, null);
	assert.deepEqual([asked, owned], [[], []]);
});

test('a view whose request got lost asks again with the next key', () => {
	const { keeper: view, asked } = keeper();
	view.logged(desk, 'other');
	view.settle();
	view.setFit(phone);
	view.take();
	view.refused(phone);
	view.take();
	assert.deepEqual(asked, ['48x30', '48x30']);
});
