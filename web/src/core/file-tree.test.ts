import assert from 'node:assert/strict';
import test from 'node:test';
import type { FileEntry } from './files.ts';
import { endingAt, endingOf, freeName, isGoodName, languageOf, outermost } from './file-names.ts';
import { FileTree } from './file-tree.ts';

const file = (name: string, more: Partial<FileEntry> = {}): FileEntry => {
	return { name, type: 'file', size: 1, mtime: 1, mode: 'rw-r--r--', owner: 'ada', ...more };
};
const folder = (name: string) => file(name, { type: 'directory' });
const shown = (tree: FileTree) =>
	tree.rows.map((row) => '  '.repeat(row.depth) + (row.kind === 'entry' ? row.entry.name : `(${row.note})`));

test('a folder is read when it is opened, and its rows stand below it', () => {
	const tree = new FileTree();
	tree.begin('');
	assert.deepEqual(shown(tree), ['(loading)']);
	tree.fill('', [folder('src'), file('a')], true);
	assert.deepEqual(shown(tree), ['src', 'a']);
	tree.open('src');
	tree.begin('src');
	assert.deepEqual(shown(tree), ['src', '  (loading)', 'a']);
	tree.fill('src', [], true);
	assert.deepEqual(shown(tree), ['src', '  (empty)', 'a']);
	tree.fill('src', [file('main.c')], true);
	assert.equal(tree.indexOf('src/main.c'), 1);
	assert.equal(tree.indexOf('nowhere'), -1);
	tree.close('src');
	assert.deepEqual(shown(tree), ['src', 'a']);
	tree.open('src');
	tree.fail('src', 'No permission.');
	assert.deepEqual(shown(tree), ['src', '  (failed)', 'a']);
});

test('what was read stays in view while it is read again', () => {
	const tree = new FileTree();
	tree.fill('', [file('a')], true);
	tree.begin('');
	assert.deepEqual(shown(tree), ['a']);
	assert.ok(tree.isLoading(''));
});

test('an entry that comes later stands where it belongs, one that goes takes what is in it along', () => {
	const tree = new FileTree();
	tree.fill('', [folder('b'), file('file2'), file('file10')], true);
	tree.put('', file('file9'));
	tree.put('', folder('A'));
	tree.put('', file('file2', { size: 5 }));
	assert.deepEqual(shown(tree), ['A', 'b', 'file2', 'file9', 'file10']);
	assert.equal(tree.get('file2')?.size, 5);
	tree.put('', file('b'));
	assert.deepEqual(shown(tree), ['A', 'b', 'file2', 'file9', 'file10']);
	tree.open('A');
	tree.fill('A', [file('x')], true);
	tree.drop('A');
	tree.put('', folder('A'));
	assert.deepEqual(shown(tree).slice(0, 2), ['A', 'b']);
	assert.equal(tree.entriesOf('A'), null);
});

test('a folder that moves stays open', () => {
	const tree = new FileTree();
	tree.fill('', [folder('a'), folder('b')], true);
	for (const path of ['a', 'b', 'a/in']) tree.open(path);
	tree.moved('a', 'b/c');
	assert.ok(tree.isOpen('b/c') && tree.isOpen('b/c/in') && !tree.isOpen('a'));
	assert.deepEqual(tree.openFolders.sort(), ['', 'b', 'b/c', 'b/c/in']);
	tree.close('b');
	assert.deepEqual(tree.openFolders, ['']);
});

test('entries are sorted by name, size or time, folders always first', () => {
	const tree = new FileTree();
	tree.fill('', [folder('d'), folder('e'), file('a', { size: 3, mtime: 1 }), file('b', { size: 2, mtime: 9 })], true);
	tree.order = { by: 'name', descending: true };
	assert.deepEqual(shown(tree), ['e', 'd', 'b', 'a']);
	tree.order = { by: 'size', descending: false };
	assert.deepEqual(shown(tree), ['d', 'e', 'b', 'a']);
	tree.order = { by: 'mtime', descending: true };
	assert.deepEqual(shown(tree), ['d', 'e', 'b', 'a']);
});

test('hidden files can be left out', () => {
	const tree = new FileTree();
	tree.fill('', [folder('.git'), file('a')], true);
	tree.hidden = false;
	assert.deepEqual(shown(tree), ['a']);
});

test('a link to a folder opens like one', () => {
	const tree = new FileTree();
	tree.fill('', [file('l', { type: 'link', target: 'x', target_type: 'directory' })], true);
	assert.equal(tree.rows[0]?.kind === 'entry' && tree.rows[0].folder, true);
});

test('a hundred thousand entries become rows at once', () => {
	const tree = new FileTree();
	tree.fill('', Array.from({ length: 100_000 }, (_, i) => file(`f${i}`)), true);
	const begun = performance.now();
	assert.equal(tree.rows.length, 100_000);
	assert.equal(tree.indexOf('f99999'), 99_999);
	assert.ok(performance.now() - begun < 1000);
});

test('names are judged, and another is found when one is taken', () => {
	assert.ok(isGoodName('a b') && !isGoodName('') && !isGoodName('..') && !isGoodName('a/b') && !isGoodName('\0'));
	assert.deepEqual(['a.tar.gz', '.bashrc', 'a.b', 'a'].map(endingAt), [1, 7, 1, 1]);
	assert.deepEqual(['a.TXT', '.bashrc', 'a'].map(endingOf), ['txt', '', '']);
	assert.deepEqual(['/x/Makefile', 'a/b.test.ts'].map(languageOf), ['makefile', 'ts']);
	const copy = (name: string, n: number) => `${name} copy${n > 1 ? ` ${n}` : ''}`;
	const taken = new Set(['a.txt', 'a copy.txt']);
	assert.equal(freeName('a.txt', (name) => taken.has(name), copy), 'a copy 2.txt');
	assert.equal(freeName('b', (name) => taken.has(name), copy), 'b');
	assert.deepEqual(outermost(['a', 'a/b', 'ab', 'c/d', 'c/d/e/f']), ['a', 'ab', 'c/d']);
});
