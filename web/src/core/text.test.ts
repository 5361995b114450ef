import assert from 'node:assert/strict';
import test from 'node:test';
import { ago } from './clock.ts';
import { fuzzyScore } from './fuzzy.ts';
import { barKeySequence, matches, withModifiers } from './keys.ts';
import { isKnownReply } from './replies.ts';
import { formatRoute, parseRoute } from './router.ts';
import { longestLine, plainLine, shortPath, visibleKeys } from './text.ts';
import { fromBase64, randomId, toBase64 } from './bytes.ts';

test('a title has no control or bidi character and at most 256 characters', () => {
	assert.equal(plainLine('a\x1b]0;b\x07c\u202Ed\u2066e\u200Ff\x9bg'), 'a]0;bcdefg');
	assert.equal(plainLine('two\nlines\tof text '), 'two lines of text');
	assert.equal([...plainLine('😀'.repeat(300))].length, 256);
});

test('waiting keys are shown one sign each', () => {
	assert.equal(visibleKeys(new TextEncoder().encode('ls -l\r\x03\t\x1b[A\x7fé')), 'ls -l⏎^C⇥↑⌫é');
	assert.equal(visibleKeys(new TextEncoder().encode('\x1b[200~pasted\x1b[201~')), 'pasted');
});

test('the longest line of a paste counts bytes, not characters', () => {
	assert.equal(longestLine('ab\ncdefg\rx'), 5);
	assert.equal(longestLine('é'.repeat(3000)), 6000);
});

test('home directories are shortened', () => {
	assert.equal(shortPath('/home/ada/src'), '~/src');
	assert.equal(shortPath('/root'), '~');
	assert.equal(shortPath('/rooted'), '/rooted');
});

test('routes survive being written and read', () => {
	const id = randomId();
	assert.match(id, /^[a-z2-7]{26}$/);
	for (const route of [{ page: 'home' }, { page: 'session', session: id }, { page: 'setup', code: 'a-B_9' }] as const) {
		assert.deepEqual(parseRoute(formatRoute(route)), route);
	}
	assert.deepEqual(parseRoute('#/s/../../x'), { page: 'nowhere', address: '/s/../../x' });
	for (const home of ['', '#', '#/']) assert.deepEqual(parseRoute(home), { page: 'home' });
});

test('base64 keeps every byte', () => {
	const all = Uint8Array.from({ length: 70_000 }, (_, i) => i & 255);
	assert.deepEqual(fromBase64(toBase64(all)), all);
});

test('only answers of known form pass, never text that a program chose', () => {
	for (const reply of ['\x1b[?1;2c', '\x1b[>0;276;0c', '\x1b[24;80R', '\x1b[0n', '\x1b[?2026;2$y', '\x1b]11;rgb:0808/0909/0b0b\x1b\\', '\x1b[I']) {
		assert.ok(isKnownReply(reply), JSON.stringify(reply));
	}
	for (const reply of ['ls\r', '\x1b]lrm -rf\x1b\\', '\x1bP1$r0m\x1b\\', '\x1b]52;c;eA==\x07', '\x1b[?1;2c\r', '\x1b[8;24;80t']) {
		assert.ok(!isKnownReply(reply), JSON.stringify(reply));
	}
});

test('keys of the bar and held modifiers send what a terminal sends', () => {
	const none = { ctrl: false, alt: false };
	assert.equal(barKeySequence('up', none, false), '\x1b[A');
	assert.equal(barKeySequence('up', none, true), '\x1bOA');
	assert.equal(barKeySequence('left', { ctrl: true, alt: false }, true), '\x1b[1;5D');
	assert.equal(barKeySequence('pgup', none, false), '\x1b[5~');
	assert.equal(withModifiers('c', { ctrl: true, alt: false }), '\x03');
	assert.equal(withModifiers('x', { ctrl: false, alt: true }), '\x1bx');
	assert.equal(withModifiers('pasted', { ctrl: true, alt: true }), 'pasted');
});

test('chords match by letter, digits by place', () => {
	const press = { key: '"', code: 'Digit2', ctrlKey: true, metaKey: false, shiftKey: true, altKey: false };
	assert.ok(matches(press, { ctrl: true, shift: true, key: '1-9' }));
	assert.ok(matches({ ...press, key: 'S', code: 'KeyS' }, { ctrl: true, shift: true, key: 's' }));
	assert.ok(!matches({ ...press, key: 's', code: 'KeyS', shiftKey: false }, { ctrl: true, shift: true, key: 's' }));
});

test('the palette prefers letters that stand together', () => {
	assert.ok(fuzzyScore('nsh', 'New shell') > fuzzyScore('nsh', 'Find in session history'));
	assert.equal(fuzzyScore('xyz', 'New shell'), -1);
});

test('times are relative up to a day', () => {
	const now = Date.UTC(2026, 10, 22, 12);
	assert.equal(ago(now - 20_000, now), 'now');
	assert.equal(ago(now - 5 * 60_000, now), '5 min');
	assert.equal(ago(now - 3 * 3_600_000, now), '3 h');
	assert.doesNotMatch(ago(now - 3 * 86_400_000, now), /h$|min$/);
});
