/*
 * What a transcript is made of. An item is never changed: a change puts another object in its place
 * under the same key, so that whoever shows it sees from the object that something happened.
 */

import type { Fields, PermissionRow, ToolKind, Usage } from './claude.ts';

interface Base {
	key: string;
	/** Where it stands: the number of the event that began it. */
	seq: number;
	ts: number;
	/** The tool call of the agent that it belongs to. */
	parent?: string;
}

export interface ImageFacts {
	media_type: string;
	bytes: number;
}

export interface PromptItem extends Base {
	kind: 'prompt';
	uuid: string;
	text: string;
	images: ImageFacts[];
	state: 'queued' | 'started' | 'completed' | 'cancelled';
	/** Why it was cancelled. */
	reason?: string;
}

export interface TextItem extends Base {
	kind: 'text' | 'thinking';
	message: string;
	text: string;
	/** Cut by an interrupt. */
	aborted: boolean;
}

export interface ToolResult {
	text: string;
	is_error: boolean;
	result?: unknown;
	/** Who decided that it may run or not, when somebody did. */
	decision?: unknown;
	interrupted: boolean;
	/** Whole size in bytes, when `text` is only its head. */
	truncated?: number;
}

export interface ToolItem extends Base {
	kind: 'tool';
	id: string;
	name: string;
	tool: ToolKind;
	title: string;
	input: Fields;
	result: ToolResult | null;
	/** When the result came. */
	done_at: number | null;
	permission: PermissionRow | null;
	/** Of an agent: what it did. */
	children: Item[];
}

export interface PermissionItem extends Base {
	kind: 'permission';
	row: PermissionRow;
}

export interface TurnItem extends Base {
	kind: 'turn';
	reason: string;
	error?: string;
	duration_ms?: number;
	turns?: number;
	cost_usd?: number;
	usage: Usage;
	context?: { used: number; size: number };
	denials: number;
}

export interface NoticeItem extends Base {
	kind: 'notice';
	code: string;
	text: string;
	/** Of a limit of the account that is near: how much of it is used (0 to 1), and when it ends. */
	limit?: { used: number | null; resets_at: number | null };
}

export interface LocalItem extends Base {
	kind: 'local';
	text: string;
}

/** Something went wrong; `code` is the event's type. */
export interface ErrorItem extends Base {
	kind: 'error';
	code: string;
	/** The class of an API error. */
	class?: string;
	text: string;
	status?: number;
	resets_at?: number;
	install?: string;
}

/** The log lost what was here. */
export interface GapItem extends Base {
	kind: 'gap';
}

export type Item =
	| PromptItem
	| TextItem
	| ToolItem
	| PermissionItem
	| TurnItem
	| NoticeItem
	| LocalItem
	| ErrorItem
	| GapItem;
