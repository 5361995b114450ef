/*
 * What can be done to a tab, whatever it shows: one table for the menu of its header, the menu at its
 * tab or row, and the palette.
 */

import type { Component } from 'svelte';
import type { Chord } from '../core/keys.ts';
import { hasEnded, type SessionInfo } from '../core/types.ts';
import type { App } from '../state/app.svelte.ts';
import { strings } from '../strings.ts';
import { Columns2 } from '../ui/icons-code.ts';
import { Pencil, Square, Trash2, X } from '../ui/icons.ts';

export interface TabAction {
	name: 'rename' | 'split' | 'close' | 'stop' | 'remove';
	icon: Component;
	/** Beside the tab that it is about. */
	label: string;
	/** Where it could be about any tab. */
	named: string;
	chord?: Chord;
	/** It ends or deletes something. */
	red: boolean;
	run: () => void;
}

interface About {
	app: App;
	/** Of the tab; see core/places.ts. */
	key: string;
	/** Null: the tab shows a place of a workspace. */
	session: SessionInfo | null;
}

interface Row extends Pick<TabAction, 'name' | 'icon'> {
	red?: boolean;
	shortcut?: string;
	offered: (about: About) => boolean;
	words: (about: About) => [label: string, named: string];
	run: (about: About) => void;
}

const { tile, palette } = strings;

const ROWS: readonly Row[] = [
	{
		name: 'rename',
		icon: Pencil,
		offered: ({ app, session }) => !!session && app.mayUse,
		words: ({ app, key }) => [tile.rename, palette.rename(app.titleOf(key))],
		run: ({ app, key }) => void app.acts.rename(key),
	},
	{
		name: 'split',
		icon: Columns2,
		shortcut: 'splitInTerminal',
		offered: ({ app, key }) => app.tiles.offers(key),
		words: ({ app, key }) => (app.tiles.parts(key) ? [tile.unsplit, tile.unsplit] : [tile.split, tile.split]),
		run: ({ app, key }) => void app.tiles.toggle(key),
	},
	{
		name: 'close',
		icon: X,
		offered: ({ app, key }) => app.tiles.tabbed && app.tabs.open.includes(key),
		words: ({ app, key }) => [tile.closeTab, palette.closeTab(app.titleOf(key))],
		run: ({ app, key }) => app.tabs.close(key),
	},
	{
		name: 'stop',
		icon: Square,
		red: true,
		offered: ({ app, session }) => !!session && !hasEnded(session.status) && app.mayUse,
		words: ({ app, key }) => [tile.stop, palette.stop(app.titleOf(key))],
		run: ({ app, key }) => void app.acts.stop(key),
	},
	{
		name: 'remove',
		icon: Trash2,
		red: true,
		offered: ({ app, session }) => !!session && app.mayUse,
		words: ({ app, key }) => [tile.remove, palette.remove(app.titleOf(key))],
		run: ({ app, key, session }) => void app.acts.remove(key, hasEnded(session!.status)),
	},
];

/** What is offered for a tab now; also for a session that has none yet. */
export function tabActions(app: App, key: string): TabAction[] {
	const about = { app, key, session: app.sessions.get(key) ?? null };
	return ROWS.filter(({ offered }) => offered(about)).map(({ name, icon, red = false, shortcut, words, run }) => {
		const [label, named] = words(about);
		const chord = app.shortcuts.all.find((one) => one.name === shortcut)?.chord;
		return { name, icon, label, named, red, chord, run: () => run(about) };
	});
}
