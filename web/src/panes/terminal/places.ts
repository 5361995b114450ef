/*
 * Links of the form path:line:column in what programs print, which open in the editor. A line that
 * is wrapped is read as a whole; a link is where its cells are, also among wide characters.
 */

import type { IBufferLine, ILink, ILinkProvider, Terminal } from '@xterm/xterm';
import { placesIn, type LinkPlace } from '../../core/text-form.ts';

/* Longer lines are data, not something to point at. */
const MOST_ROWS = 12;

interface Cell {
	x: number;
	y: number;
}

export interface PlaceSink {
	/** Whether a file of this name can be opened at all. */
	offers(path: string): boolean;
	open(event: MouseEvent, place: LinkPlace): void;
	/** The place under the mouse, or none. */
	hover(text: string | null): void;
}

export function placeLinks(terminal: Terminal, sink: PlaceSink): ILinkProvider {
	return {
		provideLinks: (row, callback) => {
			const { text, cells } = wholeLine(terminal, row - 1);
			const places = placesIn(text).filter(({ path }) => sink.offers(path));
			const links = places.map(({ from, to, ...place }): ILink => {
				const name = text.slice(from, to);
				return {
					text: name,
					range: { start: cells[from]!, end: cells[to - 1]! },
					activate: (event) => sink.open(event, place),
					hover: () => sink.hover(name),
					leave: () => sink.hover(null),
				};
			});
			callback(links.length > 0 ? links : undefined);
		},
	};
}

/* The line that a row belongs to, and for each UTF-16 unit of it the cell where it stands, from 1. */
function wholeLine(terminal: Terminal, row: number): { text: string; cells: Cell[] } {
	const buffer = terminal.buffer.active;
	let first = row;
	while (first > 0 && row - first < MOST_ROWS && buffer.getLine(first)?.isWrapped) first--;
	let text = '';
	const cells: Cell[] = [];
	for (let y = first; y - first < MOST_ROWS; y++) {
		const line = buffer.getLine(y);
		if (!line || (y > first && !line.isWrapped)) break;
		for (const { chars, x } of charactersOf(line)) {
			text += chars;
			for (let unit = 0; unit < chars.length; unit++) cells.push({ x: x + 1, y: y + 1 });
		}
	}
	return { text, cells };
}

function* charactersOf(line: IBufferLine): Iterable<{ chars: string; x: number }> {
	for (let x = 0; x < line.length; x++) {
		const cell = line.getCell(x);
		if (cell && cell.getWidth() > 0) yield { chars: cell.getChars() || ' ', x };
	}
}
