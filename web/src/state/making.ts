/*
 * Sessions that this page makes: how a new one is named, where it begins, and what is done when the
 * server cannot make it as it was asked to.
 */

import { ApiError, type NewSession } from '../core/api.ts';
import { UNAVAILABLE, without, type IsolationOptions } from '../core/isolation.ts';
import { strings } from '../strings.ts';
import type { App } from './app.svelte.ts';
import { sessionTitle } from './sessions.svelte.ts';

/* What signs Claude in where the server does not say it. */
const SIGN_IN = ['claude', 'auth', 'login'];

export class Making {
	/** Titles of shells that are being made. */
	readonly #naming = new Set<string>();
	/** Sessions made here, of which nothing is history. */
	readonly #ours = new Set<string>();

	constructor(private readonly app: App) {}

	/** Makes a shell in this workspace; where the person works when none is said. */
	async newShell(workspace = this.app.workspace?.id, cwd?: string, options?: IsolationOptions): Promise<void> {
		const title = this.#freeTitle();
		this.#naming.add(title);
		try {
			await this.#open({ kind: 'pty', title, workspace, cwd, options, ...this.app.lastFit });
		} finally {
			this.#naming.delete(title);
		}
	}

	/**
	 * Makes a Claude session; where the pane in front works when nothing else is said. Of a directory
	 * the server knows the workspace.
	 */
	async newClaude(wanted: Pick<NewSession, 'workspace' | 'cwd' | 'options'> = {}): Promise<void> {
		const here = this.app.tabs.active ? this.app.sessions.get(this.app.tabs.active) : undefined;
		const place = wanted.workspace || wanted.cwd ? {} : { workspace: this.app.workspace?.id, cwd: here?.cwd };
		await this.#open({ kind: 'claude', ...place, ...wanted });
	}

	/** Opens a terminal in which a person signs the program in, as sessions of a workspace find it. */
	async signInToClaude(workspace?: string): Promise<void> {
		try {
			const plain = { program: null, sign_in: SIGN_IN };
			const { program, sign_in } = await this.app.claude.status(workspace).catch(() => plain);
			const command = program ? [program, ...sign_in.slice(1)] : sign_in;
			const title = strings.claude.error.signInTitle;
			await this.#open({ kind: 'pty', workspace, title, command, ...this.app.lastFit });
		} catch (error) {
			this.app.report(error);
		}
	}

	/** True once for a session that this page made. */
	claim(id: string): boolean {
		return this.#ours.delete(id);
	}

	async #open(wanted: NewSession): Promise<void> {
		try {
			const session = await this.app.sessions.create({ ...wanted, writer: this.app.writer });
			this.#ours.add(session.id);
			this.app.tabs.show(session.id);
		} catch (error) {
			if (error instanceof ApiError && error.code === UNAVAILABLE) return this.#openWithout(wanted, error.message);
			if (!(error instanceof ApiError) || error.code !== 'claude.missing') return this.app.report(error);
			/* The sentence names the line that installs it; a shell is where it is typed. */
			const { openShell } = strings.claude.error;
			this.app.notices.complain(error.message, { label: openShell, run: () => void this.newShell() });
		}
	}

	/* The system cannot do what was asked of it; only a person decides to do without. */
	async #openWithout(wanted: NewSession, detail: string): Promise<void> {
		const { unavailable, unavailableText, startWithout } = strings.isolation;
		const sure = await this.app.dialogs.confirm(unavailable, unavailableText(detail), startWithout);
		if (sure) await this.#open({ ...wanted, options: without(wanted.options) });
	}

	/* Shells are told apart from the start: Shell, Shell 2, Shell 3. */
	#freeTitle(): string {
		const taken = new Set([...this.app.sessions.all.map(sessionTitle), ...this.#naming]);
		for (let number = 1; ; number++) {
			const title = strings.shellTitle(number);
			if (!taken.has(title)) return title;
		}
	}
}
