/* The look of CodeMirror, from the tokens of the page: they reach into its shadow tree by name. */

import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const look = EditorView.theme({
	'&': { height: '100%', color: 'var(--fg)', backgroundColor: 'var(--bg-term)', fontSize: 'var(--editor-size, 13px)' },
	'&.cm-focused': { outline: 'none' },
	'.cm-scroller': {
		fontFamily: 'var(--font-mono)',
		lineHeight: '1.55',
		overflow: 'auto',
		scrollbarWidth: 'thin',
		scrollbarColor: 'var(--line) transparent',
	},
	'.cm-content': { caretColor: 'var(--accent)', padding: '6px 0 40vh' },
	'.cm-line': { padding: '0 12px 0 8px' },
	'.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--accent)', borderLeftWidth: '2px' },
	'&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground, .cm-content ::selection': {
		backgroundColor: 'var(--accent-soft)',
	},
	'.cm-activeLine': { backgroundColor: 'color-mix(in oklab, var(--bg-high) 45%, transparent)' },
	'.cm-gutters': { color: 'var(--fg-3)', backgroundColor: 'var(--bg-term)', border: '0' },
	'.cm-activeLineGutter': { color: 'var(--fg)', backgroundColor: 'transparent' },
	'.cm-lineNumbers .cm-gutterElement': { minWidth: '32px', padding: '0 6px 0 8px' },
	'.cm-foldGutter .cm-gutterElement': { padding: '0 3px', cursor: 'default' },
	'.cm-foldPlaceholder': { border: '0', padding: '0 6px', backgroundColor: 'var(--bg-high)', color: 'var(--fg-2)' },
	'.cm-matchingBracket, &.cm-focused .cm-matchingBracket': {
		backgroundColor: 'transparent',
		outline: '1px solid var(--line-strong)',
	},
	'.cm-nonmatchingBracket, &.cm-focused .cm-nonmatchingBracket': {
		backgroundColor: 'var(--bad-soft)',
		outline: '1px solid var(--bad)',
	},
	'.cm-searchMatch': { backgroundColor: 'color-mix(in oklab, var(--find) 35%, transparent)' },
	'.cm-searchMatch-selected': { backgroundColor: 'var(--find)', color: 'var(--on-find)' },
	'.cm-selectionMatch': { backgroundColor: 'var(--bg-high)' },
	'.cm-specialChar': { color: 'var(--bad)' },
	'.cm-panels': { color: 'var(--fg)', backgroundColor: 'var(--bg-raise)', fontFamily: 'var(--font-mono)' },
	'.cm-panels-top': { borderBottom: '0' },
	'.cm-panels-bottom': { borderTop: '1px solid var(--line-soft)' },
	'.cm-panel input': { color: 'inherit', background: 'transparent', fontFamily: 'inherit', outline: 'none' },
	'.cm-vim-panel': { padding: '2px 12px', minHeight: '1.6em' },
	'.cm-fat-cursor': { background: 'var(--accent) !important', color: 'var(--on-accent) !important' },
	'&:not(.cm-focused) .cm-fat-cursor': { background: 'none !important', outline: '1px solid var(--accent) !important' },
	'.cm-tooltip': { border: '1px solid var(--line)', backgroundColor: 'var(--bg-raise)', color: 'var(--fg)' },
	'.cm-minimap-gutter': { backgroundColor: 'var(--bg-term)', borderLeft: '1px solid var(--line-soft)' },
	'.cm-changes': { width: '4px' },
	'.cm-changes .cm-gutterElement': { padding: '0' },
	'.cm-change': { width: '3px', height: '100%' },
	'.cm-change-added': { backgroundColor: 'var(--ok)' },
	'.cm-change-modified': { backgroundColor: 'var(--accent)' },
	'.cm-change-removed': { borderTop: '3px solid var(--bad)', marginTop: '-1px' },
});

const colours = HighlightStyle.define([
	{ tag: [tags.keyword, tags.modifier, tags.operatorKeyword, tags.self, tags.bool, tags.null, tags.processingInstruction], color: 'var(--code-keyword)' },
	{ tag: [tags.string, tags.regexp, tags.special(tags.string), tags.inserted], color: 'var(--code-string)' },
	{ tag: [tags.number, tags.atom, tags.escape, tags.color, tags.unit], color: 'var(--code-number)' },
	{ tag: [tags.definition(tags.variableName), tags.function(tags.variableName), tags.function(tags.propertyName), tags.tagName, tags.heading, tags.labelName, tags.attributeName, tags.definition(tags.propertyName)], color: 'var(--code-title)' },
	{ tag: [tags.typeName, tags.className, tags.namespace, tags.standard(tags.name), tags.meta, tags.annotation], color: 'var(--code-type)' },
	{ tag: [tags.comment, tags.quote], color: 'var(--fg-3)', fontStyle: 'italic' },
	{ tag: tags.heading, fontWeight: '600' },
	{ tag: tags.strong, fontWeight: '700' },
	{ tag: tags.emphasis, fontStyle: 'italic' },
	{ tag: tags.link, textDecoration: 'underline' },
	{ tag: [tags.invalid, tags.deleted], color: 'var(--bad)' },
]);

export const theme = [look, syntaxHighlighting(colours)];
