/*
 * The event stream: one long answer of the server that carries the events of every open session
 * and the news about all of them. What is kept here, and nowhere else, is how far each open
 * session has been received; every connection begins from there, so a break of any kind costs
 * nothing and repeats nothing.
 *
 *   - Events of a session are numbered without a hole. A hole means that something went wrong on
 *     the way: the connection is dropped and begun again from the last good number. A number that
 *     was seen before is ignored. What may stand for many events is a snapshot of a terminal, sent
 *     to who is far behind, and a gap where the log no longer has them.
 *   - Silence is death: the server sends a comment every 15 s, so after 20 s without a byte the
 *     connection is taken for dead, however alive the socket looks.
 *   - The server keeps only so much in flight as it has been told is rendered (AckLedger), and
 *     judges the line by how soon it is told. A report goes out at least every 32 KB, and soon
 *     after anything has been rendered; one at a time, so a slow line carries few of them.
 *
 * Not handled here: sharing one connection between tabs, and what any event means.
 */

import { AckLedger } from './acks.ts';
import { problem } from './api.ts';
import { backoffMs } from './backoff.ts';
import { decodeItem, follows, reach, weight } from './log.ts';
import type { Piece } from './claude.ts';
import { SseParser, type SseMessage } from './sse.ts';
import type { Hello, LogItem, SystemEvent } from './types.ts';
import { Watches } from './watches.ts';

export type StreamPhase = 'connecting' | 'live' | 'retrying' | 'stopped';

export interface StreamSink {
	onPhase(phase: StreamPhase): void;
	onHello(hello: Hello): void;
	onItem(item: LogItem): void;
	/** Text of an open session on its way; it is in no log and need not come back. */
	onPiece(piece: Piece): void;
	onSystem(event: SystemEvent): void;
	onUnauthorized(): void;
	/** An open session is gone: find out which one and close it; the stream tries again. */
	onUnknownSession(): void;
}

/** What a page needs of the stream, whether it has a connection of its own or shares one. */
export interface EventStream {
	start(): void;
	stop(): void;
	/** Begins to deliver the log of a session behind number `after`. */
	open(session: string, after: number): void;
	close(session: string): void;
	/** Every delivered item must come back here once it is on the screen. */
	rendered(item: LogItem): void;
	/**
	 * The network or the page may just have come back: do not wait for a timer. `fresh` when the
	 * network was gone: a connection from before looks alive and may not be.
	 */
	wake(fresh?: boolean): void;
	/** Whether anybody looks at this page: a hidden one may be served later. */
	setVisible(visible: boolean): void;
	/** The page goes away, perhaps for good; `start` brings it back. */
	leave(): void;
	/** Replaces the directories of a workspace whose changes are told. */
	watch(workspace: string, paths: readonly string[]): void;
}

export interface StreamTransport {
	connect(query: string, signal: AbortSignal): Promise<Response>;
	ack(stream: string, n: number): Promise<unknown>;
	watch(stream: string, workspace: string, paths: readonly string[]): Promise<unknown>;
}

const SILENCE_MS = 20_000;
const STALE_MS = 16_000;
const STEADY_MS = 5_000;
const ACK_BYTES = 32_768;
const ACK_MS = 40;
const ACK_AGAIN_MS = 500;

const ITEMS: Record<string, LogItem['kind']> = { event: 'event', snapshot: 'snapshot', gap: 'gap' };

export class DirectStream implements EventStream {
	#cursors = new Map<string, number>();
	/* Items of all connections so far: no two ever have the same number. */
	#count = 0;
	#started = false;
	#connection: Connection | null = null;
	#attempt = 0;
	#retry: ReturnType<typeof setTimeout> | undefined;
	#restart: ReturnType<typeof setTimeout> | undefined;
	#phase: StreamPhase = 'stopped';
	#watches = new Watches(
		(stream, workspace, paths) => this.transport.watch(stream, workspace, paths),
		(workspace) => {
			const data = { workspace, path: '', lost: true };
			this.sink.onSystem({ channel: 'files', type: 'changed', data });
		},
	);

	constructor(
		private readonly transport: StreamTransport,
		private readonly sink: StreamSink,
	) {}

	start(): void {
		if (this.#started) return;
		this.#started = true;
		this.#attempt = 0;
		this.#setPhase('connecting');
		this.#connect();
	}

	stop(): void {
		this.#started = false;
		this.#hangUp();
		this.#setPhase('stopped');
	}

	open(session: string, after: number): void {
		/* What the present connection still says of this session belongs to the place before. */
		if (this.#cursors.has(session)) this.#hangUp();
		this.#cursors.set(session, after);
		this.#resubscribe();
	}

	/** How far a session has been received; undefined when it is not open. */
	position(session: string): number | undefined {
		return this.#cursors.get(session);
	}

	close(session: string): void {
		if (!this.#cursors.delete(session)) return;
		this.#connection?.acks.abandon(session);
		this.#resubscribe();
	}

	/* What an earlier connection brought is nothing to the present one. */
	rendered(item: LogItem): void {
		if (this.#connection && item.n > this.#connection.base) this.#connection.rendered(item);
	}

	wake(fresh = false): void {
		if (!this.#started) return;
		if (!fresh && this.#connection && !this.#connection.staleFor(STALE_MS)) return;
		this.#attempt = 0;
		this.#connect();
	}

	setVisible(): void {}

	leave(): void {
		this.stop();
	}

	watch(workspace: string, paths: readonly string[]): void {
		this.#watches.set(workspace, paths);
	}

	/* The set of sessions is part of the address: several changes in a row make one new connection. */
	#resubscribe(): void {
		if (!this.#started) return;
		clearTimeout(this.#restart);
		this.#restart = setTimeout(() => this.#connect(), 0);
	}

	#query(): string {
		const pairs = [...this.#cursors].map(([session, seq]) => `${session}:${seq}`);
		return pairs.length > 0 ? `?s=${pairs.join(',')}&jump=1` : '';
	}

	#connect(): void {
		this.#hangUp();
		const connection: Connection = new Connection(this.#count, this.transport, {
			onMessage: (message) => {
				if (this.#connection === connection) this.#message(connection, message);
			},
			onEnd: (outcome) => {
				if (this.#connection === connection) this.#ended(connection, outcome);
			},
		});
		this.#connection = connection;
		void connection.run(this.#query());
	}

	#hangUp(): void {
		clearTimeout(this.#retry);
		clearTimeout(this.#restart);
		this.#connection?.abort();
		this.#connection = null;
		this.#watches.end();
	}

	#ended(connection: Connection, outcome: ConnectionEnd): void {
		if (connection.livedFor(STEADY_MS)) this.#attempt = 0;
		this.#hangUp();
		if (outcome.kind === 'unauthorized') {
			this.#started = false;
			this.#setPhase('stopped');
			return this.sink.onUnauthorized();
		}
		if (outcome.kind === 'unknown-session') this.sink.onUnknownSession();
		this.#setPhase('retrying');
		const wait = Math.max(outcome.waitMs ?? 0, backoffMs(this.#attempt++));
		this.#retry = setTimeout(() => this.#connect(), wait);
	}

	#message(connection: Connection, message: SseMessage): void {
		const kind = ITEMS[message.event];
		if (kind) this.#count++;
		const data = JSON.parse(message.data) as unknown;
		if (kind) return this.#item(connection, decodeItem(kind, this.#count, data));
		if (message.event === 'hello') {
			connection.hello = data as Hello;
			this.#setPhase('live');
			this.sink.onHello(connection.hello);
			this.#watches.begin(connection.hello.stream);
		} else if (message.event === 'partial') {
			const piece = data as Piece;
			if (this.#cursors.has(piece.session)) this.sink.onPiece(piece);
		} else if (message.event === 'system') {
			this.sink.onSystem(data as SystemEvent);
		} else if (message.event === 'bye') {
			const signedOut = (data as { reason?: string }).reason === 'signed-out';
			this.#ended(connection, { kind: signedOut ? 'unauthorized' : 'closed' });
		}
	}

	#item(connection: Connection, item: LogItem): void {
		const have = this.#cursors.get(item.session);
		connection.acks.delivered(item.n, item.session, weight(item));
		if (have === undefined) return connection.rendered(item);
		if (!follows(item, have)) {
			if (reach(item) > have) return this.#ended(connection, { kind: 'hole' });
			return connection.rendered(item);
		}
		this.#cursors.set(item.session, reach(item));
		this.#attempt = 0;
		this.sink.onItem(item);
	}

	#setPhase(phase: StreamPhase): void {
		if (phase === this.#phase) return;
		this.#phase = phase;
		this.sink.onPhase(phase);
	}
}

interface ConnectionEnd {
	kind: 'closed' | 'hole' | 'unauthorized' | 'unknown-session';
	/** The server asked for at least this much patience. */
	waitMs?: number;
}

interface ConnectionOwner {
	onMessage(message: SseMessage): void;
	onEnd(outcome: ConnectionEnd): void;
}

/* One connection from its first byte to its last. It says onEnd at most once, and not after abort. */
class Connection {
	readonly acks = new AckLedger();
	hello: Hello | null = null;
	#abort = new AbortController();
	#born = Date.now();
	#lastByte = Date.now();
	#watchdog: ReturnType<typeof setTimeout> | undefined;
	#ackTimer: ReturnType<typeof setTimeout> | undefined;
	#acking = false;
	#waitedFor = false;
	#acked = 0;

	constructor(
		/** How many items there were before: the server counts those of this connection. */
		readonly base: number,
		private readonly transport: StreamTransport,
		private readonly owner: ConnectionOwner,
	) {}

	async run(query: string): Promise<void> {
		this.#feedWatchdog();
		try {
			const response = await this.transport.connect(query, this.#abort.signal);
			if (!response.ok || !response.body) return this.#end(await refusal(response));
			await this.#read(response.body);
			this.#end({ kind: 'closed' });
		} catch {
			this.#end({ kind: 'closed' });
		}
	}

	abort(): void {
		clearTimeout(this.#watchdog);
		clearTimeout(this.#ackTimer);
		this.#abort.abort();
	}

	staleFor(ms: number): boolean {
		return Date.now() - this.#lastByte > ms;
	}

	livedFor(ms: number): boolean {
		return this.hello !== null && Date.now() - this.#born > ms;
	}

	rendered(item: LogItem): void {
		this.acks.done(item.n);
		/* The server says nothing more of a session until its snapshot is drawn. */
		if (item.kind === 'snapshot') this.#waitedFor = true;
		if (this.#acking || this.acks.unreported === 0) return;
		if (this.#isDue) this.#ack();
		else this.#ackTimer ??= setTimeout(() => this.#ack(), ACK_MS);
	}

	get #isDue(): boolean {
		return this.#waitedFor || this.acks.unreported >= ACK_BYTES;
	}

	/* One report at a time; what is rendered meanwhile goes with the next. */
	#ack(): void {
		clearTimeout(this.#ackTimer);
		this.#ackTimer = undefined;
		if (this.#acking || !this.hello || this.acks.rendered <= this.#acked) return;
		this.#acking = true;
		this.#waitedFor = false;
		let pause = ACK_MS;
		const n = this.acks.take();
		this.transport
			.ack(this.hello.stream, n - this.base)
			.then(() => (this.#acked = n))
			/* The connection is probably gone too; if not, the next report covers this one. */
			.catch(() => (pause = ACK_AGAIN_MS))
			.finally(() => {
				this.#acking = false;
				if (this.#abort.signal.aborted || this.acks.rendered <= this.#acked) return;
				if (this.#isDue) pause = 0;
				this.#ackTimer = setTimeout(() => this.#ack(), pause);
			});
	}

	async #read(body: ReadableStream<Uint8Array>): Promise<void> {
		const parser = new SseParser((message) => this.#hand(message));
		const decoder = new TextDecoder();
		const reader = body.getReader();
		for (;;) {
			const { value, done } = await reader.read();
			if (done || this.#abort.signal.aborted) return;
			this.#lastByte = Date.now();
			this.#feedWatchdog();
			parser.push(decoder.decode(value, { stream: true }));
		}
	}

	/* A mistake in what shows an event must neither break the line nor stay unseen. */
	#hand(message: SseMessage): void {
		try {
			this.owner.onMessage(message);
		} catch (error) {
			globalThis.reportError(error);
		}
	}

	#feedWatchdog(): void {
		clearTimeout(this.#watchdog);
		this.#watchdog = setTimeout(() => this.#end({ kind: 'closed' }), SILENCE_MS);
	}

	#end(outcome: ConnectionEnd): void {
		if (this.#abort.signal.aborted) return;
		this.abort();
		this.owner.onEnd(outcome);
	}
}

async function refusal(response: Response): Promise<ConnectionEnd> {
	const error = await problem(response);
	if (error.code === 'auth.required' || error.code === 'auth.invalid') return { kind: 'unauthorized' };
	if (error.code === 'session.unknown') return { kind: 'unknown-session', waitMs: 300 };
	const after = Number(response.headers.get('retry-after'));
	return { kind: 'closed', waitMs: after > 0 ? after * 1000 : undefined };
}
