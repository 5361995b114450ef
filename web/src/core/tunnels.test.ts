import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countdown } from './tunnels.ts';

test('a countdown ends at nothing and never shows less', () => {
	assert.equal(countdown(900_000, 0), '15:00');
	assert.equal(countdown(61_001, 1), '1:01');
	assert.equal(countdown(1_500, 1_000), '0:01');
	assert.equal(countdown(1_000, 5_000), '0:00');
});
