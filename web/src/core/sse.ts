/*
 * A parser of server-sent events (WHATWG HTML, "Parsing an event stream") over text that comes in
 * pieces. EventSource is not used because it hides the status of a refused request, reconnects at
 * its own pace and cannot be told from which point of each session to go on.
 */

export interface SseMessage {
	event: string;
	data: string;
	/** Empty when the message carried none: an id does not stick to later messages here. */
	id: string;
}

export class SseParser {
	#rest = '';
	#event = '';
	#id = '';
	#data: string[] = [];
	#afterCr = false;

	constructor(private readonly onMessage: (message: SseMessage) => void) {}

	push(text: string): void {
		if (this.#afterCr && text.startsWith('\n')) text = text.slice(1);
		this.#afterCr = text.endsWith('\r');
		/* A line may span many pieces: look for its end only in what is new. */
		let searchFrom = this.#rest.length;
		const all = this.#rest + text;
		let start = 0;
		for (;;) {
			const end = endOfLine(all, searchFrom);
			if (end < 0) break;
			this.#line(all.slice(start, end));
			start = all[end] === '\r' && all[end + 1] === '\n' ? end + 2 : end + 1;
			searchFrom = start;
		}
		this.#rest = all.slice(start);
	}

	#line(line: string): void {
		if (line === '') return this.#dispatch();
		const colon = line.indexOf(':');
		if (colon === 0) return; /* a comment: the heartbeat */
		const name = colon < 0 ? line : line.slice(0, colon);
		let value = colon < 0 ? '' : line.slice(colon + 1);
		if (value.startsWith(' ')) value = value.slice(1);
		if (name === 'data') this.#data.push(value);
		else if (name === 'event') this.#event = value;
		else if (name === 'id') this.#id = value;
	}

	#dispatch(): void {
		const message = { event: this.#event || 'message', data: this.#data.join('\n'), id: this.#id };
		const filled = this.#data.length > 0;
		this.#event = '';
		this.#id = '';
		this.#data = [];
		if (filled) this.onMessage(message);
	}
}

function endOfLine(text: string, from: number): number {
	const lf = text.indexOf('\n', from);
	const cr = text.indexOf('\r', from);
	if (cr < 0) return lf;
	return lf < 0 ? cr : Math.min(cr, lf);
}
