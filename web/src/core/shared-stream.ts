/*
 * One connection for all pages of a browser. HTTP/1.1 allows a browser six connections to a host,
 * and every stream takes one for good; so the pages agree on a leader (whoever holds a Web Lock),
 * which has the connection (stream-hub.ts) and passes everything on through a BroadcastChannel.
 * The leader is a member like the others, only that its messages do not leave the page.
 *
 * A page that closes gives up the lock, and the next in line leads. A leader that does not answer
 * (its page is frozen) loses the lock after a while. Whenever a leader begins, every member says
 * again what it shows and how far it is, so nothing has to survive from one leader to the next.
 */

import { AckLedger } from './acks.ts';
import { randomId } from './bytes.ts';
import type { Piece } from './claude.ts';
import { follows, reach, weight } from './log.ts';
import { StreamHub, type HubMessage, type MemberMessage } from './stream-hub.ts';
import type { EventStream, StreamPhase, StreamSink, StreamTransport } from './stream.ts';
import type { LogItem } from './types.ts';

type Wire = { from: string; up: MemberMessage } | { from: string; down: HubMessage };

export interface TabChannel {
	postMessage(message: unknown): void;
	onmessage: ((event: MessageEvent) => void) | null;
	close(): void;
}

/** The part of LockManager that is used. */
export interface TabLocks {
	request(
		name: string,
		options: { steal?: boolean; signal?: AbortSignal },
		held: () => Promise<void>,
	): Promise<void>;
}

export interface Sharing {
	locks: TabLocks;
	openChannel: () => TabChannel;
	name: string;
}

const REPORT_BYTES = 32_768;
const PING_MS = 5000;
const SILENT_LEADER_MS = 12_000;

export class SharedStream implements EventStream {
	readonly #id = randomId();
	#channel: TabChannel | null = null;
	#hub: StreamHub | null = null;
	#giveUpLock: () => void = () => {};
	#waitInLine: AbortController | null = null;
	#have = new Map<string, number>();
	#watching = new Map<string, readonly string[]>();
	#ledger = new AckLedger();
	#epoch = 0;
	#visible = true;
	#suspended = false;
	#phase: StreamPhase = 'stopped';
	#heardLeader = Date.now();
	#pinging: ReturnType<typeof setInterval> | undefined;

	constructor(
		private readonly transport: StreamTransport,
		private readonly sharing: Sharing,
		private readonly sink: StreamSink,
	) {}

	start(): void {
		this.#setPhase('connecting');
		if (!this.#channel) this.#joinIn();
		this.#introduce();
		this.#say({ type: 'start' });
	}

	/* Other pages may still be served; a leader that cannot go on has told them already. */
	stop(): void {
		for (const session of this.#have.keys()) this.#say({ type: 'close', session });
		this.#setPhase('stopped');
	}

	leave(): void {
		this.#say({ type: 'leave' });
		this.#abdicate();
		this.#waitInLine?.abort();
		clearInterval(this.#pinging);
		this.#channel?.close();
		this.#channel = null;
		this.#setPhase('stopped');
	}

	open(session: string, after: number): void {
		this.#have.set(session, after);
		this.#say({ type: 'open', session, after });
	}

	close(session: string): void {
		if (!this.#have.delete(session)) return;
		this.#ledger.abandon(session);
		this.#report();
		this.#say({ type: 'close', session });
	}

	watch(workspace: string, paths: readonly string[]): void {
		if (paths.length > 0) this.#watching.set(workspace, paths);
		else this.#watching.delete(workspace);
		this.#say({ type: 'watch', workspace, paths: [...paths] });
	}

	rendered(item: LogItem): void {
		this.#ledger.done(item.n);
		this.#report();
		this.#comeBack();
	}

	/* All pages notice that the network is back; one new connection is enough for them. */
	wake(fresh = false): void {
		this.#say({ type: 'wake', fresh: fresh && !!this.#hub });
		this.#comeBack();
	}

	setVisible(visible: boolean): void {
		this.#visible = visible;
		this.#heardLeader = Date.now(); /* a page that slept has not listened */
		this.#say({ type: 'visible', visible });
		this.#comeBack();
	}

	#joinIn(): void {
		this.#channel = this.sharing.openChannel();
		this.#channel.onmessage = (event) => this.#receive(event.data as Wire);
		this.#heardLeader = Date.now();
		this.#pinging = setInterval(() => this.#ping(), PING_MS);
		this.#standInLine(false);
	}

	#say(message: MemberMessage): void {
		if (this.#hub) this.#hub.receive(this.#id, message);
		else this.#channel?.postMessage({ from: this.#id, up: message } satisfies Wire);
	}

	#receive(wire: Wire): void {
		if ('up' in wire) this.#hub?.receive(wire.from, wire.up);
		else if (!this.#hub) this.#fromHub(wire.down);
	}

	#introduce(): void {
		this.#suspended = false;
		this.#ledger = new AckLedger();
		this.#say({ type: 'join', visible: this.#visible });
		for (const [session, after] of this.#have) this.#say({ type: 'open', session, after });
		for (const [workspace, paths] of this.#watching) this.#say({ type: 'watch', workspace, paths });
	}

	#fromHub(message: HubMessage): void {
		this.#heardLeader = Date.now();
		if (message.type === 'item') this.#item(message.item, message.to);
		else if (message.type === 'phase' || message.type === 'pong') this.#setPhase(message.phase);
		else if (message.type === 'piece') this.#piece(message.piece, message.to);
		else if (message.type === 'system') this.sink.onSystem(message.event);
		else if (message.type === 'lead') this.#introduce();
		else if (message.type === 'unknown-session') this.sink.onUnknownSession();
		else if (message.type === 'unauthorized') {
			this.#setPhase('stopped');
			this.sink.onUnauthorized();
		} else if (message.type === 'hello') {
			if (message.epoch === this.#epoch) return;
			this.#epoch = message.epoch;
			this.#setPhase('live');
			this.sink.onHello(message.hello);
		} else if (message.to === this.#id) {
			this.#suspended = true;
			this.#comeBack();
		}
	}

	/* What passes by may be for other pages, or for what this one showed before. */
	#item(item: LogItem, to: string[]): void {
		const have = this.#have.get(item.session);
		if (this.#suspended || !to.includes(this.#id)) return;
		this.#ledger.delivered(item.n, item.session, weight(item));
		if (have === undefined || !follows(item, have)) {
			this.#ledger.done(item.n);
			return this.#report();
		}
		this.#have.set(item.session, reach(item));
		this.sink.onItem(item);
	}

	#piece(piece: Piece, to: string[]): void {
		if (to.includes(this.#id) && this.#have.has(piece.session)) this.sink.onPiece(piece);
	}

	#report(): void {
		const { unreported, drained } = this.#ledger;
		if (unreported === 0 || (!drained && unreported < REPORT_BYTES)) return;
		this.#say({ type: 'rendered', n: this.#ledger.take() });
	}

	/* Suspended for lagging: back when somebody looks and the backlog is on the screen. */
	#comeBack(): void {
		if (!this.#suspended || !this.#visible || !this.#ledger.drained) return;
		this.#suspended = false;
		for (const [session, after] of this.#have) this.#say({ type: 'open', session, after });
	}

	#standInLine(steal: boolean): void {
		const line = new AbortController();
		this.#waitInLine = line;
		const options = steal ? { steal } : { signal: line.signal };
		this.sharing.locks
			.request(this.sharing.name, options, () => this.#lead())
			.catch(() => {
				/* Left the line, or another page took the lock from this one, which must have slept. */
				this.#abdicate();
				if (line.signal.aborted) return;
				this.#introduce();
				this.#standInLine(false);
			});
	}

	#lead(): Promise<void> {
		const hub: StreamHub = new StreamHub(this.transport, this.#id, (message, reach) => {
			if (this.#hub !== hub) return;
			const wire: Wire = { from: this.#id, down: message };
			if (reach === 'everywhere') this.#channel?.postMessage(wire);
			this.#fromHub(message);
		});
		this.#hub = hub;
		this.#channel?.postMessage({ from: this.#id, down: { type: 'lead' } } satisfies Wire);
		this.#introduce();
		if (this.#phase !== 'stopped') this.#say({ type: 'start' });
		return new Promise((resolve) => (this.#giveUpLock = resolve));
	}

	#abdicate(): void {
		const hub = this.#hub;
		this.#hub = null;
		hub?.stop();
		this.#giveUpLock();
	}

	#ping(): void {
		if (!this.#visible) return;
		this.#say({ type: 'wake', fresh: false });
		if (this.#hub || Date.now() - this.#heardLeader < SILENT_LEADER_MS) return;
		this.#heardLeader = Date.now();
		this.#waitInLine?.abort();
		this.#standInLine(true);
	}

	#setPhase(phase: StreamPhase): void {
		if (phase === this.#phase) return;
		this.#phase = phase;
		this.sink.onPhase(phase);
	}
}
