/* Long work with an end: a clone, a copy, a fetch. It is a session that is in no list of them. */

import type { SessionInfo } from './types.ts';

export interface JobFacts {
	op: string;
	/** What it does, in words. */
	label: string;
	progress: { phase: string; percent: number | null; text: string } | null;
	result: Record<string, unknown> | null;
	problem: { code: string; detail: string } | null;
}

export type JobInfo = SessionInfo & { job: JobFacts };

export function isJob(session: SessionInfo): session is JobInfo {
	return session.kind === 'job' && !!session.job;
}
