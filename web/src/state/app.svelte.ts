/*
 * The composition root: makes every part of the page once, knows which of the four faces the page
 * shows (loading, first run, sign-in, workspace), and holds what a person can do from anywhere.
 * Components get it from the context; there is no global.
 */

import { flushSync, getContext, setContext } from 'svelte';
import { Api, ApiError, type NewSession } from '../core/api.ts';
import { backoffMs } from '../core/backoff.ts';
import { openStream } from '../core/open-stream.ts';
import { tabDrawer } from '../core/storage.ts';
import type { Hello, Me, SystemEvent } from '../core/types.ts';
import { strings } from '../strings.ts';
import { Clock } from './clock.svelte.ts';
import { Connection } from './connection.svelte.ts';
import { Dialogs } from './dialogs.svelte.ts';
import { Inputs } from './inputs.svelte.ts';
import { Notices } from './notices.svelte.ts';
import { Outbox } from './outbox.svelte.ts';
import { Permissions } from './permissions.svelte.ts';
import { Prefs } from './prefs.svelte.ts';
import { Sessions, sessionTitle } from './sessions.svelte.ts';
import { Shortcuts } from './shortcuts.ts';
import { Tabs } from './tabs.svelte.ts';
import { tabWriter } from './writer.ts';

export type Phase = 'loading' | 'unreachable' | 'no-setup' | 'setup' | 'sign-in' | 'workspace';

/** What the page can ask of the pane in front. */
export interface PaneActions {
	find(): void;
	focus(): void;
}

/* What signs Claude in where the server does not say it. */
const SIGN_IN = ['claude', 'auth', 'login'];

const KEY = Symbol('app');

export class App {
	phase = $state<Phase>('loading');
	me = $state.raw<Me | null>(null);
	/** The workspace was shown before: it stays as it is behind a sign-in. */
	entered = $state(false);
	storageFull = $state(false);
	/** The page was opened with a setup link that somebody has used before. */
	setupUsed = $state(false);
	pane: PaneActions | null = null;
	/** The session whose question somebody has asked to see, until its pane shows it. */
	attending = $state<string | null>(null);
	/** How large the terminal in front is, so that a new one begins at the right size. */
	lastFit: { cols: number; rows: number } | null = null;

	/** This tab, as the log names it. */
	readonly writer = tabWriter();
	readonly api = new Api(document.baseURI);
	readonly prefs = new Prefs();
	readonly clock = new Clock();
	readonly notices = new Notices();
	readonly dialogs = new Dialogs();
	readonly tabs = new Tabs();
	readonly shortcuts = new Shortcuts(this);
	readonly sessions = new Sessions(this.api, (id) => this.tabs.close(id));
	readonly inputs = new Inputs(this.api, {
		onRefused: (_session, error, text) =>
			this.notices.complain(strings.errors.notDelivered(text, error.message)),
		onStale: (_session, text, at) => this.notices.complain(strings.errors.stale(text, at)),
	});
	readonly outbox = new Outbox(this.api, (session) => this.sessions.resume(session));
	readonly permissions = new Permissions(this.api);
	readonly connection = new Connection(
		this.api,
		{
			onHello: (hello) => this.#hello(hello),
			onHealth: (health) => (this.storageFull = health.storage === 'full'),
			onSystem: (event) => this.#system(event),
			onUnauthorized: () => this.#signedOut(),
			onUnknownSession: () => void this.#reconcile(),
		},
		(sink) => openStream(this.api, sink),
	);

	/** Titles of shells that are being made. */
	readonly #naming = new Set<string>();
	/** Sessions made here, of which nothing is history. */
	readonly #ours = new Set<string>();
	#attempt = 0;
	#retry: ReturnType<typeof setTimeout> | undefined;

	constructor() {
		this.api.onUnauthorized = () => this.#signedOut();
		setContext(KEY, this);
	}

	/** Finds out what to show; goes on trying while the server cannot be reached. */
	async boot(): Promise<void> {
		clearTimeout(this.#retry);
		try {
			const config = await this.api.authConfig();
			if (config.setup_required) {
				this.phase = this.tabs.route.page === 'setup' ? 'setup' : 'no-setup';
				return;
			}
			if (this.tabs.route.page === 'setup') {
				this.setupUsed = true;
				this.tabs.leaveSetup();
			}
			await this.enter();
		} catch (error) {
			if (error instanceof ApiError && error.status === 401) return;
			if (this.#attempt > 2) this.phase = 'unreachable';
			this.#retry = setTimeout(() => void this.boot(), backoffMs(this.#attempt++));
		}
	}

	/** Signed in: from here on the workspace shows. */
	async enter(): Promise<void> {
		const before = this.me;
		this.me = await this.api.me();
		if (before && before.user.id !== this.me.user.id) return location.reload();
		await this.sessions.load();
		this.tabs.retain((id) => !!this.sessions.get(id));
		this.entered = true;
		this.phase = 'workspace';
		this.connection.start();
		for (const sent of [this.inputs, this.outbox]) {
			sent.resumeRestored();
			sent.wake();
		}
	}

	async signOut(): Promise<void> {
		try {
			await this.api.logout();
		} catch (error) {
			return this.report(error);
		}
		/* A fresh page: nothing of this person stays in memory. */
		this.inputs.forget();
		this.outbox.forget();
		location.reload();
	}

	async newShell(): Promise<void> {
		const title = this.#freeTitle();
		this.#naming.add(title);
		try {
			await this.#open({ kind: 'pty', title, ...this.lastFit });
		} finally {
			this.#naming.delete(title);
		}
	}

	/** Makes a Claude session; where the pane in front works when nothing else is said. */
	async newClaude(wanted: Pick<NewSession, 'cwd' | 'options'> = {}): Promise<void> {
		const here = this.tabs.active ? this.sessions.get(this.tabs.active)?.cwd : undefined;
		await this.#open({ kind: 'claude', cwd: here, ...wanted });
	}

	/** Opens a terminal in which a person signs the program in. */
	async signInToClaude(): Promise<void> {
		try {
			const plain = { program: null, sign_in: SIGN_IN };
			const { program, sign_in } = await this.api.claudeStatus().catch(() => plain);
			const command = program ? [program, ...sign_in.slice(1)] : sign_in;
			const title = strings.claude.error.signInTitle;
			await this.#open({ kind: 'pty', title, command, ...this.lastFit });
		} catch (error) {
			this.report(error);
		}
	}

	async #open(wanted: NewSession): Promise<void> {
		try {
			const session = await this.sessions.create({ ...wanted, writer: this.writer });
			this.#ours.add(session.id);
			this.tabs.show(session.id);
		} catch (error) {
			if (!(error instanceof ApiError) || error.code !== 'claude.missing') return this.report(error);
			/* The sentence names the line that installs it; a shell is where it is typed. */
			const { openShell } = strings.claude.error;
			this.notices.complain(error.message, { label: openShell, run: () => void this.newShell() });
		}
	}

	/** Renames, stops and deletes ask first; what they will do is in the sentence. */
	async rename(id: string): Promise<void> {
		const session = this.sessions.get(id);
		if (!session) return;
		const { renameTitle, renameLabel, renameSubmit } = strings.dialog;
		const words = { title: renameTitle, label: renameLabel, submit: renameSubmit };
		const title = await this.dialogs.ask(sessionTitle(session), words);
		if (title) await this.attempt(() => this.sessions.rename(id, title));
	}

	async stop(id: string): Promise<void> {
		const session = this.sessions.get(id);
		if (!session) return;
		const { stopTitle, stopText, stopSubmit } = strings.dialog;
		const sure = await this.dialogs.confirm(stopTitle(sessionTitle(session)), stopText, stopSubmit);
		if (sure) await this.attempt(() => this.sessions.stop(id));
	}

	async remove(id: string, ended: boolean): Promise<void> {
		const session = this.sessions.get(id);
		if (!session) return;
		const words = strings.dialog;
		const title = words.removeTitle(sessionTitle(session));
		const text = ended ? words.removeEnded : words.removeLive;
		const sure = await this.dialogs.confirm(title, text, words.removeSubmit);
		if (sure) await this.attempt(() => this.sessions.remove(id, !ended));
	}

	async resume(id: string, cols: number, rows: number): Promise<void> {
		await this.attempt(() => this.sessions.resume(id, { cols, rows, writer: this.writer }));
	}

	/** True once for a session that this page made. */
	claim(id: string): boolean {
		return this.#ours.delete(id);
	}

	/** Brings a session to the front, and the keys to it. */
	show(id: string): void {
		if (id !== this.tabs.active) this.tabs.show(id);
		else if (!this.prefs.coarse) this.pane?.focus();
	}

	nextWaiting(): void {
		const { waiting } = this.sessions;
		const at = waiting.findIndex((session) => session.id === this.tabs.active);
		const next = waiting[(at + 1) % waiting.length];
		if (!next) return;
		this.attending = next.id;
		this.show(next.id);
	}

	/** At once: a focus that comes a frame later would take the next key from where it was meant. */
	focusList(): void {
		flushSync(() => (this.prefs.sidebar = true));
		const rows = document.querySelectorAll<HTMLElement>('[data-session-row]');
		const current = [...rows].find((row) => row.getAttribute('aria-current') === 'page');
		(current ?? rows[0])?.focus();
	}

	async copy(text: string): Promise<boolean> {
		try {
			await navigator.clipboard.writeText(text);
			return true;
		} catch {
			this.notices.complain(strings.errors.clipboard);
			return false;
		}
	}

	/** A program asks; where the browser wants to hear it from the person, a button asks again. */
	async copyForProgram(title: string, text: string): Promise<void> {
		try {
			await navigator.clipboard.writeText(text);
			this.notices.say(strings.terminal.copiedByProgram(title));
		} catch {
			this.notices.say(strings.terminal.offersCopy(title), {
				label: strings.terminal.allowCopy,
				run: () => void this.copy(text),
			});
		}
	}

	report(error: unknown): void {
		if (error instanceof ApiError && error.status === 401) return;
		this.notices.complain(error instanceof Error ? error.message : String(error));
	}

	/* Shells are told apart from the start: Shell, Shell 2, Shell 3. */
	#freeTitle(): string {
		const taken = new Set([...this.sessions.all.map(sessionTitle), ...this.#naming]);
		for (let number = 1; ; number++) {
			const title = strings.shellTitle(number);
			if (!taken.has(title)) return title;
		}
	}

	/** Does it; what goes wrong is said in the status bar. */
	async attempt(act: () => Promise<unknown>): Promise<void> {
		try {
			await act();
		} catch (error) {
			this.report(error);
		}
	}

	#hello(hello: Hello): void {
		if (this.#outdated(hello.build)) return location.reload();
		/* Another page of this browser has signed in. */
		if (this.phase === 'sign-in') return void this.enter().catch(() => {});
		this.inputs.wake();
		this.outbox.wake();
		void this.permissions.load();
		void this.#reconcile();
	}

	/* Once per build of the server: a page that reloads into the same old files must not loop. */
	#outdated(build: string): boolean {
		if (!__BUILD__ || !build || build === __BUILD__) return false;
		if (tabDrawer.get('reloaded-for') === build) return false;
		tabDrawer.set('reloaded-for', build);
		return true;
	}

	async #reconcile(): Promise<void> {
		try {
			await this.sessions.load();
			this.tabs.retain((id) => !!this.sessions.get(id));
		} catch {
			/* the next hello reads the list again */
		}
	}

	#system(event: SystemEvent): void {
		if (event.channel === 'storage') this.storageFull = event.type === 'full';
		this.sessions.apply(event);
		this.permissions.apply(event);
	}

	#signedOut(): void {
		if (this.phase === 'sign-in') return;
		this.connection.stop();
		this.inputs.hold();
		this.outbox.hold();
		this.phase = 'sign-in';
	}
}

export function useApp(): App {
	return getContext<App>(KEY);
}
