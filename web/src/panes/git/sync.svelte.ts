/* What moves between a repository and its remotes: which there are, and the acts on them. */

import type { Remote } from '../../core/git.ts';
import { strings } from '../../strings.ts';
import type { GitView } from './view.svelte.ts';

export class Sync {
	remotes = $state.raw<Remote[]>([]);

	readonly head = $derived.by(() => this.view.status?.head);
	readonly running = $derived.by(() => !!this.view.job);
	/** Nobody has this branch yet, and there is somewhere to push it to. */
	readonly publishes = $derived.by(() => !!this.head?.branch && !this.head.upstream && this.remotes.length > 0);

	/** Made while a component is: reads the remotes as long as it lives. */
	constructor(readonly view: GitView) {
		/* They change with the branch at most: no need to read them each time. */
		$effect(() => {
			if (!this.head) return;
			void [this.head.branch, this.head.upstream];
			return view.read(() => view.api.remotes(view.workspace), (items) => (this.remotes = items), () => {});
		});
	}

	readonly fetchAll = () => this.view.run(() => this.view.api.fetch(this.view.workspace));
	readonly pull = () => this.view.run(() => this.view.api.pull(this.view.workspace, {}));
	readonly pullRebase = () => this.view.run(() => this.view.api.pull(this.view.workspace, { rebase: true }));
	readonly push = () => this.view.run(() => this.view.api.push(this.view.workspace, this.publishes ? { upstream: true } : {}));

	readonly force = async (): Promise<void> => {
		const { api, app, workspace } = this.view;
		const { forceTitle, forceText, forceSubmit } = strings.git.sync;
		const sure = await app.dialogs.confirm(forceTitle, forceText(this.head?.branch ?? ''), forceSubmit);
		if (sure) await this.view.run(() => api.push(workspace, { force: true }));
	};

	readonly addRemote = async (): Promise<void> => {
		const { api, app, workspace } = this.view;
		const { remoteTitle, remoteLabel, remoteSubmit } = strings.git.sync;
		const url = await app.dialogs.ask('', { title: remoteTitle, label: remoteLabel, submit: remoteSubmit });
		if (!url) return;
		await this.view.act(async () => {
			const { length } = this.remotes;
			await api.addRemote(workspace, length === 0 ? 'origin' : `remote-${length + 1}`, url);
			this.remotes = await api.remotes(workspace);
		});
	};
}
