/*
 * Markdown as tokens. A text that grows is read again only from its last block on, so that a long
 * answer costs no more at its end than at its beginning; blocks that did not change are the same
 * objects as before. Nothing here makes HTML, and HTML in the text is text.
 */

import { Lexer, type Token, type Tokens } from 'marked';

export type { Token, Tokens };

export class Markdown {
	#text = '';
	#blocks: Token[] = [];

	/** The blocks of the text. */
	read(text: string): Token[] {
		if (text === this.#text) return this.#blocks;
		const kept = this.#text && text.startsWith(this.#text) ? this.#settled() : { count: 0, at: 0 };
		const rest = new Lexer({ gfm: true }).lex(text.slice(kept.at));
		this.#blocks = [...this.#blocks.slice(0, kept.count), ...rest];
		/* The lexer writes line ends in its own way; then no place in the text can be trusted. */
		const raw = this.#blocks.reduce((sum, { raw }) => sum + raw.length, 0);
		this.#text = raw === text.length ? text : '';
		return this.#blocks;
	}

	/* The last two blocks may still change: a heading gets its line, a list another paragraph. */
	#settled(): { count: number; at: number } {
		const count = Math.max(0, this.#blocks.length - 2);
		const at = this.#blocks.slice(0, count).reduce((sum, { raw }) => sum + raw.length, 0);
		return { count, at };
	}
}

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' };

/** What character references in a text stand for; those not known stay as they are. */
export function withoutReferences(text: string): string {
	return text.replace(/&(?:#(\d{1,7})|#[xX]([\da-fA-F]{1,6})|([a-z]{2,6}));/g, (all, decimal, hex, name) => {
		if (name) return NAMED[name] ?? all;
		const code = decimal ? Number(decimal) : parseInt(hex, 16);
		return code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? String.fromCodePoint(code) : all;
	});
}
