/*
 * Long work that goes on by itself: the server's jobs, and this page's uploads (uploads.svelte.ts)
 * beside them in the list of activity. A job is shown where it was started and in that list, until
 * the person clears it or the page is left.
 */

import { SvelteMap } from 'svelte/reactivity';
import type { Api } from '../core/api.ts';
import { isJob, type JobInfo } from '../core/jobs.ts';
import { hasEnded, type SystemEvent } from '../core/types.ts';
import type { WorkspacesApi } from '../core/workspaces-api.ts';

export class Jobs {
	#byId = new SvelteMap<string, JobInfo>();
	#waiting = new Map<string, ((job: JobInfo) => void)[]>();

	all = $derived([...this.#byId.values()].sort((a, b) => b.created_at - a.created_at));
	running = $derived(this.all.filter(({ status }) => !hasEnded(status)));

	constructor(
		private readonly api: Api,
		private readonly workspaces: WorkspacesApi,
	) {}

	get(id: string): JobInfo | undefined {
		return this.#byId.get(id);
	}

	/** What runs now, and how what this page has seen running ended meanwhile. */
	async load(): Promise<void> {
		for (const job of await this.workspaces.jobs()) {
			if (!hasEnded(job.status) || this.#byId.has(job.id)) this.#put(job);
		}
	}

	apply(event: SystemEvent): void {
		if (event.channel !== 'session') return;
		if (event.type === 'deleted') this.#byId.delete(event.session);
		else if (event.data && isJob(event.data)) this.#put(event.data);
	}

	/** Shows a job that was just started; resolves to it once it has ended. */
	follow(job: JobInfo): Promise<JobInfo> {
		this.#put(job);
		const known = this.#byId.get(job.id) ?? job;
		if (hasEnded(known.status)) return Promise.resolve(known);
		return new Promise((resolve) => {
			this.#waiting.set(job.id, [...(this.#waiting.get(job.id) ?? []), resolve]);
		});
	}

	cancel(id: string): Promise<unknown> {
		return this.api.stop(id);
	}

	/** Takes what has ended out of the list. */
	clear(): void {
		for (const { id, status } of this.all) if (hasEnded(status)) this.#byId.delete(id);
	}

	/* An answer and an event may come in either order: the newer one stays. */
	#put(job: JobInfo): void {
		const known = this.#byId.get(job.id);
		if (known && known.updated_at > job.updated_at) return;
		this.#byId.set(job.id, job);
		if (!hasEnded(job.status)) return;
		for (const resolve of this.#waiting.get(job.id) ?? []) resolve(job);
		this.#waiting.delete(job.id);
	}
}

/** Why a job did not do its work; null when it did, or still does. */
export function jobProblem(job: JobInfo): { code: string; detail: string } | null {
	if (!hasEnded(job.status)) return null;
	return job.job.problem ?? job.error ?? null;
}
