/*
 * A file's bytes as the text that is edited. Line ends are all \n there, whatever the file has; only
 * where a file mixes them they stay as they are, because nobody could tell them apart afterwards.
 */

import type { Encoding, LineEnd, TextForm } from './editor.ts';

const LINE_ENDS: Record<LineEnd, RegExp | null> = {
	lf: null,
	crlf: /\r\n/g,
	cr: /\r/g,
	mixed: null,
};

export function textOfBytes(bytes: Uint8Array, { encoding, line_end }: Pick<TextForm, 'encoding' | 'line_end'>): string {
	const text = encoding === 'latin1' ? latin1(bytes) : new TextDecoder(encoding).decode(bytes);
	const ends = LINE_ENDS[line_end];
	return ends ? text.replace(ends, '\n') : text;
}

const MARKS: readonly [Encoding, readonly number[]][] = [
	['utf-8', [0xef, 0xbb, 0xbf]],
	['utf-16le', [0xff, 0xfe]],
	['utf-16be', [0xfe, 0xff]],
];
const LOOKED_AT = 8192;

/** How a text is written, as far as its bytes tell; null when they are none. */
export function formOf(bytes: Uint8Array): TextForm | null {
	const marked = MARKS.find(([, mark]) => mark.every((byte, at) => bytes[at] === byte));
	if (!marked && bytes.subarray(0, LOOKED_AT).includes(0)) return null;
	const encoding = marked?.[0] ?? 'utf-8';
	const ends = new Set(new TextDecoder(encoding).decode(bytes).match(/\r\n?|\n/g));
	const [only] = ends.size === 1 ? [...ends] : [];
	const line_end = ends.size > 1 ? 'mixed' : only === '\r\n' ? 'crlf' : only === '\r' ? 'cr' : 'lf';
	return { encoding, bom: !!marked, line_end };
}

/* What browsers call latin1 is another code page. */
function latin1(bytes: Uint8Array): string {
	const parts: string[] = [];
	for (let i = 0; i < bytes.length; i += 0x2000) parts.push(String.fromCharCode(...bytes.subarray(i, i + 0x2000)));
	return parts.join('');
}

/** The first character that cannot be written as latin1; null when all can. */
export function beyondLatin1(text: string): string | null {
	return /[^\u0000-\u00ff]/u.exec(text)?.[0] ?? null;
}

export interface Indent {
	tabs: boolean;
	width: number;
}

const LINES_READ = 2000;

/** How a text is indented; as most lines do it that do. */
export function indentOf(text: string, byDefault: Indent = { tabs: true, width: 4 }): Indent {
	const widths = new Map<number, number>();
	let [tabs, spaces, before] = [0, 0, 0];
	for (const line of text.split('\n', LINES_READ)) {
		if (line.trim() === '') continue;
		if (line.startsWith('\t')) tabs++;
		const width = /^ */.exec(line)![0].length;
		if (width >= 2) spaces++;
		const step = Math.abs(width - before);
		if (step >= 2 && step <= 8 && !line.startsWith('\t')) widths.set(step, (widths.get(step) ?? 0) + 1);
		before = width;
	}
	if (tabs === 0 && spaces === 0) return byDefault;
	if (tabs >= spaces) return { tabs: true, width: byDefault.width };
	const [width] = [...widths].sort((a, b) => b[1] - a[1])[0] ?? [4];
	return { tabs: false, width };
}

/** Makefiles mean tabs, whatever they hold. */
export function needsTabs(path: string): boolean {
	return /(^|\/)(GNU)?[Mm]akefile[^/]*$|\.(mk|go)$/.test(path);
}

export interface LinkPlace {
	path: string;
	line: number;
	column?: number;
}

/* A name with an ending or a folder, a colon and a number: what compilers and searches print. */
const PLACE = /(?<![\w./~@%+-])((?:~|\.{1,2})?\/?(?:[\w.@%+-]+\/)*[\w.@%+-]+):(\d{1,7})(?::(\d{1,5}))?(?![\w/])/g;

/** The places in files that a line of output names, each with where it stands in the line. */
export function placesIn(line: string): (LinkPlace & { from: number; to: number })[] {
	return [...line.matchAll(PLACE)].flatMap((match) => {
		const [whole, path, number, column] = match;
		if (!/[./]/.test(path!) || /^[\d.]+$/.test(path!) || Number(number) === 0) return [];
		const place = { path: path!, line: Number(number), ...(column ? { column: Number(column) } : {}) };
		return [{ ...place, from: match.index, to: match.index + whole.length }];
	});
}

/** An absolute path, without `.` and `..`; `~` is the home directory. */
export function resolvePath(cwd: string, path: string, home: string): string {
	const whole = path.startsWith('~/') ? home + path.slice(1) : path.startsWith('/') ? path : `${cwd}/${path}`;
	const parts: string[] = [];
	for (const part of whole.split('/')) {
		if (part === '..') parts.pop();
		else if (part !== '' && part !== '.') parts.push(part);
	}
	return `/${parts.join('/')}`;
}
