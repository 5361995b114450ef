import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeSize, cleanMerge, lineChanges, linesOf, mergeLines, type LineChange } from './lines.ts';

const l = (text: string) => [...text];

function applied(old: string[], now: string[], changes: LineChange[]): string[] {
	const result: string[] = [];
	let at = 0;
	for (const { oldFrom, oldTo, from, to } of changes) {
		result.push(...old.slice(at, oldFrom), ...now.slice(from, to));
		at = oldTo;
	}
	return [...result, ...old.slice(at)];
}

/* The same texts in each run. */
function random(seed: number): () => number {
	return () => {
		seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
		return seed / 2 ** 32;
	};
}

test('changes make the new text of the old one, and touch nobody', () => {
	const next = random(7);
	const text = () => Array.from({ length: Math.floor(next() * 12) }, () => 'abc'[Math.floor(next() * 3)]!);
	for (let round = 0; round < 3000; round++) {
		const [old, now] = [text(), text()];
		const changes = lineChanges(old, now);
		assert.deepEqual(applied(old, now, changes), now);
		changes.slice(1).forEach((change, index) => assert.ok(change.oldFrom > changes[index]!.oldTo || change.from > changes[index]!.to));
	}
});

test('the same text has no change, and an insertion is one', () => {
	assert.deepEqual(lineChanges(l('abc'), l('abc')), []);
	assert.deepEqual(lineChanges(l('abc'), l('axbc')), [{ oldFrom: 1, oldTo: 1, from: 1, to: 2 }]);
	assert.deepEqual(changeSize(lineChanges(l('abcd'), l('abxyd'))), { added: 2, removed: 1 });
});

test('texts with nothing in common are one change, also when they are long', () => {
	const [old, now] = [0, 1].map((which) => Array.from({ length: 9000 }, (_, index) => `${which} ${index}`));
	const started = performance.now();
	assert.deepEqual(lineChanges(old!, now!), [{ oldFrom: 0, oldTo: 9000, from: 0, to: 9000 }]);
	assert.ok(performance.now() - started < 2000);
});

test('a merge takes what one of them changed', () => {
	assert.equal(cleanMerge('a\nb\nc\nd\ne\n', 'A\nb\nc\nd\ne\n', 'a\nb\nc\nd\nE\nf\n'), 'A\nb\nc\nd\nE\nf\n');
	assert.equal(cleanMerge('a\nb\n', 'a\nb\n', ''), '');
	assert.equal(cleanMerge('a\nb\nc\n', 'a\nx\nc\n', 'a\nx\nc\n'), 'a\nx\nc\n');
});

test('what both changed is a conflict with the three texts of it', () => {
	assert.equal(cleanMerge('a\nb\nc', 'a\nx\nc', 'a\ny\nc'), null);
	assert.deepEqual(mergeLines(l('abc'), l('axc'), l('ayyc')), [
		{ kind: 'same', base: ['a'], mine: ['a'], theirs: ['a'] },
		{ kind: 'conflict', base: ['b'], mine: ['x'], theirs: ['y', 'y'] },
		{ kind: 'same', base: ['c'], mine: ['c'], theirs: ['c'] },
	]);
	assert.equal(mergeLines([''], ['x', ''], ['y', ''])[0]!.kind, 'conflict');
});

test('the parts of a merge hold all of each text, in order', () => {
	const next = random(11);
	const text = () => Array.from({ length: Math.floor(next() * 10) }, () => 'abcd'[Math.floor(next() * 4)]!);
	for (let round = 0; round < 3000; round++) {
		const [base, mine, theirs] = [text(), text(), text()];
		const parts = mergeLines(base, mine, theirs);
		assert.deepEqual(parts.flatMap((part) => part.base), base);
		assert.deepEqual(parts.flatMap((part) => part.mine), mine);
		assert.deepEqual(parts.flatMap((part) => part.theirs), theirs);
		for (const part of parts) {
			if (part.kind === 'theirs') assert.deepEqual(part.mine, part.base);
			if (part.kind === 'mine') assert.deepEqual(part.theirs, part.base);
			if (part.kind === 'both') assert.deepEqual(part.mine, part.theirs);
		}
	}
});

test('lines and text are the same', () => {
	for (const text of ['', 'a', 'a\n', '\n\n', 'a\r\nb']) assert.equal(linesOf(text).join('\n'), text);
});
