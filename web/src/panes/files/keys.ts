/* The keys of the tree, in one table. */

import { matches, type Chord, type KeyPress } from '../../core/keys.ts';
import { parentOf } from '../../core/files.ts';
import type { FileOperations } from './operations.ts';
import type { FilesView } from './view.svelte.ts';

export interface KeyTarget {
	view: FilesView;
	operations: FileOperations;
	/** Whether the person may change files. */
	mayChange: boolean;
	/** How many rows are in view. */
	page: number;
	onopen: (path: string) => void;
	menu: () => void;
}

type Action = (target: KeyTarget) => void;

const LOOKING: readonly [Chord, Action][] = [
	[{ key: 'arrowdown' }, (t) => move(t, 1)],
	[{ key: 'arrowup' }, (t) => move(t, -1)],
	[{ key: 'arrowdown', shift: true }, (t) => move(t, 1, 'extend')],
	[{ key: 'arrowup', shift: true }, (t) => move(t, -1, 'extend')],
	[{ key: 'arrowdown', ctrl: true }, (t) => move(t, 1, 'move')],
	[{ key: 'arrowup', ctrl: true }, (t) => move(t, -1, 'move')],
	[{ key: 'pagedown' }, (t) => move(t, t.page)],
	[{ key: 'pageup' }, (t) => move(t, -t.page)],
	[{ key: 'home' }, (t) => move(t, -Infinity)],
	[{ key: 'end' }, (t) => move(t, Infinity)],
	[{ key: 'home', shift: true }, (t) => move(t, -Infinity, 'extend')],
	[{ key: 'end', shift: true }, (t) => move(t, Infinity, 'extend')],
	[{ key: 'arrowright' }, inwards],
	[{ key: 'arrowleft' }, outwards],
	[{ key: 'enter' }, (t) => t.view.cursor && t.onopen(t.view.cursor)],
	[{ key: ' ', ctrl: true }, (t) => t.view.cursor && t.view.choose(t.view.cursor, 'add')],
	[{ key: 'a', ctrl: true }, (t) => t.view.chooseAll()],
	[{ key: 'escape' }, (t) => t.view.clear()],
	[{ key: 'f10', shift: true }, (t) => t.menu()],
	[{ key: 'contextmenu' }, (t) => t.menu()],
];

/* Of who may change files. */
const CHANGING: readonly [Chord, Action][] = [
	[{ key: 'f2' }, (t) => t.view.cursor && (t.view.editing = { kind: 'rename', path: t.view.cursor })],
	[{ key: 'delete' }, (t) => withTargets(t, (paths) => void t.operations.remove(paths))],
	[{ key: 'backspace', ctrl: true }, (t) => withTargets(t, (paths) => void t.operations.remove(paths))],
	[{ key: 'c', ctrl: true }, (t) => withTargets(t, (paths) => t.operations.copy(paths))],
	[{ key: 'x', ctrl: true }, (t) => withTargets(t, (paths) => t.operations.cut(paths))],
	[{ key: 'z', ctrl: true }, (t) => void t.operations.undo()],
	[{ key: 'n', alt: true }, (t) => void t.view.beginNew('file', t.view.folderOf(t.view.cursor))],
	[{ key: 'n', alt: true, shift: true }, (t) => void t.view.beginNew('directory', t.view.folderOf(t.view.cursor))],
];

/** Does what a key means here; false when it means nothing. */
export function keyAction(event: KeyPress, target: KeyTarget): boolean {
	const keys = target.mayChange ? [...LOOKING, ...CHANGING] : LOOKING;
	const known = keys.find(([chord]) => matches(event, chord));
	known?.[1](target);
	return !!known;
}

function withTargets({ view }: KeyTarget, act: (paths: string[]) => void): void {
	const paths = view.targets(view.cursor);
	if (paths.length > 0) act(paths);
}

/* Rows that are no entries are passed over. */
function move({ view }: KeyTarget, step: number, how: 'only' | 'extend' | 'move' = 'only'): void {
	const { rows } = view;
	const last = rows.length - 1;
	const begin = view.indexOf(view.cursor);
	const direction = Math.sign(step);
	/* Without a cursor, one step goes to the first row. */
	let at = Math.max(0, Math.min(last, begin + step));
	const isEntry = () => rows[at]?.kind === 'entry';
	while (!isEntry() && at + direction >= 0 && at + direction <= last) at += direction;
	while (!isEntry() && at > 0) at--;
	if (isEntry()) view.choose(rows[at]!.key, how);
}

function inwards(target: KeyTarget): void {
	const { view } = target;
	const row = view.rows[view.indexOf(view.cursor)];
	if (row?.kind !== 'entry' || !row.folder) return;
	if (row.open) move(target, 1);
	else view.toggle(row.key);
}

function outwards({ view }: KeyTarget): void {
	const row = view.rows[view.indexOf(view.cursor)];
	if (row?.kind !== 'entry') return;
	if (row.open) return view.toggle(row.key);
	const above = parentOf(row.key);
	if (above !== '') view.choose(above);
}
