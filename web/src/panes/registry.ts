/* Which pane shows which kind of session. A pane and everything it needs is loaded when used. */

import type { Component } from 'svelte';
import { Sparkle, Terminal } from '../ui/icons.ts';

export interface PaneProps {
	session: string;
	active: boolean;
}

interface PaneKind {
	icon: Component;
	/** Whether what its sessions say last is the output of a program. */
	mono: boolean;
	load: () => Promise<{ default: Component<PaneProps> }>;
}

export const panes: Record<string, PaneKind> = {
	claude: { icon: Sparkle, mono: false, load: () => import('./claude/ClaudePane.svelte') },
	pty: { icon: Terminal, mono: true, load: () => import('./terminal/TerminalPane.svelte') },
};
