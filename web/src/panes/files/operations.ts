/*
 * What a person does to files: each action shows its result at once, says in the status bar what
 * happened, and can be undone. A thing that is already where another is to go is never replaced
 * without being asked.
 */

import { ApiError } from '../../core/api.ts';
import { freeName, isGoodName, outermost } from '../../core/file-names.ts';
import { isWithin, joinPath, nameOf, parentOf, shownPath } from '../../core/files.ts';
import type { App } from '../../state/app.svelte.ts';
import { jobProblem } from '../../state/jobs.svelte.ts';
import { strings } from '../../strings.ts';
import type { FilesView, Row } from './view.svelte.ts';

export class FileOperations {
	/** What was cut or copied here. */
	clipboard: { cut: boolean; paths: string[] } | null = null;
	#undo: (() => Promise<void>) | null = null;

	constructor(
		private readonly app: App,
		private readonly view: FilesView,
	) {}

	/** Makes an empty file or a folder; resolves to a sentence when that does not work. */
	async create(folder: string, name: string, type: 'file' | 'directory'): Promise<string | null> {
		if (!isGoodName(name)) return strings.files.badName;
		const path = joinPath(folder, name);
		try {
			if (type === 'file') await this.#api.createFile(this.#workspace, path);
			else await this.#api.createDirectory(this.#workspace, path);
		} catch (error) {
			return this.#sentence(error, name);
		}
		await this.view.look(path);
		this.view.choose(path);
		return null;
	}

	/** Makes folders, given relative to one that is there, with those above them. */
	async createFolders(folder: string, paths: readonly string[]): Promise<void> {
		const all = new Set<string>();
		for (const path of paths) {
			const names = path.split('/');
			for (let n = 1; n <= names.length; n++) all.add(joinPath(folder, names.slice(0, n).join('/')));
		}
		for (const path of all) {
			try {
				await this.#api.createDirectory(this.#workspace, path);
			} catch (error) {
				if (!(error instanceof ApiError) || error.code !== 'file.exists') throw error;
			}
			await this.view.look(path);
		}
	}

	async rename(path: string, name: string): Promise<string | null> {
		if (name === nameOf(path)) return null;
		if (!isGoodName(name)) return strings.files.badName;
		const to = joinPath(parentOf(path), name);
		try {
			await this.#move(path, to);
		} catch (error) {
			return this.#sentence(error, name);
		}
		this.#undo = () => this.#move(to, path);
		return null;
	}

	async moveTo(folder: string, paths: readonly string[]): Promise<void> {
		const moving = outermost(paths).filter((path) => parentOf(path) !== folder);
		if (moving.some((path) => isWithin(folder, path))) return this.app.notices.complain(strings.files.outside);
		const done: [string, string][] = [];
		await this.app.attempt(async () => {
			for (const path of moving) {
				const to = joinPath(folder, nameOf(path));
				if (await this.#moveAsking(path, to)) done.push([path, to]);
			}
		});
		if (done.length === 0) return;
		this.#done(strings.files.moved(done.length, shownPath(folder)), async () => {
			for (const [from, to] of done.reverse()) await this.#move(to, from);
		});
	}

	async copyTo(folder: string, paths: readonly string[]): Promise<void> {
		await this.app.attempt(async () => {
			const taken = new Set((await this.#names(folder)) ?? []);
			for (const path of outermost(paths)) {
				const name = freeName(nameOf(path), (one) => taken.has(one), strings.files.copyOf);
				taken.add(name);
				const job = await this.#api.copy(this.#workspace, path, joinPath(folder, name));
				if (job) {
					const problem = jobProblem(await this.app.jobs.follow(job));
					if (problem) throw new Error(problem.detail);
				}
				await this.view.look(joinPath(folder, name));
			}
		});
	}

	/** To the trash; false when nothing could be. */
	async remove(paths: readonly string[]): Promise<boolean> {
		const ids: string[] = [];
		const removing = outermost(paths);
		const next = this.#after(removing);
		await this.app.attempt(async () => {
			for (const path of removing) {
				ids.push(await this.#api.remove(this.#workspace, path));
				this.view.gone(path);
			}
			if (next !== null) this.view.choose(next);
		});
		if (ids.length === 0) return false;
		const words = strings.files;
		const text = ids.length === 1 ? words.removed(shownPath(nameOf(removing[0]!))) : words.removedMany(ids.length);
		this.#done(text, async () => {
			for (const id of ids) await this.#api.restore(this.#workspace, id);
			await this.view.look(...removing);
			this.view.choose(removing[0]!);
		});
		return true;
	}

	cut(paths: string[]): void {
		this.clipboard = { cut: true, paths };
		this.app.notices.say(strings.files.cutText(paths.length));
	}

	copy(paths: string[]): void {
		this.clipboard = { cut: false, paths };
		this.app.notices.say(strings.files.copied(paths.length));
	}

	async paste(folder: string): Promise<void> {
		if (!this.clipboard) return;
		const { cut, paths } = this.clipboard;
		if (!cut) return this.copyTo(folder, paths);
		this.clipboard = null;
		await this.moveTo(folder, paths);
	}

	/** Takes back the last thing that was done here. */
	async undo(): Promise<void> {
		if (this.#undo) await this.#takeBack(this.#undo);
	}

	/** Asks for the folder first; false when there is no answer. */
	async moveElsewhere(paths: string[]): Promise<boolean> {
		const { chooseMove, moveHere } = strings.files;
		const folder = await this.app.dialogs.folder(this.#workspace, chooseMove(paths.length), moveHere);
		if (folder !== null) await this.moveTo(folder, paths);
		return folder !== null;
	}

	async copyElsewhere(paths: string[]): Promise<boolean> {
		const { chooseCopy, copyHere } = strings.files;
		const folder = await this.app.dialogs.folder(this.#workspace, chooseCopy(paths.length), copyHere);
		if (folder !== null) await this.copyTo(folder, paths);
		return folder !== null;
	}

	/** The browser fetches and keeps them; a folder comes as one .tar. */
	download(paths: readonly string[]): void {
		for (const path of outermost(paths)) {
			const row = this.view.rows[this.view.indexOf(path)];
			const folder = path === '' || (row?.kind === 'entry' && row.folder);
			const link = document.createElement('a');
			link.href = this.#api.url(this.#workspace, path, folder ? { as: 'tar' } : {});
			link.download = '';
			link.click();
		}
	}

	/* Where the cursor goes when these are gone: to what stands below them, else above. */
	#after(gone: readonly string[]): string | null {
		const stays = ({ kind, key }: Row) => kind === 'entry' && !gone.some((path) => isWithin(key, path));
		const { rows } = this.view;
		const first = this.view.indexOf(gone[0]!);
		return (rows.slice(first + 1).find(stays) ?? rows.slice(0, first).findLast(stays))?.key ?? null;
	}

	get #api() {
		return this.app.files.api;
	}

	get #workspace(): string {
		return this.view.workspace;
	}

	async #move(from: string, to: string, replace = false): Promise<void> {
		await this.#api.move(this.#workspace, from, to, replace);
		this.view.moved(from, to);
		await this.view.look(to);
		if (this.view.cursor === to) this.view.choose(to);
	}

	async #moveAsking(from: string, to: string): Promise<boolean> {
		try {
			await this.#move(from, to);
			return true;
		} catch (error) {
			if (!(error instanceof ApiError) || error.code !== 'file.exists') throw error;
		}
		const { exists, replaceText, uploads } = strings.files;
		const title = exists(shownPath(to));
		if (!(await this.app.dialogs.confirm(title, replaceText, uploads.replace))) return false;
		await this.#move(from, to, true);
		return true;
	}

	async #names(folder: string): Promise<string[]> {
		const known = this.view.entries(folder);
		if (known.length > 0) return known.map(({ name }) => name);
		return (await this.#api.directory(this.#workspace, folder, null)).items.map(({ name }) => name);
	}

	/* The button takes back what its notice tells, whatever has been done since. */
	#done(text: string, undo: () => Promise<void>): void {
		this.#undo = undo;
		this.app.notices.say(text, { label: strings.files.undo, run: () => void this.#takeBack(undo) });
	}

	async #takeBack(undo: () => Promise<void>): Promise<void> {
		if (this.#undo === undo) this.#undo = null;
		await this.app.attempt(async () => {
			await undo();
			this.app.notices.say(strings.files.undone);
		});
	}

	#sentence(error: unknown, name: string): string {
		/* 412: there is a file where none was to be. */
		const taken = error instanceof ApiError && (error.code === 'file.exists' || error.status === 412);
		if (taken) return strings.files.exists(shownPath(name));
		return error instanceof Error ? error.message : String(error);
	}
}
