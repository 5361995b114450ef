/*
 * Files as the whole page knows them: opening one in the editor of its workspace, and who on this
 * page looks at which directories, so that one watch tells all of them what changes there.
 */

import type { FilesApi } from '../core/files-api.ts';
import { nameOf, parentOf, type FilesChange } from '../core/files.ts';
import { hasEnded, type SystemEvent } from '../core/types.ts';
import { unionOf } from '../core/watches.ts';
import type { App } from './app.svelte.ts';

export interface OpenPlace {
	/** From 1. */
	line?: number;
	column?: number;
	/** Beside what is open, instead of in front of it. */
	split?: boolean;
	/** To settle the conflicts that git has marked. */
	merge?: boolean;
}

/** A file that somebody wants to see, until the pane of its editor takes it. */
export interface Wish extends OpenPlace {
	session: string;
	path: string;
}

interface Watcher {
	workspace: string;
	paths: readonly string[];
	onChange: (change: FilesChange) => void;
	/** From now on changes are told: what happened before that was not. */
	onWatching?: () => void;
}

export class Files {
	#wishes = $state.raw<readonly Wish[]>([]);
	/** What somebody wants to see in the tree of a workspace, until its pane takes it. */
	revealing = $state.raw<{ workspace: string; path: string } | null>(null);
	#watchers = new Set<Watcher>();
	/* Editors that are being made, by workspace: two files opened at once need only one. */
	#making = new Map<string, Promise<string>>();

	constructor(
		readonly api: FilesApi,
		private readonly app: App,
	) {}

	/** Shows a file in the editor of its workspace, which is made when there is none; one that is only
	 * looked at, in the tree. */
	async openFile(workspace: string, path: string, place: OpenPlace = {}): Promise<void> {
		if (!this.app.canEdit(path)) return this.reveal(workspace, path);
		await this.app.attempt(async () => {
			const session = await this.#editor(workspace);
			this.#wishes = [...this.#wishes, { session, path, ...place }];
			this.app.show(session);
		});
	}

	/** Shows where a file or folder is in the tree of its workspace. */
	reveal(workspace: string, path: string): void {
		this.revealing = { workspace, path };
		this.app.showPlace('files', workspace);
	}

	/** What somebody wants to see in this editor. Its pane reads this, and then takes it. */
	wished(session: string): readonly Wish[] {
		return this.#wishes.filter((wish) => wish.session === session);
	}

	take(session: string): readonly Wish[] {
		const wished = this.wished(session);
		this.#wishes = this.#wishes.filter((wish) => wish.session !== session);
		return wished;
	}

	/** Tells of changes in directories of a workspace, until `end`; `watch` replaces which ones. */
	watcher(workspace: string, onChange: (change: FilesChange) => void, onWatching?: () => void) {
		const watcher: Watcher = { workspace, paths: [], onChange, onWatching };
		this.#watchers.add(watcher);
		return {
			watch: (paths: readonly string[]) => {
				watcher.paths = paths;
				this.#tell(workspace);
			},
			end: () => {
				this.#watchers.delete(watcher);
				this.#tell(workspace);
			},
		};
	}

	apply(event: SystemEvent): void {
		if (event.channel !== 'files') return;
		for (const watcher of this.#watchers) {
			if (watcher.workspace !== event.data.workspace) continue;
			if (event.type === 'changed') watcher.onChange(event.data);
			else watcher.onWatching?.();
		}
	}

	/** This page has made something, with the folders above it: who looks need not wait to be told. */
	made(workspace: string, path: string): void {
		for (let at = path; at !== ''; at = parentOf(at)) {
			const data = { workspace, path: parentOf(at), names: [nameOf(at)] };
			this.apply({ channel: 'files', type: 'changed', data });
		}
	}

	#tell(workspace: string): void {
		const all = [...this.#watchers].filter((watcher) => watcher.workspace === workspace);
		this.app.connection.watch(workspace, unionOf(all.map(({ paths }) => paths)));
	}

	/* One that runs, else the one that ran last: its unsaved text is still there. */
	#editor(workspace: string): Promise<string> {
		const making = this.#making.get(workspace);
		if (making) return making;
		const made = this.#makeEditor(workspace).finally(() => this.#making.delete(workspace));
		this.#making.set(workspace, made);
		return made;
	}

	async #makeEditor(workspace: string): Promise<string> {
		const { sessions, writer } = this.app;
		const isEditor = (session: { kind: string; workspace?: string | null }) =>
			session.kind === 'file-editor' && session.workspace === workspace;
		const running = sessions.live.find(isEditor);
		if (running) return running.id;
		const ended = sessions.ended.find((session) => isEditor(session) && hasEnded(session.status));
		if (ended) {
			await sessions.resume(ended.id);
			return ended.id;
		}
		return (await sessions.create({ kind: 'file-editor', workspace, writer })).id;
	}
}
