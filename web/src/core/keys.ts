/*
 * Keys: the chords that belong to Dispatch, and the bytes that the keys of a phone's key bar stand
 * for. Chords are matched by the letter that the key produces and, for digits and the backslash, by
 * the key's place, so that they work on layouts where these need Shift or are elsewhere.
 */

export interface Chord {
	ctrl?: boolean;
	shift?: boolean;
	alt?: boolean;
	/** A lower-case letter, a key name such as `escape`, `1-9`, or `\`. */
	key: string;
}

export interface KeyPress {
	key: string;
	code: string;
	ctrlKey: boolean;
	metaKey: boolean;
	shiftKey: boolean;
	altKey: boolean;
}

export function matches(event: KeyPress, chord: Chord): boolean {
	const ctrl = event.ctrlKey || event.metaKey;
	if (ctrl !== !!chord.ctrl || event.altKey !== !!chord.alt) return false;
	if (chord.key === '1-9') return event.shiftKey === !!chord.shift && digitOf(event) > 0;
	if (chord.key === '?') return event.key === '?';
	if (chord.key === '\\') {
		return event.shiftKey === !!chord.shift && (event.key === '\\' || event.code === 'Backslash');
	}
	return event.shiftKey === !!chord.shift && event.key.toLowerCase() === chord.key;
}

/** 1–9 for a digit key, else 0. */
export function digitOf(event: KeyPress): number {
	return Number(/^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1] ?? 0);
}

export type BarKey = 'esc' | 'tab' | 'up' | 'down' | 'left' | 'right' | 'home' | 'end' | 'pgup' | 'pgdn';

export interface Modifiers {
	ctrl: boolean;
	alt: boolean;
}

const CURSOR: Partial<Record<BarKey, string>> = {
	up: 'A',
	down: 'B',
	right: 'C',
	left: 'D',
	home: 'H',
	end: 'F',
};

/** What a terminal sends for a key of the bar (xterm's sequences, with modifiers as parameters). */
export function barKeySequence(key: BarKey, { ctrl, alt }: Modifiers, applicationCursor: boolean): string {
	if (key === 'esc') return alt ? '\x1b\x1b' : '\x1b';
	if (key === 'tab') return alt ? '\x1b\t' : '\t';
	const modifier = 1 + (alt ? 2 : 0) + (ctrl ? 4 : 0);
	const cursor = CURSOR[key];
	if (cursor && modifier > 1) return `\x1b[1;${modifier}${cursor}`;
	if (cursor) return (applicationCursor ? '\x1bO' : '\x1b[') + cursor;
	const page = key === 'pgup' ? 5 : 6;
	return modifier > 1 ? `\x1b[${page};${modifier}~` : `\x1b[${page}~`;
}

/** Applies held modifiers to the next typed character; other input passes unchanged. */
export function withModifiers(data: string, { ctrl, alt }: Modifiers): string {
	if ([...data].length !== 1) return data;
	const typed = ctrl ? controlCode(data) : data;
	return alt ? '\x1b' + typed : typed;
}

function controlCode(character: string): string {
	if (character === ' ' || character === '@' || character === '2') return '\0';
	if (character === '?' || character === '8') return '\x7f';
	const code = character.toUpperCase().charCodeAt(0);
	return code >= 0x40 && code <= 0x5f ? String.fromCharCode(code & 0x1f) : character;
}
