/* What each event of a Claude session's log does to the transcript; see transcript.ts. */

import type { Fields, PermissionRow, Usage } from './claude.ts';
import type { NoticeItem, ToolItem, ToolResult } from './transcript-items.ts';
import type { ProgramFacts, Retry, Transcript } from './transcript.ts';
import type { SessionEvent } from './types.ts';

type Data = Fields;
type Handler = (event: SessionEvent, data: Data) => void;

/** A text that may not be there. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const maybe = <T>(value: unknown): T | undefined => (value === null ? undefined : (value as T));

/* The member of the item that every event makes in the same way. */
function base(kind: string, { seq, ts }: SessionEvent, data: Data) {
	return { key: `${kind}:${seq}`, seq, ts, parent: maybe<string>(data.parent) };
}

/** The handler of each event, by its channel and type. */
export function handlersOf(t: Transcript): Record<string, Handler> {
	const block = (kind: 'text' | 'thinking'): Handler => {
		return (event, data) => {
			t.active(event);
			t.put({
				...base('m', event, data),
				kind,
				message: textOf(data.message),
				text: textOf(data.text),
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
			text: textOf(data.text),
			status: maybe<number>(data.status),
			resets_at: maybe<number>(data.resets_at),
			install: maybe<string>(data.install),
		});
	};
	return {
		'claude:input queued': ({ seq, ts }, data) => t.prompt(textOf(data.uuid), { queued: { seq, ts, data } }),
		'claude:input started': (event, data) => {
			t.active(event);
			t.prompt(textOf(data.uuid), { started: { seq: event.seq, ts: event.ts } });
		},
		'claude:input completed': (_event, data) => t.prompt(textOf(data.uuid), { end: { state: 'completed' } }),
		'claude:input cancelled': (_event, data) => {
			t.prompt(textOf(data.uuid), { end: { state: 'cancelled', reason: textOf(data.reason) } });
		},
		'claude:message session': ({ seq }, data) => t.know(seq, data as ProgramFacts),
		'claude:message mode': ({ seq }, data) => t.know(seq, { mode: textOf(data.mode) }),
		'claude:message model': ({ seq }, data) => t.know(seq, { model: maybe<string>(data.model) ?? null }),
		'claude:message title': ({ seq }, data) => t.newest('title', seq, () => (t.title = textOf(data.title))),
		'claude:message text': block('text'),
		'claude:message thinking': block('thinking'),
		'claude:message tool_call': (event, data) => {
			t.active(event);
			const id = textOf(data.id);
			t.call({
				...base('c', event, data),
				key: `c:${id}`,
				kind: 'tool',
				id,
				name: textOf(data.name),
				tool: (data.kind as ToolItem['tool'] | undefined) ?? 'other',
				title: textOf(data.title),
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
				text: textOf(data.text).replace(/^<tool_use_error>([^]*)<\/tool_use_error>$/, '$1'),
				is_error: data.is_error === true,
				result: maybe(data.result),
				decision: maybe(data.decision),
				interrupted: data.interrupted === true,
				truncated: maybe<number>(data.truncated),
			};
			t.result(textOf(data.id), result, event);
		},
		'claude:message turn': (event, data) => {
			t.rest(event.seq);
			const context = maybe<{ used: number; size: number }>(data.context);
			if (context) t.newest('context', event.seq, () => (t.context = context));
			t.put({
				...base('t', event, data),
				kind: 'turn',
				reason: textOf(data.reason),
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
			const item: NoticeItem = { ...base('n', event, data), kind: 'notice', code: textOf(data.code), text: textOf(data.text) };
			const { tool_use_id: call, subtype, utilization, resetsAt } = (data.data as Fields | undefined) ?? {};
			if (item.code === 'rate_limit') {
				/* One that is reached is told by the error that follows. */
				if (item.text === 'rejected') return;
				item.text = '';
				const seconds = maybe<number>(resetsAt);
				item.limit = { used: maybe<number>(utilization) ?? null, resets_at: seconds ? seconds * 1000 : null };
			}
			if (item.code !== 'task' || typeof call !== 'string') t.put(item);
			else if (subtype !== 'task_started') t.end(call, item);
		},
		'claude:message reset': (event, data) => {
			t.put({ ...base('n', event, data), kind: 'notice', code: 'reset', text: '' });
		},
		'claude:message local': (event, data) => {
			t.put({ ...base('n', event, data), kind: 'local', text: textOf(data.text) });
		},
		'claude:permission requested': ({ seq, ts }, data) => {
			const row = { ...data, state: 'pending' } as unknown as PermissionRow;
			t.permission(row.id, seq, ts, { row });
		},
		'claude:permission answered': ({ seq, ts }, { id, decision, by, message }) => {
			const decided = decision as PermissionRow['decision'];
			const change = { state: 'answered' as const, decision: decided, answered_by: textOf(by), answered_at: ts };
			t.permission(textOf(id), seq, ts, { change: { ...change, message: maybe<string>(message) } });
		},
		'claude:permission withdrawn': ({ seq, ts }, { id }) => {
			t.permission(textOf(id), seq, ts, { change: { state: 'withdrawn' } });
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
			const status = textOf(data.status);
			if (status === 'running' || status === 'stopping') return;
			t.rest(event.seq);
			t.put({ ...base('n', event, data), kind: 'notice', code: 'ended', text: '' });
		},
	};
}
