/*
 * One place where files are edited: a CodeMirror in a shadow tree of its own, which shows one file
 * after the other, and what the page draws around it has to know of it.
 */

import { openSearchPanel, closeSearchPanel } from '@codemirror/search';
import { EditorSelection, EditorState, type Extension } from '@codemirror/state';
import { EditorView, type ViewUpdate } from '@codemirror/view';
import { indentOf, needsTabs, type Indent } from '../../core/text-form.ts';
import { shownPath } from '../../core/files.ts';
import { strings } from '../../strings.ts';
import type { Buffer } from './buffer.svelte.ts';
import { compareWith } from './change-marks.ts';
import type { Desk } from './desk.svelte.ts';
import { languageOfFile } from './languages.ts';
import { editorPrefs } from './prefs.svelte.ts';
import * as setup from './setup.ts';

export class Surface {
	/** From 1. */
	line = $state(1);
	column = $state(1);
	/** Selected characters. */
	selected = $state(0);
	finding = $state(false);
	/** Grows with every change of the text, for what counts in it. */
	version = $state(0);
	languageName = $state('');
	indent = $state.raw<Indent>({ tabs: true, width: 4 });

	readonly view: EditorView;
	#buffer: Buffer | null = null;

	constructor(
		private readonly desk: Desk,
		private readonly side: number,
		host: HTMLElement,
	) {
		const root = host.attachShadow({ mode: 'open' });
		this.view = new EditorView({ root, parent: root });
		this.view.dom.addEventListener('focusin', () => (desk.focused = side));
	}

	dispose(): void {
		this.#buffer?.detach(this.side, this.view);
		this.view.destroy();
	}

	focus(): void {
		this.view.focus();
	}

	/** Shows a file; null: nothing. */
	show(buffer: Buffer | null): void {
		if (buffer === this.#buffer) return;
		this.#buffer?.detach(this.side, this.view);
		this.#buffer = buffer;
		this.finding = false;
		if (!buffer) return this.view.setState(EditorState.create({}));
		const indent = indentOf(buffer.text);
		this.indent = needsTabs(buffer.path) ? { ...indent, tabs: true } : indent;
		this.view.setState(buffer.stateFor(this.side, (text) => this.#make(buffer, text)));
		buffer.attach(this.side, this.view);
		buffer.draft = null;
		this.#tellPlace();
		void this.#loadLanguage(buffer);
	}

	/** Puts what the person has chosen about the look into effect. */
	restyle(dark: boolean): void {
		const { wrap, minimap, keys } = editorPrefs;
		this.view.dispatch({
			effects: [
				setup.scheme.reconfigure(EditorView.darkTheme.of(dark)),
				setup.wrapping.reconfigure(wrap ? EditorView.lineWrapping : []),
			],
		});
		void setup.keysOf(keys).then((extension) => this.#reconfigure(setup.keys.reconfigure(extension)));
		void setup.minimapOf(minimap).then((extension) => this.#reconfigure(setup.minimap.reconfigure(extension)));
	}

	compare(text: string | null): void {
		this.view.dispatch({ effects: compareWith.of(text) });
	}

	/** Puts the cursor there and that line in the middle; both from 1. */
	goTo(line: number, column = 1): void {
		const { doc } = this.view.state;
		const found = doc.line(Math.min(Math.max(1, line), doc.lines));
		const at = found.from + Math.min(Math.max(0, column - 1), found.length);
		this.view.dispatch({
			selection: EditorSelection.cursor(at),
			effects: EditorView.scrollIntoView(at, { y: 'center' }),
		});
	}

	find(): void {
		openSearchPanel(this.view);
	}

	endFind(): void {
		closeSearchPanel(this.view);
		this.view.focus();
	}

	async askLine(): Promise<void> {
		const { goToTitle, goToLabel, goToSubmit } = strings.editor;
		const asked = { title: goToTitle, label: goToLabel(this.view.state.doc.lines), submit: goToSubmit };
		const answer = await this.desk.app.dialogs.ask(`${this.line}`, asked);
		const place = /^(\d+)(?:[:, ]+(\d+))?$/.exec(answer ?? '');
		if (place) this.goTo(Number(place[1]), place[2] ? Number(place[2]) : 1);
		this.focus();
	}

	#make(buffer: Buffer, text: string): EditorState {
		const { wrap } = editorPrefs;
		const dark = this.desk.app.prefs.scheme === 'dark';
		const look: Extension = [
			setup.minimap.of([]),
			setup.wrapping.of(wrap ? EditorView.lineWrapping : []),
			setup.scheme.of(EditorView.darkTheme.of(dark)),
		];
		return setup.makeState({
			text,
			path: buffer.path,
			label: strings.editor.textOf(shownPath(buffer.path)),
			indent: this.indent,
			readOnly: !buffer.editable,
			mixed: buffer.form.line_end === 'mixed',
			look,
			actions: {
				save: () => void this.desk.saving.save(buffer),
				find: (open) => (this.finding = open),
				goToLine: () => void this.askLine(),
				changed: (update) => this.#changed(buffer, update),
			},
		});
	}

	/* A state may be shown at the other side by now: only what this view says counts. */
	#changed(buffer: Buffer, update: ViewUpdate): void {
		if (update.view !== this.view || buffer !== this.#buffer) return;
		if (update.docChanged) {
			this.version++;
			buffer.dirty = buffer.differs(update.state.doc);
			const own = update.transactions.some((one) => one.docChanged && !one.annotation(setup.external));
			if (own) {
				buffer.mirror(this.view, update.changes);
				this.desk.drafting.soon(buffer);
			}
		}
		if (update.docChanged || update.selectionSet) this.#tellPlace();
	}

	#tellPlace(): void {
		const { main, ranges } = this.view.state.selection;
		const line = this.view.state.doc.lineAt(main.head);
		this.line = line.number;
		this.column = main.head - line.from + 1;
		this.selected = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
	}

	async #loadLanguage(buffer: Buffer): Promise<void> {
		const found = languageOfFile(buffer.path);
		this.languageName = found?.name ?? strings.editor.plainText;
		if (!found) return;
		const support = await found.load().catch(() => null);
		if (support && buffer === this.#buffer) this.view.dispatch({ effects: setup.language.reconfigure(support) });
	}

	#reconfigure(effect: ReturnType<typeof setup.keys.reconfigure>): void {
		if (this.#buffer) this.view.dispatch({ effects: effect });
	}
}

