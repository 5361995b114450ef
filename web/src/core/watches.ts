/*
 * Which directories a stream tells changes of. The server forgets it with the stream, and streams
 * end whenever another session is opened: each new one is told again. What happened between two of
 * them is not known, so who watches hears that something was lost.
 */

/** The server watches at most this many directories of a workspace for one stream. */
export const MOST_WATCHED = 256;

export class Watches {
	#stream: string | null = null;
	#wanted = new Map<string, readonly string[]>();
	#again = false;

	constructor(
		private readonly tell: (stream: string, workspace: string, paths: readonly string[]) => Promise<unknown>,
		/** Something may have happened in this workspace that was not told. */
		private readonly onLost: (workspace: string) => void,
	) {}

	/** Another stream begins. */
	begin(stream: string): void {
		this.#stream = stream;
		for (const workspace of this.#wanted.keys()) void this.#send(workspace, this.#again);
		this.#again = true;
	}

	/** Nobody can be told until the next stream. */
	end(): void {
		this.#stream = null;
	}

	/** Replaces what is watched of a workspace. */
	set(workspace: string, paths: readonly string[]): void {
		if (paths.length > 0) this.#wanted.set(workspace, paths.slice(0, MOST_WATCHED));
		else if (!this.#wanted.delete(workspace)) return;
		void this.#send(workspace, false);
	}

	async #send(workspace: string, missed: boolean): Promise<void> {
		const stream = this.#stream;
		if (!stream) return;
		try {
			await this.tell(stream, workspace, this.#wanted.get(workspace) ?? []);
			if (missed && stream === this.#stream) this.onLost(workspace);
		} catch {
			/* The stream is gone, and the next one is told; or the server does not watch: then a
			   person reads again. */
		}
	}
}

/** What several pages watch, as one list without what stands in it twice. */
export function unionOf(lists: Iterable<readonly string[]>): string[] {
	return [...new Set([...lists].flat())];
}
