import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionInfo } from './core/types.ts';
import { strings } from './strings.ts';

const end = (more: Partial<SessionInfo>) =>
	({ status: 'exited', ended_at: null, exit_code: null, exit_signal: 'KILL', error: null, ...more }) as SessionInfo;

test('a session that was killed for want of memory says so, in brief and in full', () => {
	const detail = 'Out of memory: a program of this session was killed.';
	const session = end({ error: { code: 'session.out_of_memory', detail } });
	assert.equal(strings.exitBrief(session), 'out of memory');
	assert.equal(strings.ended.sentence(session, 0), detail.slice(0, -1));
	assert.equal(strings.exitBrief(end({})), 'killed');
});
