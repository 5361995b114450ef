/* What the palette offers: every session, and every action that has no session of its own. */

import { fuzzyScore } from '../core/fuzzy.ts';
import type { Chord } from '../core/keys.ts';
import { shortPath } from '../core/text.ts';
import { hasEnded, type SessionInfo } from '../core/types.ts';
import type { App } from '../state/app.svelte.ts';
import { sessionTitle } from '../state/sessions.svelte.ts';
import { strings } from '../strings.ts';

export interface PaletteItem {
	key: string;
	group: string;
	label: string;
	detail?: string;
	chord?: Chord;
	session?: SessionInfo;
	run: () => void;
}

export function paletteItems(app: App): PaletteItem[] {
	return [...sessionItems(app), ...actionItems(app)];
}

/** The items that match, best first within their group; groups keep their order. */
export function rank(items: PaletteItem[], query: string): PaletteItem[] {
	const scored = items
		.map((item) => ({ item, score: fuzzyScore(query, `${item.label} ${item.detail ?? ''}`) }))
		.filter(({ score }) => score >= 0);
	if (query) scored.sort((a, b) => b.score - a.score);
	const groups = [...new Set(scored.map(({ item }) => item.group))];
	return groups.flatMap((group) => scored.filter(({ item }) => item.group === group).map(({ item }) => item));
}

function sessionItems(app: App): PaletteItem[] {
	return [...app.sessions.live, ...app.sessions.ended].map((session) => ({
		key: session.id,
		group: strings.palette.sessions,
		label: sessionTitle(session),
		detail: shortPath(session.cwd),
		session,
		run: () => app.show(session.id),
	}));
}

function actionItems(app: App): PaletteItem[] {
	const { prefs, tabs } = app;
	const words = strings.palette;
	const action = (key: string, label: string, run: () => void, chord?: Chord): PaletteItem => {
		return { key, group: words.actions, label, run, chord };
	};
	const chordOf = (name: string) => app.shortcuts.all.find((one) => one.name === name)?.chord;
	const here = tabs.active ? app.sessions.get(tabs.active)?.cwd : undefined;
	const items = [
		action('new-shell', words.newShell, () => void app.newShell(), chordOf('newShell')),
		action('new-claude', words.newClaude, () => void app.newClaude(), chordOf('newClaude')),
		action('new-claude-with', words.newClaudeWith, () => app.dialogs.newClaude(here ?? '')),
	];
	if (app.sessions.waiting.length > 0) {
		items.unshift(action('waiting', words.waiting, () => app.nextWaiting(), chordOf('waiting')));
	}

	const session = tabs.active ? app.sessions.get(tabs.active) : undefined;
	if (session) items.push(...currentItems(app, session, action));

	items.push(
		action('sidebar', words.toggleSidebar, () => (prefs.sidebar = !prefs.sidebar)),
		action('list', words.focusList, () => app.focusList(), chordOf('list')),
	);
	for (const theme of ['system', 'light', 'dark'] as const) {
		if (theme === prefs.theme) continue;
		items.push(action(`theme-${theme}`, words.theme(strings.account[theme]), () => (prefs.theme = theme)));
	}
	items.push(
		action('larger', strings.account.larger, () => (prefs.fontSize += 1)),
		action('smaller', strings.account.smaller, () => (prefs.fontSize -= 1)),
		prefs.paletteKey === 'ctrl-k'
			? action('palette-key', words.paletteKey('Ctrl Shift P'), () => (prefs.paletteKey = 'ctrl-shift-p'))
			: action('palette-key', words.paletteKey('Ctrl K'), () => (prefs.paletteKey = 'ctrl-k')),
		action('screen-reader', prefs.screenReader ? words.screenReaderOff : words.screenReaderOn, () => {
			prefs.screenReader = !prefs.screenReader;
		}),
		action('keys', strings.account.keys, () => app.dialogs.open('keys'), chordOf('help')),
		action('sign-out', strings.account.signOut, () => void app.signOut()),
	);
	return items;
}

type MakeAction = (key: string, label: string, run: () => void, chord?: Chord) => PaletteItem;

function currentItems(app: App, session: SessionInfo, action: MakeAction): PaletteItem[] {
	const title = sessionTitle(session);
	const ended = hasEnded(session.status);
	const find = app.shortcuts.all.find((one) => one.name === 'find')?.chord;
	const words = strings.palette;
	const items = [
		action('find', strings.find.label, () => app.pane?.find(), find),
		action('rename', words.rename(title), () => void app.rename(session.id)),
		action('close', words.closeTab(title), () => app.tabs.close(session.id)),
	];
	if (!ended) items.push(action('stop', words.stop(title), () => void app.stop(session.id)));
	items.push(action('remove', words.remove(title), () => void app.remove(session.id, ended)));
	return items;
}
