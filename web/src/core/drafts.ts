/*
 * Blocks that are still being written, put together from the pieces that stream beside the log.
 * The stored block takes the place of its draft. Pieces and stored blocks may come in any order:
 * stored blocks of a message are counted, and what arrives late for one of them is dropped.
 */

import type { Piece } from './claude.ts';
import type { SessionEvent } from './types.ts';

export type Draft = Omit<Piece, 'at'>;

const KINDS: Record<string, Draft['kind']> = { text: 'text', thinking: 'thinking', tool_call: 'tool' };
/* Of how many messages it is known which of their blocks are stored. */
const MOST_MESSAGES = 64;
/* More than the program writes into one block; beyond it a draft grows no more. */
const MOST_CHARACTERS = 2 << 20;

export class Drafts {
	#open = new Map<string, Draft>();
	/* How many blocks of a message are stored. */
	#stored = new Map<string, number>();

	/** The drafts, in the order in which they were begun. */
	get all(): Draft[] {
		return [...this.#open.values()];
	}

	/** False when the piece changes nothing: too late, or its beginning is not known. */
	add(piece: Piece): boolean {
		if (piece.index < (this.#stored.get(piece.message) ?? 0)) return false;
		const key = `${piece.message} ${piece.index}`;
		const known = this.#open.get(key);
		const { at, ...draft } = piece;
		if (at > (known?.text.length ?? 0) || at > MOST_CHARACTERS) return false;
		const text = (known?.text.slice(0, at) ?? '') + piece.text;
		this.#open.set(key, { ...known, ...draft, text });
		return true;
	}

	/** A stored event ends the drafts that it stands for; true when there were any. */
	settle({ channel, type, data }: Pick<SessionEvent, 'channel' | 'type' | 'data'>): boolean {
		if (channel !== 'claude:message') return false;
		if (type === 'turn' || type === 'reset') return this.clear();
		const kind = KINDS[type];
		const message = data?.message;
		if (!kind || typeof message !== 'string') return false;
		const parent = data?.parent as string | undefined;
		const drafts = this.all.filter((draft) => draft.message === message);
		const done = drafts.filter((draft) => draft.kind === kind).sort((a, b) => a.index - b.index)[0];
		this.#count(message, done?.index);
		/* One message at a time is written: what is left of others was given up. */
		return this.#drop((draft) => {
			if (draft.message !== message) return draft.parent === parent;
			return done !== undefined && draft.index <= done.index;
		});
	}

	clear(): boolean {
		const some = this.#open.size > 0;
		this.#open.clear();
		return some;
	}

	#drop(test: (draft: Draft) => boolean): boolean {
		const before = this.#open.size;
		for (const [key, draft] of this.#open) if (test(draft)) this.#open.delete(key);
		return this.#open.size < before;
	}

	#count(message: string, index: number | undefined): void {
		const count = Math.max((this.#stored.get(message) ?? 0) + 1, (index ?? -1) + 1);
		this.#stored.delete(message);
		this.#stored.set(message, count);
		const oldest = this.#stored.keys().next();
		if (this.#stored.size > MOST_MESSAGES && !oldest.done) this.#stored.delete(oldest.value);
	}
}

/** The pieces that make these drafts for somebody who has none of them. */
export function pieces(drafts: readonly Draft[]): Piece[] {
	return drafts.map((draft) => ({ ...draft, at: 0 }));
}
