/*
 * Text that came from a program, made fit to be shown outside its terminal, and text that goes to
 * one, made visible while it waits.
 */

const TITLE_LENGTH = 256;

/* Controls (C0, DEL, C1), and the marks that reorder or hide what follows them. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** One line of plain text: no control or bidi character, at most 256 characters. */
export function plainLine(text: string, limit = TITLE_LENGTH): string {
	const clean = text.replace(/[\t\n\r]+/g, ' ').replace(UNSAFE, '').trim();
	const characters = [...clean];
	return characters.length > limit ? characters.slice(0, limit - 1).join('') + '…' : clean;
}

/** Text of several lines in which nothing is hidden: what cannot be seen is written as a code. */
export function visibleText(text: string): string {
	return text.replace(UNSAFE, (character) => {
		if (character === '\n' || character === '\t') return character;
		const code = character.codePointAt(0)!.toString(16);
		return code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
	});
}

const NAMED: Record<string, string> = {
	'\r': '⏎',
	'\n': '⏎',
	'\t': '⇥',
	'\x1b': '⎋',
	'\x7f': '⌫',
	'\x1b[A': '↑',
	'\x1b[B': '↓',
	'\x1b[C': '→',
	'\x1b[D': '←',
	'\x1bOA': '↑',
	'\x1bOB': '↓',
	'\x1bOC': '→',
	'\x1bOD': '←',
};

/** What was typed, one visible sign per key: `ls⏎`, `^C`, `↑`. */
export function visibleKeys(bytes: Uint8Array): string {
	const text = new TextDecoder()
		.decode(bytes)
		.replace(/\x1b\[20[01]~/g, '');
	return text.replace(/\x1b[[O][A-D]|[\u0000-\u001f\u007f]/g, (key) => {
		return NAMED[key] ?? '^' + String.fromCharCode(key.charCodeAt(0) + 64);
	}).replace(UNSAFE, '');
}

/** The kernel cuts a line of cooked input here (N_TTY_BUF_SIZE less the newline). */
export const COOKED_LINE_BYTES = 4095;

/** The bytes of the longest line of a paste. */
export function longestLine(text: string): number {
	const encoder = new TextEncoder();
	return text.split(/[\r\n]/).reduce((most, line) => {
		return line.length * 3 <= most ? most : Math.max(most, encoder.encode(line).length);
	}, 0);
}

/** The last part of a path, and the home directory as `~` when the path starts with it. */
export function shortPath(path: string, home = /^(\/home\/[^/]+|\/root)(?=\/|$)/): string {
	return plainLine(path.replace(home, '~'));
}

/** A number of bytes as a person says it: `512 B`, `64 KB`, `1.4 MB`. */
export function sizeText(bytes: number): string {
	if (bytes < 1000) return `${bytes} B`;
	if (bytes < 999_500) return `${Math.round(bytes / 1000)} KB`;
	return `${(bytes / 1e6).toFixed(1)} MB`;
}

/** A large number, short: `950`, `12k`, `1.2M`. */
export function shortNumber(value: number): string {
	if (value < 1000) return `${Math.round(value)}`;
	return value < 999_500 ? `${Math.round(value / 1000)}k` : `${(value / 1e6).toFixed(1)}M`;
}
