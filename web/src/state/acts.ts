/*
 * What a person does to a session or a workspace, from wherever: what ends or deletes asks first, and
 * what it will do is in the sentence. What goes wrong is said in the status bar.
 */

import { strings } from '../strings.ts';
import type { App } from './app.svelte.ts';
import { sessionTitle } from './sessions.svelte.ts';

export class Acts {
	constructor(private readonly app: App) {}

	async rename(id: string): Promise<void> {
		const session = this.app.sessions.get(id);
		if (!session) return;
		const { renameTitle, renameLabel, renameSubmit } = strings.dialog;
		const words = { title: renameTitle, label: renameLabel, submit: renameSubmit };
		const title = await this.app.dialogs.ask(sessionTitle(session), words);
		if (title) await this.app.attempt(() => this.app.sessions.rename(id, title));
	}

	async stop(id: string): Promise<void> {
		const session = this.app.sessions.get(id);
		if (!session) return;
		const { stopTitle, stopText, stopSubmit } = strings.dialog;
		const sure = await this.app.dialogs.confirm(stopTitle(sessionTitle(session)), stopText, stopSubmit);
		if (sure) await this.app.attempt(() => this.app.sessions.stop(id));
	}

	async remove(id: string, ended: boolean): Promise<void> {
		const session = this.app.sessions.get(id);
		if (!session) return;
		const words = strings.dialog;
		const title = words.removeTitle(sessionTitle(session));
		const text = ended ? words.removeEnded : words.removeLive;
		const sure = await this.app.dialogs.confirm(title, text, words.removeSubmit);
		if (sure) await this.app.attempt(() => this.app.sessions.remove(id, !ended));
	}

	async resume(id: string, cols: number, rows: number): Promise<void> {
		await this.app.attempt(() => this.app.sessions.resume(id, { cols, rows, writer: this.app.writer }));
	}

	async removeWorkspace(id: string): Promise<void> {
		const workspace = this.app.workspaces.get(id);
		if (!workspace) return;
		const { removeTitle, removeText, removeSubmit } = strings.workspaces;
		const sure = await this.app.dialogs.confirm(removeTitle(workspace.name), removeText, removeSubmit);
		if (sure) await this.app.attempt(() => this.app.workspaces.remove(id));
	}
}
