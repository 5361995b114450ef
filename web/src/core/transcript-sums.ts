/* What a transcript adds up to, and what it is as a document. */

import type { Item, ToolItem } from './transcript-items.ts';

/**
 * The price of what is here, in dollars. The program reports the price since it was started; where
 * that falls, it was started anew.
 */
export function costOf(items: readonly Item[]): number {
	let [sum, last] = [0, 0];
	for (const item of items) {
		if (item.kind !== 'turn' || item.cost_usd === undefined) continue;
		if (item.cost_usd < last) sum += last;
		last = item.cost_usd;
	}
	return sum + last;
}

/** The text of an item in which a person would search. */
export function textOf(item: Item): string {
	if (item.kind === 'tool') {
		return [item.title, ...Object.values(item.input).filter(isText), item.result?.text, ...item.children.map(textOf)]
			.filter(Boolean)
			.join('\n');
	}
	if (item.kind === 'permission') return JSON.stringify(item.row.input);
	return 'text' in item ? item.text : '';
}

const isText = (value: unknown): value is string => typeof value === 'string';

export interface DocumentWords {
	you: string;
	claude: string;
	thought: string;
}

/** The conversation as a Markdown document. */
export function asMarkdown(title: string, items: readonly Item[], words: DocumentWords): string {
	let speaker = '';
	const parts = [`# ${title}`];
	for (const item of items) {
		const part = partOf(item, words);
		if (!part) continue;
		const now = item.kind === 'prompt' ? words.you : words.claude;
		if (now !== speaker) parts.push(`## ${now}`);
		speaker = now;
		parts.push(part);
	}
	return parts.join('\n\n') + '\n';
}

function partOf(item: Item, words: DocumentWords): string {
	if (item.kind === 'prompt' || item.kind === 'text' || item.kind === 'local') return item.text;
	if (item.kind === 'thinking') return quote(`*${words.thought}*\n\n${item.text}`);
	if (item.kind === 'tool') return toolPart(item, words);
	if (item.kind === 'error' || item.kind === 'notice') return item.text ? quote(item.text) : '';
	return '';
}

function toolPart(item: ToolItem, words: DocumentWords): string {
	const { command } = item.input;
	const given = isText(command) ? fence(command, 'sh') : fence(JSON.stringify(item.input, null, 2), 'json');
	const children = item.children.map((child) => partOf(child, words)).filter(Boolean);
	const result = item.result?.text ? [fence(item.result.text.trimEnd(), '')] : [];
	return [`**${item.name}**`, given, ...children.map(quote), ...result].join('\n\n');
}

const quote = (text: string) => text.split('\n').map((line) => `> ${line}`.trimEnd()).join('\n');

/* A fence longer than any in the text. */
function fence(text: string, language: string): string {
	const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
	const mark = '`'.repeat(longest + 1);
	return `${mark}${language}\n${text}\n${mark}`;
}
