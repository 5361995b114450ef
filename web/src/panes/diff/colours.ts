/* The coloured text of a diff's lines, with what changed within a line marked. */

import { markRuns, spansOf, splitRuns, type Span } from '../../core/git-diff.ts';
import type { DiffLine } from '../../core/git.ts';
import { visibleText } from '../../core/text.ts';
import { highlighter } from '../../ui/code/highlighter.svelte.ts';

export interface TextRun {
	text: string;
	name: string | null;
	changed: boolean;
}

/** By the line's id. Old and new lines are coloured apart: each is a text of its own. */
export function runsOf(lines: readonly DiffLine[], language: string): Map<number, TextRun[]> {
	const spans = spansOf(lines);
	const runs = new Map<number, TextRun[]>();
	colour(lines.filter(({ kind }) => kind !== 'added'), language, spans, runs);
	colour(lines.filter(({ kind }) => kind !== 'removed'), language, spans, runs);
	return runs;
}

function colour(
	lines: readonly DiffLine[],
	language: string,
	spans: ReadonlyMap<number, Span>,
	into: Map<number, TextRun[]>,
): void {
	const coloured = splitRuns(highlighter.runs(lines.map(({ text }) => text).join('\n'), language));
	lines.forEach(({ id }, index) => {
		const marked = markRuns(coloured[index] ?? [], spans.get(id));
		into.set(id, marked.map((run) => ({ ...run, text: visibleText(run.text) })));
	});
}
