/*
 * The REST side of the server. Every URL is relative to where the page lies, so the same build
 * works under any prefix. Every failure becomes an ApiError with the server's stable code and its
 * sentence; a request that never got an answer has status 0 and code "network".
 */

import type { Provider } from './account.ts';
import type { IsolationOptions } from './isolation.ts';
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
		/** How long the server asked to wait; 0: it did not. */
		readonly retryAfterMs = 0,
	) {
		super(detail);
	}

	/** True when the same request may well succeed later: nobody refused it for what it says. */
	get transient(): boolean {
		return this.status === 0 || this.status === 429 || this.status >= 500;
	}
}

export interface AuthConfig {
	setup_required: boolean;
	version: string;
	providers: Provider[];
}

export interface NewSession {
	kind: string;
	title?: string;
	/** Where it runs when no directory is said; whose environment and settings it gets. */
	workspace?: string;
	cwd?: string;
	command?: string[];
	cols?: number;
	rows?: number;
	/** Who decides the size. */
	writer?: string;
	/** Of a Claude session, but for the isolation. */
	options?: ClaudeOptions & IsolationOptions;
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

export interface RequestOptions {
	json?: unknown;
	bytes?: Uint8Array | Blob;
	headers?: Record<string, string>;
	/** 0: as long as it takes. */
	timeoutMs?: number;
	/** Gives up; the error is then the signal's. */
	signal?: AbortSignal;
}

const TIMEOUT_MS = 15_000;

export class Api {
	/** Called whenever the server no longer knows who we are. */
	onUnauthorized: () => void = () => {};
	/**
	 * Called when the server wants to be shown once more who asks. Resolves to true when it was: the
	 * same request is then sent again. The one place that knows of this.
	 */
	onStale: () => Promise<boolean> = () => Promise.resolve(false);

	constructor(private readonly base: string | URL) {}

	url(path: string): string {
		return new URL(`api/${path}`, this.base).href;
	}

	health = () => this.json<Health>('GET', 'health', { timeoutMs: 5000 });
	authConfig = () => this.json<AuthConfig>('GET', 'auth/config');
	me = () => this.json<Me>('GET', 'auth/me');
	logout = () => this.send('POST', 'auth/logout', { json: {} });

	setup(code: string, name: string) {
		return this.json<{ user: User; key: string }>('POST', 'setup', { json: { code, name } });
	}

	async sessions(): Promise<SessionInfo[]> {
		return (await this.json<{ items: SessionInfo[] }>('GET', 'sessions')).items;
	}

	createSession(wanted: NewSession) {
		return this.json<SessionInfo>('POST', 'sessions', { json: wanted });
	}

	renameSession(id: string, title: string) {
		return this.json<SessionInfo>('PATCH', `sessions/${id}`, { json: { title } });
	}

	deleteSession(id: string, force: boolean) {
		return this.send('DELETE', `sessions/${id}${force ? '?force=1' : ''}`);
	}

	resize(id: string, cols: number, rows: number, writer: string) {
		return this.send('POST', `sessions/${id}/resize`, { json: { cols, rows, writer } });
	}

	/** A part of the log, ascending. */
	async events(id: string, range: EventRange): Promise<SessionEvent[]> {
		const query = new URLSearchParams(Object.entries(range).map(([name, value]) => [name, `${value}`]));
		const { items } = await this.json<{ items: unknown[] }>('GET', `sessions/${id}/events?${query}`);
		return items.map((item) => decodeItem<SessionEvent>('event', 0, item));
	}

	/** The newest snapshot of a terminal from before event `before`; null when there is none. */
	async snapshot(id: string, before: number): Promise<Snapshot | null> {
		try {
			const data = await this.json<unknown>('GET', `sessions/${id}/snapshot?before=${before}`);
			return decodeItem<Snapshot>('snapshot', 0, data);
		} catch (error) {
			if (error instanceof ApiError && error.code === 'snapshot.none') return null;
			throw error;
		}
	}

	stop(id: string) {
		return this.send('POST', `sessions/${id}/stop`, { json: {} });
	}

	resume(id: string, as: { cols?: number; rows?: number; writer?: string } = {}) {
		return this.json<SessionInfo>('POST', `sessions/${id}/resume`, { json: as });
	}

	/** Stores the `n`th input of `writer`; resolves for a repeated one too. */
	input(id: string, writer: string, n: number, bytes: Uint8Array) {
		return this.send('POST', `sessions/${id}/input?w=${writer}&n=${n}`, {
			bytes,
			timeoutMs: 10_000,
		});
	}

	ack(stream: string, n: number) {
		return this.send('POST', `stream/${stream}/ack`, { json: { n }, timeoutMs: 5000 });
	}

	/** Replaces the directories of a workspace that a stream tells changes of. */
	watch(stream: string, workspace: string, paths: readonly string[]) {
		return this.send('POST', `stream/${stream}/watch`, { json: { workspace, paths } });
	}

	/** Asks, and reads the answer as JSON. Other files of core/ build on this and on `send`. */
	async json<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
		const response = await this.send(method, path, options);
		try {
			return (await response.json()) as T;
		} catch {
			throw new ApiError(0, 'network', 'The answer of the server was cut short.');
		}
	}

	async send(method: string, path: string, options: RequestOptions = {}): Promise<Response> {
		try {
			return await this.#send(method, path, options);
		} catch (error) {
			const stale = error instanceof ApiError && error.code === 'auth.stale';
			if (!stale || !(await this.onStale())) throw error;
			return this.#send(method, path, options);
		}
	}

	async #send(method: string, path: string, options: RequestOptions): Promise<Response> {
		const init: RequestInit = {
			method,
			cache: 'no-store',
			credentials: 'same-origin',
			redirect: 'error',
			signal: signalOf(options),
		};
		if (options.bytes) {
			init.body = options.bytes as Uint8Array<ArrayBuffer> | Blob;
			init.headers = { 'content-type': 'application/octet-stream', ...options.headers };
		} else if (options.json !== undefined) {
			init.body = JSON.stringify(options.json);
			init.headers = { 'content-type': 'application/json', ...options.headers };
		} else if (options.headers) {
			init.headers = options.headers;
		}
		let response: Response;
		try {
			response = await fetch(this.url(path), init);
		} catch {
			options.signal?.throwIfAborted();
			throw new ApiError(0, 'network', 'The server cannot be reached.');
		}
		if (response.ok) return response;
		const error = await problem(response);
		if (error.code === 'auth.required' || error.code === 'auth.invalid') this.onUnauthorized();
		throw error;
	}
}

function signalOf({ timeoutMs = TIMEOUT_MS, signal }: RequestOptions): AbortSignal | undefined {
	if (timeoutMs === 0) return signal;
	const limit = AbortSignal.timeout(timeoutMs);
	return signal ? either(signal, limit) : limit;
}

/* AbortSignal.any is younger than the browsers that this is for. */
function either(first: AbortSignal, second: AbortSignal): AbortSignal {
	const controller = new AbortController();
	for (const one of [first, second]) {
		if (one.aborted) controller.abort(one.reason);
		else one.addEventListener('abort', () => controller.abort(one.reason), { signal: controller.signal });
	}
	return controller.signal;
}

/** Reads an RFC 9457 problem, or makes one of an answer that is none (a proxy's error page). */
export async function problem(response: Response): Promise<ApiError> {
	try {
		const { code, detail, field, ...extra } = (await response.json()) as Record<string, unknown>;
		if (typeof code === 'string' && typeof detail === 'string') {
			const name = typeof field === 'string' ? field : null;
			const wait = Number(response.headers.get('retry-after')) * 1000 || 0;
			return new ApiError(response.status, code, detail, name, extra, wait);
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
