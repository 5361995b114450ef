/* Text that is not saved, on its way to the server and back. */

import type { DraftFacts } from '../../core/editor.ts';
import { cleanMerge } from '../../core/lines.ts';
import { strings } from '../../strings.ts';
import type { Buffer } from './buffer.svelte.ts';
import type { Desk } from './desk.svelte.ts';

interface Kept {
	base: string | null;
	text: string;
}

export interface FoundDraft extends Kept {
	/** It was only in this browser. */
	local: boolean;
}

const PAUSE_MS = 600;

export class Drafting {
	/** What the server has of each file, or will have by what is on its way. */
	readonly #sent = new Map<string, string>();
	readonly #onHide = () => this.keep();
	#complained = false;

	constructor(private readonly desk: Desk) {
		addEventListener('pagehide', this.#onHide);
	}

	dispose(): void {
		removeEventListener('pagehide', this.#onHide);
		this.keep();
		for (const buffer of this.desk.buffers.values()) clearTimeout(buffer.draftTimer);
	}

	/** Something was typed: it is sent when there is a pause. */
	soon(buffer: Buffer): void {
		buffer.unsent = true;
		clearTimeout(buffer.draftTimer);
		buffer.draftTimer = setTimeout(() => void this.send(buffer), PAUSE_MS);
	}

	/** It is saved or dropped: nothing is on its way any more. */
	drop(buffer: Buffer): void {
		clearTimeout(buffer.draftTimer);
		buffer.unsent = false;
		this.forget(buffer.path);
	}

	/** The server has no draft of this file any more. */
	forget(path: string): void {
		this.#sent.delete(path);
		this.desk.drafts.delete(path);
	}

	/** What is saved must be what the server has as a draft, or that would stay behind. */
	async settle(buffer: Buffer): Promise<void> {
		clearTimeout(buffer.draftTimer);
		const { path, text } = buffer;
		const known = this.#sent.has(path) || this.desk.drafts.has(path);
		if (known && this.#sent.get(path) !== text) await this.#put(buffer);
	}

	async send(buffer: Buffer): Promise<void> {
		clearTimeout(buffer.draftTimer);
		if (!buffer.editable) return;
		const { path, text, dirty } = buffer;
		try {
			if (dirty) await this.#put(buffer);
			else if (this.#sent.has(path)) {
				this.forget(path);
				await this.desk.ops.run({ op: 'discard', path });
			}
			if (buffer.text === text) buffer.unsent = false;
			this.#complained = false;
		} catch (error) {
			this.keep();
			if (this.#complained) return;
			this.#complained = true;
			this.desk.app.notices.complain(strings.editor.draftFailed((error as Error).message));
		}
	}

	/** What the server has not got stays in this browser. */
	keep(): void {
		const { name, store } = this.desk.drawer;
		const unsent = [...this.desk.buffers.values()].filter((buffer) => buffer.unsent && buffer.dirty);
		const kept = Object.fromEntries(unsent.map(({ path, base, text }) => [path, { base, text }]));
		store.set(name, unsent.length > 0 ? kept : null);
	}

	/** The files of which this browser has kept text. */
	kept(): string[] {
		const { name, store } = this.desk.drawer;
		return Object.keys(store.get<Record<string, Kept>>(name) ?? {});
	}

	async find(path: string): Promise<FoundDraft | null> {
		const { name, store } = this.desk.drawer;
		const { [path]: own, ...rest } = store.get<Record<string, Kept>>(name) ?? {};
		if (own) {
			store.set(name, Object.keys(rest).length > 0 ? rest : null);
			return { ...own, local: true };
		}
		const facts = this.desk.drafts.get(path);
		if (!facts) return null;
		const text = await this.#textOf(facts);
		this.#sent.set(path, text);
		return { base: facts.base, text, local: false };
	}

	/** Another page or device has typed: both texts become one where they can. */
	async hear(buffer: Buffer, data: Record<string, unknown>): Promise<void> {
		const facts = data as unknown as DraftFacts & { writer?: string };
		if (facts.writer === this.desk.app.writer || !buffer.editable) return;
		const theirs = await this.#textOf(facts).catch(() => null);
		if (theirs === null || facts.base !== buffer.base) return;
		const before = this.#sent.get(buffer.path) ?? buffer.baseText;
		const merged = buffer.unsent ? cleanMerge(before, buffer.text, theirs) : theirs;
		if (merged === null) return this.desk.app.notices.complain(strings.editor.elsewhere);
		this.#sent.set(buffer.path, theirs);
		buffer.replace(merged);
		buffer.dirty = merged !== buffer.baseText;
	}

	/** Another page has dropped what was not saved. */
	dropped(buffer: Buffer): void {
		if (buffer.unsent || !buffer.dirty) return;
		this.drop(buffer);
		buffer.replace(buffer.baseText);
		buffer.dirty = false;
	}

	async #put({ path, base, text }: Buffer): Promise<void> {
		const before = this.#sent.get(path);
		this.#sent.set(path, text);
		try {
			await this.desk.ops.run({ op: 'draft', path, base, text, writer: this.desk.app.writer });
		} catch (error) {
			if (before === undefined) this.#sent.delete(path);
			else this.#sent.set(path, before);
			throw error;
		}
	}

	async #textOf({ sha256 }: DraftFacts): Promise<string> {
		return new TextDecoder('utf-8', { ignoreBOM: true }).decode(await this.desk.api.content(this.desk.session, sha256));
	}
}

