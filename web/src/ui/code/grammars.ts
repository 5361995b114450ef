/*
 * Which languages have colours, and which of a grammar's many scopes have one. highlight.js parses;
 * lowlight takes the result as a tree, so that no HTML is ever made.
 */

import bash from 'highlight.js/lib/languages/bash';
import c from 'highlight.js/lib/languages/c';
import cpp from 'highlight.js/lib/languages/cpp';
import css from 'highlight.js/lib/languages/css';
import diff from 'highlight.js/lib/languages/diff';
import dockerfile from 'highlight.js/lib/languages/dockerfile';
import go from 'highlight.js/lib/languages/go';
import ini from 'highlight.js/lib/languages/ini';
import java from 'highlight.js/lib/languages/java';
import javascript from 'highlight.js/lib/languages/javascript';
import json from 'highlight.js/lib/languages/json';
import kotlin from 'highlight.js/lib/languages/kotlin';
import lua from 'highlight.js/lib/languages/lua';
import makefile from 'highlight.js/lib/languages/makefile';
import markdown from 'highlight.js/lib/languages/markdown';
import perl from 'highlight.js/lib/languages/perl';
import php from 'highlight.js/lib/languages/php';
import python from 'highlight.js/lib/languages/python';
import ruby from 'highlight.js/lib/languages/ruby';
import rust from 'highlight.js/lib/languages/rust';
import shell from 'highlight.js/lib/languages/shell';
import sql from 'highlight.js/lib/languages/sql';
import swift from 'highlight.js/lib/languages/swift';
import typescript from 'highlight.js/lib/languages/typescript';
import xml from 'highlight.js/lib/languages/xml';
import yaml from 'highlight.js/lib/languages/yaml';
import { createLowlight } from 'lowlight';
import type { Run } from './highlighter.svelte.ts';

const lowlight = createLowlight({
	bash, c, cpp, css, diff, dockerfile, go, ini, java, javascript, json, kotlin, lua, makefile,
	markdown, perl, php, python, ruby, rust, shell, sql, swift, typescript, xml, yaml,
});
lowlight.registerAlias({
	bash: ['ksh'],
	c: ['inc'],
	javascript: ['svelte', 'vue'],
	makefile: ['am'],
	ini: ['conf', 'service'],
});

const NAMES: Record<string, string> = {
	'hljs-keyword': 'keyword',
	'hljs-literal': 'keyword',
	'hljs-meta': 'keyword',
	'hljs-selector-tag': 'keyword',
	'hljs-built_in': 'type',
	'hljs-type': 'type',
	'hljs-class': 'type',
	'hljs-string': 'string',
	'hljs-regexp': 'string',
	'hljs-symbol': 'number',
	'hljs-number': 'number',
	'hljs-title': 'title',
	'hljs-section': 'title',
	'hljs-name': 'title',
	'hljs-attr': 'title',
	'hljs-attribute': 'title',
	'hljs-selector-class': 'title',
	'hljs-selector-id': 'title',
	'hljs-comment': 'comment',
	'hljs-quote': 'comment',
	'hljs-addition': 'added',
	'hljs-deletion': 'removed',
};

type Nodes = ReturnType<typeof lowlight.highlight>['children'];

/** Null when there is no grammar for the language. */
export function highlight(text: string, language: string): Run[] | null {
	const name = language.toLowerCase();
	if (!lowlight.registered(name)) return null;
	const runs: Run[] = [];
	flatten(lowlight.highlight(name, text).children, null, runs);
	return runs;
}

function flatten(nodes: Nodes, within: string | null, runs: Run[]): void {
	for (const node of nodes) {
		if (node.type === 'text') runs.push({ text: node.value, name: within });
		else if (node.type === 'element') {
			const [scope] = (node.properties.className as string[] | undefined) ?? [];
			flatten(node.children, NAMES[scope ?? ''] ?? within, runs);
		}
	}
}
