/*
 * A diff as it is drawn and picked from: lines in one column or in two, the part of a line that
 * changed, and which lines a person has chosen.
 */

import type { DiffLine, FileDiff, Hunk } from './git.ts';
import { lineChanges, linesOf, type LineChange } from './lines.ts';

/** A row of the view side by side: the old line and the new one; null where there is none. */
export interface Pair {
	left: DiffLine | null;
	right: DiffLine | null;
}

/** Removed lines stand beside the added ones that follow them. */
export function pairLines(lines: readonly DiffLine[]): Pair[] {
	const rows: Pair[] = [];
	let removed: DiffLine[] = [];
	let added: DiffLine[] = [];
	const flush = () => {
		for (let i = 0; i < Math.max(removed.length, added.length); i++) {
			rows.push({ left: removed[i] ?? null, right: added[i] ?? null });
		}
		[removed, added] = [[], []];
	};
	for (const line of lines) {
		if (line.kind === 'removed') {
			if (added.length > 0) flush();
			removed.push(line);
		} else if (line.kind === 'added') {
			added.push(line);
		} else {
			flush();
			rows.push({ left: line, right: line });
		}
	}
	flush();
	return rows;
}

export type Span = readonly [from: number, to: number];

/* Lines that share less than this are two lines, not one that changed. */
const LEAST_SHARED = 0.34;

/** Which characters differ between two lines; null when they have too little in common. */
export function changedSpans(old: string, now: string): [Span, Span] | null {
	const most = Math.min(old.length, now.length);
	let start = 0;
	while (start < most && old[start] === now[start]) start++;
	let end = 0;
	while (end < most - start && old[old.length - 1 - end] === now[now.length - 1 - end]) end++;
	/* Not between the halves of one character. */
	if (start > 0 && /[\ud800-\udbff]/.test(old[start - 1]!)) start--;
	if (end > 0 && /[\udc00-\udfff]/.test(old[old.length - end]!)) end--;
	const shared = old.slice(0, start).trim().length + old.slice(old.length - end).trim().length;
	if (shared < Math.max(old.trim().length, now.trim().length) * LEAST_SHARED) return null;
	return [
		[start, old.length - end],
		[start, now.length - end],
	];
}

/** For each line that has another beside it, the characters that changed; by the line's id. */
export function spansOf(lines: readonly DiffLine[]): Map<number, Span> {
	const spans = new Map<number, Span>();
	for (const { left, right } of pairLines(lines)) {
		if (!left || !right || left === right) continue;
		const found = changedSpans(left.text, right.text);
		if (!found) continue;
		spans.set(left.id, found[0]);
		spans.set(right.id, found[1]);
	}
	return spans;
}

/** The lines of a hunk that can be picked. */
export function changedIds(hunk: Hunk): number[] {
	return hunk.lines.filter(({ kind }) => kind !== 'context').map(({ id }) => id);
}

/** The changed lines from one to another, in whatever order they were named. */
export function idsBetween(hunks: readonly Hunk[], one: number, other: number): number[] {
	const [first, last] = [Math.min(one, other), Math.max(one, other)];
	return hunks.flatMap(changedIds).filter((id) => id >= first && id <= last);
}

/** Runs of coloured text, cut where lines end. */
export function splitRuns<T extends { text: string }>(runs: readonly T[]): T[][] {
	const lines: T[][] = [[]];
	for (const run of runs) {
		run.text.split('\n').forEach((text, index) => {
			if (index > 0) lines.push([]);
			if (text) lines.at(-1)!.push({ ...run, text });
		});
	}
	return lines;
}

/** Runs of one line, with those characters marked that changed. */
export function markRuns<T extends { text: string }>(
	runs: readonly T[],
	span: Span | undefined,
): (T & { changed: boolean })[] {
	if (!span || span[0] === span[1]) return runs.map((run) => ({ ...run, changed: false }));
	let at = 0;
	return runs.flatMap((run) => {
		const [start, end] = [at, (at += run.text.length)];
		const cuts = [start, Math.min(end, Math.max(start, span[0])), Math.min(end, Math.max(start, span[1])), end];
		return [0, 1, 2]
			.map((part) => ({ ...run, text: run.text.slice(cuts[part]! - start, cuts[part + 1]! - start), changed: part === 1 }))
			.filter(({ text }) => text);
	});
}

const CONTEXT = 3;

/** The differences of two texts as the hunks of a diff. */
export function hunksOf(before: string, after: string): Hunk[] {
	const [old, now] = [linesOf(before), linesOf(after)];
	const groups: LineChange[][] = [];
	for (const change of lineChanges(old, now)) {
		const last = groups.at(-1);
		if (last && change.oldFrom - last.at(-1)!.oldTo <= 2 * CONTEXT) last.push(change);
		else groups.push([change]);
	}
	let id = 0;
	return groups.map((changes, index) => {
		const [first, last] = [changes[0]!, changes.at(-1)!];
		const lead = Math.min(CONTEXT, first.oldFrom);
		const trail = Math.min(CONTEXT, old.length - last.oldTo);
		const lines: DiffLine[] = [];
		let [at, nowAt] = [first.oldFrom - lead, first.from - lead];
		const [oldStart, nowStart] = [at + 1, nowAt + 1];
		const same = (until: number) => {
			while (at < until) lines.push({ id: id++, kind: 'context', old: ++at, new: ++nowAt, text: old[at - 1]! });
		};
		for (const { oldFrom, oldTo, to } of changes) {
			same(oldFrom);
			while (at < oldTo) lines.push({ id: id++, kind: 'removed', old: ++at, new: null, text: old[at - 1]! });
			while (nowAt < to) lines.push({ id: id++, kind: 'added', old: null, new: ++nowAt, text: now[nowAt - 1]! });
		}
		same(last.oldTo + trail);
		return {
			id: index, section: '', lines,
			old_start: oldStart, old_lines: at + 1 - oldStart,
			new_start: nowStart, new_lines: nowAt + 1 - nowStart,
		};
	});
}

/** Two texts of one file as a diff that only shows. */
export function diffOfFile(path: string, before: string, after: string): FileDiff {
	const hunks = hunksOf(before, after);
	const count = (kind: DiffLine['kind']) => hunks.reduce((sum, { lines }) => sum + lines.filter((line) => line.kind === kind).length, 0);
	return {
		path, hunks, status: 'modified', base: null, binary: false, old_mode: null, new_mode: null,
		added: count('added'), removed: count('removed'),
	};
}
