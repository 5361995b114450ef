import assert from 'node:assert/strict';
import test from 'node:test';
import { isWithin, joinPath, nameOf, parentOf, shownPath } from './files.ts';
import { parsePlace, placeKey } from './places.ts';
import { formatRoute, parseRoute } from './router.ts';
import { unionOf, Watches } from './watches.ts';
import { until } from './until.ts';

const WORKSPACE = 'abcdefghijklmnopqrstuvwxyz';

test('a tab is a session or a place of a workspace, and its key says which', () => {
	const place = { kind: 'files', workspace: WORKSPACE } as const;
	assert.deepEqual(parsePlace(placeKey(place)), place);
	assert.equal(parsePlace(WORKSPACE), null);
	assert.equal(parsePlace(`kitchen:${WORKSPACE}`), null);
	assert.equal(parsePlace(`files:${WORKSPACE}:more`), null);
	assert.equal(parsePlace('files:../../x'), null);
	assert.equal(parsePlace(null), null);
});

test('a place has an address of its own', () => {
	const route = { page: 'place', place: { kind: 'search', workspace: WORKSPACE } } as const;
	assert.equal(formatRoute(route), `#/w/${WORKSPACE}/search`);
	assert.deepEqual(parseRoute(formatRoute(route)), route);
	assert.deepEqual(parseRoute(`#/w/${WORKSPACE}/kitchen`), { page: 'nowhere', address: `/w/${WORKSPACE}/kitchen` });
	assert.deepEqual(parseRoute('#/w/x/files'), { page: 'nowhere', address: '/w/x/files' });
});

test('a byte of a name that is no text is shown as a code', () => {
	assert.equal(shownPath('a\uefff\uef80/ä\uef0a'), 'a\\xff\\x80/ä\\x0a');
	assert.equal(shownPath('\ueeff\uf000'), '\ueeff\uf000');
});

test('paths are joined and taken apart', () => {
	assert.equal(joinPath('', 'a'), 'a');
	assert.equal(joinPath('a/b', 'c'), 'a/b/c');
	assert.deepEqual([parentOf('a'), parentOf('a/b/c'), parentOf('')], ['', 'a/b', '']);
	assert.deepEqual([nameOf('a'), nameOf('a/b')], ['a', 'b']);
	assert.ok(isWithin('a/b', 'a') && isWithin('a', 'a') && isWithin('a', '') && !isWithin('ab', 'a'));
});

test('each new stream is told what is watched, and who watches hears of the gap', async () => {
	const told: string[] = [];
	const lost: string[] = [];
	const watches = new Watches(
		async (stream, workspace, paths) => void told.push(`${stream} ${workspace} ${paths.join(',')}`),
		(workspace) => lost.push(workspace),
	);
	watches.set('w', ['']);
	watches.begin('one');
	await until(() => told.length === 1);
	watches.set('w', ['', 'src']);
	watches.end();
	watches.set('v', ['x']);
	watches.begin('two');
	await until(() => lost.length === 2);
	assert.deepEqual(told, ['one w ', 'one w ,src', 'two w ,src', 'two v x']);
	assert.deepEqual(lost, ['w', 'v']);
	watches.set('w', []);
	watches.set('w', []);
	assert.deepEqual(told.slice(4), ['two w ']);
	assert.deepEqual(unionOf([['a', 'b'], ['b', 'c']]), ['a', 'b', 'c']);
});
