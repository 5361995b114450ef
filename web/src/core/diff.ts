/*
 * Changes of a file, as lines to be shown. The program says its changes as a patch; while it only
 * asks, there are the old and the new text, and the lines that differ are found here.
 */

export interface DiffLine {
	sign: ' ' | '+' | '-';
	text: string;
	/** The line's number in the file; null when it is not known. */
	number: number | null;
}

export interface DiffPart {
	lines: DiffLine[];
}

interface Hunk {
	oldStart: number;
	newStart: number;
	lines: string[];
}

/* Beyond this many comparisons the two texts are shown one after the other. */
const MOST_CELLS = 4_000_000;

/** From the program's own patch; null when it is none. */
export function diffOfPatch(patch: unknown): DiffPart[] | null {
	if (!Array.isArray(patch)) return null;
	return patch.filter(isHunk).map(({ oldStart, newStart, lines }) => {
		let [old, now] = [oldStart, newStart];
		return {
			lines: lines.filter((line) => !line.startsWith('\\')).map((line): DiffLine => {
				const text = line.slice(1);
				if (line.startsWith('-')) return { sign: '-', text, number: old++ };
				if (line.startsWith('+')) return { sign: '+', text, number: now++ };
				old++;
				return { sign: ' ', text, number: now++ };
			}),
		};
	});
}

function isHunk(value: unknown): value is Hunk {
	const hunk = value as Partial<Hunk> | null;
	return typeof hunk?.oldStart === 'number' && typeof hunk.newStart === 'number' && Array.isArray(hunk.lines);
}

/** Between two texts of which the place in the file is not known. */
export function diffOfTexts(before: string, after: string): DiffPart {
	const [old, now] = [linesOf(before), linesOf(after)];
	let start = 0;
	while (start < old.length && start < now.length && old[start] === now[start]) start++;
	let end = 0;
	while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end++;
	const middle = changes(old.slice(start, old.length - end), now.slice(start, now.length - end));
	const same = (lines: string[]) => lines.map((text): DiffLine => ({ sign: ' ', text, number: null }));
	return { lines: [...same(old.slice(0, start)), ...middle, ...same(end > 0 ? old.slice(-end) : [])] };
}

/** How many lines come and go. */
export function diffSize(parts: readonly DiffPart[]): { added: number; removed: number } {
	const lines = parts.flatMap((part) => part.lines);
	const count = (sign: string) => lines.filter((line) => line.sign === sign).length;
	return { added: count('+'), removed: count('-') };
}

function linesOf(text: string): string[] {
	if (text === '') return [];
	return (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
}

/* The longest common subsequence, by dynamic programming from the end. */
function changes(old: string[], now: string[]): DiffLine[] {
	const line = (sign: DiffLine['sign']) => (text: string): DiffLine => ({ sign, text, number: null });
	if (old.length * now.length > MOST_CELLS) return [...old.map(line('-')), ...now.map(line('+'))];
	const width = now.length + 1;
	const longest = new Uint32Array((old.length + 1) * width);
	for (let i = old.length - 1; i >= 0; i--) {
		for (let j = now.length - 1; j >= 0; j--) {
			const at = i * width + j;
			longest[at] = old[i] === now[j]
				? longest[at + width + 1]! + 1
				: Math.max(longest[at + width]!, longest[at + 1]!);
		}
	}
	const result: DiffLine[] = [];
	let [i, j] = [0, 0];
	while (i < old.length || j < now.length) {
		const at = i * width + j;
		if (i < old.length && j < now.length && old[i] === now[j]) {
			result.push(line(' ')(now[j]!));
			i++;
			j++;
		} else if (i < old.length && (j === now.length || longest[at + width]! >= longest[at + 1]!)) {
			result.push(line('-')(old[i++]!));
		} else {
			result.push(line('+')(now[j++]!));
		}
	}
	return result;
}
