/*
 * Which pane shows which kind of session, and which shows which place of a workspace. A pane and
 * everything it needs is loaded when used.
 */

import type { Component } from 'svelte';
import type { PlaceKind } from '../core/places.ts';
import { FilePen, FolderTree, Search, Sparkle, Terminal } from '../ui/icons.ts';
import { GitBranch } from '../ui/icons-code.ts';
import { strings } from '../strings.ts';

export interface PaneProps {
	session: string;
	/** In front: it has the keys. */
	active: boolean;
	/** On the page, in front or beside what is: it draws and follows. */
	visible: boolean;
}

export interface PlaceProps {
	workspace: string;
	/** In front: it has the keys. */
	active: boolean;
	/** On the page, in front or beside what is: it draws and follows. */
	visible: boolean;
}

interface PaneKind {
	icon: Component;
	/** Whether what its sessions say last is the output of a program. */
	mono: boolean;
	load: () => Promise<{ default: Component<PaneProps> }>;
}

interface PlacePane {
	icon: Component;
	/** What its tab says, where the workspace is plain from the rest. */
	name: string;
	load: () => Promise<{ default: Component<PlaceProps> }>;
}

export const panes: Record<string, PaneKind> = {
	claude: { icon: Sparkle, mono: false, load: () => import('./claude/ClaudePane.svelte') },
	'file-editor': { icon: FilePen, mono: false, load: () => import('./editor/EditorPane.svelte') },
	pty: { icon: Terminal, mono: true, load: () => import('./terminal/TerminalPane.svelte') },
};

/** In the order in which a workspace offers them. */
export const places: Partial<Record<PlaceKind, PlacePane>> = {
	files: { icon: FolderTree, name: strings.places.files, load: () => import('./files/FilesPane.svelte') },
	git: { icon: GitBranch, name: strings.places.git, load: () => import('./git/GitPane.svelte') },
	search: { icon: Search, name: strings.places.search, load: () => import('./search/SearchPane.svelte') },
};
