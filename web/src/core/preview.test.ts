import assert from 'node:assert/strict';
import test from 'node:test';
import { readCsv, separatorOf } from './csv.ts';
import { editedOf, faultOf, inputOf, variablesIn } from './environment.ts';
import { imageType, previewKind, textOf } from './preview.ts';

test('a table is read as it is written: quotes, doubled quotes, line ends within a field', () => {
	const { rows, truncated } = readCsv('a,b\r\n"x, y","say ""hi""\nthere"\n,last', 10);
	assert.deepEqual(rows, [['a', 'b'], ['x, y', 'say "hi"\nthere'], ['', 'last']]);
	assert.equal(truncated, false);
	assert.deepEqual(readCsv('"a"b,"open', 9).rows, [['ab', 'open']]);
	assert.deepEqual(readCsv('\ufeffa;b\n1;2\n\n', 9).rows, [['a', 'b'], ['1', '2']]);
	assert.deepEqual(readCsv('', 9).rows, []);
});

test('the separator is the one that the lines agree on', () => {
	assert.equal(separatorOf('a;b;c\n1,5;2;3\n'), ';');
	assert.equal(separatorOf('a\tb\n1\t2\n'), '\t');
	assert.equal(separatorOf('only one column\nof text\n'), ',');
});

test('only so many rows are read', () => {
	const { rows, truncated } = readCsv('a\n'.repeat(100), 10, ',');
	assert.deepEqual([rows.length, truncated], [10, true]);
	assert.equal(readCsv('a\n'.repeat(10), 10, ',').truncated, false);
});

test('what a file is shown as depends on its name; a picture is never anything else', () => {
	assert.deepEqual(['a.PNG', 'b.md', 'c.csv', 'd.pdf', 'e.html', 'Makefile'].map(previewKind),
		['image', 'markdown', 'table', 'pdf', 'text', 'text']);
	assert.equal(imageType('x.svg'), 'image/svg+xml');
	assert.equal(imageType('x.html'), 'application/octet-stream');
});

test('bytes are text unless there is a zero in them, or a mark says how they are', () => {
	assert.equal(textOf(new TextEncoder().encode('ä')), 'ä');
	assert.equal(textOf(new Uint8Array([0x7f, 0x45, 0, 1])), null);
	assert.equal(textOf(new Uint8Array([0xff, 0xfe, 0x61, 0])), 'a');
	assert.equal(textOf(new Uint8Array([0xfe, 0xff, 0, 0x61])), 'a');
});

test('a secret that is not typed again is kept, and what is wrong with a name is said', () => {
	const rows = editedOf([
		{ name: 'A', value: '1', secret: false },
		{ name: 'TOKEN', value: null, secret: true },
	]);
	assert.deepEqual(inputOf(rows), [{ name: 'A', value: '1', secret: false }, { name: 'TOKEN', secret: true }]);
	rows[1]!.value = 'new';
	rows.push({ key: 9, name: '', value: '', secret: false, stored: false });
	assert.deepEqual(inputOf(rows)[1], { name: 'TOKEN', value: 'new', secret: true });
	assert.deepEqual(rows.map((row) => faultOf(row, rows)), [null, null, null]);
	rows[0]!.name = 'TOKEN';
	rows[2]!.name = '1x';
	assert.deepEqual(rows.map((row) => faultOf(row, rows)), ['twice', 'twice', 'bad-name']);
});

test('a file of variables can be pasted', () => {
	assert.deepEqual(variablesIn('# mine\nexport A="x y"\nB=\n\nC=a=b'), [
		{ name: 'A', value: 'x y' }, { name: 'B', value: '' }, { name: 'C', value: 'a=b' },
	]);
	assert.equal(variablesIn('PATH'), null);
	assert.equal(variablesIn('A=1\nnot a variable'), null);
	assert.equal(variablesIn(''), null);
});
