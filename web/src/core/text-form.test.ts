import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beyondLatin1, formOf, indentOf, needsTabs, placesIn, resolvePath, textOfBytes } from './text-form.ts';

const bytes = (...values: number[]) => Uint8Array.from(values);

test('bytes become text by their encoding, without a mark and with one kind of line end', () => {
	assert.equal(textOfBytes(bytes(0xef, 0xbb, 0xbf, 0x61, 13, 10, 0x62), { encoding: 'utf-8', line_end: 'crlf' }), 'a\nb');
	assert.equal(textOfBytes(bytes(0xff, 0xfe, 0x61, 0, 13, 0), { encoding: 'utf-16le', line_end: 'cr' }), 'a\n');
	assert.equal(textOfBytes(bytes(0xfe, 0xff, 0, 0x61), { encoding: 'utf-16be', line_end: 'lf' }), 'a');
	assert.equal(textOfBytes(bytes(0x80, 0xe9), { encoding: 'latin1', line_end: 'lf' }), '\u0080é');
	assert.equal(textOfBytes(bytes(0x61, 13, 10, 0x62, 10), { encoding: 'utf-8', line_end: 'mixed' }), 'a\r\nb\n');
});

test('how a text is written is seen in its bytes, and what is none', () => {
	const written = (...values: number[]) => Object.values(formOf(bytes(...values)) ?? {}).join(' ');
	assert.equal(written(), 'utf-8 false lf');
	assert.equal(written(0x61, 13, 10, 0x62, 13, 10), 'utf-8 false crlf');
	assert.equal(written(0xef, 0xbb, 0xbf, 0x61, 13), 'utf-8 true cr');
	assert.equal(written(0xff, 0xfe, 0x61, 0, 13, 0, 10, 0), 'utf-16le true crlf');
	assert.equal(written(0x61, 13, 10, 0x62, 10), 'utf-8 false mixed');
	assert.equal(written(0x7f, 0x45, 0x4c, 0x46, 0, 1), '');
});

test('what latin1 has not is found', () => {
	assert.equal(beyondLatin1('é\u0080'), null);
	assert.equal(beyondLatin1('a😀b'), '😀');
});

test('the indent of a text is what most lines have', () => {
	assert.deepEqual(indentOf('a\n\tb\n\t\tc\n'), { tabs: true, width: 4 });
	assert.deepEqual(indentOf('a\n  b\n    c\n  d\n'), { tabs: false, width: 2 });
	assert.deepEqual(indentOf('def a:\n    b\n    c\nd\n    e\n'), { tabs: false, width: 4 });
	assert.deepEqual(indentOf('plain\n', { tabs: false, width: 8 }), { tabs: false, width: 8 });
	assert.ok(needsTabs('src/Makefile.am') && needsTabs('a.go') && !needsTabs('make.c'));
});

test('places in output are found, and times, addresses and versions are none', () => {
	const found = (line: string) => placesIn(line).map(({ path, line, column }) => [path, line, column].filter(Boolean).join(':'));
	assert.deepEqual(found('src/a.c:12:3: warning: unused'), ['src/a.c:12:3']);
	assert.deepEqual(found('  at ./b/c.ts:7 and ../d.js:8:9'), ['./b/c.ts:7', '../d.js:8:9']);
	assert.deepEqual(found('/usr/include/x.h:1 (~/y/z:2)'), ['/usr/include/x.h:1', '~/y/z:2']);
	assert.deepEqual(found('12:30:45 localhost:8080 http://a.b/c:80/ 127.0.0.1:8080 word:12'), []);
	const [place] = placesIn('in src/a.c:12: x');
	assert.deepEqual([place!.from, place!.to], [3, 13]);
});

test('a path is resolved as a shell would', () => {
	assert.equal(resolvePath('/a/b', 'c.txt', '/home/x'), '/a/b/c.txt');
	assert.equal(resolvePath('/a/b', '../c/./d', '/home/x'), '/a/c/d');
	assert.equal(resolvePath('/a', '~/d', '/home/x'), '/home/x/d');
	assert.equal(resolvePath('/a', '/../../d', '/home/x'), '/d');
});
