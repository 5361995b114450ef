/* What the server says of a repository. Paths are path text (files.ts), relative to the workspace. */

export interface Person {
	name: string;
	email: string;
	at: number;
}

export type Conflict =
	| 'both-modified'
	| 'both-added'
	| 'both-deleted'
	| 'added-by-us'
	| 'added-by-them'
	| 'deleted-by-us'
	| 'deleted-by-them';

export type ChangeKind = 'added' | 'modified' | 'deleted' | 'renamed' | 'copied' | 'type' | 'untracked' | 'ignored';

export interface Change {
	path: string;
	old_path?: string;
	staged: ChangeKind | null;
	unstaged: ChangeKind | null;
	conflict: Conflict | null;
	/** An untracked directory as a whole. */
	directory?: boolean;
	submodule?: boolean;
}

export interface Head {
	/** Null in an empty repository. */
	commit: string | null;
	/** Null when a commit is checked out instead of a branch. */
	branch: string | null;
	upstream: string | null;
	ahead: number | null;
	behind: number | null;
}

export interface Operation {
	kind: 'merge' | 'rebase' | 'cherry-pick' | 'revert' | 'bisect' | 'am';
	step: number | null;
	of: number | null;
	message: string | null;
}

export interface GitStatus {
	root: string;
	prefix: string;
	head: Head;
	operation: Operation | null;
	stash: number;
	counts: { staged: number; unstaged: number; untracked: number; conflicts: number };
	items: Change[];
	truncated: boolean;
}

export type Side = 'unstaged' | 'staged' | 'commit' | 'range';

export interface DiffLine {
	id: number;
	kind: 'context' | 'added' | 'removed';
	old: number | null;
	new: number | null;
	text: string;
	cut?: boolean;
	no_newline?: boolean;
}

export interface Hunk {
	id: number;
	old_start: number;
	old_lines: number;
	new_start: number;
	new_lines: number;
	section: string;
	lines: DiffLine[];
}

export interface FileDiff {
	path: string;
	old_path?: string;
	status: 'added' | 'modified' | 'deleted' | 'renamed' | 'copied' | 'type' | 'untracked' | 'conflict';
	old_mode: string | null;
	new_mode: string | null;
	added: number | null;
	removed: number | null;
	binary: boolean;
	submodule?: { old: string | null; new: string | null };
	similarity?: number;
	/** Names this very diff, so that lines of it can be staged; null: they cannot. */
	base: string | null;
	hunks?: Hunk[];
	large?: boolean;
}

export interface Diff {
	side: Side;
	from: string | null;
	to: string | null;
	items: FileDiff[];
	truncated: boolean;
}

export interface DiffQuery {
	side: Side;
	path?: string;
	old_path?: string;
	from?: string;
	to?: string;
	context?: number;
	whitespace?: 'all' | 'ignore';
	hunks?: boolean;
}

export interface Ref {
	name: string;
	kind: 'branch' | 'remote' | 'tag' | 'head';
	current?: boolean;
}

export interface Commit {
	commit: string;
	parents: string[];
	author: Person;
	committer: Person;
	subject: string;
	body: string;
	refs: Ref[];
	graph?: GraphRow;
}

/** The dot of a commit is in `column`; edges lead from a column of its row to one of the next. */
export interface GraphRow {
	column: number;
	edges: [from: number, to: number, colour: number][];
}

export interface CommitPage {
	items: Commit[];
	next: string | null;
}

export interface LogQuery {
	rev?: string;
	all?: boolean;
	path?: string;
	search?: string;
	author?: string;
	after?: string;
	limit?: number;
}

export interface ShownCommit extends Commit {
	files: FileDiff[];
	truncated: boolean;
}

export interface Branch {
	name: string;
	ref: string;
	kind: 'branch' | 'local' | 'remote' | 'tag';
	commit: string;
	at: number;
	subject: string;
	current: boolean;
	upstream: string | null;
	ahead: number | null;
	behind: number | null;
	gone: boolean;
	worktree: string | null;
}

export interface Stash {
	index: number;
	commit: string;
	message: string;
	branch: string | null;
	at: number;
}

export interface Worktree {
	path: string;
	name: string;
	commit: string | null;
	branch: string | null;
	main: boolean;
	current: boolean;
	bare: boolean;
	locked: string | null;
	prunable: string | null;
	workspace: string | null;
}

export interface Remote {
	name: string;
	url: string;
	push_url: string;
}

export interface BlameCommit {
	commit: string;
	author: Person;
	subject: string;
	path: string;
	boundary: boolean;
	previous: string | null;
}

export interface Blame {
	path: string;
	commits: Record<string, BlameCommit>;
	items: { line: number; lines: number; commit: string; original_line: number }[];
	next: number | null;
}

/** Names no commit: what is not committed yet. */
export const NO_COMMIT = /^0+$/;

export function shortHash(commit: string): string {
	return commit.slice(0, 8);
}

export interface ChangeGroups {
	conflicts: Change[];
	staged: Change[];
	unstaged: Change[];
	untracked: Change[];
}

/** A file that is staged and changed again stands in both lists. */
export function groupChanges(items: readonly Change[]): ChangeGroups {
	return {
		conflicts: items.filter(({ conflict }) => conflict),
		staged: items.filter(({ conflict, staged }) => !conflict && staged),
		unstaged: items.filter(({ conflict, unstaged }) => !conflict && unstaged && !isNew(unstaged)),
		untracked: items.filter(({ conflict, unstaged }) => !conflict && unstaged === 'untracked'),
	};
}

function isNew(kind: ChangeKind): boolean {
	return kind === 'untracked' || kind === 'ignored';
}
