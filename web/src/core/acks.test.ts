import assert from 'node:assert/strict';
import test from 'node:test';
import { AckLedger } from './acks.ts';

test('only an unbroken beginning counts as rendered', () => {
	const ledger = new AckLedger();
	for (const n of [1, 2, 3]) ledger.delivered(n, 'a', 10);
	ledger.done(2);
	assert.equal(ledger.rendered, 0);
	ledger.done(1);
	assert.equal(ledger.rendered, 2);
	assert.equal(ledger.unreported, 20);
	assert.equal(ledger.drained, false);
	ledger.done(3);
	assert.equal(ledger.take(), 3);
	assert.equal(ledger.unreported, 0);
	assert.equal(ledger.drained, true);
});

test('what nobody will render does not hold up the rest', () => {
	const ledger = new AckLedger();
	ledger.delivered(1, 'closed', 5);
	ledger.delivered(2, 'open', 5);
	ledger.done(2);
	ledger.abandon('closed');
	assert.equal(ledger.rendered, 2);
});

test('what comes back twice, or never was here, changes nothing', () => {
	const ledger = new AckLedger();
	ledger.delivered(4, 'a', 1);
	ledger.done(4);
	ledger.done(4);
	ledger.done(99);
	assert.equal(ledger.rendered, 4);
	assert.equal(ledger.unreported, 1);
});
