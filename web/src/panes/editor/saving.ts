/* Saving: only over what the text was written upon; else the three texts are put to the person. */

import { markedText } from '../../core/conflict-markers.ts';
import { OpRefused, type SavedFile } from '../../core/editor.ts';
import { linesOf, mergeLines } from '../../core/lines.ts';
import { beyondLatin1 } from '../../core/text-form.ts';
import { strings } from '../../strings.ts';
import type { Buffer } from './buffer.svelte.ts';
import type { Desk } from './desk.svelte.ts';

export class Saving {
	constructor(private readonly desk: Desk) {}

	async save(buffer: Buffer): Promise<void> {
		if (!buffer.editable || buffer.saving || buffer.conflict) return;
		const { path, base, form, text } = buffer;
		const odd = form.encoding === 'latin1' ? beyondLatin1(text) : null;
		if (odd !== null) return this.desk.app.notices.complain(strings.editor.notInLatin1(odd));
		buffer.saving = true;
		try {
			await this.desk.drafting.settle(buffer);
			const saved = (await this.desk.ops.run({ op: 'save', path, base, text, ...form })) as unknown as SavedFile;
			this.#saved(buffer, saved.after, text);
		} catch (error) {
			await this.#refused(buffer, error);
		} finally {
			buffer.saving = false;
		}
	}

	async saveAll(): Promise<void> {
		for (const buffer of this.desk.dirty) await this.save(buffer);
	}

	/** Puts the texts side by side, of which one must be made. */
	async merge(buffer: Buffer, current = buffer.disk): Promise<void> {
		if (current === undefined) return;
		await this.desk.app.attempt(async () => {
			const theirs = current === null ? '' : await this.desk.reading.contentOf(buffer, current);
			const parts = mergeLines(linesOf(buffer.baseText), linesOf(buffer.text), linesOf(theirs));
			buffer.conflict = { of: 'disk', parts, mine: '', theirs: '', hasBase: true, sha256: current, disk: theirs };
		});
	}

	/** Puts the places that git has marked in the text to the person. */
	mergeMarked(buffer: Buffer): void {
		if (!buffer.editable) return;
		const marked = markedText(buffer.text);
		if (marked) buffer.conflict = { of: 'git', ...marked, sha256: buffer.base, disk: buffer.baseText };
		else if (buffer.dirty) this.desk.app.notices.complain(strings.editor.merge.git.unreadable);
	}

	/** The text that was made of both; it is saved over what the disk has. */
	async settle(buffer: Buffer, text: string): Promise<void> {
		const { conflict } = buffer;
		if (!conflict) return;
		buffer.setBase(conflict.sha256, conflict.disk);
		buffer.replace(text);
		buffer.dirty = true;
		buffer.conflict = null;
		buffer.disk = undefined;
		this.desk.drafting.soon(buffer);
		await this.save(buffer);
		if (conflict.of === 'git' && !buffer.dirty) this.#toGit();
	}

	/** Drops what is not saved, for what the disk has. */
	async revert(buffer: Buffer): Promise<void> {
		await this.desk.app.attempt(async () => {
			const sha256 = buffer.disk === undefined ? buffer.base : buffer.disk;
			const text = sha256 === buffer.base ? buffer.baseText : sha256 === null ? '' : await this.desk.reading.contentOf(buffer, sha256);
			this.desk.drafting.drop(buffer);
			await this.desk.ops.run({ op: 'discard', path: buffer.path });
			buffer.setBase(sha256, text);
			buffer.replace(text);
			buffer.dirty = false;
			buffer.conflict = null;
			buffer.disk = undefined;
		});
	}

	/** Makes an earlier version what the disk has. */
	async restore(buffer: Buffer, sha256: string): Promise<boolean> {
		try {
			await this.desk.ops.run({ op: 'restore', path: buffer.path, sha256, base: buffer.base });
			const text = await this.desk.reading.contentOf(buffer, sha256);
			this.desk.drafting.drop(buffer);
			buffer.setBase(sha256, text);
			buffer.replace(text);
			buffer.dirty = false;
			buffer.disk = undefined;
			return true;
		} catch (error) {
			await this.#refused(buffer, error);
			return false;
		}
	}

	/* Only there is it said that the file is settled. */
	#toGit(): void {
		const { app, workspace } = this.desk;
		const { saved, toGit } = strings.editor.merge.git;
		app.notices.say(saved, { label: toGit, run: () => app.showPlace('git', workspace) });
	}

	#saved(buffer: Buffer, after: string, text: string): void {
		this.desk.drafting.drop(buffer);
		buffer.setBase(after, text);
		buffer.disk = undefined;
		buffer.dirty = buffer.text !== text;
		if (buffer.dirty) this.desk.drafting.soon(buffer);
	}

	async #refused(buffer: Buffer, error: unknown): Promise<void> {
		if (error instanceof OpRefused && error.refusal.code === 'file.changed') {
			const { current = null } = error.refusal;
			buffer.disk = current;
			await this.merge(buffer, current);
			return;
		}
		this.desk.app.report(error);
	}
}
