/*
 * The keys of the page, in one table. While a terminal has the focus it gets every key but those
 * marked `everywhere`: the palette's, which can be changed, and Ctrl Shift with a letter, digit or
 * backslash, which terminals do not have.
 */

import { digitOf, matches, type Chord } from '../core/keys.ts';
import type { App } from './app.svelte.ts';

export interface Shortcut {
	name:
		| 'palette'
		| 'newShell'
		| 'newClaude'
		| 'find'
		| 'tabs'
		| 'tabsInTerminal'
		| 'list'
		| 'split'
		| 'splitInTerminal'
		| 'waiting'
		| 'findFile'
		| 'files'
		| 'help';
	chord: Chord;
	everywhere: boolean;
	/** It makes something, so it is not for who may only look. */
	makes?: boolean;
	run: (app: App, event: KeyboardEvent) => void;
}

const FIXED: readonly Shortcut[] = [
	{
		name: 'newShell',
		chord: { ctrl: true, shift: true, key: 's' },
		everywhere: true,
		makes: true,
		run: (app) => void app.making.newShell(),
	},
	{
		name: 'newClaude',
		chord: { ctrl: true, shift: true, key: 'a' },
		everywhere: true,
		makes: true,
		run: (app) => void app.making.newClaude(),
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
		name: 'splitInTerminal',
		chord: { ctrl: true, shift: true, key: '\\' },
		everywhere: true,
		run: (app) => void app.tiles.toggle(),
	},
	{
		name: 'split',
		chord: { ctrl: true, key: '\\' },
		everywhere: false,
		run: (app) => void app.tiles.toggle(),
	},
	{
		name: 'waiting',
		chord: { ctrl: true, key: 'j' },
		everywhere: false,
		run: (app) => app.nextWaiting(),
	},
	{
		name: 'findFile',
		chord: { ctrl: true, key: 'p' },
		everywhere: false,
		run: (app) => app.dialogs.palette(true),
	},
	{
		name: 'files',
		chord: { ctrl: true, shift: true, key: 'e' },
		everywhere: true,
		run: (app) => app.showFiles(),
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
			run: (app) => app.dialogs.palette(),
		};
		return [palette, ...FIXED.filter(({ makes }) => !makes || this.app.mayUse)];
	}

	/** True when the page wants this key, also from a terminal with the focus. */
	taken(event: KeyboardEvent, inTerminal: boolean): boolean {
		return !!this.#find(event, inTerminal);
	}

	handle(event: KeyboardEvent): void {
		if (event.defaultPrevented || this.app.phase !== 'workspace' || this.app.dialogs.current || this.app.signIn.asked) return;
		/* The text of the editor is in a shadow tree, of which the event says only the host. */
		const target = event.composedPath()[0] as HTMLElement | null;
		const inTerminal = !!target?.closest('.xterm');
		if (!inTerminal && (target?.matches('input, textarea, select') || target?.isContentEditable) && !event.ctrlKey && !event.metaKey) return;
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
