/* What the person has chosen about the look, kept in this browser. */

import type { Chord } from '../core/keys.ts';
import { browserDrawer } from '../core/storage.ts';

export type ThemeChoice = 'system' | 'light' | 'dark';
export type PaletteKey = 'ctrl-k' | 'ctrl-shift-p';

interface Stored {
	theme: ThemeChoice;
	sidebar: boolean;
	fontSize: number;
	paletteKey: PaletteKey;
	screenReader: boolean;
}

const DEFAULTS: Stored = {
	theme: 'system',
	sidebar: true,
	fontSize: 13,
	paletteKey: 'ctrl-k',
	screenReader: false,
};
const FONT_SIZE = { least: 9, most: 24 };

const PALETTE_CHORDS: Record<PaletteKey, Chord> = {
	'ctrl-k': { ctrl: true, key: 'k' },
	'ctrl-shift-p': { ctrl: true, shift: true, key: 'p' },
};

export class Prefs {
	#stored = $state<Stored>({ ...DEFAULTS, ...browserDrawer.get<Partial<Stored>>('prefs') });
	#systemDark = $state(true);

	/** A phone or tablet: fingers, no hover. */
	readonly coarse = matchMedia('(pointer: coarse)').matches;
	/** Tests read the terminal's text; WebGL has none. */
	readonly domRenderer = readFlag('dispatch.renderer') === 'dom';

	scheme = $derived<'dark' | 'light'>(this.#resolve());

	constructor() {
		const query = matchMedia('(prefers-color-scheme: dark)');
		this.#systemDark = query.matches;
		query.addEventListener('change', () => (this.#systemDark = query.matches));
		browserDrawer.onChange('prefs', (value) => Object.assign(this.#stored, value));
	}

	get theme(): ThemeChoice {
		return this.#stored.theme;
	}

	set theme(theme: ThemeChoice) {
		this.#change({ theme });
	}

	get sidebar(): boolean {
		return this.#stored.sidebar;
	}

	set sidebar(sidebar: boolean) {
		this.#change({ sidebar });
	}

	get fontSize(): number {
		return this.#stored.fontSize;
	}

	set fontSize(size: number) {
		const fontSize = Math.min(FONT_SIZE.most, Math.max(FONT_SIZE.least, Math.round(size)));
		this.#change({ fontSize });
	}

	get paletteKey(): PaletteKey {
		return this.#stored.paletteKey;
	}

	set paletteKey(paletteKey: PaletteKey) {
		this.#change({ paletteKey });
	}

	get screenReader(): boolean {
		return this.#stored.screenReader;
	}

	set screenReader(screenReader: boolean) {
		this.#change({ screenReader });
	}

	get paletteChord(): Chord {
		return PALETTE_CHORDS[this.#stored.paletteKey];
	}

	#resolve(): 'dark' | 'light' {
		if (this.#stored.theme !== 'system') return this.#stored.theme;
		return this.#systemDark ? 'dark' : 'light';
	}

	#change(change: Partial<Stored>): void {
		Object.assign(this.#stored, change);
		browserDrawer.set('prefs', $state.snapshot(this.#stored));
	}
}

function readFlag(name: string): string | null {
	try {
		return localStorage.getItem(name);
	} catch {
		return null;
	}
}
