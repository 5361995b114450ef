import assert from 'node:assert/strict';
import test from 'node:test';
import { isolationStrings } from '../strings-isolation.ts';
import { hostsOf, networkOptions, notHost, processOptions, reachOf, without } from './isolation.ts';

test('without isolation a session keeps its options, but for what needs isolation', () => {
	assert.deepEqual(without(undefined), { isolation: 'none' });
	const options = { model: 'm', isolation: 'project', network: false } as const;
	assert.deepEqual(without({ ...options }), { model: 'm', isolation: 'none' });
	assert.deepEqual(without({ isolation: 'open', own_processes: true, hosts: ['a'] }), { isolation: 'none' });
});

test('processes of its own are chosen in the profile open alone', () => {
	for (const own of [true, false]) {
		assert.deepEqual(processOptions('open', own), { own_processes: own });
		for (const other of ['', 'project', 'read-only', 'none'] as const) assert.deepEqual(processOptions(other, own), {});
	}
	assert.deepEqual(processOptions('', false, { own_processes: true }), { own_processes: true }, 'as it was set');
	assert.deepEqual(processOptions('none', true, { own_processes: true }), {});
});

test('a session tells what it was given beside its profile', () => {
	const chip = isolationStrings.chip;
	assert.equal(chip('open', { own_processes: false }), 'Open');
	assert.equal(chip('open', { own_processes: true }), 'Open, own processes');
	assert.equal(chip('open', { own_processes: true, network: false }), 'Open, own processes, no network');
	assert.equal(chip('project', { own_processes: true, hosts: ['a'] }), 'Project, 1 host');
	assert.match(isolationStrings.about('open', { own_processes: true }), /No sudo\. Processes of its own\.$/);
	assert.doesNotMatch(isolationStrings.about('project', { own_processes: true }), /rocesses/);
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
