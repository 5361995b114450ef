/*
 * The side of a shared stream that has the connection: one page of the browser serves all of its
 * pages. Each of them is a member with a cursor per session that it shows.
 *
 * The main line runs where most members are. One that is behind it (it has just come, or was left
 * behind) is brought up to it over a side line, so that it neither makes the others wait nor takes
 * from them what they have: the server may answer it with a snapshot, which would replace theirs.
 * There is one side line at a time, for everybody who is behind when it begins; it ends when they
 * have reached the main line. An event is good for whoever it is the next one for, wherever it
 * comes from.
 *
 * An item counts as rendered once every member that it was new to has rendered it. So that no
 * member can hold up the others, one that lags is suspended: a hidden page beyond 64 KB (browsers
 * let it work once a second), any page without progress for 3 s (frozen, crashed). It comes back
 * by itself, from where it was, when it is looked at again.
 */

import type { Piece } from './claude.ts';
import { Drafts, pieces } from './drafts.ts';
import { follows, reach, weight } from './log.ts';
import { DirectStream, type StreamPhase, type StreamSink, type StreamTransport } from './stream.ts';
import type { Hello, LogItem, SystemEvent } from './types.ts';
import { unionOf } from './watches.ts';

/** From a member to the hub. */
export type MemberMessage =
	| { type: 'join'; visible: boolean }
	| { type: 'leave' }
	| { type: 'open'; session: string; after: number }
	| { type: 'close'; session: string }
	| { type: 'rendered'; n: number }
	| { type: 'visible'; visible: boolean }
	| { type: 'watch'; workspace: string; paths: readonly string[] }
	| { type: 'start' }
	| { type: 'wake'; fresh: boolean };

/** From the hub to its members; `to` when it is for some of them. */
export type HubMessage =
	| { type: 'lead' }
	| { type: 'pong'; phase: StreamPhase }
	| { type: 'phase'; phase: StreamPhase }
	| { type: 'hello'; hello: Hello; epoch: number }
	| { type: 'item'; item: LogItem; to: string[] }
	| { type: 'piece'; piece: Piece; to: string[] }
	| { type: 'system'; event: SystemEvent }
	| { type: 'unauthorized' }
	| { type: 'unknown-session' }
	| { type: 'suspend'; to: string };

interface Member {
	visible: boolean;
	cursors: Map<string, number>;
	/** Directories, by workspace. */
	watches: Map<string, readonly string[]>;
	/** Sessions in which it has not yet reached the main line. */
	behind: Set<string>;
	outstanding: { n: number; bytes: number }[];
	bytes: number;
	progressAt: number;
}

interface Waiting {
	line: DirectStream;
	item: LogItem;
	members: number;
}

/* What the members show comes in within this time, and then one connection serves all of it. */
const GATHER_MS = 40;
const HIDDEN_BYTES = 65_536;
const STALLED_MS = 3000;

export class StreamHub implements StreamSink {
	#members = new Map<string, Member>();
	#waiting = new Map<number, Waiting>();
	/* What of a session is being written, for members that come later. */
	#drafts = new Map<string, Drafts>();
	#main: DirectStream;
	#side: DirectStream | null = null;
	/* Counts connections, and items; both begin so high that two hubs in a row never share a number. */
	#epoch = Date.now();
	#count = Date.now() * 1000;
	#phase: StreamPhase = 'connecting';
	#hello: Hello | null = null;
	#helloAt = 0;
	#begun = false;
	#starting: ReturnType<typeof setTimeout> | undefined;

	constructor(
		private readonly transport: StreamTransport,
		/** The member that is this page. */
		private readonly here: string,
		private readonly send: (message: HubMessage, reach: 'everywhere' | 'here') => void,
	) {
		this.#main = new DirectStream(transport, this);
	}

	stop(): void {
		clearTimeout(this.#starting);
		this.#main.stop();
		this.#side?.stop();
	}

	receive(from: string, message: MemberMessage): void {
		const member = this.#members.get(from);
		if (message.type === 'start') this.#start();
		else if (message.type === 'join') this.#join(from, message.visible);
		else if (message.type === 'wake') this.#wake(message.fresh);
		else if (member) this.#fromMember(from, member, message);
	}

	onPhase(phase: StreamPhase): void {
		this.#phase = phase;
		if (phase !== 'live') this.#hello = null;
		this.#tell({ type: 'phase', phase });
	}

	onHello(hello: Hello): void {
		this.#epoch++;
		this.#hello = hello;
		this.#helloAt = performance.now();
		this.#greet();
	}

	onItem(item: LogItem): void {
		this.#deliver(this.#main, item);
	}

	/* Pieces come only over the main line: what is written now is the same for everybody. */
	onPiece(piece: Piece): void {
		const drafts = this.#drafts.get(piece.session) ?? new Drafts();
		this.#drafts.set(piece.session, drafts);
		if (!drafts.add(piece)) return;
		const followers = [...this.#members].filter(([, member]) => member.cursors.has(piece.session));
		this.#pass(piece, followers.map(([id]) => id));
	}

	onSystem(event: SystemEvent): void {
		this.#tell({ type: 'system', event });
	}

	onUnauthorized(): void {
		this.#tell({ type: 'unauthorized' });
	}

	onUnknownSession(): void {
		this.#tell({ type: 'unknown-session' });
	}

	#start(): void {
		clearTimeout(this.#starting);
		this.#starting = setTimeout(() => {
			this.#begun = true;
			this.#main.start();
			this.#side?.start();
		}, GATHER_MS);
	}

	#fromMember(from: string, member: Member, message: MemberMessage): void {
		if (message.type === 'leave') {
			this.#release(member, Infinity);
			this.#members.delete(from);
			this.#follow([...member.cursors.keys()]);
			for (const workspace of member.watches.keys()) this.#watch(workspace);
		} else if (message.type === 'open') {
			member.cursors.set(message.session, message.after);
			this.#follow([message.session]);
			const drafts = this.#drafts.get(message.session);
			for (const piece of pieces(drafts?.all ?? [])) this.#pass(piece, [from]);
		} else if (message.type === 'close') {
			member.cursors.delete(message.session);
			this.#follow([message.session]);
		} else if (message.type === 'visible') {
			member.visible = message.visible;
			this.#suspendLaggards();
		} else if (message.type === 'watch') {
			if (message.paths.length > 0) member.watches.set(message.workspace, message.paths);
			else member.watches.delete(message.workspace);
			this.#watch(message.workspace);
		} else if (message.type === 'rendered') {
			member.progressAt = Date.now();
			this.#release(member, message.n);
		}
	}

	#pass(piece: Piece, to: string[]): void {
		if (to.length === 0) return;
		const elsewhere = to.some((id) => id !== this.here);
		this.send({ type: 'piece', piece, to }, elsewhere ? 'everywhere' : 'here');
	}

	#tell(message: HubMessage): void {
		this.send(message, 'everywhere');
	}

	/* Who joins again has forgotten what it was given and did not render. */
	#join(from: string, visible: boolean): void {
		const known = this.#members.get(from);
		if (known) this.#release(known, Infinity);
		else {
			this.#members.set(from, {
				visible,
				cursors: new Map(),
				watches: new Map(),
				behind: new Set(),
				outstanding: [],
				bytes: 0,
				progressAt: Date.now(),
			});
		}
		this.#tell({ type: 'phase', phase: this.#phase });
		this.#greet();
	}

	/* The server's clock goes on: who comes later is told what it says now. */
	#greet(): void {
		if (!this.#hello) return;
		const now = this.#hello.now + Math.round(performance.now() - this.#helloAt);
		this.#tell({ type: 'hello', hello: { ...this.#hello, now }, epoch: this.#epoch });
	}

	#wake(fresh: boolean): void {
		this.#main.wake(fresh);
		this.#side?.wake(fresh);
		this.#suspendLaggards();
		this.#tell({ type: 'pong', phase: this.#phase });
	}

	#deliver(line: DirectStream, item: LogItem): void {
		const n = ++this.#count;
		const bytes = weight(item);
		if (line === this.#main && item.kind === 'event') this.#drafts.get(item.session)?.settle(item);
		const to: string[] = [];
		for (const [id, member] of this.#members) {
			if (!this.#takes(member, line, item)) continue;
			member.cursors.set(item.session, reach(item));
			if (member.outstanding.length === 0) member.progressAt = Date.now();
			member.outstanding.push({ n, bytes });
			member.bytes += bytes;
			to.push(id);
		}
		if (to.length === 0) line.rendered(item);
		else {
			this.#waiting.set(n, { line, item, members: to.length });
			const elsewhere = to.some((id) => id !== this.here);
			this.send({ type: 'item', item: { ...item, n }, to }, elsewhere ? 'everywhere' : 'here');
		}
		this.#suspendLaggards();
		if (this.#side) this.#mergeSide();
	}

	/* A snapshot replaces what is there, so it is only for those who follow the line it is from. */
	#takes(member: Member, line: DirectStream, item: LogItem): boolean {
		const have = member.cursors.get(item.session);
		if (have === undefined || !follows(item, have)) return false;
		return item.kind !== 'snapshot' || member.behind.has(item.session) === (line === this.#side);
	}

	/* What all pages together watch of a workspace. */
	#watch(workspace: string): void {
		const lists = [...this.#members.values()].map(({ watches }) => watches.get(workspace) ?? []);
		this.#main.watch(workspace, unionOf(lists));
	}

	/* What is shown of a session has changed: who shows it may be behind, or nobody is left. */
	#follow(sessions: string[]): void {
		for (const session of sessions) {
			const members = [...this.#members.values()].filter((member) => member.cursors.has(session));
			const lowest = Math.min(...members.map((member) => member.cursors.get(session)!));
			const position = this.#main.position(session);
			if (members.length === 0) {
				this.#main.close(session);
				this.#drafts.delete(session);
			} else if (position === undefined || (!this.#begun && lowest < position)) {
				this.#main.open(session, lowest);
			}
		}
		this.#mergeSide();
	}

	/* Ends the side line when nobody needs it, and begins the next when somebody does. */
	#mergeSide(): void {
		const behind = new Map<string, number>();
		let served = false;
		for (const { cursors, behind: sessions } of this.#members.values()) {
			sessions.clear();
			for (const [session, have] of cursors) {
				if (have >= (this.#main.position(session) ?? 0)) continue;
				sessions.add(session);
				behind.set(session, Math.min(have, behind.get(session) ?? have));
				const at = this.#side?.position(session);
				served ||= at !== undefined && have >= at;
			}
		}
		if (served) return;
		this.#side?.stop();
		this.#side = behind.size > 0 ? this.#newSide(behind) : null;
	}

	#newSide(cursors: Map<string, number>): DirectStream {
		const line: DirectStream = new DirectStream(this.transport, {
			onItem: (item) => this.#deliver(line, item),
			onUnknownSession: () => this.onUnknownSession(),
			onPhase() {},
			onHello() {},
			onSystem() {},
			onPiece() {},
			onUnauthorized() {},
		});
		for (const [session, after] of cursors) line.open(session, after);
		if (this.#begun) line.start();
		return line;
	}

	/* This member is done with everything up to `n`. */
	#release(member: Member, n: number): void {
		while (member.outstanding.length > 0 && member.outstanding[0]!.n <= n) {
			const done = member.outstanding.shift()!;
			member.bytes -= done.bytes;
			const waiting = this.#waiting.get(done.n);
			if (!waiting || --waiting.members > 0) continue;
			this.#waiting.delete(done.n);
			waiting.line.rendered(waiting.item);
		}
	}

	#suspendLaggards(): void {
		const now = Date.now();
		for (const [id, member] of this.#members) {
			if (member.outstanding.length === 0) continue;
			const stalled = now - member.progressAt > STALLED_MS;
			if (!stalled && (member.visible || member.bytes <= HIDDEN_BYTES)) continue;
			this.#release(member, Infinity);
			const sessions = [...member.cursors.keys()];
			member.cursors.clear();
			this.#tell({ type: 'suspend', to: id });
			this.#follow(sessions);
		}
	}
}
