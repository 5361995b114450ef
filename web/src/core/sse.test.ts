import assert from 'node:assert/strict';
import test from 'node:test';
import { SseParser, type SseMessage } from './sse.ts';

function parse(pieces: string[]): SseMessage[] {
	const messages: SseMessage[] = [];
	const parser = new SseParser((message) => messages.push(message));
	for (const piece of pieces) parser.push(piece);
	return messages;
}

const TEXT = 'retry: 500\n\n: \n\nid: 7\nevent: event\ndata: {"a":1}\ndata: {"b":2}\n\ndata:x\n\n';
const WANTED = [
	{ event: 'event', data: '{"a":1}\n{"b":2}', id: '7' },
	{ event: 'message', data: 'x', id: '' },
];

test('messages come out the same wherever the text is cut', () => {
	for (let cut = 0; cut <= TEXT.length; cut++) {
		assert.deepEqual(parse([TEXT.slice(0, cut), TEXT.slice(cut)]), WANTED);
	}
	assert.deepEqual(parse([...TEXT]), WANTED);
});

test('lines may end in LF, CR or CRLF, also when a cut parts the two', () => {
	for (const end of ['\r', '\r\n']) {
		const text = TEXT.replaceAll('\n', end);
		for (let cut = 0; cut <= text.length; cut++) {
			assert.deepEqual(parse([text.slice(0, cut), text.slice(cut)]), WANTED);
		}
	}
});

test('comments and messages without data say nothing', () => {
	assert.deepEqual(parse([': ping\n\nevent: hello\n\n']), []);
});
