/*
 * The answer to one question on its way: once, not before the question could be read, and with a
 * sentence when it came too late.
 */

import { ApiError } from '../../../core/api.ts';
import type { Fields, PermissionAnswer, PermissionRow } from '../../../core/claude.ts';
import type { App } from '../../../state/app.svelte.ts';
import { strings } from '../../../strings.ts';

/* Clicks and keys this soon after the question appeared were meant for something else. */
const GUARD_MS = 500;

type Rest = Omit<PermissionAnswer, 'decision' | 'input_sha256'>;

export class Answering {
	busy = $state(false);
	/** The answer is kept, and given as soon as the session can take it. */
	kept = $state(false);
	/** Why the answer did not count. */
	problem = $state('');
	/** The input as the person has changed it; null: as it was asked. */
	changed = $state.raw<Fields | null>(null);
	/** Whether the question has been there long enough to be answered. */
	ready = $state(false);

	constructor(
		private readonly app: App,
		private readonly row: PermissionRow,
		private readonly onAnswered: (row: PermissionRow) => void,
	) {
		setTimeout(() => (this.ready = true), GUARD_MS);
	}

	allow(rest: Rest = {}): Promise<void> {
		const changed = this.changed ? { updated_input: this.changed } : {};
		return this.#answer({ decision: 'allow', ...changed, ...rest });
	}

	deny(rest: Rest = {}): Promise<void> {
		return this.#answer({ decision: 'deny', ...rest });
	}

	async #answer(answer: Omit<PermissionAnswer, 'input_sha256'>): Promise<void> {
		if (this.busy || this.kept || !this.ready) return;
		this.busy = true;
		this.problem = '';
		try {
			const { id, input_sha256 } = this.row;
			const row = await this.app.permissions.answer(id, { ...answer, input_sha256 });
			if (row.state === 'pending') this.kept = true;
			else this.onAnswered(row);
		} catch (error) {
			this.#failed(error);
		}
		this.busy = false;
	}

	#failed(error: unknown): void {
		const words = strings.claude.ask;
		if (!(error instanceof ApiError)) {
			this.problem = String(error);
		} else if (error.code === 'permission.answered') {
			const { answered_by, decision } = error.extra as Partial<PermissionRow>;
			this.problem = words.tooLate(answered_by === this.app.me?.user.id, decision === 'allow');
			this.app.permissions.forget(this.row.id);
		} else if (error.code === 'permission.changed') {
			this.problem = words.changedMeanwhile;
			void this.app.permissions.load();
		} else {
			this.problem = error.message;
		}
	}
}
