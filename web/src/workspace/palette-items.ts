/*
 * What the palette offers: every session and place, every action that has no session of its own, and
 * the files that the server finds.
 */

import { fuzzyScore } from '../core/fuzzy.ts';
import { shownPath, type NameMatch } from '../core/files.ts';
import type { Chord } from '../core/keys.ts';
import { namePieces, type Piece } from '../core/search-results.ts';
import { shortPath } from '../core/text.ts';
import type { PlaceKind } from '../core/places.ts';
import type { SessionInfo } from '../core/types.ts';
import type { WorkspaceInfo } from '../core/workspaces.ts';
import { places } from '../panes/registry.ts';
import { accountParts } from '../state/account-parts.ts';
import type { App } from '../state/app.svelte.ts';
import { sessionTitle } from '../state/sessions.svelte.ts';
import { placeTitle, strings } from '../strings.ts';
import { tabActions } from './tab-actions.ts';

export interface PaletteItem {
	key: string;
	group: string;
	label: string;
	detail?: string;
	chord?: Chord;
	session?: SessionInfo;
	/** Its label, in pieces that match what is typed or not. */
	pieces?: Piece[];
	run: () => void;
}

export function paletteItems(app: App): PaletteItem[] {
	return [...sessionItems(app), ...placeItems(app), ...actionItems(app)];
}

/** Files in the order in which the server found them. */
export function fileItems(app: App, workspace: WorkspaceInfo, found: readonly NameMatch[]): PaletteItem[] {
	return found.map(({ path, type, matches }) => ({
		key: `file ${path}`,
		group: strings.files.find.group(workspace.name),
		label: shownPath(path),
		/* A name with codes in it has other places. */
		pieces: shownPath(path) === path ? namePieces(path, matches) : undefined,
		run: () => {
			if (type !== 'directory' && app.canEdit(path)) return void app.files.openFile(workspace.id, path);
			app.files.reveal(workspace.id, path);
		},
	}));
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

function placeItems(app: App): PaletteItem[] {
	const kinds = Object.keys(places) as PlaceKind[];
	return app.workspaces.current.flatMap(({ id, name, path, git }) =>
		kinds
			.filter((kind) => kind !== 'git' || git)
			.map((kind) => ({
				key: `${kind} ${id}`,
				group: strings.workspaces.label,
				label: placeTitle(kind, name),
				detail: shortPath(path),
				run: () => app.showPlace(kind, id),
			})),
	);
}

function actionItems(app: App): PaletteItem[] {
	const { prefs, tabs } = app;
	const words = strings.palette;
	const action = (key: string, label: string, run: () => void, chord?: Chord): PaletteItem => {
		return { key, group: words.actions, label, run, chord };
	};
	const chordOf = (name: string) => app.shortcuts.all.find((one) => one.name === name)?.chord;
	const items = [action('find-file', words.findFile, () => app.dialogs.palette(true), chordOf('findFile'))];
	if (app.mayUse) items.unshift(...makingItems(app, action));
	if (app.sessions.waiting.length > 0) {
		items.unshift(action('waiting', words.waiting, () => app.nextWaiting(), chordOf('waiting')));
	}

	if (tabs.active) items.push(...currentItems(app, tabs.active, action));
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
		...accountItems(app, action),
		action('sign-out', strings.account.signOut, () => void app.signOut()),
	);
	return items;
}

/* What makes something, or settings of it. */
function makingItems(app: App, action: MakeAction): PaletteItem[] {
	const words = strings.palette;
	const chordOf = (name: string) => app.shortcuts.all.find((one) => one.name === name)?.chord;
	const here = app.tabs.active ? app.sessions.get(app.tabs.active)?.cwd : undefined;
	const items = [
		action('new-shell', words.newShell, () => void app.making.newShell(), chordOf('newShell')),
		action('new-shell-with', strings.isolation.newShell, () => app.dialogs.newShell('', app.workspace?.id)),
		action('new-claude', words.newClaude, () => void app.making.newClaude(), chordOf('newClaude')),
		action('new-claude-with', words.newClaudeWith, () => app.dialogs.newClaude(here ?? '')),
		action('new-workspace', strings.workspaces.create, () => app.dialogs.open('new-workspace')),
		action('environment', strings.workspaces.environment.title, () => app.dialogs.open('environment')),
		action('tunnels', strings.tunnels.title, () => app.tabs.tunnels()),
	];
	const { workspace } = app;
	if (workspace) {
		const settings = () => app.dialogs.workspaceSettings(workspace.id);
		items.push(action('settings', strings.workspaces.edit.title(workspace.name), settings));
	}
	return items;
}

function accountItems(app: App, action: MakeAction): PaletteItem[] {
	return accountParts(app).map((part) =>
		action(`account-${part}`, strings.account.pages[part], () => app.tabs.account(part)),
	);
}

type MakeAction = (key: string, label: string, run: () => void, chord?: Chord) => PaletteItem;

/* What can be done with what is in front. */
function currentItems(app: App, key: string, action: MakeAction): PaletteItem[] {
	const find = app.shortcuts.all.find((one) => one.name === 'find')?.chord;
	return [
		action('find', strings.find.label, () => app.pane?.find(), find),
		...tabActions(app, key).map(({ name, named, run, chord }) => action(name, named, run, chord)),
	];
}
