import assert from 'node:assert/strict';
import test from 'node:test';
import type { ToolResult } from '../../../core/transcript-items.ts';
import { completingAt, complete } from '../composer/suggest.ts';
import {
	agentReport, answersOf, changesOf, commandOutput, outputText, questionsOf, readText, relativePath, todosOf, toolName,
} from './facts.ts';

const result = (text: string, more: Partial<ToolResult> = {}): ToolResult => {
	return { text, is_error: false, interrupted: false, ...more };
};

test('a command says its output and the code that it ended with', () => {
	assert.deepEqual(commandOutput(result('a\nb\n')), { text: 'a\nb', exit: 0, background: false });
	assert.deepEqual(commandOutput(result('Exit code 3\nno', { is_error: true })), { text: 'no', exit: 3, background: false });
	const structured = { stdout: 'out', stderr: 'err' };
	assert.equal(commandOutput(result('x', { result: structured })).text, 'out\nerr');
	const nothing = { stdout: '', stderr: '' };
	assert.equal(commandOutput(result('(Bash completed with no output)', { result: nothing })).text, '');
	const behind = { stdout: '', stderr: '', backgroundTaskId: 'b' };
	assert.equal(commandOutput(result('Running', { result: behind })).background, true);
});

test('colours and cursor movements are taken out of output, hidden characters are shown', () => {
	assert.equal(outputText('\x1b[31mred\x1b[0m \x1b]0;title\x07ok\r\nnext\u202e\n\n'), 'red ok\nnext\\u202e');
});

test('an edit is shown from the patch, else from what was to be replaced', () => {
	const patch = [{ oldStart: 1, newStart: 1, lines: ['-a', '+b'] }];
	assert.equal(changesOf({}, result('', { result: { structuredPatch: patch } }))[0]!.lines[1]!.number, 1);
	const edits = [{ old_string: 'a', new_string: 'b' }, { old_string: 'c', new_string: 'd' }];
	assert.equal(changesOf({ edits }, null).length, 2);
	assert.deepEqual(changesOf({ content: 'x\ny\n' }, null)[0]!.lines.map(({ sign }) => sign), ['+', '+']);
	assert.deepEqual(changesOf({}, null), []);
});

test('what was read comes without the numbers of the program', () => {
	assert.deepEqual(readText(result('    7→seven\n    8→eight')), { text: 'seven\neight', first: 7 });
	const file = { content: 'x\n', startLine: 3 };
	assert.deepEqual(readText(result('?', { result: { file } })), { text: 'x\n', first: 3 });
	assert.deepEqual(readText(result('plain')), { text: 'plain', first: 1 });
});

test('input of any shape is survived', () => {
	assert.deepEqual(todosOf({ todos: 'none' }), []);
	assert.deepEqual(questionsOf({}), []);
	assert.deepEqual(questionsOf({ questions: [{ question: 'Q' }] })[0]!.options, []);
	assert.deepEqual(answersOf({ input: {}, result: null }), {});
});

test('paths are said from the directory of the session, and name their language', () => {
	assert.equal(relativePath('/a/b/c.c', '/a'), 'b/c.c');
	assert.equal(relativePath('/ab/c.c', '/a'), '/ab/c.c');
	assert.equal(relativePath('/etc/x', '/'), '/etc/x');
});

test('the tools of a server are said in words', () => {
	assert.equal(toolName('mcp__linear__create_issue'), 'linear: create issue');
	assert.equal(toolName('Bash'), 'Bash');
	assert.equal(toolName('mcp__x'), 'mcp__x');
});

test('a command is completed only at the beginning, a file anywhere', () => {
	assert.deepEqual(completingAt('/com', 4), { kind: 'command', query: 'com', from: 0, to: 4 });
	assert.equal(completingAt('see /com', 8), null);
	assert.equal(completingAt('/com x', 6), null);
	const file = completingAt('see @src/m and', 10)!;
	assert.deepEqual(file, { kind: 'file', query: 'src/m', from: 4, to: 10 });
	assert.deepEqual(complete('see @src/m and', file, 'src/main.c'), ['see @src/main.c and', 16]);
	assert.equal(completingAt('ada@example', 11), null);
});

test('a report of an agent is its own words', () => {
	const said = (text: string, from?: unknown) => agentReport(result(text, { result: from }));
	const blocks = ['a note', 'one', 'two', 'a tail'].map((text) => ({ type: 'text', text }));
	assert.equal(said('for the model', { content: blocks, harnessNoteCount: 1, harnessTailCount: 1 }), 'one\n\ntwo');
	assert.equal(said('for the model', { content: blocks.slice(1, 2) }), 'one');
	assert.equal(said('all there is'), 'all there is');
});
