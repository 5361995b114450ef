/*
 * The side of a shared stream that has the connection: one page of the browser serves all of its
 * pages. Each of them is a member with a cursor per session that it shows; the connection runs
 * from the lowest cursor, and a member ignores what it has had.
 *
 * An event counts as rendered once every member that it was new to has rendered it. So that no
 * member can hold up the others, one that lags is suspended: a hidden page beyond 64 KB (browsers
 * let it work once a second), any page without progress for 3 s (frozen, crashed). It comes back
 * by itself, from where it was, when it is looked at again.
 */

import { DirectStream, type StreamPhase, type StreamSink, type StreamTransport } from './stream.ts';
import type { Hello, SessionEvent, SystemEvent } from './types.ts';

/** From a member to the hub. */
export type MemberMessage =
	| { type: 'join'; visible: boolean }
	| { type: 'leave' }
	| { type: 'open'; session: string; after: number }
	| { type: 'close'; session: string }
	| { type: 'rendered'; epoch: number; id: number }
	| { type: 'visible'; visible: boolean }
	| { type: 'start' }
	| { type: 'wake'; fresh: boolean };

/** From the hub to its members; `to` when it is for one of them. */
export type HubMessage =
	| { type: 'lead' }
	| { type: 'pong'; phase: StreamPhase }
	| { type: 'phase'; phase: StreamPhase }
	| { type: 'hello'; hello: Hello; epoch: number }
	| { type: 'event'; event: SessionEvent }
	| { type: 'system'; event: SystemEvent }
	| { type: 'unauthorized' }
	| { type: 'unknown-session' }
	| { type: 'suspend'; to: string };

interface Member {
	visible: boolean;
	cursors: Map<string, number>;
	outstanding: { id: number; bytes: number }[];
	bytes: number;
	progressAt: number;
}

/* What the members show comes in within this time, and then one connection serves all of it. */
const GATHER_MS = 40;
const HIDDEN_BYTES = 65_536;
const STALLED_MS = 3000;

export class StreamHub implements StreamSink {
	#members = new Map<string, Member>();
	#waiting = new Map<number, { event: SessionEvent; members: number }>();
	#direct: DirectStream;
	/* Counts connections; begins anywhere, so that two hubs in a row never share a number. */
	#epoch = Date.now();
	#phase: StreamPhase = 'connecting';
	#hello: Hello | null = null;
	#starting: ReturnType<typeof setTimeout> | undefined;

	constructor(
		transport: StreamTransport,
		/** The member that is this page. */
		private readonly here: string,
		private readonly send: (message: HubMessage, reach: 'everywhere' | 'here') => void,
	) {
		this.#direct = new DirectStream(transport, this);
	}

	stop(): void {
		clearTimeout(this.#starting);
		this.#direct.stop();
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

	/* Ids of another connection mean nothing here: everybody begins to count again. */
	onHello(hello: Hello): void {
		this.#epoch++;
		this.#hello = hello;
		this.#waiting.clear();
		for (const member of this.#members.values()) {
			member.outstanding = [];
			member.bytes = 0;
		}
		this.#tell({ type: 'hello', hello, epoch: this.#epoch });
	}

	onEvent(event: SessionEvent): void {
		const bytes = event.bytes?.length ?? 64;
		let members = 0;
		let elsewhere = false;
		for (const [id, member] of this.#members) {
			if (member.cursors.get(event.session) !== event.seq - 1) continue;
			member.cursors.set(event.session, event.seq);
			if (member.outstanding.length === 0) member.progressAt = Date.now();
			member.outstanding.push({ id: event.id, bytes });
			member.bytes += bytes;
			members++;
			elsewhere ||= id !== this.here;
		}
		if (members === 0) return this.#direct.rendered(event);
		this.#waiting.set(event.id, { event, members });
		this.send({ type: 'event', event }, elsewhere ? 'everywhere' : 'here');
		this.#suspendLaggards();
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
		this.#starting = setTimeout(() => this.#direct.start(), GATHER_MS);
	}

	#fromMember(from: string, member: Member, message: MemberMessage): void {
		if (message.type === 'leave') {
			this.#release(member, Infinity);
			this.#members.delete(from);
			this.#follow([...member.cursors.keys()]);
		} else if (message.type === 'open') {
			member.cursors.set(message.session, message.after);
			this.#follow([message.session]);
		} else if (message.type === 'close') {
			member.cursors.delete(message.session);
			this.#follow([message.session]);
		} else if (message.type === 'visible') {
			member.visible = message.visible;
			this.#suspendLaggards();
		} else if (message.type === 'rendered' && message.epoch === this.#epoch) {
			member.progressAt = Date.now();
			this.#release(member, message.id);
		}
	}

	#tell(message: HubMessage): void {
		this.send(message, 'everywhere');
	}

	#join(from: string, visible: boolean): void {
		if (!this.#members.has(from)) {
			this.#members.set(from, {
				visible,
				cursors: new Map(),
				outstanding: [],
				bytes: 0,
				progressAt: Date.now(),
			});
		}
		this.#tell({ type: 'phase', phase: this.#phase });
		if (this.#hello) this.#tell({ type: 'hello', hello: this.#hello, epoch: this.#epoch });
	}

	#wake(fresh: boolean): void {
		this.#direct.wake(fresh);
		this.#suspendLaggards();
		this.#tell({ type: 'pong', phase: this.#phase });
	}

	/* The connection runs from the lowest cursor that any member has. */
	#follow(sessions: string[]): void {
		for (const session of sessions) {
			const cursors = [...this.#members.values()].map((member) => member.cursors.get(session));
			const lowest = Math.min(...cursors.map((cursor) => cursor ?? Infinity));
			const position = this.#direct.position(session);
			if (lowest === Infinity) this.#direct.close(session);
			else if (position === undefined || lowest < position) this.#direct.open(session, lowest);
		}
	}

	/* This member is done with everything up to `id`. */
	#release(member: Member, id: number): void {
		while (member.outstanding.length > 0 && member.outstanding[0]!.id <= id) {
			const done = member.outstanding.shift()!;
			member.bytes -= done.bytes;
			const waiting = this.#waiting.get(done.id);
			if (!waiting || --waiting.members > 0) continue;
			this.#waiting.delete(done.id);
			this.#direct.rendered(waiting.event);
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
