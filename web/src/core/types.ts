/* What the server says, as it says it: the shapes of the REST answers and of the event stream. */

import type { ClaudeFacts } from './claude.ts';
import type { FilesChange } from './files.ts';
import type { Isolation } from './isolation.ts';
import type { JobFacts } from './jobs.ts';

export type SessionStatus =
	| 'creating'
	| 'starting'
	| 'running'
	| 'stopping'
	| 'exited'
	| 'failed'
	| 'lost'
	| 'unreachable';

export type Attention = 'none' | 'working' | 'waiting' | 'done' | 'error';

export interface SessionInfo {
	id: string;
	kind: string;
	title: string;
	status: SessionStatus;
	attention: Attention;
	cwd: string;
	command: string[];
	cols: number;
	rows: number;
	created_at: number;
	updated_at: number;
	started_at: number | null;
	ended_at: number | null;
	exit_code: number | null;
	exit_signal: string | null;
	error: { code: string; detail: string } | null;
	last_seq: number;
	/** Number of the oldest event that the log still has. */
	first_seq: number;
	run: number;
	preview: string;
	/** What it may reach; null: it is a program of Dispatch's. */
	isolation?: Isolation | null;
	/** Whether it sees and signals no others. */
	own_processes?: boolean;
	/** Whether it has a network besides itself. */
	network?: boolean;
	/** All hosts that it reaches; null: any. */
	hosts?: string[] | null;
	/** The workspace that it belongs to; null when that is gone. */
	workspace?: string | null;
	/** Only of a Claude session. */
	claude?: ClaudeFacts;
	/** Only of a job. */
	job?: JobFacts;
}

export interface User {
	id: string;
	name: string;
	role: string;
}

export interface Me {
	user: User;
	via: 'cookie' | 'key';
	expires_at: number | null;
	host: string;
}

export interface Health {
	status: 'ok' | 'degraded';
	version: string;
	build: string;
	setup_required: boolean;
	runner: { alive: boolean; generation: number };
	storage: 'ok' | 'full';
}

export interface Hello {
	stream: string;
	version: string;
	build: string;
	generation: number;
	heartbeat_ms: number;
	window: number;
	/** The server's clock in Unix milliseconds, to tell old events from new ones. */
	now: number;
}

/** One event of one session; `seq` counts from 1 without a hole. */
export interface SessionEvent {
	kind: 'event';
	n: number;
	session: string;
	seq: number;
	ts: number;
	channel: string;
	type: string;
	bytes?: Uint8Array;
	data?: Record<string, unknown>;
}

/** What a terminal looks like at a place of its log, in place of all events up to there. */
export interface Snapshot {
	kind: 'snapshot';
	n: number;
	session: string;
	seq: number;
	ts: number;
	cols: number;
	rows: number;
	run: number;
	/** The writer that decides the size; null: nobody. */
	owner: string | null;
	/** Output bytes of the session up to here. */
	output: number;
	/** Whether the bytes begin with the last lines above the screen. */
	scrollback: boolean;
	/** Makes a terminal of that size what it was, whatever it is before. */
	bytes: Uint8Array;
}

/** These events are no more. */
export interface Gap {
	kind: 'gap';
	n: number;
	session: string;
	from: number;
	to: number;
	reason: string;
}

/**
 * What a stream brings of a session's log. `n` counts these as they come, over all sessions of one
 * stream; by it the stream is told what is on the screen.
 */
export type LogItem = SessionEvent | Snapshot | Gap;

export type SystemEvent =
	| {
			channel: 'session';
			type: 'created' | 'changed' | 'ended' | 'deleted';
			session: string;
			data: SessionInfo | null;
	  }
	| {
			channel: 'permission';
			type: 'requested' | 'answered' | 'withdrawn';
			session: string;
			data: { id: string; session: string };
	  }
	| { channel: 'workspace'; type: 'created' | 'changed' | 'deleted'; data: { id: string } }
	| { channel: 'files'; type: 'changed'; data: FilesChange }
	| { channel: 'files'; type: 'watching'; data: { workspace: string; count: number } }
	| { channel: 'tunnel'; type: 'changed'; data: { kind: string } }
	| { channel: 'storage'; type: 'full' | 'ok' };

const ENDED: readonly SessionStatus[] = ['exited', 'failed', 'lost'];

export function hasEnded(status: SessionStatus): boolean {
	return ENDED.includes(status);
}
