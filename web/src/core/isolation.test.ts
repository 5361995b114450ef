import assert from 'node:assert/strict';
import test from 'node:test';
import { hostsOf, networkOptions, notHost, reachOf, without } from './isolation.ts';

test('without isolation a session keeps its options, but for a network that cannot be cut off', () => {
	assert.deepEqual(without(undefined), { isolation: 'none' });
	const options = { model: 'm', isolation: 'project', network: false } as const;
	assert.deepEqual(without({ ...options }), { model: 'm', isolation: 'none' });
	assert.deepEqual(without({ isolation: 'open', hosts: ['a'] }), { isolation: 'none' });
});

test('hosts are typed with lines, spaces or commas between, each once', () => {
	assert.deepEqual(hostsOf(' github.com, *.npmjs.org\n\n[::1]:80 github.com\n'), ['github.com', '*.npmjs.org', '[::1]:80']);
	assert.deepEqual(hostsOf(' \n'), []);
	assert.equal(notHost(['github.com', '*.npmjs.org', 'a:8443', '192.0.2.1', '[2001:db8::1]:80']), undefined);
	for (const one of ['https://a', 'a/b', '*', '*a.b', 'a:b', 'a..b']) assert.equal(notHost(['a', one]), one);
});

test('what a session reaches is what was chosen, and nothing else is said', () => {
	const said = (['', 'all', 'hosts', 'none'] as const).map((reach) => networkOptions(reach, 'a b'));
	assert.deepEqual(said, [{}, { network: true }, { hosts: ['a', 'b'] }, { network: false }]);
	assert.deepEqual(said.map(reachOf), ['', 'all', 'hosts', 'none']);
});
