import assert from 'node:assert/strict';
import test from 'node:test';
import { toBase64 } from './bytes.ts';
import { DirectStream, type StreamPhase, type StreamSink } from './stream.ts';
import type { SessionEvent } from './types.ts';
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

	ack = async (_stream: string, id: number): Promise<void> => {
		this.acked.push(id);
	};

	write(text: string): void {
		this.#writers.at(-1)!.enqueue(new TextEncoder().encode(text));
	}

	hello(): void {
		this.write(`event: hello\ndata: ${JSON.stringify({ stream: 's', build: 'b', now: 1 })}\n\n`);
	}

	event(id: number, session: string, seq: number, bytes = new Uint8Array([seq])): void {
		const data = { session, seq, ts: 1, channel: 'pty:output', type: 'output', bytes: toBase64(bytes) };
		this.write(`id: ${id}\nevent: event\ndata: ${JSON.stringify(data)}\n\n`);
	}

	cut(): void {
		this.#writers.at(-1)!.close();
	}
}

class Sink implements StreamSink {
	readonly events: SessionEvent[] = [];
	readonly phases: StreamPhase[] = [];
	unauthorized = 0;
	unknown = 0;
	onPhase = (phase: StreamPhase) => void this.phases.push(phase);
	onHello = () => {};
	onEvent = (event: SessionEvent) => void this.events.push(event);
	onSystem = () => {};
	onUnauthorized = () => void this.unauthorized++;
	onUnknownSession = () => void this.unknown++;
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
	line.event(1, 'a', 1);
	line.event(2, 'a', 2);
	await until(() => sink.events.length === 2);
	line.cut();
	await until(() => line.queries.length === 2);
	assert.deepEqual(line.queries, ['?s=a:0', '?s=a:2']);
	line.hello();
	line.event(3, 'a', 3);
	await until(() => sink.events.length === 3);
	assert.deepEqual(sink.seqs, [1, 2, 3]);
	assert.deepEqual(sink.phases, ['connecting', 'live', 'retrying', 'live']);
});

test('a hole in the numbers begins again from the last good one', async (t) => {
	const { line, sink } = await opened(t);
	line.event(1, 'a', 1);
	line.event(3, 'a', 3);
	await until(() => line.queries.length === 2);
	assert.deepEqual(sink.seqs, [1]);
	assert.equal(line.queries.at(-1), '?s=a:1');
});

test('an event that was seen before is ignored and still acknowledged', async (t) => {
	const { line, sink, stream } = await opened(t);
	line.event(1, 'a', 1);
	line.event(2, 'a', 1);
	line.event(3, 'a', 2);
	await until(() => sink.events.length === 2);
	for (const event of sink.events) stream.rendered(event);
	await until(() => line.acked.length === 1);
	assert.deepEqual(sink.seqs, [1, 2]);
	assert.deepEqual(line.acked, [3]);
});

test('a hundred kilobytes are acknowledged without waiting for a pause', async (t) => {
	const { line, sink, stream } = await opened(t);
	line.event(1, 'a', 1, new Uint8Array(60_000));
	line.event(2, 'a', 2, new Uint8Array(60_000));
	line.event(3, 'a', 3, new Uint8Array(10));
	await until(() => sink.events.length === 3);
	stream.rendered(sink.events[0]!);
	stream.rendered(sink.events[1]!);
	await until(() => line.acked.length === 1);
	assert.deepEqual(line.acked, [2]);
});

test('opening and closing sessions together makes one new connection', async (t) => {
	const { line, stream } = await opened(t);
	stream.open('b', 7);
	stream.open('c', 0);
	stream.close('a');
	await until(() => line.queries.length === 2);
	assert.deepEqual(line.queries, ['?s=a:0', '?s=b:7,c:0']);
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
