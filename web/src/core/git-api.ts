/* The REST side of git: see api.ts for how requests and errors work. */

import type { Api } from './api.ts';
import type {
	Blame, Branch, Commit, CommitPage, Diff, DiffQuery, GitStatus, LogQuery, Remote, ShownCommit, Stash, Worktree,
} from './git.ts';
import type { JobInfo } from './jobs.ts';

const SLOW_MS = 60_000;

/** Which changes: whole files, everything, or parts of one diff as it was shown. */
export type Pick =
	| { paths: string[] }
	| { all: true }
	| ({ path: string; old_path?: string; base: string; context?: number; whitespace?: 'all' | 'ignore' } & (
			| { lines: number[] }
			| { hunks: number[] }
	  ));

export interface NewCommit {
	message: string;
	amend?: boolean;
	all?: boolean;
	sign_off?: boolean;
	/** What the person saw as the newest commit. */
	head?: string | null;
}

export type SwitchTo =
	| { branch: string; create?: boolean; start?: string; track?: boolean; merge?: boolean; force?: boolean }
	| { commit: string; merge?: boolean; force?: boolean };

export type BranchChange =
	| { op: 'create'; name: string; start?: string }
	| { op: 'rename'; name: string; to: string }
	| { op: 'delete'; name: string; force?: boolean }
	| { op: 'upstream'; name: string; upstream: string | null };

export type StashChange =
	| { op: 'push'; message?: string; untracked?: boolean }
	| { op: 'pop' | 'apply' | 'drop'; index: number; commit: string };

export type NewWorktree = { path: string; workspace: true } & (
	| { branch: string }
	| { new_branch: string; start?: string }
	| { commit: string }
);

export interface MadeWorktree {
	path: string;
	workspace: { id: string } | null;
}

export interface PushOptions {
	remote?: string;
	branch?: string;
	upstream?: boolean;
	force?: boolean;
}

type Flags = Record<string, string | number | boolean | undefined>;

export class GitApi {
	constructor(private readonly api: Api) {}

	status = (workspace: string) => this.#get<GitStatus>(workspace, 'status');
	diff = (workspace: string, wanted: DiffQuery) => this.#get<Diff>(workspace, 'diff', { ...wanted });
	log = (workspace: string, wanted: LogQuery) => this.#get<CommitPage>(workspace, 'log', { ...wanted });
	show = (workspace: string, rev: string) => this.#get<ShownCommit>(workspace, 'show', { rev });

	blame(workspace: string, path: string, rev: string | null, from: number) {
		return this.#get<Blame>(workspace, 'blame', { path, rev: rev ?? undefined, from, to: from + 1999 });
	}

	async branches(workspace: string, kind: 'all' | 'tag' = 'all'): Promise<Branch[]> {
		return (await this.#get<{ items: Branch[] }>(workspace, 'branches', { kind })).items;
	}

	async stashes(workspace: string): Promise<Stash[]> {
		return (await this.#get<{ items: Stash[] }>(workspace, 'stash')).items;
	}

	async worktrees(workspace: string): Promise<Worktree[]> {
		return (await this.#get<{ items: Worktree[] }>(workspace, 'worktrees')).items;
	}

	async remotes(workspace: string): Promise<Remote[]> {
		return (await this.#get<{ items: Remote[] }>(workspace, 'remotes')).items;
	}

	/** A file as it is in a revision; `:1`, `:2`, `:3` are the three sides of a conflict. */
	async file(workspace: string, path: string, rev: string): Promise<Uint8Array<ArrayBuffer>> {
		const target = `git/file?${query({ workspace, path, rev })}`;
		const answer = await this.api.send('GET', target, { timeoutMs: SLOW_MS });
		return new Uint8Array(await answer.arrayBuffer());
	}

	stage = (workspace: string, pick: Pick) => this.#do(workspace, 'stage', pick);
	unstage = (workspace: string, pick: Pick) => this.#do(workspace, 'unstage', pick);
	discard = (workspace: string, pick: Pick) => this.#do(workspace, 'discard', pick);
	commit = (workspace: string, wanted: NewCommit) => this.#post<Commit>(workspace, 'commit', wanted);
	switch = (workspace: string, to: SwitchTo) => this.#do(workspace, 'switch', to);
	branch = (workspace: string, change: BranchChange) => this.#do(workspace, 'branch', change);
	stash = (workspace: string, change: StashChange) => this.#do(workspace, 'stash', change);
	init = (workspace: string) => this.#post<GitStatus>(workspace, 'init', {});
	merge = (workspace: string, op: 'abort' | 'continue' | 'skip') => this.#do(workspace, 'merge', { op });
	mergeIn = (workspace: string, rev: string) => this.#do(workspace, 'merge', { op: 'start', rev });

	resolve(workspace: string, paths: string[], how: 'ours' | 'theirs' | 'work-tree' | 'delete') {
		return this.#do(workspace, 'resolve', { paths, with: how });
	}

	addWorktree(workspace: string, wanted: NewWorktree) {
		return this.#post<MadeWorktree>(workspace, 'worktree', { op: 'add', ...wanted });
	}

	removeWorktree(workspace: string, path: string, force: boolean) {
		return this.#do(workspace, 'worktree', { op: 'remove', path, ...(force ? { force } : {}) });
	}

	pruneWorktrees = (workspace: string) => this.#do(workspace, 'worktree', { op: 'prune' });

	addRemote(workspace: string, name: string, url: string) {
		return this.#do(workspace, 'remote', { op: 'add', name, url });
	}

	fetch = (workspace: string) => this.#post<JobInfo>(workspace, 'fetch', { all: true, prune: true });
	pull = (workspace: string, how: { rebase?: boolean }) => this.#post<JobInfo>(workspace, 'pull', how);
	push = (workspace: string, how: PushOptions) => this.#post<JobInfo>(workspace, 'push', how);

	#get<T>(workspace: string, verb: string, flags: Flags = {}): Promise<T> {
		return this.api.json<T>('GET', `git/${verb}?${query({ workspace, ...flags })}`, { timeoutMs: SLOW_MS });
	}

	#post<T>(workspace: string, verb: string, json: unknown): Promise<T> {
		return this.api.json<T>('POST', `git/${verb}?${query({ workspace })}`, { json, timeoutMs: SLOW_MS });
	}

	async #do(workspace: string, verb: string, json: unknown): Promise<void> {
		await this.api.send('POST', `git/${verb}?${query({ workspace })}`, { json, timeoutMs: SLOW_MS });
	}
}

function query(flags: Flags): string {
	const said = Object.entries(flags).filter(([, value]) => value !== undefined);
	const text = (value: Flags[string]) => (typeof value === 'boolean' ? `${+value}` : `${value}`);
	return `${new URLSearchParams(said.map(([name, value]) => [name, text(value)]))}`;
}
