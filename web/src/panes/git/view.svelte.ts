/*
 * A repository as its pane shows it: what has changed, what is looked at, and what is being done. It
 * is read again when the pane comes to the front, when a directory that it watches changes, after
 * everything that was done here, and from time to time, because a deep directory is watched by nobody.
 */

import { ApiError } from '../../core/api.ts';
import { parentOf } from '../../core/files.ts';
import { GitApi } from '../../core/git-api.ts';
import { groupChanges, type GitStatus } from '../../core/git.ts';
import type { JobInfo } from '../../core/jobs.ts';
import type { App } from '../../state/app.svelte.ts';
import { jobProblem } from '../../state/jobs.svelte.ts';
import type { ChosenChange } from './changes/choosing.ts';

export type Page = 'changes' | 'history' | 'branches' | 'stashes' | 'worktrees';

/** What went wrong, with git's own words, until somebody has read it. */
export interface Trouble {
	code: string;
	detail: string;
	/** What was being done, of a job. */
	op?: string;
	label?: string;
	/** Signs in, in a terminal. */
	command?: string[];
}

export interface BlameTarget {
	path: string;
	rev: string | null;
}

const WATCHED = 200;
const SOON_MS = 250;
const LEAST_PAUSE_MS = 6000;
/* Reading must not keep the machine busy: at most a twentieth of the time. */
const PAUSE_FACTOR = 20;

export class GitView {
	status = $state.raw<GitStatus | null>(null);
	/** Why there is no status. */
	problem = $state.raw<ApiError | null>(null);
	trouble = $state.raw<Trouble | null>(null);
	page = $state<Page>('changes');
	busy = $state(false);
	/** The number of the reading that is shown: what depends on the repository reads again with it. */
	version = $state(0);
	/** The job that was last started here. */
	jobId = $state<string | null>(null);
	/** History of one file only. */
	historyPath = $state<string | null>(null);
	blame = $state.raw<BlameTarget | null>(null);
	/** The change whose diff is shown, also once another page was looked at. */
	chosen = $state.raw<ChosenChange | null>(null);

	readonly api: GitApi;
	groups = $derived(groupChanges(this.status?.items ?? []));

	#visible = false;
	#closed = false;
	#reading: Promise<void> | null = null;
	#again = false;
	#timer: ReturnType<typeof setTimeout> | undefined;
	#tookMs = 0;
	readonly #watcher: ReturnType<App['files']['watcher']>;
	readonly #onFocus = () => this.#soon(0);

	constructor(
		readonly app: App,
		readonly workspace: string,
	) {
		this.api = new GitApi(app.api);
		this.#watcher = app.files.watcher(workspace, () => this.#soon(SOON_MS));
		addEventListener('focus', this.#onFocus);
	}

	/** Whether the person may change the repository; who may not sees what it is, and no way to. */
	get mayChange(): boolean {
		return this.app.mayUse;
	}

	/** What runs now of what was started here. */
	get job(): JobInfo | undefined {
		return this.jobId ? this.app.jobs.get(this.jobId) : undefined;
	}

	dispose(): void {
		this.#closed = true;
		clearTimeout(this.#timer);
		this.#watcher.end();
		removeEventListener('focus', this.#onFocus);
	}

	setVisible(visible: boolean): void {
		this.#visible = visible;
		if (visible) void this.refresh();
		else clearTimeout(this.#timer);
	}

	/** Reads the repository; several wishes at a time are one more reading. */
	refresh(): Promise<void> {
		if (this.#reading) {
			this.#again = true;
			return this.#reading;
		}
		this.#reading = this.#read().finally(() => {
			this.#reading = null;
			this.#soon(Math.max(LEAST_PAUSE_MS, this.#tookMs * PAUSE_FACTOR));
		});
		return this.#reading;
	}

	/** Does it and reads again; what goes wrong stands in the pane. True when it went well. */
	async act(run: () => Promise<unknown>): Promise<boolean> {
		this.busy = true;
		try {
			await run();
			this.trouble = null;
			return true;
		} catch (error) {
			this.complain(error);
			return false;
		} finally {
			this.busy = false;
			await this.refresh();
		}
	}

	complain(error: unknown): void {
		if (!(error instanceof ApiError) || !error.code.startsWith('git.')) return this.app.report(error);
		const { command } = error.extra;
		this.trouble = { code: error.code, detail: error.message, ...(Array.isArray(command) ? { command } : {}) };
	}

	/** For an effect: reads, and takes the answer unless the effect has run again meanwhile. */
	read<T>(ask: () => Promise<T>, take: (found: T) => void, fail = (error: unknown) => this.complain(error)): () => void {
		let wanted = true;
		ask().then(
			(found) => wanted && take(found),
			(error: unknown) => wanted && fail(error),
		);
		return () => (wanted = false);
	}

	/** Starts long work and shows how far it is. */
	async run(start: () => Promise<JobInfo>): Promise<void> {
		this.trouble = null;
		try {
			const job = await start();
			this.jobId = job.id;
			const ended = await this.app.jobs.follow(job);
			const problem = jobProblem(ended) as Trouble | null;
			if (problem && problem.code !== 'job.cancelled') this.trouble = { ...problem, op: ended.job.op, label: ended.job.label };
			if (this.jobId === job.id) this.jobId = null;
		} catch (error) {
			this.complain(error);
		}
		await this.refresh();
	}

	/** A terminal with a prepared command line: only there is a password asked for. */
	async terminal(title: string, command: string[]): Promise<void> {
		const { sessions, writer, lastFit, tabs } = this.app;
		await this.app.attempt(async () => {
			const { workspace } = this;
			const made = await sessions.create({ kind: 'pty', title, command, workspace, writer, ...lastFit });
			tabs.show(made.id);
		});
	}

	showHistory(path: string | null): void {
		this.historyPath = path;
		this.blame = null;
		this.page = 'history';
	}

	#soon(ms: number): void {
		clearTimeout(this.#timer);
		if (!this.#visible || this.#closed) return;
		this.#timer = setTimeout(() => {
			if (document.visibilityState === 'visible') void this.refresh();
		}, ms);
	}

	async #read(): Promise<void> {
		do {
			this.#again = false;
			const started = performance.now();
			try {
				const status = await this.api.status(this.workspace);
				if (this.#closed) return;
				this.status = status;
				this.problem = null;
				this.version++;
				this.#watch(status);
			} catch (error) {
				if (error instanceof ApiError && !error.transient) {
					this.problem = error;
					this.status = null;
				} else if (!this.status && error instanceof ApiError) {
					this.problem = error;
				}
			}
			this.#tookMs = performance.now() - started;
		} while (this.#again && !this.#closed);
	}

	/* Where something has changed, more is likely to. */
	#watch({ prefix, items }: GitStatus): void {
		const parents = items.slice(0, 2000).map(({ path }) => parentOf(path));
		const own = prefix === '' ? ['', '.git', '.git/refs/heads'] : [''];
		this.#watcher.watch([...new Set([...own, ...parents])].slice(0, WATCHED));
	}
}
