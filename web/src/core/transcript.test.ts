import assert from 'node:assert/strict';
import test from 'node:test';
import { Drafts, pieces } from './drafts.ts';
import type { Item } from './transcript-items.ts';
import { Transcript } from './transcript.ts';
import type { SessionEvent } from './types.ts';

type Said = [channel: string, type: string, data?: Record<string, unknown>];

/* A log: what was said, numbered from 1, a second apart. */
function log(...said: Said[]): SessionEvent[] {
	return said.map(([channel, type, data = {}], index) => {
		const seq = index + 1;
		return { kind: 'event', n: seq, session: 's', seq, ts: seq * 1000, channel, type, data };
	});
}

function read(events: readonly SessionEvent[]): Transcript {
	const transcript = new Transcript();
	for (const event of events) transcript.add(event);
	return transcript;
}

/* Everything that a person could see of it. */
function seen({ items, queue, pending, facts, workingSince, retry, context }: Transcript): unknown {
	return structuredClone({ items, queue, pending, facts, working: workingSince !== null, retry, context });
}

function brief(items: readonly Item[]): string[] {
	return items.map((item) => (item.kind === 'tool' ? `${item.tool}(${brief(item.children)})` : item.kind));
}

const row = { id: 'q', session: 's', tool: 'Bash', input: { command: 'ls' }, input_sha256: 'x', tool_use_id: 'c1', requested_at: 5 };

const STORY = log(
	['session:status', 'status', { status: 'running' }],
	['claude:message', 'session', { conversation: 'u', model: 'opus', mode: 'default' }],
	['claude:input', 'queued', { uuid: 'p1', text: 'List it', images: [] }],
	['claude:input', 'started', { uuid: 'p1' }],
	['claude:message', 'thinking', { message: 'm1', text: 'Hm' }],
	['claude:message', 'text', { message: 'm1', text: 'I look.' }],
	['claude:message', 'tool_call', { id: 'c1', message: 'm1', name: 'Bash', kind: 'execute', title: 'ls', input: { command: 'ls' } }],
	['claude:permission', 'requested', row],
	['claude:input', 'queued', { uuid: 'p2', text: 'And then', images: [] }],
	['claude:permission', 'answered', { id: 'q', decision: 'allow', by: 'ada' }],
	['claude:message', 'tool_result', { id: 'c1', is_error: false, text: 'a b' }],
	['claude:message', 'tool_call', { id: 'a1', message: 'm2', name: 'Agent', kind: 'agent', title: 'Look', input: {} }],
	['claude:message', 'text', { message: 'm3', parent: 'a1', text: 'inside' }],
	['claude:message', 'tool_call', { id: 'c2', message: 'm3', parent: 'a1', name: 'Read', kind: 'read', title: 'x', input: {} }],
	['claude:message', 'tool_result', { id: 'c2', parent: 'a1', is_error: true, text: 'no' }],
	['claude:message', 'notice', { code: 'task', text: 'Look', data: { subtype: 'task_started', tool_use_id: 'a1' } }],
	['claude:message', 'notice', { code: 'task', text: 'done', data: { subtype: 'task_notification', tool_use_id: 'a1' } }],
	['claude:message', 'tool_result', { id: 'a1', is_error: false, text: 'done' }],
	['claude:message', 'notice', { code: 'task', text: 'later', data: { subtype: 'task_notification', tool_use_id: 'c1' } }],
	['claude:error', 'retry', { attempt: 1, of: 10, delay_ms: 500, class: 'overloaded' }],
	['claude:error', 'retried'],
	['claude:message', 'mode', { mode: 'plan' }],
	['claude:message', 'turn', { reason: 'completed', duration_ms: 9, context: { used: 10, size: 100 } }],
	['claude:input', 'completed', { uuid: 'p1' }],
);

test('a limit that is near is told with how much is used, one that is reached by its error alone', () => {
	const { items } = read(log(
		['claude:message', 'notice', { code: 'rate_limit', text: 'allowed_warning', data: { utilization: 0.92, resetsAt: 100 } }],
		['claude:message', 'notice', { code: 'rate_limit', text: 'rejected', data: { resetsAt: 100 } }],
	));
	assert.deepEqual(items.map((item) => item.kind === 'notice' && item.limit), [{ used: 0.92, resets_at: 100_000 }]);
});

test('a transcript shows prompts, blocks, calls with their results, and turns', () => {
	const transcript = read(STORY);
	assert.deepEqual(brief(transcript.items), ['prompt', 'thinking', 'text', 'execute()', 'agent(text,read())', 'notice', 'turn']);
	const [, , , call, agent] = transcript.items;
	assert.ok(call?.kind === 'tool' && agent?.kind === 'tool');
	assert.equal(call.result?.text, 'a b');
	assert.equal(call.permission?.decision, 'allow');
	assert.equal(call.permission?.answered_by, 'ada');
	assert.equal(agent.children[1]?.kind === 'tool' && agent.children[1].result?.is_error, true);
	assert.equal(transcript.facts.mode, 'plan');
	assert.equal(transcript.facts.model, 'opus');
	assert.equal(transcript.workingSince, null);
	assert.deepEqual(transcript.queue.map((item) => item.text), ['And then']);
});

test('any order of the events, each any number of times, makes the same transcript', () => {
	let state = 1;
	const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
	const whole = seen(read(STORY));
	for (let round = 0; round < 200; round++) {
		const order = [...STORY, ...STORY].map((event) => ({ event, at: random() }));
		order.sort((a, b) => a.at - b.at);
		assert.deepEqual(seen(read(order.map(({ event }) => event))), whole);
	}
});

test('a question waits until it is answered, and is found in the agent that asks', () => {
	const transcript = read(STORY.slice(0, 9));
	assert.deepEqual(transcript.pending.map(({ id }) => id), ['q']);
	assert.equal(transcript.whereIs('q')?.key, 'c:c1');
	assert.notEqual(transcript.workingSince, null);
	transcript.add(STORY[9]!);
	assert.equal(transcript.pending.length, 0);

	const inside = read(log(
		['claude:message', 'tool_call', { id: 'a1', message: 'm', name: 'Agent', kind: 'agent', input: {} }],
		['claude:message', 'tool_call', { id: 'c1', message: 'n', parent: 'a1', name: 'Bash', kind: 'execute', input: {} }],
		['claude:permission', 'requested', row],
	));
	assert.equal(inside.whereIs('q')?.key, 'c:a1');
});

test('a question without a call that is known stands by itself until the call comes', () => {
	const [call, asked] = log(
		['claude:message', 'tool_call', { id: 'c1', message: 'n', name: 'Bash', kind: 'execute', input: {} }],
		['claude:permission', 'requested', row],
	);
	const transcript = read([asked!]);
	assert.deepEqual(brief(transcript.items), ['permission']);
	transcript.add(call!);
	assert.deepEqual(brief(transcript.items), ['execute()']);
});

test('a message that was withdrawn before it began is not shown, one that was lost is', () => {
	const shown = (reason: string) => {
		const events = log(['claude:input', 'queued', { uuid: 'p', text: 'x' }], ['claude:input', 'cancelled', { uuid: 'p', reason }]);
		return brief(read(events).items);
	};
	assert.deepEqual(shown('withdrawn'), []);
	assert.deepEqual(shown('ended'), ['prompt']);
});

test('children whose agent is not in the log stand by themselves at the end', () => {
	const transcript = read(log(['claude:message', 'text', { message: 'm', parent: 'gone', text: 'x' }]));
	assert.deepEqual(brief(transcript.items), []);
	transcript.finish();
	assert.deepEqual(brief(transcript.items), ['text']);
});

test('calls that name each other as parents do no harm', () => {
	const transcript = read(log(
		['claude:message', 'tool_call', { id: 'a', message: 'm', parent: 'b', name: 'Agent', kind: 'agent', input: {} }],
		['claude:message', 'tool_call', { id: 'b', message: 'm', parent: 'a', name: 'Agent', kind: 'agent', input: {} }],
		['claude:message', 'tool_call', { id: 'c', message: 'm', parent: 'c', name: 'Agent', kind: 'agent', input: {} }],
	));
	transcript.finish();
	assert.deepEqual(brief(transcript.items), ['agent(agent())', 'agent()']);
});

test('an unknown event, one without data and a gap are survived', () => {
	const transcript = read(log(['claude:message', 'new thing'], ['claude:message', 'text'], ['claude:message', 'turn'], ['other', 'x']));
	transcript.gap(5, 9);
	assert.deepEqual(brief(transcript.items), ['text', 'turn', 'gap']);
});

test('10,000 messages in any order are read in well under a second', () => {
	const said = Array.from({ length: 10_000 }, (_, i): Said => ['claude:message', 'text', { message: `m${i}`, text: 'x' }]);
	const events = log(...said);
	/* The processor's time, not the clock's: other tests run beside this one. */
	const began = process.cpuUsage();
	const pages = Array.from({ length: 50 }, (_, page) => events.slice(page * 200, page * 200 + 200));
	assert.equal(read(pages.reverse().flat()).items.length, 10_000);
	assert.ok(process.cpuUsage(began).user < 1e6);
});

const piece = (message: string, index: number, at: number, text: string, kind: 'text' | 'thinking' | 'tool' = 'text') => {
	return { session: 's', message, index, kind, at, text };
};
const stored = (type: string, message: string, parent?: string) => {
	return { channel: 'claude:message', type, data: { message, ...(parent ? { parent } : {}) } };
};
const texts = (drafts: Drafts) => drafts.all.map(({ text }) => text);

test('pieces make a draft, and the stored block takes its place', () => {
	const drafts = new Drafts();
	assert.ok(drafts.add(piece('m', 0, 0, 'Hel')));
	assert.ok(drafts.add(piece('m', 0, 3, 'lo')));
	assert.deepEqual(texts(drafts), ['Hello']);
	assert.ok(drafts.settle(stored('text', 'm')));
	assert.deepEqual(texts(drafts), []);
	assert.ok(!drafts.add(piece('m', 0, 5, ' late')), 'a piece of a stored block');
	assert.ok(drafts.add(piece('m', 1, 0, 'next')));
});

test('a piece at 0 begins a draft anew, one behind a hole is not believed', () => {
	const drafts = new Drafts();
	drafts.add(piece('m', 0, 0, 'Hello'));
	assert.ok(!drafts.add(piece('m', 0, 9, 'x')));
	assert.ok(!drafts.add(piece('n', 0, 3, 'x')), 'no beginning');
	drafts.add(piece('m', 0, 0, 'Hi'));
	assert.deepEqual(texts(drafts), ['Hi']);
	drafts.add(piece('m', 0, 1, 'i, again'));
	assert.deepEqual(texts(drafts), ['Hi, again'], 'sent twice');
});

test('each stored block takes away the draft of its kind and those before it', () => {
	const drafts = new Drafts();
	drafts.add(piece('m', 0, 0, 'hm', 'thinking'));
	drafts.add(piece('m', 1, 0, 'text'));
	drafts.add(piece('m', 2, 0, '{', 'tool'));
	drafts.settle(stored('text', 'm'));
	assert.deepEqual(texts(drafts), ['{']);
	drafts.settle(stored('tool_call', 'm'));
	assert.deepEqual(texts(drafts), []);
});

test('a message that was given up goes with the first block of the next, but not that of an agent', () => {
	const drafts = new Drafts();
	drafts.add(piece('m', 0, 0, 'given up'));
	drafts.add({ ...piece('n', 0, 0, 'of an agent'), parent: 'a' });
	drafts.settle(stored('text', 'o'));
	assert.deepEqual(texts(drafts), ['of an agent']);
	drafts.settle({ channel: 'claude:message', type: 'turn', data: {} });
	assert.deepEqual(texts(drafts), []);
});

test('somebody who comes later gets all of what is being written', () => {
	const drafts = new Drafts();
	drafts.add(piece('m', 0, 0, 'Hel'));
	drafts.add(piece('m', 0, 3, 'lo'));
	const later = new Drafts();
	for (const one of pieces(drafts.all)) later.add(one);
	later.add(piece('m', 0, 5, '!'));
	assert.deepEqual(texts(later), ['Hello!']);
});
