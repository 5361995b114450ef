import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { toBase64 } from './bytes.ts';
import { DirectStream, type StreamPhase, type StreamSink } from './stream.ts';
import type { Piece } from './claude.ts';
import type { LogItem, SessionEvent } from './types.ts';
import { until } from './until.ts';

/* A server in the test's hands: every connection is a stream that the test writes to. */
class Line {
	readonly queries: string[] = [];
	readonly acked: number[] = [];
	#writers: ReadableStreamDefaultController<Uint8Array>[] = [];
	answer: (() => Response) | null = null;

	connect = async (query: string, signal: AbortSignal): Promise<Response> => {
		this.queries.push(query);
		if (this.answer) return this.answer();
		return new Response(
			new ReadableStream<Uint8Array>({
				start: (writer) => {
					this.#writers.push(writer);
					signal.addEventListener('abort', () => {
						try {
							writer.error(new Error('aborted'));
						} catch {
							/* closed already */
						}
					});
				},
			}),
		);
	};

	watch = async (): Promise<void> => {};
	ack = async (_stream: string, n: number): Promise<void> => {
		this.acked.push(n);
	};

	write(text: string): void {
		this.#writers.at(-1)!.enqueue(new TextEncoder().encode(text));
	}

	hello(): void {
		this.write(`event: hello\ndata: ${JSON.stringify({ stream: 's', build: 'b', now: 1 })}\n\n`);
	}

	event(session: string, seq: number, bytes = new Uint8Array([seq])): void {
		const data = { session, seq, ts: 1, channel: 'pty:output', type: 'output', bytes: toBase64(bytes) };
		this.write(`id: ${seq}\nevent: event\ndata: ${JSON.stringify(data)}\n\n`);
	}

	snapshot(session: string, seq: number): void {
		const data = { session, seq, ts: 1, cols: 80, rows: 24, run: 1, owner: null, bytes: 'G2M=' };
		this.write(`event: snapshot\ndata: ${JSON.stringify(data)}\n\n`);
	}

	gap(session: string, from: number, to: number): void {
		this.write(`event: gap\ndata: ${JSON.stringify({ session, from, to, reason: 'retention' })}\n\n`);
	}

	cut(): void {
		this.#writers.at(-1)!.close();
	}
}

class Sink implements StreamSink {
	readonly items: LogItem[] = [];
	readonly phases: StreamPhase[] = [];
	unauthorized = 0;
	unknown = 0;
	onPhase = (phase: StreamPhase) => void this.phases.push(phase);
	onHello = () => {};
	onItem = (item: LogItem) => void this.items.push(item);
	onSystem = () => {};
	onPiece = (piece: Piece) => void this.pieces.push(piece);
	pieces: Piece[] = [];
	onUnauthorized = () => void this.unauthorized++;
	onUnknownSession = () => void this.unknown++;
	get events(): SessionEvent[] {
		return this.items.filter((item) => item.kind === 'event');
	}
	get seqs(): number[] {
		return this.events.map((event) => event.seq);
	}
}

function problem(status: number, code: string): Response {
	return Response.json({ type: 'about:blank', status, code, detail: 'No.' }, { status });
}

async function opened(t: { after(done: () => void): void }) {
	const line = new Line();
	const sink = new Sink();
	const stream = new DirectStream(line, sink);
	t.after(() => stream.stop());
	stream.open('a', 0);
	stream.start();
	await until(() => line.queries.length === 1);
	line.hello();
	await until(() => sink.phases.at(-1) === 'live');
	return { line, sink, stream };
}

test('events arrive in order, and a break goes on behind the last one', async (t) => {
	const { line, sink } = await opened(t);
	line.event('a', 1);
	line.event('a', 2);
	await until(() => sink.events.length === 2);
	line.cut();
	await until(() => line.queries.length === 2);
	assert.deepEqual(line.queries, ['?s=a:0&jump=1', '?s=a:2&jump=1']);
	line.hello();
	line.event('a', 3);
	await until(() => sink.events.length === 3);
	assert.deepEqual(sink.seqs, [1, 2, 3]);
	assert.deepEqual(sink.phases, ['connecting', 'live', 'retrying', 'live']);
});

test('a hole in the numbers begins again from the last good one', async (t) => {
	const { line, sink } = await opened(t);
	line.event('a', 1);
	line.event('a', 3);
	await until(() => line.queries.length === 2);
	assert.deepEqual(sink.seqs, [1]);
	assert.equal(line.queries.at(-1), '?s=a:1&jump=1');
});

test('an event that was seen before is ignored and still acknowledged', async (t) => {
	const { line, sink, stream } = await opened(t);
	line.event('a', 1);
	line.event('a', 1);
	line.event('a', 2);
	await until(() => sink.events.length === 2);
	for (const event of sink.events) stream.rendered(event);
	await until(() => line.acked.length === 1);
	assert.deepEqual(sink.seqs, [1, 2]);
	assert.deepEqual(line.acked, [3]);
});

test('what is rendered is acknowledged by its place in this connection', async (t) => {
	const { line, sink, stream } = await opened(t);
	line.event('a', 1);
	line.event('a', 2);
	await until(() => sink.events.length === 2);
	line.cut();
	await until(() => line.queries.length === 2);
	line.hello();
	line.event('a', 3);
	await until(() => sink.events.length === 3);
	for (const event of sink.events) stream.rendered(event);
	await until(() => line.acked.length === 1);
	assert.deepEqual(line.acked, [1]);
});

test('thirty-two kilobytes are acknowledged without waiting for a pause', async (t) => {
	const { line, sink, stream } = await opened(t);
	line.event('a', 1, new Uint8Array(20_000));
	line.event('a', 2, new Uint8Array(20_000));
	line.event('a', 3, new Uint8Array(10));
	await until(() => sink.events.length === 3);
	stream.rendered(sink.events[0]!);
	assert.deepEqual(line.acked, []);
	stream.rendered(sink.events[1]!);
	assert.deepEqual(line.acked, [2]);
});

test('a little is acknowledged soon, and an idle stream sends nothing', async (t) => {
	const { line, sink, stream } = await opened(t);
	line.event('a', 1);
	await until(() => sink.events.length === 1);
	const rendered = performance.now();
	stream.rendered(sink.events[0]!);
	await until(() => line.acked.length === 1);
	assert.ok(performance.now() - rendered < 500);
	await wait(200);
	assert.deepEqual(line.acked, [1]);
});

test('reports go out one at a time', async (t) => {
	const { line, sink, stream } = await opened(t);
	let answer = () => {};
	line.ack = (_stream, n) => {
		line.acked.push(n);
		return new Promise((resolve) => (answer = resolve));
	};
	for (let seq = 1; seq <= 4; seq++) line.event('a', seq, new Uint8Array(40_000));
	await until(() => sink.events.length === 4);
	for (const event of sink.events) stream.rendered(event);
	await wait(100);
	assert.deepEqual(line.acked, [1]);
	answer();
	await until(() => line.acked.length === 2);
	assert.deepEqual(line.acked, [1, 4]);
	answer();
});

test('a snapshot takes the place of what it jumps over', async (t) => {
	const { line, sink, stream } = await opened(t);
	line.event('a', 1);
	line.snapshot('a', 100);
	line.event('a', 101);
	await until(() => sink.items.length === 3);
	assert.deepEqual(sink.items.map((item) => item.kind), ['event', 'snapshot', 'event']);
	for (const item of sink.items) stream.rendered(item);
	await until(() => line.acked.at(-1) === 3);
	line.cut();
	await until(() => line.queries.length === 2);
	assert.equal(line.queries.at(-1), '?s=a:101&jump=1');
});

test('a snapshot of what has been passed is acknowledged and ignored', async (t) => {
	const { line, sink } = await opened(t);
	line.event('a', 1);
	line.event('a', 2);
	line.snapshot('a', 1);
	line.event('a', 3);
	await until(() => sink.items.length === 3);
	assert.deepEqual(sink.seqs, [1, 2, 3]);
});

test('a gap is no hole, and the snapshot at its end is taken', async (t) => {
	const { line, sink } = await opened(t);
	line.event('a', 1);
	line.gap('a', 2, 50);
	line.snapshot('a', 50);
	line.event('a', 51);
	await until(() => sink.items.length === 4);
	assert.deepEqual(sink.items.map((item) => item.kind), ['event', 'gap', 'snapshot', 'event']);
	assert.equal(line.queries.length, 1);
});

test('a gap behind a hole is a hole', async (t) => {
	const { line, sink } = await opened(t);
	line.event('a', 1);
	line.gap('a', 5, 50);
	await until(() => line.queries.length === 2);
	assert.deepEqual(sink.seqs, [1]);
	assert.equal(line.queries.at(-1), '?s=a:1&jump=1');
});

test('a stream that the server ends over an acknowledgement begins again', async (t) => {
	const { line, sink } = await opened(t);
	line.event('a', 1);
	await until(() => sink.events.length === 1);
	line.write('event: bye\ndata: {"reason":"ack.unsent"}\n\n');
	await until(() => line.queries.length === 2);
	assert.equal(line.queries.at(-1), '?s=a:1&jump=1');
});

test('opening and closing sessions together makes one new connection', async (t) => {
	const { line, stream } = await opened(t);
	stream.open('b', 7);
	stream.open('c', 0);
	stream.close('a');
	await until(() => line.queries.length === 2);
	assert.deepEqual(line.queries, ['?s=a:0&jump=1', '?s=b:7,c:0&jump=1']);
});

test('a refused sign-in stops the stream until it is started again', async (t) => {
	const { line, sink, stream } = await opened(t);
	line.answer = () => problem(401, 'auth.required');
	line.cut();
	await until(() => sink.unauthorized === 1);
	assert.equal(sink.phases.at(-1), 'stopped');
	line.answer = null;
	stream.start();
	await until(() => line.queries.length === 3);
	line.hello();
	await until(() => sink.phases.at(-1) === 'live');
});

test('an unknown session is reported, and the stream tries again without it', async (t) => {
	const { line, sink, stream } = await opened(t);
	line.answer = () => problem(404, 'session.unknown');
	line.cut();
	await until(() => sink.unknown === 1);
	line.answer = null;
	stream.close('a');
	await until(() => line.queries.at(-1) === '');
});

test('text on its way is handed on for open sessions and counts for nothing', async (t) => {
	const { line, sink } = await opened(t);
	for (const session of ['a', 'b']) {
		const piece = { session, message: 'm', index: 0, kind: 'text', at: 0, text: 'x' };
		line.write(`event: partial\ndata: ${JSON.stringify(piece)}\n\n`);
	}
	line.event('a', 1);
	await until(() => sink.events.length === 1);
	assert.deepEqual(sink.pieces.map(({ session }) => session), ['a']);
	assert.equal(sink.items[0]!.n, 1);
});
