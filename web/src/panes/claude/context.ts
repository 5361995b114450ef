/* The view of the session, for everything inside of its pane. */

import { getContext, setContext } from 'svelte';
import type { ClaudeView } from './view.svelte.ts';

const KEY = Symbol('claude-view');

export function provideView(view: ClaudeView): void {
	setContext(KEY, view);
}

export function useView(): ClaudeView {
	return getContext<ClaudeView>(KEY);
}
