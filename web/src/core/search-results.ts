/* What a search in text has found, as it is shown: by file, each line in pieces that match or not. */

import type { TextMatch } from './files.ts';

export interface MatchGroup {
	path: string;
	lines: TextMatch[];
}

export interface Piece {
	text: string;
	match: boolean;
}

/** Files in the order in which they were found; the lines of one file together, in their order. */
export function groupMatches(items: readonly TextMatch[]): MatchGroup[] {
	const groups = new Map<string, MatchGroup>();
	for (const item of items) {
		const group = groups.get(item.path) ?? { path: item.path, lines: [] };
		groups.set(item.path, group);
		group.lines.push(item);
	}
	for (const { lines } of groups.values()) lines.sort((a, b) => a.line - b.line || a.column - b.column);
	return [...groups.values()];
}

const BEFORE = 40;

/**
 * A line in pieces. What comes long before the first match is left out, and so are spaces at the
 * beginning. `matches` count characters, not units of UTF-16.
 */
export function piecesOf({ text, matches }: Pick<TextMatch, 'text' | 'matches'>): Piece[] {
	const characters = [...text];
	const first = matches[0]?.[0] ?? 0;
	let at = 0;
	while (at < first && /\s/.test(characters[at]!)) at++;
	const pieces: Piece[] = [];
	if (first - at > BEFORE) {
		at = first - BEFORE;
		pieces.push({ text: '…', match: false });
	}
	for (const [from, to] of matches) {
		if (from < at || to <= from) continue;
		if (from > at) pieces.push({ text: characters.slice(at, from).join(''), match: false });
		pieces.push({ text: characters.slice(from, to).join(''), match: true });
		at = to;
	}
	if (at < characters.length) pieces.push({ text: characters.slice(at).join(''), match: false });
	return pieces;
}

/** A path in pieces; `matches` are the indexes of its characters that match. */
export function namePieces(path: string, matches: readonly number[]): Piece[] {
	const wanted = new Set(matches);
	const pieces: Piece[] = [];
	for (const [index, character] of [...path].entries()) {
		const match = wanted.has(index);
		const last = pieces.at(-1);
		if (last && last.match === match) last.text += character;
		else pieces.push({ text: character, match });
	}
	return pieces;
}
