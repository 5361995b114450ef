import assert from 'node:assert/strict';
import test from 'node:test';
import { duration, stopwatch } from './clock.ts';
import { diffOfPatch, diffOfTexts, diffSize, type DiffPart } from './diff.ts';
import { Markdown, withoutReferences } from './markdown.ts';
import { visibleText } from './text.ts';
import { Windowing } from './windowing.ts';

const shown = ({ lines }: DiffPart) => lines.map(({ sign, text, number }) => `${number ?? ''}${sign}${text}`);

test('only the rows in view are drawn, and the list is as tall as all of them', () => {
	const list = new Windowing<{ key: string }>(() => 10);
	list.setRows(Array.from({ length: 10_000 }, (_, i) => ({ key: `${i}` })));
	assert.equal(list.total, 100_000);
	assert.deepEqual(list.range(50_000, 50_099), { from: 5000, to: 5010, before: 50_000, after: 49_900 });
	assert.ok(list.measured('10', 110));
	assert.ok(!list.measured('10', 110));
	assert.equal(list.total, 100_100);
	assert.equal(list.at(209), 10);
	assert.equal(list.topOf('11'), 210);
	assert.equal(list.topOf('x'), undefined);
	assert.deepEqual(list.range(-50, -10), { from: 0, to: 1, before: 0, after: 100_090 });
	assert.deepEqual(list.range(1e9, 2e9), { from: 9999, to: 10_000, before: 100_090, after: 0 });
});

test('an empty list has no rows', () => {
	const list = new Windowing<{ key: string }>(() => 10);
	list.setRows([]);
	assert.deepEqual(list.range(0, 100), { from: 0, to: 0, before: 0, after: 0 });
	assert.equal(list.at(0), -1);
});

test('a text that grows letter by letter has the blocks that it has as a whole', () => {
	const text = '# Title\n\nSome *text* and\nmore.\n\n- one\n- two\n\n  inside\n\n```c\nint x;\n\nint y;\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nTitle\n===\nlast';
	const growing = new Markdown();
	for (let end = 0; end <= text.length; end++) growing.read(text.slice(0, end));
	assert.deepEqual(growing.read(text), new Markdown().read(text));
});

test('blocks that did not change stay the same objects', () => {
	const growing = new Markdown();
	const before = growing.read('one\n\ntwo\n\nthree\n\nfour');
	const after = growing.read('one\n\ntwo\n\nthree\n\nfour more');
	assert.equal(after[0], before[0]);
	assert.notEqual(after.at(-1), before.at(-1));
});

test('line ends of every kind and a text that is replaced are read right', () => {
	const growing = new Markdown();
	growing.read('a\r\n\r\nb');
	assert.deepEqual(growing.read('a\r\n\r\nb\r\n\r\nc'), new Markdown().read('a\r\n\r\nb\r\n\r\nc'));
	assert.deepEqual(growing.read('other'), new Markdown().read('other'));
});

test('character references become characters, unknown ones stay', () => {
	assert.equal(withoutReferences('a &lt;b&gt; &amp;amp; &#169; &#x1F600; &nope; &#0;'), 'a <b> &amp; © 😀 &nope; &#0;');
});

test('a patch says its lines with their numbers', () => {
	const [part] = diffOfPatch([{ oldStart: 3, newStart: 3, lines: [' a', '-b', '+c', '+d', ' e', '\\ No newline'] }])!;
	assert.deepEqual(shown(part!), ['3 a', '4-b', '4+c', '5+d', '6 e']);
	assert.equal(diffOfPatch('x'), null);
	assert.deepEqual(diffOfPatch([{ lines: 3 }, null]), []);
});

test('between two texts the lines that differ are found', () => {
	const part = diffOfTexts('a\nb\nc\nd\n', 'a\nx\nc\nd\ne\n');
	assert.deepEqual(shown(part), [' a', '-b', '+x', ' c', ' d', '+e']);
	assert.deepEqual(diffSize([part]), { added: 2, removed: 1 });
	assert.deepEqual(shown(diffOfTexts('', 'new\n')), ['+new']);
	assert.deepEqual(shown(diffOfTexts('old', '')), ['-old']);
	assert.deepEqual(shown(diffOfTexts('same', 'same')), [' same']);
});

test('two texts too large to compare are shown one after the other', () => {
	const lines = (prefix: string) => Array.from({ length: 3000 }, (_, i) => prefix + i).join('\n');
	const part = diffOfTexts(lines('a'), lines('b'));
	assert.deepEqual(diffSize([part]), { added: 3000, removed: 3000 });
});

test('nothing in a command can hide', () => {
	assert.equal(visibleText('rm\t-rf\n\x1b[8m/\u202e \u200b\x00'), 'rm\t-rf\n\\x1b[8m/\\u202e \\u200b\\x00');
});

test('durations are said in two units at most', () => {
	assert.deepEqual([420, 12_000, 185_000, 3_720_000].map(duration), ['0.4 s', '12 s', '3 min 5 s', '1 h 2 min']);
	assert.deepEqual([-5, 42_000, 3_900_000].map(stopwatch), ['0:00', '0:42', '1:05:00']);
});
