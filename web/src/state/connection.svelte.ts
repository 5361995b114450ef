/*
 * The one line to the server: whether it is alive, how quick it is, and who on this page listens to
 * which session. Everything the page says about its connection comes from here.
 */

import type { Api } from '../core/api.ts';
import type { Piece } from '../core/claude.ts';
import type { EventStream, StreamPhase, StreamSink } from '../core/stream.ts';
import { reach } from '../core/log.ts';
import type { Health, Hello, LogItem, SystemEvent } from '../core/types.ts';

export interface SessionListener {
	onItem(item: LogItem): void;
	onPiece?(piece: Piece): void;
}

export interface ConnectionOwner {
	onHello(hello: Hello): void;
	onHealth(health: Health): void;
	onSystem(event: SystemEvent): void;
	onUnauthorized(): void;
	onUnknownSession(): void;
}

export type Link = 'connecting' | 'live' | 'reconnecting' | 'offline';

const OFFLINE_AFTER_MS = 5000;
const PING_MS = 15_000;

export class Connection implements StreamSink {
	#phase = $state<StreamPhase>('stopped');
	/** When the line broke; 0 while it lives. */
	brokenSince = $state(0);
	#long = $state(false);
	#networkGone = $state(false);
	/** The network is gone and the server did not answer, though the stream looks alive. */
	#cutOff = $state(false);
	/** The last round trip in milliseconds; null before the first measurement. */
	roundTrip = $state<number | null>(null);
	/** What the server's clock is ahead of this page's (performance.now()). */
	#clockAhead = Date.now() - performance.now();

	link = $derived<Link>(this.#judge());

	#stream: EventStream | null = null;
	#wanted = false;
	#listeners = new Map<string, SessionListener>();
	#seen = new Map<string, number>();
	#longTimer: ReturnType<typeof setTimeout> | undefined;
	#pingTimer: ReturnType<typeof setInterval> | undefined;

	constructor(
		private readonly api: Api,
		private readonly owner: ConnectionOwner,
		private readonly makeStream: (sink: StreamSink) => EventStream,
	) {}

	start(): void {
		this.#wanted = true;
		if (!this.#stream) {
			this.#stream = this.makeStream(this);
			this.#stream.setVisible(document.visibilityState === 'visible');
			this.#watchNetwork();
		}
		this.#stream.start();
	}

	stop(): void {
		this.#wanted = false;
		this.#stream?.stop();
	}

	attach(session: string, after: number, listener: SessionListener): () => void {
		this.#listeners.set(session, listener);
		this.#stream?.open(session, after);
		return () => {
			if (this.#listeners.get(session) !== listener) return;
			this.#listeners.delete(session);
			this.#stream?.close(session);
		};
	}

	rendered(item: LogItem): void {
		this.#stream?.rendered(item);
	}

	/** Replaces the directories of a workspace whose changes this page is told. */
	watch(workspace: string, paths: readonly string[]): void {
		this.#stream?.watch(workspace, paths);
	}

	/** The server's clock (Unix ms). */
	serverNow(): number {
		return this.#clockAhead + performance.now();
	}

	/** How far this page has seen the log of a session, whoever listened. */
	seen(session: string): number {
		return this.#seen.get(session) ?? 0;
	}

	onPhase(phase: StreamPhase): void {
		this.#phase = phase;
		clearTimeout(this.#longTimer);
		if (phase === 'live') {
			this.brokenSince = 0;
			this.#long = false;
		} else if (phase === 'retrying') {
			if (this.brokenSince === 0) this.brokenSince = Date.now();
			const left = this.brokenSince + OFFLINE_AFTER_MS - Date.now();
			this.#longTimer = setTimeout(() => (this.#long = true), left);
		}
	}

	onHello(hello: Hello): void {
		this.#cutOff = false;
		this.brokenSince = 0;
		this.#clockAhead = hello.now - performance.now();
		this.owner.onHello(hello);
		void this.#ping();
	}

	onItem(item: LogItem): void {
		const listener = this.#listeners.get(item.session);
		if (!listener) return this.rendered(item);
		this.#seen.set(item.session, Math.max(this.seen(item.session), reach(item)));
		listener.onItem(item);
	}

	onPiece(piece: Piece): void {
		this.#listeners.get(piece.session)?.onPiece?.(piece);
	}

	onSystem(event: SystemEvent): void {
		this.owner.onSystem(event);
	}

	onUnauthorized(): void {
		this.owner.onUnauthorized();
	}

	onUnknownSession(): void {
		this.owner.onUnknownSession();
	}

	#judge(): Link {
		if (this.#phase === 'live' && !this.#cutOff) return 'live';
		if (this.#networkGone || this.#long) return 'offline';
		return this.#phase === 'retrying' ? 'reconnecting' : 'connecting';
	}

	#watchNetwork(): void {
		const wake = () => this.#stream?.wake();
		addEventListener('online', () => {
			this.#networkGone = false;
			this.#stream?.wake(true);
		});
		addEventListener('offline', () => void this.#verify());
		addEventListener('pagehide', () => this.#stream?.leave());
		addEventListener('pageshow', (event) => {
			if (event.persisted && this.#wanted) this.#stream?.start();
			else wake();
		});
		document.addEventListener('visibilitychange', () => {
			const visible = document.visibilityState === 'visible';
			this.#stream?.setVisible(visible);
			if (visible) wake();
		});
		this.#pingTimer ??= setInterval(() => void this.#ping(), PING_MS);
	}

	/* A server on this machine answers without a network. */
	async #verify(): Promise<void> {
		const at = Date.now();
		this.#networkGone = true;
		try {
			this.owner.onHealth(await this.api.health());
			this.#networkGone = false;
		} catch {
			if (!this.#networkGone) return;
			this.#cutOff = true;
			if (this.brokenSince === 0) this.brokenSince = at;
		}
	}

	/* Measured by the browser, not by when this page found the time to look at the answer. */
	async #ping(): Promise<void> {
		if (document.visibilityState !== 'visible' || this.#phase !== 'live') return;
		performance.clearResourceTimings();
		try {
			this.owner.onHealth(await this.api.health());
			const entry = performance.getEntriesByName(this.api.url('health')).at(-1);
			if (entry) this.roundTrip = entry.duration;
		} catch {
			/* the stream notices by itself when the line is dead */
		}
	}
}
