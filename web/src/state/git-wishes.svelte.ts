/* What another pane wants to be shown of a repository, until its pane takes it. */

import type { App } from './app.svelte.ts';

export interface GitWish {
	show: 'history' | 'blame';
	path: string;
}

export class GitWishes {
	#wishes = $state.raw<ReadonlyMap<string, GitWish>>(new Map());

	constructor(private readonly app: App) {}

	/** Shows the history of a file, or who wrote its lines. */
	show(workspace: string, wish: GitWish): void {
		this.#wishes = new Map([...this.#wishes, [workspace, wish]]);
		this.app.showPlace('git', workspace);
	}

	take(workspace: string): GitWish | undefined {
		const wish = this.#wishes.get(workspace);
		if (wish) this.#wishes = new Map([...this.#wishes].filter(([id]) => id !== workspace));
		return wish;
	}
}
