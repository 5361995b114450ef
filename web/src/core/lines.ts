/*
 * Texts compared line by line, two at a time (Myers' greedy algorithm) and three at a time: what
 * one changed and the other did not is taken, what both changed in different ways is a conflict.
 *
 * A text is the list of its lines without their ends; the last one is empty when the text ends with
 * a line end, so that joining gives the same text again.
 */

/** Lines [from, to) of one text stand in place of lines [oldFrom, oldTo) of the other. */
export interface LineChange {
	oldFrom: number;
	oldTo: number;
	from: number;
	to: number;
}

export interface MergePart {
	/** Who changed it: nobody, one of them, both in the same way, or both differently. */
	kind: 'same' | 'mine' | 'theirs' | 'both' | 'conflict';
	base: string[];
	mine: string[];
	theirs: string[];
}

/* With more differences than this, all between the first and the last is one change. */
const MOST_DIFFERENCES = 2000;

export function linesOf(text: string): string[] {
	return text.split('\n');
}

/** The differences, in order; none touches the next. */
export function lineChanges(old: readonly string[], now: readonly string[]): LineChange[] {
	let start = 0;
	while (start < old.length && start < now.length && old[start] === now[start]) start++;
	let [oldEnd, end] = [old.length, now.length];
	while (oldEnd > start && end > start && old[oldEnd - 1] === now[end - 1]) {
		oldEnd--;
		end--;
	}
	if (start === oldEnd && start === end) return [];
	const inner = myers(old.slice(start, oldEnd), now.slice(start, end));
	return inner.map((change) => ({
		oldFrom: change.oldFrom + start,
		oldTo: change.oldTo + start,
		from: change.from + start,
		to: change.to + start,
	}));
}

function myers(old: readonly string[], now: readonly string[]): LineChange[] {
	const most = Math.min(old.length + now.length, MOST_DIFFERENCES);
	const middle = most + 1;
	const furthest = new Int32Array(2 * most + 3);
	const trace: Int32Array[] = [];
	for (let d = 0; d <= most; d++) {
		trace.push(furthest.slice(middle - d - 1, middle + d + 2));
		for (let k = -d; k <= d; k += 2) {
			const [below, beside] = [furthest[middle + k + 1]!, furthest[middle + k - 1]!];
			let x = k === -d || (k !== d && beside < below) ? below : beside + 1;
			while (x < old.length && x - k < now.length && old[x] === now[x - k]) x++;
			furthest[middle + k] = x;
			if (x >= old.length && x - k >= now.length) return backwards(trace, old.length, now.length);
		}
	}
	return [{ oldFrom: 0, oldTo: old.length, from: 0, to: now.length }];
}

/* From the end, along the way that reached it; steps that touch are one change. */
function backwards(trace: readonly Int32Array[], oldLength: number, length: number): LineChange[] {
	const changes: LineChange[] = [];
	let [x, y] = [oldLength, length];
	for (let d = trace.length - 1; d > 0; d--) {
		const furthest = trace[d]!;
		const at = (k: number) => furthest[k + d + 1]!;
		const k = x - y;
		const down = k === -d || (k !== d && at(k - 1) < at(k + 1));
		const before = down ? k + 1 : k - 1;
		const [fromX, fromY] = [at(before), at(before) - before];
		const [endX, endY] = down ? [fromX, fromY + 1] : [fromX + 1, fromY];
		const last = changes.at(-1);
		if (last && last.oldFrom === endX && last.from === endY) {
			last.oldFrom = fromX;
			last.from = fromY;
		} else {
			changes.push({ oldFrom: fromX, oldTo: endX, from: fromY, to: endY });
		}
		[x, y] = [fromX, fromY];
	}
	return changes.reverse();
}

/** How many lines come and go. */
export function changeSize(changes: readonly LineChange[]): { added: number; removed: number } {
	return changes.reduce(
		({ added, removed }, change) => ({
			added: added + change.to - change.from,
			removed: removed + change.oldTo - change.oldFrom,
		}),
		{ added: 0, removed: 0 },
	);
}

/** The three texts as one row of parts, in which nothing is left out. */
export function mergeLines(
	base: readonly string[],
	mine: readonly string[],
	theirs: readonly string[],
): MergePart[] {
	const [own, other] = [lineChanges(base, mine), lineChanges(base, theirs)];
	const parts: MergePart[] = [];
	/* Where each text has been read to, and the next change of each. */
	let [at, mineAt, theirsAt, i, j] = [0, 0, 0, 0, 0];
	const same = (until: number) => {
		if (until <= at) return;
		const lines = base.slice(at, until);
		parts.push({ kind: 'same', base: lines, mine: lines, theirs: lines });
		mineAt += until - at;
		theirsAt += until - at;
		at = until;
	};
	while (i < own.length || j < other.length) {
		const from = Math.min(own[i]?.oldFrom ?? Infinity, other[j]?.oldFrom ?? Infinity);
		same(from);
		let to = from;
		const [firstOwn, firstOther] = [i, j];
		for (let grown = true; grown; ) {
			grown = false;
			for (; touches(own[i], from, to, i > firstOwn || j > firstOther); i++, grown = true) to = Math.max(to, own[i]!.oldTo);
			for (; touches(other[j], from, to, i > firstOwn || j > firstOther); j++, grown = true) to = Math.max(to, other[j]!.oldTo);
		}
		const mineTo = mineAt + (to - at) + growth(own.slice(firstOwn, i));
		const theirsTo = theirsAt + (to - at) + growth(other.slice(firstOther, j));
		parts.push(
			judged(base.slice(at, to), mine.slice(mineAt, mineTo), theirs.slice(theirsAt, theirsTo), i > firstOwn, j > firstOther),
		);
		[at, mineAt, theirsAt] = [to, mineTo, theirsTo];
	}
	same(base.length);
	return parts;
}

/* Changes that only border on each other are told apart by nobody who reads them: they are one. */
function touches(change: LineChange | undefined, from: number, to: number, begun: boolean): boolean {
	if (!change) return false;
	return begun ? change.oldFrom <= to : change.oldFrom === from;
}

function growth(changes: readonly LineChange[]): number {
	return changes.reduce((sum, { oldFrom, oldTo, from, to }) => sum + (to - from) - (oldTo - oldFrom), 0);
}

function judged(base: string[], mine: string[], theirs: string[], own: boolean, other: boolean): MergePart {
	const equal = mine.length === theirs.length && mine.every((line, index) => line === theirs[index]);
	const kind = own && other ? (equal ? 'both' : 'conflict') : own ? 'mine' : 'theirs';
	return { kind, base, mine, theirs };
}

/** The merged text, when there is no conflict; else null. */
export function cleanMerge(base: string, mine: string, theirs: string): string | null {
	const parts = mergeLines(linesOf(base), linesOf(mine), linesOf(theirs));
	if (parts.some(({ kind }) => kind === 'conflict')) return null;
	return parts.flatMap((part) => (part.kind === 'theirs' ? part.theirs : part.mine)).join('\n');
}
