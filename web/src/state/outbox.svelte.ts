/*
 * Messages to Claude sessions on their way to the server: in order, exactly once (each has a UUID,
 * and the server stores it once), and never lost. A message leaves when the log shows it. An ended
 * session is resumed for the person who writes to it.
 */

import { ApiError } from '../core/api.ts';
import { backoffMs } from '../core/backoff.ts';
import { uuid } from '../core/bytes.ts';
import type { ClaudeApi } from '../core/claude-api.ts';
import type { SentImage } from '../core/claude.ts';
import { Boxes } from './boxes.svelte.ts';

export interface Letter {
	uuid: string;
	text: string;
	images: SentImage[];
	state: 'waiting' | 'accepted' | 'refused';
	/** Why it was refused. */
	reason?: string;
}

export class SessionOutbox {
	letters = $state.raw<Letter[]>([]);
	#busy = false;
	#held = false;
	#attempt = 0;
	#retry: ReturnType<typeof setTimeout> | undefined;

	constructor(
		private readonly session: string,
		private readonly api: ClaudeApi,
		private readonly resume: (session: string) => Promise<void>,
		restored: Letter[],
	) {
		this.letters = restored;
		void this.#pump();
	}

	send(text: string, images: SentImage[]): void {
		this.letters = [...this.letters, { uuid: uuid(), text, images, state: 'waiting' }];
		void this.#pump();
	}

	/** Takes a letter out that the server has not accepted. */
	withdraw(id: string): void {
		this.letters = this.letters.filter((letter) => letter.uuid !== id);
	}

	again(id: string): void {
		this.#change(id, { state: 'waiting', reason: undefined });
		void this.#pump();
	}

	/** The log shows these. */
	settle(known: (id: string) => boolean): void {
		if (this.letters.some((letter) => known(letter.uuid))) {
			this.letters = this.letters.filter((letter) => !known(letter.uuid));
		}
	}

	wake(): void {
		this.#held = false;
		this.#attempt = 0;
		void this.#pump();
	}

	hold(): void {
		this.#held = true;
		clearTimeout(this.#retry);
	}

	snapshot(): Letter[] | null {
		const open = this.letters.filter((letter) => letter.state !== 'accepted');
		return open.length > 0 ? open : null;
	}

	async #pump(): Promise<void> {
		clearTimeout(this.#retry);
		const next = this.letters.find((letter) => letter.state === 'waiting');
		if (this.#busy || this.#held || !next) return;
		this.#busy = true;
		try {
			await this.#deliver(next);
			this.#attempt = 0;
			this.#change(next.uuid, { state: 'accepted' });
		} catch (error) {
			this.#failed(next, error);
		}
		this.#busy = false;
		if (this.#attempt === 0) void this.#pump();
	}

	async #deliver({ uuid, text, images }: Letter): Promise<void> {
		try {
			await this.api.message(this.session, uuid, text, images);
		} catch (error) {
			if (!(error instanceof ApiError) || error.code !== 'session.ended') throw error;
			await this.resume(this.session);
			await this.api.message(this.session, uuid, text, images);
		}
	}

	#failed(letter: Letter, error: unknown): void {
		if (error instanceof ApiError && error.status === 401) return this.hold();
		if (error instanceof ApiError && error.transient) {
			this.#retry = setTimeout(() => void this.#pump(), backoffMs(this.#attempt++));
			return;
		}
		const reason = error instanceof Error ? error.message : String(error);
		this.#attempt = 0;
		this.#change(letter.uuid, { state: 'refused', reason });
	}

	#change(id: string, change: Partial<Letter>): void {
		this.letters = this.letters.map((letter) => (letter.uuid === id ? { ...letter, ...change } : letter));
	}
}

export class Outbox extends Boxes<Letter[], SessionOutbox> {
	constructor(
		private readonly api: ClaudeApi,
		private readonly resume: (session: string) => Promise<void>,
	) {
		super('letters');
	}

	protected make(session: string, restored: Letter[] | null): SessionOutbox {
		return new SessionOutbox(session, this.api, this.resume, restored ?? []);
	}
}
