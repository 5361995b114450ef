import assert from 'node:assert/strict';
import test from 'node:test';
import { beside, clampShare, partner, restored, shown, type Split } from './split.ts';

const split: Split = { keys: ['a', 'b'], front: 0 };

test('the tab in front stays on the left with the keys, and is never beside itself', () => {
	assert.deepEqual(beside('a', 'b'), split);
	assert.equal(beside('a', 'a'), null);
});

test('showing the tab beside gives it the keys and moves nothing', () => {
	assert.deepEqual(shown(split, 'b'), { keys: ['a', 'b'], front: 1 });
	assert.deepEqual(shown(shown(split, 'b'), 'a'), split);
});

test('a third tab takes the place of the one with the keys, on either side', () => {
	assert.deepEqual(shown(split, 'c'), { keys: ['c', 'b'], front: 0 });
	assert.deepEqual(shown(shown(split, 'b'), 'c'), { keys: ['a', 'c'], front: 1 });
});

test('who is left is known when either is closed', () => {
	assert.equal(partner(split, 'a'), 'b');
	assert.equal(partner(split, 'b'), 'a');
	assert.equal(partner(split, 'c'), undefined);
	assert.equal(partner(null, 'a'), undefined);
});

test('what was kept comes back only when both tabs are open', () => {
	const kept = { keys: ['a', 'b'], front: 1 };
	assert.deepEqual(restored(kept, ['b', 'x', 'a']), kept);
	assert.equal(restored(kept, ['a', 'x']), null);
	for (const broken of [null, 7, {}, { keys: 'ab' }, { keys: ['a'] }, { keys: ['a', 'a'] }]) {
		assert.equal(restored(broken, ['a', 'b']), null);
	}
	assert.deepEqual(restored({ keys: ['a', 'b'], front: 'x' }, ['a', 'b']), split);
});

test('the share of the left one is between a quarter and three quarters', () => {
	assert.deepEqual([10, 25, 33.4, 75, 90].map(clampShare), [25, 25, 33, 75, 75]);
	assert.deepEqual([null, 'x', NaN].map(clampShare), [50, 50, 50]);
});
