import assert from 'node:assert/strict';
import test from 'node:test';
import { isUserCode, tidyUserCode } from './account.ts';
import { formatRoute, parseRoute } from './router.ts';

const PERSON = `#/audit/${'a'.repeat(26)}`;

test('a user code is read however it is typed', () => {
	for (const text of ['bcdf-ghjk', 'BCDFGHJK', ' bcdf ghjk ', 'b c d f g h j k l']) {
		assert.equal(tidyUserCode(text), 'BCDF-GHJK', text);
	}
	assert.equal(tidyUserCode('bcd'), 'BCD');
	assert.equal(tidyUserCode('bcdfg'), 'BCDF-G');
});

test('only eight consonants are a user code', () => {
	assert.equal(isUserCode('BCDF-GHJK'), true);
	for (const text of ['BCDF-GHJ', 'BCDF-GHJA', 'BCDFGHJK', '']) assert.equal(isUserCode(text), false, text);
});

test('the pages of the account have addresses, and nothing else leads to them', () => {
	for (const hash of ['#/account', '#/pair', '#/device', '#/device/BCDF-GHJK', '#/people', '#/audit', PERSON]) {
		assert.equal(formatRoute(parseRoute(hash)), hash);
		assert.equal(parseRoute(hash).page, 'account');
	}
	for (const hash of ['#/account/x', '#/people/', '#/device/x', '#/audit/x', '#/people/BCDF-GHJK', '#/nothing']) {
		assert.equal(parseRoute(hash).page, 'nowhere', hash);
	}
	assert.deepEqual(parseRoute('#pair=abc234'), { page: 'pairing', code: 'abc234' });
	assert.equal(parseRoute('#pair=').page, 'nowhere');
});
