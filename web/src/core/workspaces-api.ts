/* The REST side of workspaces: see api.ts for how requests and errors work. */

import type { Api } from './api.ts';
import { isJob, type JobInfo } from './jobs.ts';
import type { SessionInfo } from './types.ts';
import type { DirectoryListing, NewWorkspace, Variable, WorkspaceChange, WorkspaceInfo } from './workspaces.ts';

export interface MadeWorkspace {
	workspace: WorkspaceInfo;
	/** What fills it, when it is cloned. */
	job: JobInfo | null;
}

interface CloneAnswer {
	workspace: WorkspaceInfo;
	job: SessionInfo;
}

/** What is kept of a variable and what is told of it: a secret without a value keeps its own. */
export type VariableInput = Omit<Variable, 'value'> & { value?: string };

export class WorkspacesApi {
	constructor(private readonly api: Api) {}

	async list(): Promise<WorkspaceInfo[]> {
		return (await this.api.json<{ items: WorkspaceInfo[] }>('GET', 'workspaces')).items;
	}

	get(id: string) {
		return this.api.json<WorkspaceInfo>('GET', `workspaces/${id}`);
	}

	async create(wanted: NewWorkspace): Promise<MadeWorkspace> {
		const made = await this.api.json<WorkspaceInfo | CloneAnswer>('POST', 'workspaces', { json: wanted });
		if (!('workspace' in made)) return { workspace: made, job: null };
		return { workspace: made.workspace, job: isJob(made.job) ? made.job : null };
	}

	change(id: string, change: WorkspaceChange) {
		return this.api.json<WorkspaceInfo>('PATCH', `workspaces/${id}`, { json: change });
	}

	remove(id: string) {
		return this.api.send('DELETE', `workspaces/${id}`);
	}

	/** The variables of a workspace; of the person, for all of them, without `id`. */
	async variables(id: string | null): Promise<Variable[]> {
		return (await this.api.json<{ items: Variable[] }>('GET', environmentPath(id))).items;
	}

	/** Replaces all of them. */
	async setVariables(id: string | null, variables: VariableInput[]): Promise<Variable[]> {
		const json = { variables };
		return (await this.api.json<{ items: Variable[] }>('PUT', environmentPath(id), { json })).items;
	}

	/** What lies in a directory of the server; without a path, the directories that one may use. */
	directories(path: string) {
		const query = path ? `?${new URLSearchParams({ path })}` : '';
		return this.api.json<DirectoryListing>('GET', `directories${query}`);
	}

	async jobs(): Promise<JobInfo[]> {
		const { items } = await this.api.json<{ items: SessionInfo[] }>('GET', 'jobs');
		return items.filter(isJob);
	}
}

function environmentPath(id: string | null): string {
	return id === null ? 'env' : `workspaces/${id}/env`;
}
