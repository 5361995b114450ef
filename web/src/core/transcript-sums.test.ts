import assert from 'node:assert/strict';
import test from 'node:test';
import type { Item } from './transcript-items.ts';
import { asMarkdown, costOf, textOf } from './transcript-sums.ts';

const at = { key: 'k', seq: 1, ts: 0 };
const turn = (cost_usd: number): Item => {
	return { ...at, kind: 'turn', reason: 'completed', cost_usd, usage: {}, denials: 0 };
};
const text = (text: string): Item => ({ ...at, kind: 'text', message: 'm', text, aborted: false });
const tool = (input: Record<string, unknown>, said: string, children: Item[] = []): Item => ({
	...at, kind: 'tool', id: 'c', name: 'Bash', tool: 'execute', title: 'Bash', input, done_at: null, permission: null, children,
	result: { text: said, is_error: false, interrupted: false },
});
const prompt = (text: string): Item => ({ ...at, kind: 'prompt', uuid: 'u', text, images: [], state: 'completed' });

test('the price counts each run of the program once', () => {
	assert.equal(costOf([turn(0.1), turn(0.3), turn(0.05), turn(0.2)]).toFixed(2), '0.50');
	assert.equal(costOf([]), 0);
});

test('a conversation becomes a document that reads like one', () => {
	const words = { you: 'You', claude: 'Claude', thought: 'Thought' };
	const items = [prompt('Do it'), text('I *will*.'), tool({ command: 'echo "```"' }, '```\n'), prompt('Thanks')];
	assert.equal(
		asMarkdown('Title', items, words),
		'# Title\n\n## You\n\nDo it\n\n## Claude\n\nI *will*.\n\n**Bash**\n\n````sh\necho "```"\n````\n\n' +
			'````\n```\n````\n\n## You\n\nThanks\n',
	);
});

test('searching looks at what was asked for, at results and at what agents did', () => {
	const found = textOf(tool({ command: 'ls' }, 'result', [text('inside')]));
	for (const part of ['ls', 'result', 'inside']) assert.ok(found.includes(part));
});
