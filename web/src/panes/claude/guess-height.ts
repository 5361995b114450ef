/*
 * How tall an item will be before it was ever drawn, in pixels: near enough that the scroll bar
 * tells the truth about long conversations.
 */

import type { Item } from '../../core/transcript-items.ts';

const LINE = 20;
const ROW = 12;
const CHARACTER = 7.2;
const CARD = 36;

export function guessHeight(item: Item, width: number): number {
	if (item.kind === 'text' || item.kind === 'prompt') return ROW + linesIn(item.text, width) * LINE;
	if (item.kind === 'tool') return ROW + CARD + (item.tool === 'edit' || item.tool === 'execute' ? 120 : 0);
	return ROW + LINE;
}

function linesIn(text: string, width: number): number {
	const perLine = Math.max(20, Math.min(width, 832) / CHARACTER);
	/* Every character of a long text need not be looked at. */
	const breaks = text.slice(0, 4000).split('\n').length * Math.max(1, text.length / 4000);
	return Math.ceil(Math.max(breaks, text.length / perLine + breaks / 2));
}
