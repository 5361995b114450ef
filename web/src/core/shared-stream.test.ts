import assert from 'node:assert/strict';
import test from 'node:test';
import { toBase64 } from './bytes.ts';
import { SharedStream, type TabChannel, type TabLocks } from './shared-stream.ts';
import type { StreamPhase, StreamSink } from './stream.ts';
import type { SessionEvent } from './types.ts';
import { until } from './until.ts';

/* A server with one log, whose connections send what their query asks for. */
class Server {
	readonly queries: string[] = [];
	readonly acked: number[] = [];
	log: { id: number; session: string; seq: number; size: number }[] = [];
	#open: { cursors: Map<string, number>; writer: ReadableStreamDefaultController<Uint8Array> }[] = [];
	#id = 0;

	get connections(): number {
		return this.#open.length;
	}

	connect = async (query: string, signal: AbortSignal): Promise<Response> => {
		this.queries.push(query);
		const pairs = query.replace('?s=', '').split(',').filter(Boolean);
		const cursors = new Map(pairs.map((pair) => [pair.split(':')[0]!, Number(pair.split(':')[1])]));
		const body = new ReadableStream<Uint8Array>({
			start: (writer) => {
				const one = { cursors, writer };
				this.#open.push(one);
				this.#write(writer, `event: hello\ndata: {"stream":"s","build":"b","now":1}\n\n`);
				signal.addEventListener('abort', () => {
					this.#open = this.#open.filter((other) => other !== one);
					writer.error(new Error('aborted'));
				});
				this.#send();
			},
		});
		return new Response(body);
	};

	ack = async (_stream: string, id: number): Promise<void> => void this.acked.push(id);

	emit(session: string, size = 1): void {
		const seq = this.log.filter((event) => event.session === session).length + 1;
		this.log.push({ id: ++this.#id, session, seq, size });
		this.#send();
	}

	#send(): void {
		for (const { cursors, writer } of this.#open) {
			for (const { id, session, seq, size } of this.log) {
				if (cursors.get(session) !== seq - 1) continue;
				cursors.set(session, seq);
				const data = { session, seq, ts: 1, channel: 'pty:output', type: 'output', bytes: toBase64(new Uint8Array(size)) };
				this.#write(writer, `id: ${id}\nevent: event\ndata: ${JSON.stringify(data)}\n\n`);
			}
		}
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
	readonly events: SessionEvent[] = [];
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
	onEvent = (event: SessionEvent) => {
		this.events.push(event);
		if (this.rendering) this.stream.rendered(event);
	};
	onSystem = () => {};
	onUnauthorized = () => void this.unauthorized++;
	onUnknownSession = () => {};

	seqs(session: string): number[] {
		return this.events.filter((event) => event.session === session).map((event) => event.seq);
	}

	/** Renders late what it has so far. */
	catchUp(): void {
		this.rendering = true;
		for (const event of this.events) this.stream.rendered(event);
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
	await until(() => server.queries.at(-1) === '?s=a:1');
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
