/* Which pane shows which kind of session. A pane and everything it needs is loaded when used. */

import type { Component } from 'svelte';

export interface PaneProps {
	session: string;
	active: boolean;
}

interface PaneKind {
	load: () => Promise<{ default: Component<PaneProps> }>;
}

export const panes: Record<string, PaneKind> = {
	claude: { load: () => import('./claude/ClaudePane.svelte') },
	pty: { load: () => import('./terminal/TerminalPane.svelte') },
};
