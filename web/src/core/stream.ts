/*
 * The event stream: one long answer of the server that carries the events of every open session
 * and the news about all of them. What is kept here, and nowhere else, is how far each open
 * session has been received; every connection begins from there, so a break of any kind costs
 * nothing and repeats nothing.
 *
 *   - Events of a session are numbered without a hole. A hole means that something went wrong on
 *     the way: the connection is dropped and begun again from the last good number. A number that
 *     was seen before is ignored.
 *   - Silence is death: the server sends a comment every 15 s, so after 20 s without a byte the
 *     connection is taken for dead, however alive the socket looks.
 *   - The server keeps only so much in flight as it has been told is rendered (AckLedger). A report
 *     goes out at least every 100 KB, and when everything that came has been rendered.
 *
 * Not handled here: sharing one connection between tabs, and what any event means.
 */

import { AckLedger } from './acks.ts';
import { problem } from './api.ts';
import { backoffMs } from './backoff.ts';
import { fromBase64 } from './bytes.ts';
import { SseParser, type SseMessage } from './sse.ts';
import type { Hello, SessionEvent, SystemEvent } from './types.ts';

export type StreamPhase = 'connecting' | 'live' | 'retrying' | 'stopped';

export interface StreamSink {
	onPhase(phase: StreamPhase): void;
	onHello(hello: Hello): void;
	onEvent(event: SessionEvent): void;
	onSystem(event: SystemEvent): void;
	onUnauthorized(): void;
	/** An open session is gone: find out which one and close it; the stream tries again. */
	onUnknownSession(): void;
}

/** What a page needs of the stream, whether it has a connection of its own or shares one. */
export interface EventStream {
	start(): void;
	stop(): void;
	/** Begins to deliver the events of a session that come after number `after`. */
	open(session: string, after: number): void;
	close(session: string): void;
	/** Every delivered event must come back here once it is on the screen. */
	rendered(event: SessionEvent): void;
	/**
	 * The network or the page may just have come back: do not wait for a timer. `fresh` when the
	 * network was gone: a connection from before looks alive and may not be.
	 */
	wake(fresh?: boolean): void;
	/** Whether anybody looks at this page: a hidden one may be served later. */
	setVisible(visible: boolean): void;
	/** The page goes away, perhaps for good; `start` brings it back. */
	leave(): void;
}

export interface StreamTransport {
	connect(query: string, signal: AbortSignal): Promise<Response>;
	ack(stream: string, id: number): Promise<unknown>;
}

const SILENCE_MS = 20_000;
const STALE_MS = 16_000;
const STEADY_MS = 5_000;
const ACK_BYTES = 100_000;
const ACK_IDLE_MS = 200;

export class DirectStream implements EventStream {
	#cursors = new Map<string, number>();
	#started = false;
	#connection: Connection | null = null;
	#attempt = 0;
	#retry: ReturnType<typeof setTimeout> | undefined;
	#restart: ReturnType<typeof setTimeout> | undefined;
	#phase: StreamPhase = 'stopped';

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

	/** The number of the last event received of a session; undefined when it is not open. */
	position(session: string): number | undefined {
		return this.#cursors.get(session);
	}

	close(session: string): void {
		if (!this.#cursors.delete(session)) return;
		this.#connection?.acks.abandon(session);
		this.#resubscribe();
	}

	rendered(event: SessionEvent): void {
		this.#connection?.rendered(event.id);
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

	/* The set of sessions is part of the address: several changes in a row make one new connection. */
	#resubscribe(): void {
		if (!this.#started) return;
		clearTimeout(this.#restart);
		this.#restart = setTimeout(() => this.#connect(), 0);
	}

	#query(): string {
		const pairs = [...this.#cursors].map(([session, seq]) => `${session}:${seq}`);
		return pairs.length > 0 ? `?s=${pairs.join(',')}` : '';
	}

	#connect(): void {
		this.#hangUp();
		const connection: Connection = new Connection(this.transport, {
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
		if (message.event === 'event') return this.#event(connection, message);
		const data = JSON.parse(message.data) as unknown;
		if (message.event === 'hello') {
			connection.hello = data as Hello;
			this.#setPhase('live');
			this.sink.onHello(connection.hello);
		} else if (message.event === 'system') {
			this.sink.onSystem(data as SystemEvent);
		} else if (message.event === 'bye') {
			const signedOut = (data as { reason?: string }).reason === 'signed-out';
			this.#ended(connection, { kind: signedOut ? 'unauthorized' : 'closed' });
		}
	}

	#event(connection: Connection, message: SseMessage): void {
		const event = decode(message);
		const have = this.#cursors.get(event.session);
		connection.acks.delivered(event.id, event.session, event.bytes?.length ?? 64);
		if (have === undefined || event.seq <= have) return connection.rendered(event.id);
		if (event.seq > have + 1) return this.#ended(connection, { kind: 'hole' });
		this.#cursors.set(event.session, event.seq);
		this.#attempt = 0;
		this.sink.onEvent(event);
	}

	#setPhase(phase: StreamPhase): void {
		if (phase === this.#phase) return;
		this.#phase = phase;
		this.sink.onPhase(phase);
	}
}

function decode(message: SseMessage): SessionEvent {
	const { bytes, ...envelope } = JSON.parse(message.data) as Omit<SessionEvent, 'bytes' | 'id'> & {
		bytes?: string;
	};
	const event: SessionEvent = { ...envelope, id: Number(message.id) };
	if (bytes !== undefined) event.bytes = fromBase64(bytes);
	return event;
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
	#acked = 0;

	constructor(
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

	rendered(id: number): void {
		this.acks.done(id);
		if (this.acks.unreported >= ACK_BYTES) return this.#ack();
		if (!this.acks.drained || this.acks.unreported === 0) return;
		clearTimeout(this.#ackTimer);
		this.#ackTimer = setTimeout(() => this.#ack(), ACK_IDLE_MS);
	}

	/* One report at a time; what is rendered meanwhile goes with the next. */
	#ack(): void {
		if (this.#acking || !this.hello || this.acks.rendered <= this.#acked) return;
		clearTimeout(this.#ackTimer);
		this.#acking = true;
		const id = this.acks.take();
		this.transport
			.ack(this.hello.stream, id)
			.then(() => (this.#acked = id))
			.catch(() => {
				/* The connection is probably gone too; if not, the next report covers this one. */
			})
			.finally(() => {
				this.#acking = false;
				if (this.#abort.signal.aborted || this.acks.rendered <= this.#acked) return;
				this.#ackTimer = setTimeout(() => this.#ack(), this.acks.unreported >= ACK_BYTES ? 0 : ACK_IDLE_MS);
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
