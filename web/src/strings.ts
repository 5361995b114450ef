/*
 * Every word of the UI. Sentence case, verbs on buttons, no exclamation. An error says what
 * happened, why if known, and what to do.
 */

import { ago, timeOfDay } from './core/clock.ts';
import type { SessionInfo } from './core/types.ts';
import type { PlaceKind } from './core/places.ts';
import { accountStrings } from './strings-account.ts';
import { claudeStrings } from './strings-claude.ts';
import { editorStrings } from './strings-editor.ts';
import { gitStrings } from './strings-git.ts';
import { fileStrings } from './strings-files.ts';
import { isolationStrings } from './strings-isolation.ts';
import { setupStrings, signInStrings } from './strings-sign-in.ts';
import { tunnelStrings } from './strings-tunnels.ts';
import { workspaceStrings } from './strings-workspaces.ts';

export const strings = {
	product: 'Dispatch',

	claude: claudeStrings,
	editor: editorStrings,
	git: gitStrings,
	tunnels: tunnelStrings,
	workspaces: workspaceStrings,
	files: fileStrings,
	isolation: isolationStrings,

	shellTitle: (number: number) => (number === 1 ? 'Shell' : `Shell ${number}`),

	loading: 'Connecting…',
	unreachable: {
		title: 'The server cannot be reached',
		text: 'This page goes on by itself as soon as the server answers.',
		retry: 'Try now',
	},

	setup: setupStrings,
	signIn: signInStrings,
	account: accountStrings,

	sidebar: {
		label: 'Sessions',
		collapse: 'Hide the sidebar',
		expand: 'Show the sidebar',
		find: 'Go to or run…',
		newShell: 'New shell',
		newClaude: 'New Claude session',
		shell: 'Shell',
		claude: 'Claude',
		ended: 'Ended',
		waiting: 'Waiting for you',
		empty: 'No sessions yet',
	},

	empty: {
		title: 'No session is open',
		text: 'A shell or a Claude session runs on this machine and goes on when you close the page.',
		viewer: 'You may look at what is here, and change nothing. An administrator can give you another role.',
		closed: 'Choose a session from the list, or start another.',
		action: 'New shell',
		claude: 'New Claude session',
	},

	notFound: {
		title: 'Not found',
		address: 'This address leads nowhere in Dispatch. Perhaps a part of it is missing.',
		session: 'There is no such session among yours. It was deleted, or it belongs to somebody else.',
		place: 'There is no such workspace among yours. It was removed, or it belongs to somebody else.',
		back: (title: string) => `Back to ${title}`,
		home: 'All sessions',
	},

	tabs: { label: 'Open tabs', menu: (title: string) => `Menu of ${title}` },
	phoneTabs: {
		label: 'Go to',
		sessions: 'Sessions',
		terminal: 'Terminal',
		claude: 'Claude',
		files: 'Files',
		waiting: (count: number) => `${count} waiting for you`,
	},

	places: { files: 'Files', git: 'Git', search: 'Search' },

	tile: {
		back: 'All sessions',
		menu: 'Session menu',
		more: 'More',
		find: 'Find in terminal',
		size: 'Columns and rows',
		takeSize: 'Take size',
		takeSizeHint: 'Another view decides the size. Fit the terminal to this one instead.',
		rename: 'Rename',
		stop: 'Stop',
		resume: 'Resume',
		remove: 'Delete',
		closeTab: 'Close tab',
		split: 'Show side by side',
		unsplit: 'Show one',
		separator: 'Width of the left side',
		replaying: (percent: number) => `Loading history, ${percent} %`,
	},

	terminal: {
		label: (title: string) => `Terminal of ${title}`,
		pending: 'Not sent yet',
		discard: 'Discard',
		resumed: 'resumed',
		removed: 'older output was removed',
		missing: (bytes: number) => `${bytes.toLocaleString('en')} bytes of output are missing`,
		full: 'older output exists; 100,000 lines are shown at most',
		loadingOlder: 'Loading older output',
		longPaste: (bytes: number) =>
			`A pasted line has ${bytes} bytes. Programs that read whole lines get only the first 4,095.`,
		copiedByProgram: (title: string) => `${title} put text on your clipboard.`,
		offersCopy: (title: string) => `${title} wants to put text on your clipboard.`,
		allowCopy: 'Copy it',
		linkHint: 'Ctrl click to open',
		onlyLooks: 'You may look at this session, and not type into it.',
		endedTyping: 'This session has ended, so what you type goes nowhere.',
		failed: 'The terminal could not be loaded.',
		reload: 'Reload',
	},

	find: {
		label: 'Find in terminal',
		placeholder: 'Find',
		next: 'Next match',
		previous: 'Previous match',
		close: 'Close find',
		matchCase: 'Match case',
		none: 'No match',
		count: (index: number, count: number) => `${index} of ${count}`,
	},

	keyBar: {
		label: 'Terminal keys',
		more: 'More keys',
		paste: 'paste',
		ctrl: 'Control, for the next key',
		alt: 'Alt, for the next key',
	},

	ended: {
		resume: 'Resume',
		remove: 'Delete',
		sentence: endedSentence,
	},

	status: {
		starting: 'Starting',
		running: 'Running',
		working: 'Working',
		waiting: 'Waiting for you',
		done: 'Done',
		stopping: 'Stopping',
		exited: 'Ended',
		failed: 'Failed',
		lost: 'Lost',
		unreachable: 'Unreachable',
		unsure: (known: string) => `${known} when last heard of`,
	},

	exitBrief: (session: SessionInfo) => {
		if (session.status === 'failed') return 'failed';
		if (session.status === 'lost') return 'lost';
		if (ranOutOfMemory(session)) return 'out of memory';
		if (session.exit_signal) {
			const name = session.exit_signal.replace(/^SIG/, '');
			return (SIGNAL_WORDS[name] ?? name).replace(/ \(.*/, '').toLowerCase();
		}
		return `exit ${session.exit_code ?? '?'}`;
	},

	bar: {
		label: 'Status',
		live: (ms: number | null) => (ms === null ? 'live' : `live · ${Math.max(1, Math.round(ms))} ms`),
		connecting: 'connecting…',
		reconnecting: 'reconnecting…',
		offline: (since: number) => `offline since ${timeOfDay(since)}`,
		waiting: (count: number) => (count === 1 ? '1 input waits' : `${count} inputs wait`),
		storageFull: 'The disk is full. Programs pause until there is space again.',
		account: 'Account and settings',
		dismiss: 'Dismiss',
		keys: 'Keys',
	},

	palette: {
		label: 'Go to or run',
		placeholder: 'Go to a session or run an action',
		none: 'Nothing matches',
		sessions: 'Sessions',
		actions: 'Actions',
		newShell: 'New shell',
		newClaude: 'New Claude session',
		newClaudeWith: 'New Claude session with options, or go on with a past one…',
		waiting: 'Go to the next session that waits for you',
		findFile: 'Find a file by its name…',
		toggleSidebar: 'Show or hide the sidebar',
		theme: (name: string) => `Use the ${name.toLowerCase()} theme`,
		paletteKey: (name: string) => `Open this palette with ${name}`,
		focusList: 'Move to the list of sessions',
		screenReaderOn: 'Make terminals readable for screen readers',
		screenReaderOff: 'Make terminals quick again (no screen reader)',
		rename: (title: string) => `Rename ${title}`,
		closeTab: (title: string) => `Close the tab of ${title}`,
		stop: (title: string) => `Stop ${title}`,
		remove: (title: string) => `Delete ${title}`,
	},

	keys: {
		title: 'Keyboard shortcuts',
		palette: 'Go to a session or run an action',
		newShell: 'New shell',
		newClaude: 'New Claude session',
		find: 'Find in the terminal or conversation',
		tabs: 'Go to a tab',
		tabsInTerminal: 'Go to a tab, also from a terminal',
		split: 'Show side by side, or one',
		splitInTerminal: 'Show side by side, or one, also from a terminal',
		list: 'Move to the list of sessions',
		waiting: 'Go to the next session that waits for you',
		findFile: 'Find a file by its name',
		files: 'Files of this workspace',
		copy: 'Copy the selection of the terminal',
		paste: 'Paste into the terminal',
		allow: 'Allow what Claude asks, when the question has the focus',
		deny: 'Deny what Claude asks, when the question has the focus',
		send: 'Send the message to Claude',
		newLine: 'Begin a new line in the message',
		stop: 'Stop what Claude does',
		help: 'Show these shortcuts',
		note: 'A terminal with the focus gets every other key.',
	},

	dialog: {
		cancel: 'Cancel',
		close: 'Close',
		renameTitle: 'Rename session',
		renameLabel: 'Title',
		renameSubmit: 'Rename',
		stopTitle: (title: string) => `Stop ${title}?`,
		stopText:
			'Its program is asked to end, and is ended after a few seconds. What it has not saved is lost. The output stays.',
		stopSubmit: 'Stop session',
		removeTitle: (title: string) => `Delete ${title}?`,
		removeEnded: 'The whole output of this session is deleted, on every device. It cannot be brought back.',
		removeLive:
			'Its program is ended now, and its whole output is deleted, on every device. It cannot be brought back.',
		removeSubmit: 'Delete session',
		linkTitle: 'Open this link?',
		linkSubmit: 'Open link',
	},

	errors: {
		notDelivered: (text: string, reason: string) => `Not delivered: “${text}”. ${reason}`,
		stale: (text: string, at: number) =>
			`Typed at ${timeOfDay(at)} and never sent, so dropped: “${text}”.`,
		expired: (bytes: number) =>
			`${bytes === 1 ? '1 byte that was' : `${bytes} bytes that were`} typed came too late and did not reach the program.`,
		unknownKind: (kind: string) => `This page cannot show sessions of the kind “${kind}” yet.`,
		clipboard: 'The browser did not let the page use the clipboard.',
	},
};

const SIGNAL_WORDS: Record<string, string> = {
	KILL: 'Killed',
	TERM: 'Terminated',
	HUP: 'Hung up',
	INT: 'Interrupted',
	SEGV: 'Crashed (invalid memory access)',
	ABRT: 'Aborted',
};

const ranOutOfMemory = (session: SessionInfo) => session.error?.code === 'session.out_of_memory';

function endedSentence(session: SessionInfo, now: number): string {
	const when = session.ended_at ? ` · ${spokenAgo(session.ended_at, now)}` : '';
	if (session.status === 'failed') {
		const reason = session.error?.detail ?? 'The session could not be started';
		return `${reason.replace(/\.$/, '')}${when}`;
	}
	if (session.status === 'lost') {
		return `The end of this program was not seen, so its result is not known${when}`;
	}
	if (ranOutOfMemory(session)) return `${session.error?.detail.replace(/\.$/, '')}${when}`;
	if (session.exit_signal) {
		const name = session.exit_signal.replace(/^SIG/, '');
		return `${SIGNAL_WORDS[name] ?? 'Ended'} by signal ${name}${when}`;
	}
	return `Exited with code ${session.exit_code ?? 'unknown'}${when}`;
}

/** What a tab says of a place: of which workspace, and what is shown of it. */
export function placeTitle(kind: PlaceKind, workspace: string): string {
	return `${workspace} · ${strings.places[kind]}`;
}

export function spokenAgo(then: number, now: number): string {
	const text = ago(then, now);
	if (text === 'now') return 'just now';
	return /(min|h)$/.test(text) ? `${text} ago` : `on ${text}`;
}
