/* Which change is looked at, what is asked before one is discarded, and where a conflict is settled. */

import { shownPath } from '../../../core/files.ts';
import type { Change, ChangeGroups, Side } from '../../../core/git.ts';
import type { App } from '../../../state/app.svelte.ts';
import { strings } from '../../../strings.ts';
import type { GitView } from '../view.svelte.ts';

export interface ChosenChange {
	group: keyof ChangeGroups;
	path: string;
}

export const GROUPS: readonly (keyof ChangeGroups)[] = ['conflicts', 'staged', 'unstaged', 'untracked'];

export function listOf(groups: ChangeGroups, group: keyof ChangeGroups): Change[] {
	return groups[group];
}

export function sideOf(group: keyof ChangeGroups): Side {
	return group === 'staged' ? 'staged' : 'unstaged';
}

/** What git has never seen goes to the trash; the rest cannot be brought back. */
export async function discardChange(view: GitView, change: Change): Promise<void> {
	const words = strings.git.changes;
	const path = shownPath(change.path);
	const sure = change.unstaged === 'untracked'
		? await view.app.dialogs.confirm(words.discardNewTitle(path), words.discardNewText, words.discardNewSubmit)
		: await view.app.dialogs.confirm(words.discardTitle(path), words.discardText, words.discard);
	if (!sure) return;
	await view.act(async () => {
		if (change.unstaged === 'untracked') await view.app.files.api.remove(view.workspace, change.path);
		else await view.api.discard(view.workspace, { paths: [change.path] });
	});
}

/** Only where both sides have the file does git write marks into it. */
export function canMerge(app: App, { path, conflict }: Change): boolean {
	return (conflict === 'both-modified' || conflict === 'both-added') && app.canEdit(path);
}

export function mergeInEditor(view: GitView, { path }: Change): void {
	void view.app.files.openFile(view.workspace, path, { merge: true });
}
