/*
 * From the log of a Claude session to what a person reads: a fold over its events whose outcome
 * depends only on which events there are, not on the order or how often they come. So a page may
 * show the newest part first and fill in what is older, and a stream that begins again harms
 * nothing. What belongs together but comes apart (a result without its call, an answer without its
 * question, a child without its agent) is kept until the rest is there.
 *
 * Not handled here: drafts of blocks that are still being written (drafts.ts).
 */

import type { ClaudeFacts, Fields, Model, PermissionRow, SlashCommand } from './claude.ts';
import { handlersOf, textOf } from './transcript-events.ts';
import { ItemTree } from './transcript-tree.ts';
import type { Item, NoticeItem, PromptItem, ToolItem, ToolResult } from './transcript-items.ts';
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

interface PromptFacts {
	queued?: { seq: number; ts: number; data: Fields };
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
	#results = new Map<string, { result: ToolResult; seq: number; ts: number }>();
	/* Ends of what tool calls have begun. */
	#ends = new Map<string, NoticeItem[]>();
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
		this.#putEnds(item.id);
	}

	result(id: string, result: ToolResult, { seq, ts }: SessionEvent): void {
		this.#results.set(id, { result, seq, ts });
		this.#putCall(id);
		this.#putEnds(id);
	}

	/** What a tool call had begun has ended. */
	end(id: string, item: NoticeItem): void {
		this.#ends.set(id, [...(this.#ends.get(id) ?? []), item]);
		this.#putEnds(id);
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

	/* It is news where the call was over before; else the card of the call says it. */
	#putEnds(id: string): void {
		const over = this.#results.get(id)?.seq ?? (this.#calls.has(id) ? Infinity : 0);
		for (const item of this.#ends.get(id) ?? []) {
			if (over < item.seq) this.#tree.put(item);
			else this.#tree.take(item.key);
		}
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

function promptItem(uuid: string, { queued, started, end }: PromptFacts): PromptItem | null {
	if (!queued) return null;
	const { seq, ts } = started ?? queued;
	return {
		kind: 'prompt',
		key: `p:${uuid}`,
		seq,
		ts,
		uuid,
		text: textOf(queued.data.text),
		images: (queued.data.images as PromptItem['images'] | undefined) ?? [],
		state: end?.state ?? (started ? 'started' : 'queued'),
		reason: end?.reason,
	};
}
