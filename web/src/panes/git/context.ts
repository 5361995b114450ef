/* The repository, for everything inside of its pane. */

import { getContext, setContext } from 'svelte';
import type { GitView } from './view.svelte.ts';

const KEY = Symbol('git-view');

export function provideGit(view: GitView): void {
	setContext(KEY, view);
}

export function useGit(): GitView {
	return getContext<GitView>(KEY);
}
