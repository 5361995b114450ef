/*
 * The keys of the page, in one table. While a terminal has the focus it gets every key but those
 * marked `everywhere`: the palette's, which can be changed, and Ctrl Shift with a letter or digit,
 * which terminals do not have.
 */

import { digitOf, matches, type Chord } from '../core/keys.ts';
import type { App } from './app.svelte.ts';

export interface Shortcut {
	name: 'palette' | 'newShell' | 'newClaude' | 'find' | 'tabs' | 'tabsInTerminal' | 'list' | 'waiting' | 'help';
	chord: Chord;
	everywhere: boolean;
	run: (app: App, event: KeyboardEvent) => void;
}

const FIXED: readonly Shortcut[] = [
	{
		name: 'newShell',
		chord: { ctrl: true, shift: true, key: 's' },
		everywhere: true,
		run: (app) => void app.newShell(),
	},
	{
		name: 'newClaude',
		chord: { ctrl: true, shift: true, key: 'a' },
		everywhere: true,
		run: (app) => void app.newClaude(),
	},
	{
		name: 'find',
		chord: { ctrl: true, shift: true, key: 'f' },
		everywhere: true,
		run: (app) => app.pane?.find(),
	},
	{
		name: 'list',
		chord: { ctrl: true, shift: true, key: 'l' },
		everywhere: true,
		run: (app) => app.focusList(),
	},
	{
		name: 'tabsInTerminal',
		chord: { ctrl: true, shift: true, key: '1-9' },
		everywhere: true,
		run: (app, event) => app.tabs.at(digitOf(event) - 1),
	},
	{
		name: 'tabs',
		chord: { alt: true, key: '1-9' },
		everywhere: false,
		run: (app, event) => app.tabs.at(digitOf(event) - 1),
	},
	{
		name: 'waiting',
		chord: { ctrl: true, key: 'j' },
		everywhere: false,
		run: (app) => app.nextWaiting(),
	},
	{ name: 'help', chord: { key: '?' }, everywhere: false, run: (app) => app.dialogs.open('keys') },
];

export class Shortcuts {
	constructor(private readonly app: App) {}

	get all(): Shortcut[] {
		const palette: Shortcut = {
			name: 'palette',
			chord: this.app.prefs.paletteChord,
			everywhere: true,
			run: (app) => app.dialogs.open('palette'),
		};
		return [palette, ...FIXED];
	}

	/** True when the page wants this key, also from a terminal with the focus. */
	taken(event: KeyboardEvent, inTerminal: boolean): boolean {
		return !!this.#find(event, inTerminal);
	}

	handle(event: KeyboardEvent): void {
		if (event.defaultPrevented || this.app.phase !== 'workspace' || this.app.dialogs.current) return;
		const target = event.target as HTMLElement | null;
		const inTerminal = !!target?.closest('.xterm');
		if (!inTerminal && target?.matches('input, textarea, select') && !event.ctrlKey && !event.metaKey) return;
		const shortcut = this.#find(event, inTerminal);
		if (!shortcut) return;
		event.preventDefault();
		shortcut.run(this.app, event);
	}

	#find(event: KeyboardEvent, inTerminal: boolean): Shortcut | undefined {
		return this.all.find(({ chord, everywhere }) => {
			return (everywhere || !inTerminal) && matches(event, chord);
		});
	}
}

const SIGNS: Record<string, string> = { '1-9': '1–9' };

/** A chord as keys to press: `Ctrl`, `Shift`, `S`. */
export function chordKeys({ ctrl, alt, shift, key }: Chord): string[] {
	const name = SIGNS[key] ?? key.toUpperCase();
	return [ctrl && 'Ctrl', alt && 'Alt', shift && 'Shift', name].filter((part) => !!part) as string[];
}
