/*
 * One file that is open: the text as it is edited, what it was when it was read from the disk, and
 * what is known of the disk since. The text may be shown at two places at once; each has an editor
 * state of its own, with its own cursor, and every change reaches both.
 */

import { EditorState, Text, type ChangeSpec } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';
import type { OpenedFile, TextForm } from '../../core/editor.ts';
import { markedText } from '../../core/conflict-markers.ts';
import { lineChanges, type MergePart } from '../../core/lines.ts';
import { external } from './setup.ts';

export type Phase = 'opening' | 'ready' | 'failed';

/** Two texts of a file, of which one must become. */
export interface Conflict {
	/** Whose the texts are: the person's and the disk's, or those that git could not merge. */
	of: 'disk' | 'git';
	parts: MergePart[];
	/** What git calls the two sides. */
	mine: string;
	theirs: string;
	/** Whether it is known what was there before. */
	hasBase: boolean;
	/** What the disk has, on which the result is saved; null: the file is gone. */
	sha256: string | null;
	disk: string;
}

export class Buffer {
	phase = $state<Phase>('opening');
	problem = $state('');
	/** What was opened; null until the program has answered. */
	facts = $state.raw<OpenedFile | null>(null);
	form = $state.raw<TextForm>({ encoding: 'utf-8', bom: false, line_end: 'lf' });
	/** The content on which the text is written; null: the file was not there. */
	base = $state<string | null>(null);
	baseText = $state.raw('');
	/** Places that git has marked in it for a person to settle; null: there are none. */
	readonly marked = $derived(markedText(this.baseText));
	dirty = $state(false);
	saving = $state(false);
	/** What the disk has instead, under text that is not saved; undefined: nothing else. */
	disk = $state<string | null | undefined>(undefined);
	conflict = $state.raw<Conflict | null>(null);
	/** The text of the last commit, to mark what changed; null: not in one. */
	committed = $state.raw<string | null>(null);
	/** The file is not there. */
	missing = $state(false);
	/** What was not saved when it was opened, until an editor shows it. */
	draft: string | null = null;
	/** Text that the server has not got yet. */
	unsent = false;
	draftTimer: ReturnType<typeof setTimeout> | undefined;

	#baseDoc: Text = Text.empty;
	readonly #states = new Map<number, EditorState>();
	readonly #views = new Map<number, EditorView>();

	constructor(readonly path: string) {}

	get editable(): boolean {
		return this.phase === 'ready' && !this.facts?.read_only;
	}

	/** The text now; what was read, while no editor has it. */
	get text(): string {
		return this.doc?.toString() ?? this.draft ?? this.baseText;
	}

	get doc(): Text | undefined {
		const [view] = this.#views.values();
		return view?.state.doc ?? [...this.#states.values()][0]?.doc;
	}

	/** The state for a place, made when there is none or it fell behind. */
	stateFor(side: number, make: (text: string) => EditorState): EditorState {
		const known = this.#states.get(side);
		const { doc } = this;
		if (known && (!doc || known.doc.eq(doc))) return known;
		const made = make(doc?.toString() ?? this.draft ?? this.baseText);
		this.#states.set(side, made);
		return made;
	}

	/** The text is written upon this from now on. */
	setBase(sha256: string | null, text: string): void {
		this.base = sha256;
		this.baseText = text;
		this.#baseDoc = Text.of(text.split('\n'));
	}

	/** Whether the text is something else than its base; quick, also for a long one. */
	differs(doc: Text): boolean {
		return doc.length !== this.#baseDoc.length || !doc.eq(this.#baseDoc);
	}

	attach(side: number, view: EditorView): void {
		this.#views.set(side, view);
	}

	/** The place shows something else now; its state waits here. */
	detach(side: number, view: EditorView): void {
		this.#views.delete(side);
		this.#states.set(side, view.state);
	}

	/** What was typed at one place happens at the other, too. */
	mirror(from: EditorView, changes: ChangeSpec): void {
		for (const view of this.#views.values()) {
			if (view !== from) view.dispatch({ changes, annotations: external.of(true) });
		}
	}

	/** Puts another text in place, as few lines as differ: cursors stay with what they were at. */
	replace(text: string): void {
		this.draft = null;
		for (const view of this.#views.values()) {
			const changes = changesTo(view.state.doc, text);
			if (changes.length > 0) view.dispatch({ changes, annotations: external.of(true) });
		}
		for (const [side, state] of this.#states) {
			if (this.#views.has(side)) continue;
			const changes = changesTo(state.doc, text);
			if (changes.length > 0) this.#states.set(side, state.update({ changes, annotations: external.of(true) }).state);
		}
	}

	/** Everybody who shows it. */
	get views(): EditorView[] {
		return [...this.#views.values()];
	}
}

function changesTo(doc: Text, text: string): ChangeSpec[] {
	const [old, now] = [[...doc.iterLines()], text.split('\n')];
	return lineChanges(old, now).map(({ oldFrom, oldTo, from, to }) => {
		const insert = now.slice(from, to);
		/* Whole lines with their ends; at the end of the text there is none behind. */
		if (oldTo < old.length) {
			const begin = doc.line(oldFrom + 1).from;
			return { from: begin, to: doc.line(oldTo + 1).from, insert: insert.map((line) => `${line}\n`).join('') };
		}
		const begin = oldFrom === 0 ? 0 : doc.line(oldFrom).to;
		const lead = oldFrom === 0 ? '' : '\n';
		return { from: begin, to: doc.length, insert: insert.length > 0 ? lead + insert.join('\n') : '' };
	});
}
