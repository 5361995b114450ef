/*
 * Messages to Claude sessions on their way to the server, apart from whether their tab is still
 * open: in order, exactly once (each has a UUID, and the server stores it once), and never lost. A
 * message leaves when the log shows it. What could not be sent is kept over a reload of the page.
 * An ended session is resumed for the person who writes to it.
 */

import { ApiError, type Api } from '../core/api.ts';
import { backoffMs } from '../core/backoff.ts';
import { uuid } from '../core/bytes.ts';
import type { SentImage } from '../core/claude.ts';
import { tabDrawer } from '../core/storage.ts';

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
		private readonly api: Api,
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

export class Outbox {
	#boxes = new Map<string, SessionOutbox>();
	#restored: Record<string, Letter[]>;
	#forgotten = false;

	constructor(
		private readonly api: Api,
		private readonly resume: (session: string) => Promise<void>,
	) {
		this.#restored = tabDrawer.take<Record<string, Letter[]>>('letters') ?? {};
		addEventListener('pagehide', () => this.#save());
		addEventListener('pageshow', () => tabDrawer.set('letters', null));
		addEventListener('online', () => this.wake());
	}

	of(session: string): SessionOutbox {
		let box = this.#boxes.get(session);
		if (!box) {
			const restored = this.#restored[session] ?? [];
			delete this.#restored[session];
			box = new SessionOutbox(session, this.api, this.resume, restored);
			this.#boxes.set(session, box);
		}
		return box;
	}

	/** Goes on with what the page before this one could not send. */
	resumeRestored(): void {
		for (const session of Object.keys(this.#restored)) this.of(session);
	}

	wake(): void {
		for (const box of this.#boxes.values()) box.wake();
	}

	hold(): void {
		for (const box of this.#boxes.values()) box.hold();
	}

	/** Signing out: nothing written by this person is kept. */
	forget(): void {
		this.#forgotten = true;
		this.hold();
	}

	#save(): void {
		if (this.#forgotten) return;
		const kept: Record<string, Letter[]> = { ...this.#restored };
		for (const [session, { letters }] of this.#boxes) {
			const open = letters.filter((letter) => letter.state !== 'accepted');
			if (open.length > 0) kept[session] = open;
		}
		tabDrawer.set('letters', Object.keys(kept).length > 0 ? kept : null);
	}
}
