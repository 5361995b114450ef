/*
 * The REST side of the server. Every URL is relative to where the page lies, so the same build
 * works under any prefix. Every failure becomes an ApiError with the server's stable code and its
 * sentence; a request that never got an answer has status 0 and code "network".
 */

import type {
	ClaudeStatus,
	Conversation,
	PermissionAnswer,
	PermissionRow,
	SentImage,
	SlashCommand,
} from './claude.ts';
import { decodeItem } from './log.ts';
import type { Health, Me, SessionEvent, SessionInfo, Snapshot, User } from './types.ts';

export class ApiError extends Error {
	override readonly name = 'ApiError';

	constructor(
		readonly status: number,
		readonly code: string,
		detail: string,
		readonly field: string | null = null,
		readonly extra: Record<string, unknown> = {},
	) {
		super(detail);
	}

	/** True when the same request may well succeed later: nobody refused it for what it says. */
	get transient(): boolean {
		return this.status === 0 || this.status === 429 || this.status >= 500;
	}
}

export interface NewSession {
	kind: string;
	title?: string;
	cwd?: string;
	command?: string[];
	cols?: number;
	rows?: number;
	/** Who decides the size. */
	writer?: string;
	/** Of a Claude session. */
	options?: ClaudeOptions;
}

export interface ClaudeOptions {
	model?: string;
	mode?: string;
	/** A conversation to go on with. */
	resume?: string;
	fork?: boolean;
}

export interface EventRange {
	/** Only events with a lower number, and the newest of them. */
	before: number;
	limit: number;
	channel?: string;
}

interface RequestOptions {
	json?: unknown;
	bytes?: Uint8Array;
	timeoutMs?: number;
}

const TIMEOUT_MS = 15_000;

export class Api {
	/** Called whenever the server no longer knows who we are. */
	onUnauthorized: () => void = () => {};

	constructor(private readonly base: string | URL) {}

	url(path: string): string {
		return new URL(`api/${path}`, this.base).href;
	}

	health = () => this.#json<Health>('GET', 'health', { timeoutMs: 5000 });
	authConfig = () => this.#json<{ setup_required: boolean; version: string }>('GET', 'auth/config');
	me = () => this.#json<Me>('GET', 'auth/me');
	logout = () => this.#send('POST', 'auth/logout', { json: {} });

	setup(code: string, name: string) {
		return this.#json<{ user: User; key: string }>('POST', 'setup', { json: { code, name } });
	}

	login(key: string) {
		return this.#json<{ user: User }>('POST', 'auth/login', {
			json: { provider: 'access-key', key },
		});
	}

	async sessions(): Promise<SessionInfo[]> {
		return (await this.#json<{ items: SessionInfo[] }>('GET', 'sessions')).items;
	}

	createSession(wanted: NewSession) {
		return this.#json<SessionInfo>('POST', 'sessions', { json: wanted });
	}

	renameSession(id: string, title: string) {
		return this.#json<SessionInfo>('PATCH', `sessions/${id}`, { json: { title } });
	}

	deleteSession(id: string, force: boolean) {
		return this.#send('DELETE', `sessions/${id}${force ? '?force=1' : ''}`);
	}

	resize(id: string, cols: number, rows: number, writer: string) {
		return this.#send('POST', `sessions/${id}/resize`, { json: { cols, rows, writer } });
	}

	/** A part of the log, ascending. */
	async events(id: string, range: EventRange): Promise<SessionEvent[]> {
		const query = new URLSearchParams(Object.entries(range).map(([name, value]) => [name, `${value}`]));
		const { items } = await this.#json<{ items: unknown[] }>('GET', `sessions/${id}/events?${query}`);
		return items.map((item) => decodeItem<SessionEvent>('event', 0, item));
	}

	/** The newest snapshot of a terminal from before event `before`; null when there is none. */
	async snapshot(id: string, before: number): Promise<Snapshot | null> {
		try {
			const data = await this.#json<unknown>('GET', `sessions/${id}/snapshot?before=${before}`);
			return decodeItem<Snapshot>('snapshot', 0, data);
		} catch (error) {
			if (error instanceof ApiError && error.code === 'snapshot.none') return null;
			throw error;
		}
	}

	stop(id: string) {
		return this.#send('POST', `sessions/${id}/stop`, { json: {} });
	}

	resume(id: string, as: { cols?: number; rows?: number; writer?: string } = {}) {
		return this.#json<SessionInfo>('POST', `sessions/${id}/resume`, { json: as });
	}

	/** Sends a message to the program; the same `uuid` again is stored once. */
	message(id: string, uuid: string, text: string, images: SentImage[]) {
		const json = { uuid, text, ...(images.length > 0 ? { images } : {}) };
		return this.#send('POST', `sessions/${id}/message`, { json, timeoutMs: 60_000 });
	}

	interrupt(id: string) {
		return this.#send('POST', `sessions/${id}/interrupt`, { json: {} });
	}

	setMode(id: string, mode: string) {
		return this.#send('POST', `sessions/${id}/mode`, { json: { mode } });
	}

	setModel(id: string, model: string | null) {
		return this.#send('POST', `sessions/${id}/model`, { json: { model } });
	}

	/** Withdraws a message that has not been begun. */
	cancelMessage(id: string, uuid: string) {
		return this.#send('POST', `sessions/${id}/cancel`, { json: { uuid } });
	}

	async permissions(): Promise<PermissionRow[]> {
		return (await this.#json<{ items: PermissionRow[] }>('GET', 'permissions?state=pending')).items;
	}

	answer(permission: string, answer: PermissionAnswer) {
		return this.#json<PermissionRow>('POST', `permissions/${permission}`, { json: answer });
	}

	claudeStatus = () => this.#json<ClaudeStatus>('GET', 'claude/status');

	async conversations(cwd: string, limit: number): Promise<Conversation[]> {
		const query = new URLSearchParams({ cwd, limit: `${limit}` });
		return (await this.#json<{ items: Conversation[] }>('GET', `claude/history?${query}`)).items;
	}

	async slashCommands(cwd: string): Promise<SlashCommand[]> {
		const query = new URLSearchParams({ cwd });
		return (await this.#json<{ items: SlashCommand[] }>('GET', `claude/commands?${query}`)).items;
	}

	async files(cwd: string, query: string): Promise<string[]> {
		const params = new URLSearchParams({ cwd, query });
		const { items } = await this.#json<{ items: { path: string }[] }>('GET', `claude/files?${params}`);
		return items.map(({ path }) => path);
	}

	/** Stores the `n`th input of `writer`; resolves for a repeated one too. */
	input(id: string, writer: string, n: number, bytes: Uint8Array) {
		return this.#send('POST', `sessions/${id}/input?w=${writer}&n=${n}`, {
			bytes,
			timeoutMs: 10_000,
		});
	}

	ack(stream: string, n: number) {
		return this.#send('POST', `stream/${stream}/ack`, { json: { n }, timeoutMs: 5000 });
	}

	async #json<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
		const response = await this.#send(method, path, options);
		try {
			return (await response.json()) as T;
		} catch {
			throw new ApiError(0, 'network', 'The answer of the server was cut short.');
		}
	}

	async #send(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
		const init: RequestInit = {
			method,
			cache: 'no-store',
			credentials: 'same-origin',
			redirect: 'error',
			signal: AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS),
		};
		if (options.bytes) {
			init.body = options.bytes as Uint8Array<ArrayBuffer>;
			init.headers = { 'content-type': 'application/octet-stream' };
		} else if (options.json !== undefined) {
			init.body = JSON.stringify(options.json);
			init.headers = { 'content-type': 'application/json' };
		}
		let response: Response;
		try {
			response = await fetch(this.url(path), init);
		} catch {
			throw new ApiError(0, 'network', 'The server cannot be reached.');
		}
		if (response.ok) return response;
		const error = await problem(response);
		if (error.code === 'auth.required' || error.code === 'auth.invalid') this.onUnauthorized();
		throw error;
	}
}

/** Reads an RFC 9457 problem, or makes one of an answer that is none (a proxy's error page). */
export async function problem(response: Response): Promise<ApiError> {
	try {
		const { code, detail, field, ...extra } = (await response.json()) as Record<string, unknown>;
		if (typeof code === 'string' && typeof detail === 'string') {
			const name = typeof field === 'string' ? field : null;
			return new ApiError(response.status, code, detail, name, extra);
		}
	} catch {
		/* not JSON */
	}
	return new ApiError(
		response.status,
		`http.${response.status}`,
		`The server answered with an error (${response.status}).`,
	);
}
