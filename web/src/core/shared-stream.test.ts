import assert from 'node:assert/strict';
import test from 'node:test';
import { toBase64 } from './bytes.ts';
import { SharedStream, type TabChannel, type TabLocks } from './shared-stream.ts';
import type { StreamPhase, StreamSink } from './stream.ts';
import type { Piece } from './claude.ts';
import type { LogItem, SessionEvent } from './types.ts';
import { reach } from './log.ts';
import { until } from './until.ts';

/* A server with one log, whose connections send what their query asks for: a snapshot to who is
 * further behind than `jump` events, the events to others. */
class Server {
	readonly queries: string[] = [];
	readonly acked: number[] = [];
	log: { session: string; seq: number; size: number }[] = [];
	jump = Infinity;
	#open: { cursors: Map<string, number>; writer: ReadableStreamDefaultController<Uint8Array> }[] = [];

	get connections(): number {
		return this.#open.length;
	}

	connect = async (query: string, signal: AbortSignal): Promise<Response> => {
		this.queries.push(query);
		const pairs = query.replace('?s=', '').replace('&jump=1', '').split(',').filter(Boolean);
		const cursors = new Map(pairs.map((pair) => [pair.split(':')[0]!, Number(pair.split(':')[1])]));
		const body = new ReadableStream<Uint8Array>({
			start: (writer) => {
				const one = { cursors, writer };
				this.#open.push(one);
				this.#write(writer, `event: hello\ndata: {"stream":"${this.queries.length}","build":"b","now":1}\n\n`);
				signal.addEventListener('abort', () => {
					this.#open = this.#open.filter((other) => other !== one);
					writer.error(new Error('aborted'));
				});
				this.#send();
			},
		});
		return new Response(body);
	};

	watch = async (): Promise<void> => {};
	ack = async (_stream: string, n: number): Promise<void> => void this.acked.push(n);

	emit(session: string, size = 1): void {
		const seq = this.log.filter((event) => event.session === session).length + 1;
		this.log.push({ session, seq, size });
		this.#send();
	}

	/** Text of a block on its way to all who follow the session. */
	piece(session: string, at: number, text: string): void {
		const piece = { session, message: 'm', index: 0, kind: 'text', at, text };
		for (const { writer } of this.#open) this.#write(writer, `event: partial\ndata: ${JSON.stringify(piece)}\n\n`);
	}

	#send(): void {
		for (const { cursors, writer } of this.#open) {
			for (const [session, seq] of cursors) this.#jump(writer, cursors, session, seq);
			for (const { session, seq, size } of this.log) {
				if (cursors.get(session) !== seq - 1) continue;
				cursors.set(session, seq);
				const data = { session, seq, ts: 1, channel: 'pty:output', type: 'output', bytes: toBase64(new Uint8Array(size)) };
				this.#write(writer, `event: event\ndata: ${JSON.stringify(data)}\n\n`);
			}
		}
	}

	#jump(
		writer: ReadableStreamDefaultController<Uint8Array>,
		cursors: Map<string, number>,
		session: string,
		have: number,
	): void {
		const seq = this.log.filter((event) => event.session === session).length;
		if (seq - have <= this.jump) return;
		cursors.set(session, seq);
		const data = { session, seq, ts: 1, cols: 80, rows: 24, run: 1, owner: null, bytes: 'G2M=' };
		this.#write(writer, `event: snapshot\ndata: ${JSON.stringify(data)}\n\n`);
	}

	#write(writer: ReadableStreamDefaultController<Uint8Array>, text: string): void {
		writer.enqueue(new TextEncoder().encode(text));
	}
}

/* The pages of one browser: messages reach every other page, later; the lock goes first come first. */
class Browser {
	#channels = new Set<TabChannel>();
	#line: { held: () => Promise<void>; settle: (error?: Error) => void }[] = [];
	#holder: { settle: (error?: Error) => void } | null = null;

	openChannel = (): TabChannel => {
		const channel: TabChannel = {
			onmessage: null,
			postMessage: (message) => {
				const copy = structuredClone(message);
				setTimeout(() => {
					for (const other of this.#channels) {
						if (other !== channel) other.onmessage?.({ data: copy } as MessageEvent);
					}
				}, 0);
			},
			close: () => void this.#channels.delete(channel),
		};
		this.#channels.add(channel);
		return channel;
	};

	locks: TabLocks = {
		request: (_name, { steal, signal }, held) =>
			new Promise((resolve, reject) => {
				const one = { held, settle: (error?: Error) => (error ? reject(error) : resolve()) };
				signal?.addEventListener('abort', () => {
					this.#line = this.#line.filter((other) => other !== one);
					reject(new Error('aborted'));
				});
				if (steal) {
					this.#holder?.settle(new Error('stolen'));
					this.#grant(one);
				} else {
					this.#line.push(one);
					setTimeout(() => this.#next(), 0);
				}
			}),
	};

	#next(): void {
		const one = this.#holder ? undefined : this.#line.shift();
		if (one) this.#grant(one);
	}

	#grant(one: { held: () => Promise<void>; settle: (error?: Error) => void }): void {
		this.#holder = one;
		void one.held().then(() => {
			one.settle();
			if (this.#holder !== one) return;
			this.#holder = null;
			this.#next();
		});
	}
}

class Page implements StreamSink {
	readonly items: LogItem[] = [];
	phase: StreamPhase = 'stopped';
	hellos = 0;
	unauthorized = 0;
	rendering = true;
	readonly stream: SharedStream;

	constructor(server: Server, browser: Browser) {
		this.stream = new SharedStream(server, { ...browser, name: 'test' }, this);
	}

	onPhase = (phase: StreamPhase) => void (this.phase = phase);
	onHello = () => void this.hellos++;
	onItem = (item: LogItem) => {
		this.items.push(item);
		if (this.rendering) this.stream.rendered(item);
	};
	onSystem = () => {};
	onPiece = (piece: Piece) => void this.pieces.push(piece);
	pieces: Piece[] = [];
	onUnauthorized = () => void this.unauthorized++;
	onUnknownSession = () => {};

	get events(): SessionEvent[] {
		return this.items.filter((item) => item.kind === 'event');
	}

	/** What the page got of a session: "5" is event 5, "=5" the snapshot there. */
	story(session: string): string {
		const items = this.items.filter((item) => item.session === session);
		return items.map((item) => (item.kind === 'snapshot' ? '=' : '') + reach(item)).join(' ');
	}

	seqs(session: string): number[] {
		return this.events.filter((event) => event.session === session).map((event) => event.seq);
	}

	/** Renders late what it has so far. */
	catchUp(): void {
		this.rendering = true;
		for (const item of this.items) this.stream.rendered(item);
	}
}

function counted(to: number): number[] {
	return Array.from({ length: to }, (_, index) => index + 1);
}

function setting(t: { after(done: () => void): void }) {
	const server = new Server();
	const browser = new Browser();
	const pages: Page[] = [];
	t.after(() => pages.forEach((page) => page.stream.leave()));
	const page = () => {
		const made = new Page(server, browser);
		pages.push(made);
		return made;
	};
	return { server, page, browser };
}

test('two pages share one connection, and both see everything once', async (t) => {
	const { server, page } = setting(t);
	const [first, second] = [page(), page()];
	for (const one of [first, second]) {
		one.stream.open('a', 0);
		one.stream.start();
	}
	for (let i = 0; i < 5; i++) server.emit('a');
	await until(() => first.events.length === 5 && second.events.length === 5);
	await until(() => server.connections === 1);
	assert.deepEqual(first.seqs('a'), counted(5));
	assert.deepEqual(second.seqs('a'), counted(5));
	await until(() => server.acked.at(-1) === 5);
});

test('a page that comes later gets the history, and the others nothing twice', async (t) => {
	const { server, page } = setting(t);
	const first = page();
	first.stream.open('a', 0);
	first.stream.start();
	for (let i = 0; i < 20; i++) server.emit('a');
	await until(() => first.events.length === 20);
	const second = page();
	second.stream.start();
	second.stream.open('a', 0);
	await until(() => second.events.length === 20);
	server.emit('a');
	await until(() => first.events.length === 21 && second.events.length === 21);
	assert.deepEqual(first.seqs('a'), counted(21));
	assert.deepEqual(second.seqs('a'), counted(21));
	await until(() => server.connections === 1);
});

test('when the leading page closes the next one goes on without a hole', async (t) => {
	const { server, page } = setting(t);
	const [first, second] = [page(), page()];
	first.stream.open('a', 0);
	first.stream.start();
	await until(() => first.phase === 'live');
	second.stream.open('a', 0);
	second.stream.start();
	server.emit('a');
	await until(() => second.events.length === 1);
	first.stream.leave();
	for (let i = 0; i < 3; i++) server.emit('a');
	await until(() => second.events.length === 4);
	assert.deepEqual(second.seqs('a'), counted(4));
	await until(() => server.connections === 1);
});

test('a leader that loses its lock goes on as a follower', async (t) => {
	const { server, page, browser } = setting(t);
	const [first, second] = [page(), page()];
	for (const one of [first, second]) {
		one.stream.open('a', 0);
		one.stream.start();
	}
	server.emit('a');
	await until(() => first.events.length === 1 && second.events.length === 1);
	void browser.locks.request('test', { steal: true }, async () => {});
	server.emit('a');
	await until(() => first.events.length === 2 && second.events.length === 2);
	assert.deepEqual(first.seqs('a'), [1, 2]);
	assert.deepEqual(second.seqs('a'), [1, 2]);
	await until(() => server.connections === 1);
});

test('a hidden page that lags is left behind, and catches up when it is looked at', async (t) => {
	const { server, page } = setting(t);
	const [first, second] = [page(), page()];
	for (const one of [first, second]) {
		one.stream.open('a', 0);
		one.stream.start();
	}
	server.emit('a');
	await until(() => server.acked.at(-1) === 1 && second.events.length === 1);
	second.rendering = false;
	second.stream.setVisible(false);
	for (let i = 0; i < 5; i++) server.emit('a', 30_000);
	await until(() => first.events.length === 6 && server.acked.at(-1) === 6);
	for (let i = 0; i < 5; i++) server.emit('a', 30_000);
	await until(() => first.events.length === 11 && server.acked.at(-1) === 11);
	assert.ok(second.events.length <= 6);
	second.stream.setVisible(true);
	second.catchUp();
	await until(() => second.events.length === 11);
	assert.deepEqual(second.seqs('a'), counted(11));
	assert.deepEqual(first.seqs('a'), counted(11));
});

test('a page that closes its session no longer holds up anybody', async (t) => {
	const { server, page } = setting(t);
	const [first, second] = [page(), page()];
	first.stream.open('a', 0);
	second.stream.open('b', 0);
	for (const one of [first, second]) one.stream.start();
	await until(() => first.phase === 'live' && second.phase === 'live');
	second.rendering = false;
	server.emit('b');
	await until(() => second.events.length === 1);
	server.emit('a');
	await until(() => first.events.length === 1);
	second.stream.close('b');
	await until(() => server.queries.at(-1) === '?s=a:1&jump=1');
});

test('a page that was signed out goes on where it was once another one has signed in', async (t) => {
	const { server, page } = setting(t);
	const [first, second] = [page(), page()];
	for (const one of [first, second]) {
		one.stream.open('a', 0);
		one.stream.start();
	}
	server.emit('a');
	await until(() => first.events.length === 1 && second.events.length === 1);
	for (const one of [first, second]) one.stream.stop();
	server.emit('a');
	for (const one of [second, first]) one.stream.start();
	await until(() => first.events.length === 2 && second.events.length === 2);
	assert.deepEqual(first.seqs('a'), [1, 2]);
	await until(() => server.connections === 1);
});

test('a page that comes later does not make the others begin again', async (t) => {
	const { server, page } = setting(t);
	const first = page();
	first.stream.open('a', 0);
	first.stream.start();
	for (let i = 0; i < 20; i++) server.emit('a');
	await until(() => first.events.length === 20);
	const second = page();
	second.stream.open('a', 0);
	second.stream.start();
	await until(() => second.events.length === 20);
	assert.equal(first.hellos, 1);
	assert.deepEqual(server.queries, ['?s=a:0&jump=1', '?s=a:0&jump=1']);
	await until(() => server.connections === 1);
});

test('a page that comes late gets a snapshot, and the others keep what they have', async (t) => {
	const { server, page } = setting(t);
	const first = page();
	first.stream.open('a', 0);
	first.stream.start();
	for (let i = 0; i < 20; i++) server.emit('a');
	await until(() => first.events.length === 20);
	server.jump = 10;
	const second = page();
	second.stream.open('a', 0);
	second.stream.start();
	await until(() => second.items.length === 1);
	server.emit('a');
	await until(() => first.events.length === 21 && second.events.length === 1);
	assert.deepEqual(first.seqs('a'), counted(21));
	assert.equal(second.story('a'), '=20 21');
	await until(() => server.connections === 1);
});

test('pages that come together while all goes on get everything from their snapshot on', async (t) => {
	const { server, page } = setting(t);
	const first = page();
	first.stream.open('a', 0);
	first.stream.start();
	for (let i = 0; i < 20; i++) server.emit('a');
	await until(() => first.events.length === 20);
	server.jump = 10;
	const others = [page(), page(), page()];
	const talking = setInterval(() => server.emit('a'), 1);
	for (const one of others) {
		one.stream.open('a', 0);
		one.stream.start();
		await until(() => one.events.length > 5);
	}
	await until(() => server.connections === 1);
	clearInterval(talking);
	const last = server.log.length;
	await until(() => [first, ...others].every((one) => one.events.at(-1)!.seq === last));
	assert.deepEqual(first.seqs('a'), counted(last));
	for (const one of others) {
		const seqs = one.seqs('a');
		assert.equal(one.items[0]!.kind, 'snapshot');
		assert.deepEqual(seqs, counted(last).slice(-seqs.length));
		assert.equal(seqs[0], reach(one.items[0]!) + 1);
	}
});

test('when the line jumps, every page that follows it does', async (t) => {
	const { server, page } = setting(t);
	const [first, second] = [page(), page()];
	for (const one of [first, second]) {
		one.stream.open('a', 0);
		one.stream.start();
	}
	server.emit('a');
	await until(() => first.events.length === 1 && second.events.length === 1);
	await until(() => server.connections === 1);
	server.jump = 10;
	for (let i = 0; i < 20; i++) server.log.push({ session: 'a', seq: i + 2, size: 1 });
	server.emit('a');
	await until(() => first.items.length === 2 && second.items.length === 2);
	assert.equal(first.story('a'), '1 =22');
	assert.equal(second.story('a'), '1 =22');
	await until(() => server.acked.at(-1) === 2);
});

test('a page that shows a session again from its beginning disturbs nobody', async (t) => {
	const { server, page } = setting(t);
	const [first, second] = [page(), page()];
	for (const one of [first, second]) {
		one.stream.open('a', 0);
		one.stream.start();
	}
	for (let i = 0; i < 5; i++) server.emit('a');
	await until(() => first.events.length === 5 && second.events.length === 5);
	second.stream.close('a');
	second.stream.open('a', 0);
	await until(() => second.events.length === 10);
	assert.deepEqual(second.seqs('a'), [...counted(5), ...counted(5)]);
	assert.deepEqual(first.seqs('a'), counted(5));
});

test('what is being written reaches every page once, and whole who comes later', async (t) => {
	const { server, page } = setting(t);
	const [first, second] = [page(), page()];
	first.stream.open('a', 0);
	for (const one of [first, second]) one.stream.start();
	server.emit('a');
	await until(() => first.events.length === 1);
	server.piece('a', 0, 'Hel');
	server.piece('a', 3, 'lo');
	await until(() => first.pieces.length === 2);
	assert.equal(second.pieces.length, 0, 'a page that does not show the session');
	second.stream.open('a', 1);
	await until(() => second.pieces.length === 1);
	assert.deepEqual([second.pieces[0]!.at, second.pieces[0]!.text], [0, 'Hello']);
	server.piece('a', 5, '!');
	await until(() => first.pieces.length === 3 && second.pieces.length === 2);
});
