import assert from 'node:assert/strict';
import test from 'node:test';
import type { TextMatch } from './files.ts';
import { groupMatches, namePieces, piecesOf } from './search-results.ts';

const found = (path: string, line: number): TextMatch => ({ path, line, column: 1, text: '', matches: [] });
const marked = (pieces: { text: string; match: boolean }[]) =>
	pieces.map(({ text, match }) => (match ? `[${text}]` : text)).join('');

test('what was found stands by file, its lines in order', () => {
	const groups = groupMatches([found('b', 2), found('a', 1), found('b', 1)]);
	assert.deepEqual(groups.map(({ path, lines }) => [path, lines.map(({ line }) => line)]), [['b', [1, 2]], ['a', [1]]]);
});

test('a line is shown in pieces, from near its first match on', () => {
	assert.equal(marked(piecesOf({ text: '\t\tint main(main)', matches: [[6, 10], [11, 15]] })), 'int [main]([main])');
	const long = `${'x'.repeat(100)}hit`;
	assert.equal(marked(piecesOf({ text: long, matches: [[100, 103]] })), `…${'x'.repeat(40)}[hit]`);
	assert.equal(marked(piecesOf({ text: '😀a😀b', matches: [[1, 2], [3, 4]] })), '😀[a]😀[b]');
	assert.equal(marked(piecesOf({ text: 'plain', matches: [] })), 'plain');
	assert.equal(marked(piecesOf({ text: 'abc', matches: [[0, 2], [1, 3]] })), '[ab]c');
});

test('a name shows which of its characters were typed', () => {
	assert.equal(marked(namePieces('src/main.c', [0, 4, 5])), '[s]rc/[ma]in.c');
});
