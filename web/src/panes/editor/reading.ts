/*
 * How the text of a file comes to the desk: from the program, which has it open from then on; for who
 * may only look, from the disk; and what was not saved, from where it was kept.
 */

import { ApiError } from '../../core/api.ts';
import { OpRefused, type OpenedFile } from '../../core/editor.ts';
import { GitApi } from '../../core/git-api.ts';
import { formOf, textOfBytes } from '../../core/text-form.ts';
import type { Buffer } from './buffer.svelte.ts';
import type { Desk } from './desk.svelte.ts';

/* Of a text that is shown whole: what the program takes, too. */
const MOST_BYTES = 10_000_000;

export class Reading {
	readonly #git: GitApi;

	constructor(private readonly desk: Desk) {
		this.#git = new GitApi(desk.app.api);
	}

	/** Reads a file again from the start, as after a failure. */
	async load(buffer: Buffer): Promise<void> {
		buffer.phase = 'opening';
		try {
			buffer.facts = this.desk.app.mayUse ? await this.#open(buffer) : await this.#look(buffer);
			buffer.phase = 'ready';
			void this.#readCommitted(buffer);
		} catch (error) {
			buffer.problem = error instanceof Error ? error.message : String(error);
			const code = error instanceof OpRefused ? error.refusal.code : error instanceof ApiError ? error.code : '';
			buffer.missing = code === 'file.missing';
			buffer.phase = 'failed';
		}
	}

	/** Text of a version that the log knows. */
	async contentOf(buffer: Buffer, sha256: string, session = this.desk.session): Promise<string> {
		return textOfBytes(await this.desk.api.content(session, sha256), buffer.form);
	}

	async #open(buffer: Buffer): Promise<OpenedFile> {
		const facts = (await this.desk.ops.run({ op: 'open', path: buffer.path })) as unknown as OpenedFile;
		buffer.form = { encoding: facts.encoding, bom: facts.bom, line_end: facts.line_end };
		if (!facts.read_only || facts.read_only === 'denied') await this.#fill(buffer, facts);
		return facts;
	}

	/* A viewer may ask the program for nothing, and sees what the disk has. */
	async #look(buffer: Buffer): Promise<OpenedFile> {
		const { api } = this.desk.app.files;
		const { path } = buffer;
		const { size, mode } = await api.info(this.desk.workspace, path);
		const large = size > MOST_BYTES;
		const bytes = size > 0 ? await api.head(this.desk.workspace, path, large ? 8192 : size) : new Uint8Array();
		const form = formOf(bytes);
		if (form) buffer.form = form;
		const text = form ? textOfBytes(bytes, form) : '';
		buffer.setBase(null, text);
		buffer.replace(text);
		const readOnly = large ? 'large' : form ? 'denied' : 'binary';
		return { path, sha256: '', size, mode, read_only: readOnly, ...buffer.form };
	}

	/* What was not saved comes back: from this browser, where it is newer, else from the server. */
	async #fill(buffer: Buffer, facts: OpenedFile): Promise<void> {
		const disk = await this.contentOf(buffer, facts.sha256);
		const draft = await this.desk.drafting.find(buffer.path);
		if (!draft || draft.text === disk) {
			buffer.setBase(facts.sha256, disk);
			buffer.replace(disk);
			return;
		}
		const same = draft.base === facts.sha256;
		/* Of what is not known any more, all counts as changed on both sides. */
		const before = draft.base === null ? '' : this.contentOf(buffer, draft.base).catch(() => '');
		const base = same ? disk : await before;
		buffer.setBase(draft.base, base);
		buffer.draft = draft.text;
		buffer.dirty = true;
		buffer.disk = same ? undefined : facts.sha256;
		if (draft.local) this.desk.drafting.soon(buffer);
	}

	async #readCommitted(buffer: Buffer): Promise<void> {
		if (!this.desk.app.workspaces.get(this.desk.workspace)?.git) return;
		try {
			const bytes = await this.#git.file(this.desk.workspace, buffer.path, 'HEAD');
			buffer.committed = textOfBytes(bytes, buffer.form);
		} catch (error) {
			if (!(error instanceof ApiError)) throw error;
			buffer.committed = null;
		}
	}
}
