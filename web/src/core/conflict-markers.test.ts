import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markedText, mayHaveMarkers } from './conflict-markers.ts';

const text = (...lines: string[]) => lines.join('\n');
const conflict = (mine: string[], theirs: string[], base: string[] = []) => ({ kind: 'conflict', base, mine, theirs });
const same = (...lines: string[]) => ({ kind: 'same', base: lines, mine: lines, theirs: lines });

test('each marked place is a conflict of two sides, and the rest is the same', () => {
	const marked = text('a', '<<<<<<< HEAD', 'b', '=======', 'c', 'd', '>>>>>>> topic', 'e', '');
	assert.deepEqual(markedText(marked), {
		parts: [same('a'), conflict(['b'], ['c', 'd']), same('e', '')],
		mine: 'HEAD',
		theirs: 'topic',
		hasBase: false,
	});
});

test('what was there before is read where git says it', () => {
	const marked = text('<<<<<<< ours', 'b', '||||||| 1234567', 'a', '=======', '>>>>>>> theirs');
	assert.deepEqual(markedText(marked)?.parts, [conflict(['b'], [], ['a'])]);
	assert.equal(markedText(marked)?.hasBase, true);
});

test('places that somebody has settled already stay as they are', () => {
	const marked = text('settled', '<<<<<<< A', '1', '=======', '2', '>>>>>>> B', '<<<<<<< A', '3', '=======', '4', '>>>>>>> B');
	assert.deepEqual(markedText(marked)?.parts, [same('settled'), conflict(['1'], ['2']), conflict(['3'], ['4'])]);
});

test('lines that only look like marks are text', () => {
	const heading = text('Title', '=======', '<<<<<<<<', '<<<<<<< HEAD', 'a', '=======', 'b', '>>>>>>> topic', '=======x');
	assert.deepEqual(markedText(heading)?.parts, [
		same('Title', '=======', '<<<<<<<<'), conflict(['a'], ['b']), same('=======x'),
	]);
	assert.equal(mayHaveMarkers(text('Title', '=======')), false);
});

test('marks in another order are not guessed at', () => {
	for (const lines of [
		['<<<<<<< A', 'a'],
		['<<<<<<< A', 'a', '=======', 'b'],
		['<<<<<<< A', 'a', '>>>>>>> B'],
		['<<<<<<< A', '<<<<<<< A', '=======', '>>>>>>> B'],
		['<<<<<<< A', '=======', '=======', '>>>>>>> B'],
		['<<<<<<< A', '=======', '>>>>>>> B', '>>>>>>> B'],
		['a', 'b'],
	]) {
		assert.equal(markedText(text(...lines)), null, lines.join(' '));
	}
});
