/*
 * What the editor's program is asked to do, and the wait for its answer. An operation has an id of
 * its own and is done once however often it is sent, so it is sent again until the server has it,
 * and before any later one, so that an older text never comes after a newer one; the answer comes
 * with the events of the session, whoever asked.
 */

import { ApiError } from './api.ts';
import { backoffMs } from './backoff.ts';
import { uuid } from './bytes.ts';
import { editorEvent, OpRefused, type EditorOp, type Refusal } from './editor.ts';
import type { SessionEvent } from './types.ts';

type Answer = Record<string, unknown>;

interface Waiting {
	resolve: (answer: Answer) => void;
	reject: (error: Error) => void;
}

export class EditorOps {
	#waiting = new Map<string, Waiting>();
	/* The delivery of the last one. */
	#line: Promise<void> = Promise.resolve();
	#closed = false;

	constructor(
		private readonly send: (id: string, op: EditorOp) => Promise<unknown>,
		private readonly pause: (ms: number) => Promise<unknown> = (ms) => new Promise((done) => setTimeout(done, ms)),
	) {}

	/** Resolves to what the program says of it; rejects with OpRefused, or with why it never got there. */
	run(op: EditorOp): Promise<Answer> {
		const id = uuid();
		return new Promise((resolve, reject) => {
			this.#waiting.set(id, { resolve, reject });
			this.#line = this.#line.then(() => this.#deliver(id, op));
		});
	}

	/** True when the event answers something that was asked here. */
	take(event: SessionEvent): boolean {
		const said = editorEvent(event);
		const id = said?.data.op_id;
		const waiting = typeof id === 'string' ? this.#waiting.get(id) : undefined;
		if (!said || !waiting) return false;
		this.#waiting.delete(id as string);
		if (said.type === 'refused') waiting.reject(new OpRefused(said.data as unknown as Refusal));
		else waiting.resolve(said.data);
		return true;
	}

	/** Nobody waits any more. */
	close(): void {
		this.#closed = true;
		this.#waiting.clear();
	}

	async #deliver(id: string, op: EditorOp): Promise<void> {
		for (let attempt = 0; this.#waiting.has(id) && !this.#closed; attempt++) {
			try {
				await this.send(id, op);
				return;
			} catch (error) {
				if (!(error instanceof ApiError) || !error.transient) {
					this.#waiting.get(id)?.reject(error as Error);
					this.#waiting.delete(id);
					return;
				}
				await this.pause(backoffMs(attempt));
			}
		}
	}
}
