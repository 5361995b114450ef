/* Finding files of a workspace by their names while a person types. The last question counts. */

import type { FilesApi } from '../core/files-api.ts';
import type { NameMatch } from '../core/files.ts';

const REST_MS = 60;

export class FileFinder {
	items = $state.raw<readonly NameMatch[]>([]);
	/** The question that `items` answers. */
	answered = $state('');
	#timer: ReturnType<typeof setTimeout> | undefined;
	#asking: AbortController | null = null;

	constructor(
		private readonly api: FilesApi,
		private readonly workspace: string,
	) {}

	ask(name: string, limit: number): void {
		this.stop();
		this.#timer = setTimeout(() => void this.#find(name, limit), REST_MS);
	}

	stop(): void {
		clearTimeout(this.#timer);
		this.#asking?.abort();
	}

	async #find(name: string, limit: number): Promise<void> {
		const turn = (this.#asking = new AbortController());
		try {
			const items = await this.api.findByName(this.workspace, name, limit, turn.signal);
			if (turn.signal.aborted) return;
			this.items = items;
		} catch {
			if (turn.signal.aborted) return;
			this.items = [];
		}
		this.answered = name;
	}
}
