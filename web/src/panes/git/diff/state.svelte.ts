/*
 * One file's diff as it is shown: read again when the repository was, and the lines that a person
 * has picked, which stay only as long as the diff is the very same.
 */

import { ApiError } from '../../../core/api.ts';
import { idsBetween } from '../../../core/git-diff.ts';
import type { DiffQuery, FileDiff, Side } from '../../../core/git.ts';
import { strings } from '../../../strings.ts';
import { diffLook } from '../../diff/look.svelte.ts';
import type { ShownDiff } from '../../diff/picking.ts';
import type { GitView } from '../view.svelte.ts';

export interface DiffTarget {
	side: Side;
	path: string;
	old_path?: string;
	from?: string;
	to?: string;
}

const WHOLE_FILE = 1000;

export class DiffState implements ShownDiff {
	file = $state.raw<FileDiff | null>(null);
	problem = $state<string | null>(null);
	whole = $state(false);
	picked = $state.raw<ReadonlySet<number>>(new Set());
	/** What was shown has changed before something was done with it. */
	outdated = $state(false);

	#anchor: number | null = null;
	#reading = 0;

	constructor(
		readonly view: GitView,
		readonly target: DiffTarget,
	) {}

	/** Whether single lines can be staged. */
	get picks(): boolean {
		const { side } = this.target;
		return this.view.mayChange && (side === 'unstaged' || side === 'staged') && !!this.file?.base;
	}

	get staged(): boolean {
		return this.target.side === 'staged';
	}

	async read(): Promise<void> {
		const reading = ++this.#reading;
		const query: DiffQuery = { ...this.target, hunks: true, ...this.#shown() };
		try {
			const { items } = await this.view.api.diff(this.view.workspace, query);
			if (reading !== this.#reading) return;
			const before = this.file?.base;
			this.file = items.find(({ path }) => path === this.target.path) ?? items[0] ?? null;
			this.problem = null;
			if (this.file?.base !== before) this.clear();
		} catch (error) {
			if (reading !== this.#reading || !(error instanceof ApiError)) return;
			if (!error.transient || !this.file) this.problem = error.message;
		}
	}

	/** Picks a line, or lets it go; with `range`, all from the one picked last. */
	toggle(id: number, range: boolean): void {
		const picked = new Set(this.picked);
		const ids = range && this.#anchor !== null ? idsBetween(this.file?.hunks ?? [], this.#anchor, id) : [id];
		const on = range || !picked.has(id);
		for (const one of ids) {
			if (on) picked.add(one);
			else picked.delete(one);
		}
		this.#anchor = id;
		this.picked = picked;
	}

	clear(): void {
		this.picked = new Set();
		this.#anchor = null;
	}

	/** Stages, unstages or discards parts of it: hunks, or the lines that are picked. */
	async apply(verb: 'stage' | 'unstage' | 'discard', hunks?: number[]): Promise<void> {
		const { file, view } = this;
		if (!file?.base) return;
		const { path, old_path } = this.target;
		const part = hunks ? { hunks } : { lines: [...this.picked].sort((a, b) => a - b) };
		this.outdated = false;
		await view.act(async () => {
			try {
				await view.api[verb](view.workspace, {
					path, base: file.base!, ...(old_path ? { old_path } : {}), ...this.#shown(), ...part,
				});
				this.clear();
			} catch (error) {
				if (!(error instanceof ApiError) || error.code !== 'git.changed') throw error;
				this.outdated = true;
			}
		});
	}

	async discard({ id, lines }: { id: number; lines: number }): Promise<void> {
		const { discardPartTitle, discardText, discard } = strings.git.changes;
		if (await this.view.app.dialogs.confirm(discardPartTitle(lines), discardText, discard)) await this.apply('discard', [id]);
	}

	#shown(): { context?: number; whitespace?: 'ignore' } {
		return {
			...(this.whole ? { context: WHOLE_FILE } : {}),
			...(diffLook.whitespace ? { whitespace: 'ignore' as const } : {}),
		};
	}
}
