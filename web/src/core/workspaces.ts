/* What the server says of workspaces, and what it is told. */

import type { IsolationOptions } from './isolation.ts';

export interface ClaudeDefaults extends IsolationOptions {
	model?: string;
	mode?: string;
	effort?: string;
	allowed_tools?: string[];
	disallowed_tools?: string[];
	directories?: string[];
	system_prompt?: string;
	mcp?: unknown;
	max_turns?: number;
}

export interface Defaults {
	shell?: string;
	claude?: ClaudeDefaults;
	pty?: IsolationOptions;
}

export interface WorkspaceInfo {
	id: string;
	name: string;
	path: string;
	state: 'active' | 'idle' | 'archived';
	sessions: { running: number; waiting: number; total: number };
	theme: string | null;
	defaults: Defaults;
	position: number;
	/** Whether it is a working tree of git. */
	git: boolean;
	/** Its directory is not there. */
	missing: boolean;
	created_at: number;
	updated_at: number;
}

export interface NewWorkspace {
	path: string;
	name?: string;
	create?: boolean;
	clone?: { url: string; branch?: string; depth?: number };
}

export type WorkspaceChange = Partial<
	Pick<WorkspaceInfo, 'name' | 'defaults' | 'position'> & {
		archived: boolean;
		/** Empty: none. */
		theme: string;
	}
>;

/** A variable of the environment. The value of a secret one is never told. */
export interface Variable {
	name: string;
	value: string | null;
	secret: boolean;
}

export interface DirectoryListing {
	/** "": these are the directories that everything must lie beneath. */
	path: string;
	/** Null: one may go no higher. */
	parent: string | null;
	items: { name: string; path: string; git: boolean; workspace: string | null }[];
}
