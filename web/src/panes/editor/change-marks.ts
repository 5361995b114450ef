/*
 * Beside the line numbers: which lines differ from a text that they are held against, the last
 * commit or what was saved. Compared a moment after the last key, never while one is pressed.
 */

import { RangeSet, StateEffect, StateField, type Extension, type Text } from '@codemirror/state';
import { gutter, GutterMarker, ViewPlugin, type EditorView, type ViewUpdate } from '@codemirror/view';
import { lineChanges, linesOf } from '../../core/lines.ts';

type Kind = 'added' | 'modified' | 'removed';

class ChangeMark extends GutterMarker {
	constructor(private readonly kind: Kind) {
		super();
	}

	override eq(other: ChangeMark): boolean {
		return other.kind === this.kind;
	}

	override toDOM(): Node {
		const mark = document.createElement('div');
		mark.className = `cm-change cm-change-${this.kind}`;
		return mark;
	}
}

const MARKS: Record<Kind, ChangeMark> = {
	added: new ChangeMark('added'),
	modified: new ChangeMark('modified'),
	removed: new ChangeMark('removed'),
};

const PAUSE_MS = 150;
/* Comparing more would be felt. */
const MOST_LINES = 20_000;

const setMarks = StateEffect.define<RangeSet<GutterMarker>>();
/** What the text is held against; null: nothing. */
export const compareWith = StateEffect.define<string | null>();

const marks = StateField.define<RangeSet<GutterMarker>>({
	create: () => RangeSet.empty,
	update: (value, transaction) => {
		const set = transaction.effects.find((effect) => effect.is(setMarks));
		return set ? (set.value as RangeSet<GutterMarker>) : value.map(transaction.changes);
	},
});

const original = StateField.define<readonly string[] | null>({
	create: () => null,
	update: (value, { effects }) => {
		const set = effects.find((effect) => effect.is(compareWith));
		return set ? (set.value === null ? null : linesOf(set.value as string)) : value;
	},
});

function marksOf(old: readonly string[], doc: Text): RangeSet<GutterMarker> {
	const lines = [...doc.iterLines()];
	const found = new Map<number, Kind>();
	for (const { oldFrom, oldTo, from, to } of lineChanges(old, lines)) {
		for (let line = from; line < to; line++) found.set(line, oldTo > oldFrom ? 'modified' : 'added');
		if (to === from) found.set(Math.min(from, lines.length - 1), 'removed');
	}
	const ranges = [...found].map(([line, kind]) => MARKS[kind].range(doc.line(line + 1).from));
	return RangeSet.of(ranges, true);
}

const comparing = ViewPlugin.fromClass(
	class {
		#timer: ReturnType<typeof setTimeout> | undefined;

		constructor(private readonly view: EditorView) {
			this.#soon();
		}

		update(update: ViewUpdate): void {
			const other = update.startState.field(original) !== update.state.field(original);
			if (update.docChanged || other) this.#soon();
		}

		destroy(): void {
			clearTimeout(this.#timer);
		}

		#soon(): void {
			clearTimeout(this.#timer);
			this.#timer = setTimeout(() => {
				const { state } = this.view;
				const old = state.field(original);
				const value = old && state.doc.lines <= MOST_LINES ? marksOf(old, state.doc) : RangeSet.empty;
				this.view.dispatch({ effects: setMarks.of(value) });
			}, PAUSE_MS);
		}
	},
);

export const changeMarks: Extension = [
	original,
	marks,
	comparing,
	gutter({ class: 'cm-changes', markers: (view) => view.state.field(marks) }),
];
