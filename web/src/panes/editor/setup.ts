/*
 * What CodeMirror is made of here. It lives in a shadow tree, where its style sheets are adopted as
 * constructed ones: under a policy without inline styles it could not put them into the document.
 */

import { autocompletion, closeBrackets, closeBracketsKeymap, completeAnyWord, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab, toggleComment } from '@codemirror/commands';
import { bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit } from '@codemirror/language';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { Annotation, Compartment, EditorState, Facet, type Extension } from '@codemirror/state';
import {
	crosshairCursor, drawSelection, dropCursor, EditorView, highlightActiveLine, highlightActiveLineGutter,
	highlightSpecialChars, keymap, lineNumbers, rectangularSelection, type ViewUpdate,
} from '@codemirror/view';
import type { Indent } from '../../core/text-form.ts';
import { changeMarks } from './change-marks.ts';
import type { Keys } from './prefs.svelte.ts';
import { theme } from './theme.ts';

/** A change that did not come from this person at this place: from the disk, another side or device. */
export const external = Annotation.define<boolean>();

export interface Actions {
	save: () => void;
	find: (open: boolean) => void;
	goToLine: () => void;
	changed: (update: ViewUpdate) => void;
}

/** What the keys of the editor lead to; also those of vim and emacs. */
export const actionsOf = Facet.define<Actions, Actions | null>({ combine: (values) => values[0] ?? null });

export const language = new Compartment();
export const keys = new Compartment();
export const minimap = new Compartment();
export const wrapping = new Compartment();
export const scheme = new Compartment();
export const writable = new Compartment();

const act = (name: 'save' | 'goToLine') => (view: EditorView) => {
	view.state.facet(actionsOf)?.[name]();
	return true;
};

/* The bar is drawn by the page; CodeMirror only has to know that it is open. */
function searchPanel(view: EditorView) {
	const dom = document.createElement('div');
	dom.hidden = true;
	const { find } = view.state.facet(actionsOf) ?? {};
	return { dom, top: true, mount: () => find?.(true), destroy: () => find?.(false) };
}

export interface Made {
	text: string;
	path: string;
	label: string;
	indent: Indent;
	readOnly: boolean;
	/** Line ends are part of the text: the file mixes them. */
	mixed: boolean;
	actions: Actions;
	look: Extension;
}

export function makeState(made: Made): EditorState {
	const { actions, indent } = made;
	return EditorState.create({
		doc: made.text,
		extensions: [
			actionsOf.of(actions),
			keys.of([]),
			keymap.of([
				{ key: 'Mod-s', run: act('save'), preventDefault: true },
				{ key: 'Mod-g', run: act('goToLine'), preventDefault: true },
				{ key: 'Mod-/', run: toggleComment },
			]),
			keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...searchKeymap, ...historyKeymap, ...foldKeymap, ...completionKeymap, indentWithTab]),
			made.mixed ? EditorState.lineSeparator.of('\n') : [],
			lineNumbers(),
			changeMarks,
			foldGutter({ openText: '⌄', closedText: '›' }),
			highlightActiveLineGutter(),
			highlightSpecialChars(),
			highlightActiveLine(),
			highlightSelectionMatches({ minSelectionLength: 2 }),
			history(),
			drawSelection(),
			dropCursor(),
			rectangularSelection(),
			crosshairCursor(),
			indentOnInput(),
			bracketMatching(),
			closeBrackets(),
			autocompletion({ activateOnTyping: false }),
			EditorState.languageData.of(() => [{ autocomplete: completeAnyWord }]),
			search({ createPanel: searchPanel, top: true }),
			EditorState.allowMultipleSelections.of(true),
			EditorState.tabSize.of(indent.width),
			indentUnit.of(indent.tabs ? '\t' : ' '.repeat(indent.width)),
			writable.of(EditorState.readOnly.of(made.readOnly)),
			EditorView.contentAttributes.of({ 'aria-label': made.label, autocapitalize: 'off', autocorrect: 'off', spellcheck: 'false' }),
			EditorView.updateListener.of(actions.changed),
			theme,
			language.of([]),
			made.look,
		],
	});
}

/** Loaded when somebody wants them. They come before every other key. */
export async function keysOf(wanted: Keys): Promise<Extension> {
	if (wanted === 'plain') return [];
	return wanted === 'vim' ? (await import('./vim.ts')).vimKeys() : (await import('./emacs.ts')).emacsKeys();
}

export async function minimapOf(wanted: boolean): Promise<Extension> {
	if (!wanted) return [];
	const { showMinimap } = await import('@replit/codemirror-minimap');
	const create = () => ({ dom: document.createElement('div') });
	return showMinimap.compute([], () => ({ create, displayText: 'blocks', showOverlay: 'always' }));
}
