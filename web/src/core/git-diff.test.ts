import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changedIds, changedSpans, diffOfFile, hunksOf, idsBetween, markRuns, pairLines, spansOf, splitRuns } from './git-diff.ts';
import { groupChanges, type Change, type DiffLine, type Hunk } from './git.ts';

const KIND = { ' ': 'context', '+': 'added', '-': 'removed' } as const;

function hunk(id: number, from: number, ...lines: string[]): Hunk {
	return {
		id,
		old_start: 1, old_lines: 1, new_start: 1, new_lines: 1, section: '',
		lines: lines.map((line, index): DiffLine => ({
			id: from + index,
			kind: KIND[line[0] as ' ' | '+' | '-'],
			old: 1, new: 1,
			text: line.slice(1),
		})),
	};
}

test('removed and added lines stand beside each other, and what is left over alone', () => {
	const rows = pairLines(hunk(0, 0, ' a', '-b', '-c', '+x', ' d', '+e').lines);
	const shown = rows.map(({ left, right }) => `${left?.text ?? ''}|${right?.text ?? ''}`);
	assert.deepEqual(shown, ['a|a', 'b|x', 'c|', 'd|d', '|e']);
});

test('only what differs between two lines is marked, and whole characters', () => {
	assert.deepEqual(changedSpans('return 500;', 'return 5000;'), [[10, 10], [10, 11]]);
	assert.deepEqual(changedSpans('say 😀 now', 'say 😁 now'), [[4, 6], [4, 6]]);
	assert.equal(changedSpans('completely', 'different lines'), null);
	const spans = spansOf(hunk(0, 4, '-let a = 1;', '+let a = 2;').lines);
	assert.deepEqual([...spans], [[4, [8, 9]], [5, [8, 9]]]);
});

test('picked are the changed lines between two, also over hunks', () => {
	const hunks = [hunk(0, 0, ' a', '-b', '+c', ' d'), hunk(1, 4, '+e', ' f', '+g')];
	assert.deepEqual(changedIds(hunks[0]!), [1, 2]);
	assert.deepEqual(idsBetween(hunks, 4, 2), [2, 4]);
	assert.deepEqual(idsBetween(hunks, 3, 3), []);
});

test('coloured text is cut at lines and marked where it changed, and no letter is lost', () => {
	const runs = [{ text: 'ab\ncd', name: 'x' }, { text: 'ef', name: null }];
	assert.deepEqual(splitRuns(runs).map((line) => line.map(({ text }) => text).join('|')), ['ab', 'cd|ef']);
	const marked = markRuns([{ text: 'cd' }, { text: 'ef' }], [1, 3]);
	assert.deepEqual(marked.map(({ text, changed }) => [text, changed]), [['c', false], ['d', true], ['e', true], ['f', false]]);
});

test('a file is in the lists of what was done to it', () => {
	const change = (path: string, more: Partial<Change>): Change =>
		({ path, staged: null, unstaged: null, conflict: null, ...more });
	const groups = groupChanges([
		change('both', { staged: 'modified', unstaged: 'modified' }),
		change('new', { unstaged: 'untracked' }),
		change('torn', { conflict: 'both-modified' }),
		change('ignored', { unstaged: 'ignored' }),
	]);
	const paths = (items: Change[]) => items.map(({ path }) => path);
	assert.deepEqual(paths(groups.staged), ['both']);
	assert.deepEqual(paths(groups.unstaged), ['both']);
	assert.deepEqual(paths(groups.untracked), ['new']);
	assert.deepEqual(paths(groups.conflicts), ['torn']);
});

test('two texts become hunks with three lines around each change', () => {
	const text = (...changed: string[]) => Array.from({ length: 30 }, (_, index) => changed[index] ?? `${index}`).join('\n');
	const edited = Array.from({ length: 30 }, (_, index) => (index === 4 || index === 20 ? 'new' : `${index}`)).join('\n');
	const hunks = hunksOf(text(), edited);
	assert.deepEqual(hunks.map(({ old_start, old_lines, new_start, new_lines }) => [old_start, old_lines, new_start, new_lines]), [
		[2, 7, 2, 7],
		[18, 7, 18, 7],
	]);
	assert.deepEqual(hunks[0]!.lines.map(({ kind, text }) => `${kind[0]}${text}`), ['c1', 'c2', 'c3', 'r4', 'anew', 'c5', 'c6', 'c7']);
	const ids = hunks.flatMap(({ lines }) => lines.map(({ id }) => id));
	assert.deepEqual(ids, ids.map((_, index) => index));
	const { added, removed } = diffOfFile('a', 'x\n', 'x\ny\nz\n');
	assert.deepEqual([added, removed], [2, 0]);
	assert.deepEqual(hunksOf('same', 'same'), []);
});
