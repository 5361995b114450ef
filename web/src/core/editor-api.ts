/* The REST side of the editor: see api.ts for how requests and errors work. */

import type { Api } from './api.ts';
import type { EditorFacts, EditorOp, HistoryEntry } from './editor.ts';
import type { SessionInfo } from './types.ts';

const SLOW_MS = 60_000;

export class EditorApi {
	constructor(private readonly api: Api) {}

	/** Asks the program; the same `id` again is done once. */
	op(session: string, id: string, op: EditorOp) {
		return this.api.send('POST', `sessions/${session}/op`, { json: { id, ...op }, timeoutMs: SLOW_MS });
	}

	session(id: string) {
		return this.api.json<SessionInfo & { editor?: EditorFacts }>('GET', `sessions/${id}`);
	}

	/** Text or bytes that the log of a session names by its hash. */
	async content(session: string, sha256: string): Promise<Uint8Array<ArrayBuffer>> {
		const answer = await this.api.send('GET', `sessions/${session}/content?sha256=${sha256}`, { timeoutMs: SLOW_MS });
		return new Uint8Array(await answer.arrayBuffer());
	}

	async history(workspace: string, path: string): Promise<HistoryEntry[]> {
		const query = new URLSearchParams({ workspace, path });
		return (await this.api.json<{ items: HistoryEntry[] }>('GET', `files/history?${query}`)).items;
	}

	/** Bytes [from, to) of a file, and how many it has. */
	async part(workspace: string, path: string, from: number, to: number) {
		const query = new URLSearchParams({ workspace, path });
		const headers = { range: `bytes=${from}-${to - 1}` };
		const answer = await this.api.send('GET', `files?${query}`, { headers, timeoutMs: SLOW_MS });
		const size = Number(/\/(\d+)$/.exec(answer.headers.get('content-range') ?? '')?.[1] ?? 0);
		return { bytes: new Uint8Array(await answer.arrayBuffer()), size };
	}
}
