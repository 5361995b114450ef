/*
 * From the log of a Claude session to what a person reads: a fold over its events whose outcome
 * depends only on which events there are, not on the order or how often they come. So a page may
 * show the newest part first and fill in what is older, and a stream that begins again harms
 * nothing. What belongs together but comes apart (a result without its call, an answer without its
 * question, a child without its agent) is kept until the rest is there.
 *
 * Not handled here: drafts of blocks that are still being written (drafts.ts).
 */

import type { ClaudeFacts, Fields, Model, PermissionRow, SlashCommand, Usage } from './claude.ts';
import { ItemTree } from './transcript-tree.ts';
import type { Item, PromptItem, ToolItem, ToolResult } from './transcript-items.ts';
import type { SessionEvent } from './types.ts';

/** What the program said of itself last. */
export interface ProgramFacts extends Partial<Omit<ClaudeFacts, 'pending'>> {
	models?: Model[];
	commands?: SlashCommand[];
	mcp?: { name: string; status: string }[];
	tools?: string[];
}

export interface Retry {
	attempt: number;
	of: number;
	delay_ms: number;
	class: string;
	/** When it was said. */
	ts: number;
}

type Data = Fields;
type Handler = (event: SessionEvent, data: Data) => void;

interface PromptFacts {
	queued?: { seq: number; ts: number; data: Data };
	started?: { seq: number; ts: number };
	end?: { state: 'completed' | 'cancelled'; reason?: string };
}

interface PermissionFacts {
	seq: number;
	ts: number;
	row?: PermissionRow;
	change?: Partial<PermissionRow>;
}

export class Transcript {
	#seen = new Set<number>();
	#tree = new ItemTree();
	#prompts = new Map<string, PromptFacts>();
	#queued = new Map<string, PromptItem>();
	#waiting = new Map<string, PermissionRow>();
	#calls = new Map<string, ToolItem>();
	#results = new Map<string, { result: ToolResult; ts: number }>();
	#permissions = new Map<string, PermissionFacts>();
	/* Which permission is about which tool call. */
	#asked = new Map<string, string>();
	/* The numbers of the events that set what there is only one of. */
	#latest = new Map<string, number>();
	#handlers = handlersOf(this);

	facts: ProgramFacts = {};
	title: string | null = null;
	retry: Retry | null = null;
	/** Seconds without a word from the program while it worked. */
	silent: number | null = null;
	context: { used: number; size: number } | null = null;
	/** When the present turn began; null between turns. */
	workingSince: number | null = null;
	#turnEnd = 0;
	#busy = { seq: 0, ts: 0 };

	/** What is shown from top to bottom. The array lives on and changes. */
	get items(): readonly Item[] {
		return this.#tree.items;
	}

	/** What was sent and has not been begun, oldest first. */
	get queue(): PromptItem[] {
		return [...this.#queued.values()].sort((a, b) => a.seq - b.seq);
	}

	/** The questions that wait for an answer, oldest first. */
	get pending(): PermissionRow[] {
		return [...this.#waiting.values()].sort((a, b) => a.requested_at - b.requested_at);
	}

	/** Whether a message that was sent has arrived in the log. */
	knows(uuid: string): boolean {
		return !!this.#prompts.get(uuid)?.queued;
	}

	/** The item that shows a permission; of a child, the agent in the list. */
	whereIs(permission: string): Item | undefined {
		const tool = this.#permissions.get(permission)?.row?.tool_use_id;
		const key = tool && this.#calls.has(tool) ? `c:${tool}` : `a:${permission}`;
		return this.#tree.shownAt(key);
	}

	/** False when it was known already or changes nothing that is shown. */
	add(event: SessionEvent): boolean {
		if (this.#seen.has(event.seq)) return false;
		this.#seen.add(event.seq);
		const handler = this.#handlers[`${event.channel} ${event.type}`];
		if (!handler) return false;
		handler(event, event.data ?? {});
		return true;
	}

	/** The log lost the events from `from` to `to`. */
	gap(from: number, to: number): void {
		this.#tree.put({ kind: 'gap', key: `g:${to}`, seq: from, ts: 0 });
	}

	/** All there is has been added: what still has no parent stands by itself. */
	finish(): void {
		this.#tree.freeOrphans();
	}

	/** Something happened in the turn that `event` belongs to. */
	active({ seq, ts }: SessionEvent): void {
		if (this.retry && seq > (this.#latest.get('retry') ?? 0)) this.retry = null;
		if (seq > (this.#latest.get('silent') ?? 0)) this.silent = null;
		if (seq > this.#busy.seq) this.#busy = { seq, ts };
		if (seq < this.#turnEnd) return;
		this.workingSince = Math.min(this.workingSince ?? ts, ts);
	}

	rest(seq: number): void {
		this.newest('retry', seq, () => (this.retry = null));
		this.silent = null;
		if (seq <= this.#turnEnd) return;
		this.#turnEnd = seq;
		this.workingSince = this.#busy.seq > seq ? this.#busy.ts : null;
	}

	/** Does it unless something newer of that name was there before. */
	newest(name: string, seq: number, act: () => void): void {
		if (seq < (this.#latest.get(name) ?? 0)) return;
		this.#latest.set(name, seq);
		act();
	}

	know(seq: number, facts: ProgramFacts): void {
		for (const [name, value] of Object.entries(facts)) {
			if (value === undefined) continue;
			this.newest(`fact ${name}`, seq, () => (this.facts = { ...this.facts, [name]: value }));
		}
	}

	prompt(uuid: string, facts: PromptFacts): void {
		const all = { ...this.#prompts.get(uuid), ...facts };
		this.#prompts.set(uuid, all);
		const item = promptItem(uuid, all);
		if (!item) return;
		if (item.state === 'queued') this.#queued.set(uuid, item);
		else this.#queued.delete(uuid);
		const withdrawn = item.state === 'cancelled' && !all.started && item.reason === 'withdrawn';
		if (item.state === 'queued' || withdrawn) this.#tree.take(item.key);
		else this.#tree.put(item);
	}

	put(item: Item): void {
		this.#tree.put(item);
	}

	call(item: ToolItem): void {
		this.#calls.set(item.id, item);
		const asked = this.#asked.get(item.id);
		if (asked) this.#tree.take(`a:${asked}`);
		this.#putCall(item.id);
	}

	result(id: string, result: ToolResult, ts: number): void {
		this.#results.set(id, { result, ts });
		this.#putCall(id);
	}

	permission(id: string, seq: number, ts: number, news: Partial<PermissionFacts>): void {
		const known = this.#permissions.get(id) ?? { seq, ts };
		const facts: PermissionFacts = { ...known, ...news };
		if (news.row) Object.assign(facts, { seq, ts });
		if (facts.row) facts.row = { ...facts.row, ...facts.change };
		this.#permissions.set(id, facts);
		const { row } = facts;
		if (!row) return;
		if (row.state === 'pending') this.#waiting.set(id, row);
		else this.#waiting.delete(id);
		if (row.tool_use_id) this.#asked.set(row.tool_use_id, id);
		if (row.tool_use_id && this.#calls.has(row.tool_use_id)) this.#putCall(row.tool_use_id);
		else this.#tree.put({ kind: 'permission', key: `a:${id}`, seq: facts.seq, ts: facts.ts, row });
	}

	/** An answer that this page has got before the log tells it. */
	answered(row: PermissionRow): void {
		const facts = this.#permissions.get(row.id);
		if (facts?.row?.state === 'pending') this.permission(row.id, facts.seq, facts.ts, { change: row });
	}

	#putCall(id: string): void {
		const call = this.#calls.get(id);
		if (!call) return;
		const done = this.#results.get(id);
		const permission = this.#permissions.get(this.#asked.get(id) ?? '')?.row ?? null;
		const result = done?.result ?? null;
		const children = this.#tree.childrenAt(call.key);
		this.#tree.put({ ...call, result, done_at: done?.ts ?? null, permission, children });
	}
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const maybe = <T>(value: unknown): T | undefined => (value === null ? undefined : (value as T));

function promptItem(uuid: string, { queued, started, end }: PromptFacts): PromptItem | null {
	if (!queued) return null;
	const { seq, ts } = started ?? queued;
	return {
		kind: 'prompt',
		key: `p:${uuid}`,
		seq,
		ts,
		uuid,
		text: text(queued.data.text),
		images: (queued.data.images as PromptItem['images'] | undefined) ?? [],
		state: end?.state ?? (started ? 'started' : 'queued'),
		reason: end?.reason,
	};
}

/* The member of the item that every event makes in the same way. */
function base(kind: string, { seq, ts }: SessionEvent, data: Data) {
	return { key: `${kind}:${seq}`, seq, ts, parent: maybe<string>(data.parent) };
}

/* What each event does. */
function handlersOf(t: Transcript): Record<string, Handler> {
	const block = (kind: 'text' | 'thinking'): Handler => {
		return (event, data) => {
			t.active(event);
			t.put({
				...base('m', event, data),
				kind,
				message: text(data.message),
				text: text(data.text),
				aborted: data.aborted === true,
			});
		};
	};
	const error: Handler = (event, data) => {
		t.put({
			...base('e', event, data),
			kind: 'error',
			code: event.type,
			class: maybe<string>(data.class),
			text: text(data.text),
			status: maybe<number>(data.status),
			resets_at: maybe<number>(data.resets_at),
			install: maybe<string>(data.install),
		});
	};
	return {
		'claude:input queued': ({ seq, ts }, data) => t.prompt(text(data.uuid), { queued: { seq, ts, data } }),
		'claude:input started': (event, data) => {
			t.active(event);
			t.prompt(text(data.uuid), { started: { seq: event.seq, ts: event.ts } });
		},
		'claude:input completed': (_event, data) => t.prompt(text(data.uuid), { end: { state: 'completed' } }),
		'claude:input cancelled': (_event, data) => {
			t.prompt(text(data.uuid), { end: { state: 'cancelled', reason: text(data.reason) } });
		},
		'claude:message session': ({ seq }, data) => t.know(seq, data as ProgramFacts),
		'claude:message mode': ({ seq }, data) => t.know(seq, { mode: text(data.mode) }),
		'claude:message model': ({ seq }, data) => t.know(seq, { model: maybe<string>(data.model) ?? null }),
		'claude:message title': ({ seq }, data) => t.newest('title', seq, () => (t.title = text(data.title))),
		'claude:message text': block('text'),
		'claude:message thinking': block('thinking'),
		'claude:message tool_call': (event, data) => {
			t.active(event);
			const id = text(data.id);
			t.call({
				...base('c', event, data),
				key: `c:${id}`,
				kind: 'tool',
				id,
				name: text(data.name),
				tool: (data.kind as ToolItem['tool'] | undefined) ?? 'other',
				title: text(data.title),
				input: (data.input as Fields | undefined) ?? {},
				result: null,
				done_at: null,
				permission: null,
				children: [],
			});
		},
		'claude:message tool_result': (event, data) => {
			t.active(event);
			const result: ToolResult = {
				text: text(data.text),
				is_error: data.is_error === true,
				result: maybe(data.result),
				decision: maybe(data.decision),
				interrupted: data.interrupted === true,
				truncated: maybe<number>(data.truncated),
			};
			t.result(text(data.id), result, event.ts);
		},
		'claude:message turn': (event, data) => {
			t.rest(event.seq);
			const context = maybe<{ used: number; size: number }>(data.context);
			if (context) t.newest('context', event.seq, () => (t.context = context));
			t.put({
				...base('t', event, data),
				kind: 'turn',
				reason: text(data.reason),
				error: maybe<string>(data.error),
				duration_ms: maybe<number>(data.duration_ms),
				turns: maybe<number>(data.turns),
				cost_usd: maybe<number>(data.cost_usd),
				usage: (data.usage as Usage | undefined) ?? {},
				context,
				denials: Number(data.denials ?? 0),
			});
		},
		'claude:message notice': (event, data) => {
			t.put({ ...base('n', event, data), kind: 'notice', code: text(data.code), text: text(data.text) });
		},
		'claude:message reset': (event, data) => {
			t.put({ ...base('n', event, data), kind: 'notice', code: 'reset', text: '' });
		},
		'claude:message local': (event, data) => {
			t.put({ ...base('n', event, data), kind: 'local', text: text(data.text) });
		},
		'claude:permission requested': ({ seq, ts }, data) => {
			const row = { ...data, state: 'pending' } as unknown as PermissionRow;
			t.permission(row.id, seq, ts, { row });
		},
		'claude:permission answered': ({ seq, ts }, { id, decision, by, message }) => {
			const decided = decision as PermissionRow['decision'];
			const change = { state: 'answered' as const, decision: decided, answered_by: text(by), answered_at: ts };
			t.permission(text(id), seq, ts, { change: { ...change, message: maybe<string>(message) } });
		},
		'claude:permission withdrawn': ({ seq, ts }, { id }) => {
			t.permission(text(id), seq, ts, { change: { state: 'withdrawn' } });
		},
		'claude:error api': error,
		'claude:error login': error,
		'claude:error missing': error,
		'claude:error stderr': error,
		'claude:error bad_line': error,
		'claude:error retry': ({ seq, ts }, data) => {
			if (seq > 0) t.newest('retry', seq, () => (t.retry = { ...(data as unknown as Retry), ts }));
		},
		'claude:error retried': ({ seq }) => t.newest('retry', seq, () => (t.retry = null)),
		'claude:error silent': ({ seq }, data) => {
			t.newest('silent', seq, () => (t.silent = Number(data.seconds ?? 0)));
		},
		'session:status status': (event, data) => {
			const status = text(data.status);
			if (status === 'running' || status === 'stopping') return;
			t.rest(event.seq);
			t.put({ ...base('n', event, data), kind: 'notice', code: 'ended', text: '' });
		},
	};
}
