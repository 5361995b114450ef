/*
 * The composition root: makes every part of the page once, knows which of the four faces the page
 * shows (loading, first run, sign-in, workspace), and holds what a person can do from anywhere.
 * Components get it from the context; there is no global.
 */

import { flushSync, getContext, setContext } from 'svelte';
import { Api, ApiError } from '../core/api.ts';
import { backoffMs } from '../core/backoff.ts';
import { ClaudeApi } from '../core/claude-api.ts';
import { FilesApi } from '../core/files-api.ts';
import { openStream } from '../core/open-stream.ts';
import { parsePlace, placeKey, type PlaceKind } from '../core/places.ts';
import { previewKind } from '../core/preview.ts';
import { tabDrawer } from '../core/storage.ts';
import type { Hello, Me, SystemEvent } from '../core/types.ts';
import { TunnelsApi } from '../core/tunnels-api.ts';
import { UploadStore } from '../core/upload-store.ts';
import { WorkspacesApi } from '../core/workspaces-api.ts';
import type { WorkspaceInfo } from '../core/workspaces.ts';
import { placeTitle, strings } from '../strings.ts';
import { Acts } from './acts.ts';
import { Clipboard } from './clipboard.ts';
import { Clock } from './clock.svelte.ts';
import { Connection } from './connection.svelte.ts';
import { Dialogs } from './dialogs.svelte.ts';
import { Files } from './files.svelte.ts';
import { GitWishes } from './git-wishes.svelte.ts';
import { Inputs } from './inputs.svelte.ts';
import { Jobs } from './jobs.svelte.ts';
import { Making } from './making.ts';
import { Notices } from './notices.svelte.ts';
import { Outbox } from './outbox.svelte.ts';
import { Permissions } from './permissions.svelte.ts';
import { Prefs } from './prefs.svelte.ts';
import { Sessions, sessionTitle } from './sessions.svelte.ts';
import { Shortcuts } from './shortcuts.ts';
import { SignIn } from './sign-in.svelte.ts';
import { Tabs } from './tabs.svelte.ts';
import { Tiles } from './tiles.svelte.ts';
import { Tunnels } from './tunnels.svelte.ts';
import { Workspaces } from './workspaces.svelte.ts';
import { Uploads } from './uploads.svelte.ts';
import { tabWriter } from './writer.ts';
import { panes } from '../panes/registry.ts';

export type Phase = 'loading' | 'unreachable' | 'no-setup' | 'setup' | 'sign-in' | 'workspace';

/** What the page can ask of the pane in front. */
export interface PaneActions {
	find(): void;
	focus(): void;
}

const LOOK_AGAIN_MS = 5000;

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
	readonly claude = new ClaudeApi(this.api);
	readonly signIn = new SignIn(this.api, (user) => user.id === this.me?.user.id);
	readonly prefs = new Prefs();
	readonly clock = new Clock();
	readonly notices = new Notices();
	readonly dialogs = new Dialogs();
	readonly tabs = new Tabs((key) => !this.entered || this.exists(key));
	readonly tiles = new Tiles(this);
	readonly shortcuts = new Shortcuts(this);
	readonly sessions = new Sessions(this.api, (id) => this.tabs.close(id));
	readonly workspaces = new Workspaces(new WorkspacesApi(this.api), (id) => {
		for (const key of this.tabs.open.filter((one) => parsePlace(one)?.workspace === id)) this.tabs.close(key);
	});
	readonly making = new Making(this);
	readonly acts = new Acts(this);
	readonly clipboard = new Clipboard(this.notices);
	readonly tunnels = new Tunnels(new TunnelsApi(this.api));
	readonly jobs = new Jobs(this.api, this.workspaces.api);
	readonly files = new Files(new FilesApi(this.api), this);
	readonly uploads = new Uploads(
		this.files.api,
		new UploadStore(`dispatch ${this.api.url('')}`, this.writer),
		(workspace, path) => this.files.made(workspace, path),
	);
	readonly gitWishes = new GitWishes(this);
	readonly inputs = new Inputs(this.api, {
		onRefused: (_session, error, text) =>
			this.notices.complain(strings.errors.notDelivered(text, error.message)),
		onStale: (_session, text, at) => this.notices.complain(strings.errors.stale(text, at)),
	});
	readonly outbox = new Outbox(this.claude, (session) => this.sessions.resume(session));
	readonly permissions = new Permissions(this.claude);
	readonly connection = new Connection(
		this.api,
		{
			onHello: (hello) => this.#hello(hello),
			onHealth: (health) => (this.storageFull = health.storage === 'full'),
			onSystem: (event) => this.#system(event),
			onUnauthorized: () => void this.#streamRefused(),
			onUnknownSession: () => void this.#reconcile(),
		},
		(sink) => openStream(this.api, sink),
	);

	/** Whether the person may make and change things; who may not sees no way to. */
	readonly mayUse = $derived(this.me?.user.role !== 'viewer');
	readonly isAdmin = $derived(this.me?.user.role === 'admin');

	/** Where the person works: the workspace of what is in front. */
	readonly workspace = $derived<WorkspaceInfo | undefined>(this.#workspaceInFront());

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
			this.signIn.ways = config.providers;
			if (config.setup_required) {
				this.phase = this.tabs.route.page === 'setup' ? 'setup' : 'no-setup';
				/* Somebody else may set it up. */
				if (this.phase === 'no-setup') this.#retry = setTimeout(() => void this.boot(), LOOK_AGAIN_MS);
				return;
			}
			if (this.tabs.route.page === 'setup') {
				this.setupUsed = true;
				this.tabs.leaveSecret();
			}
			await this.signIn.comeBack();
			if (!this.signIn.finished) await this.enter();
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
		await Promise.all([this.sessions.load(), this.workspaces.load()]);
		this.entered = true;
		this.tabs.tidy();
		this.phase = 'workspace';
		this.connection.start();
		if (!before) void this.uploads.resume();
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

	/** Whether a tab of this key can show anything. */
	exists(key: string): boolean {
		const place = parsePlace(key);
		return place ? !!this.workspaces.get(place.workspace) : !!this.sessions.get(key);
	}

	/** What the page shows. */
	get title(): string {
		const { route, active, missing } = this.tabs;
		if (missing) return strings.notFound.title;
		if (route.page === 'account') return strings.account.pages[route.part];
		return active ? this.titleOf(active) : '';
	}

	/** What a tab is called: its session, or the place of a workspace. */
	titleOf(key: string): string {
		const place = parsePlace(key);
		if (place) return placeTitle(place.kind, this.workspaces.get(place.workspace)?.name ?? '');
		const session = this.sessions.get(key);
		return session ? sessionTitle(session) : '';
	}

	/** Shows a place of a workspace. */
	showPlace(kind: PlaceKind, workspace: string): void {
		this.show(placeKey({ kind, workspace }));
	}

	/** Whether a file of this name is for the editor; pictures are only looked at, and so is all by a viewer. */
	canEdit(path: string): boolean {
		return this.mayUse && 'file-editor' in panes && (!['image', 'pdf'].includes(previewKind(path)) || path.endsWith('.svg'));
	}

	/** The files of where the person works; of the first workspace when that is nowhere. */
	showFiles(): void {
		const workspace = this.workspace ?? this.workspaces.current[0];
		if (workspace) this.showPlace('files', workspace.id);
		else this.dialogs.open('new-workspace');
	}

	/** Brings a session or place to the front, and the keys to it. */
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

	report(error: unknown): void {
		if (error instanceof ApiError && error.status === 401) return;
		this.notices.complain(error instanceof Error ? error.message : String(error));
	}

	#workspaceInFront(): WorkspaceInfo | undefined {
		const { active, place } = this.tabs;
		return this.workspaces.get(place ? place.workspace : active && this.sessions.get(active)?.workspace);
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
		void this.jobs.load().catch(() => {});
		void this.tunnels.load().catch(() => {});
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
			await Promise.all([this.sessions.load(), this.workspaces.load()]);
			this.tabs.tidy();
		} catch {
			/* the next hello reads the list again */
		}
	}

	#system(event: SystemEvent): void {
		if (event.channel === 'storage') this.storageFull = event.type === 'full';
		this.sessions.apply(event);
		this.jobs.apply(event);
		this.tunnels.apply(event);
		this.workspaces.apply(event);
		this.files.apply(event);
		this.permissions.apply(event);
	}

	/* A sign-in that another one has replaced, of this page or of another, ends its streams, too. */
	async #streamRefused(): Promise<void> {
		const before = this.me?.user.id;
		const me = await this.api.me().catch((error: unknown) => error);
		if (this.phase !== 'workspace') return;
		if (me instanceof ApiError && me.status === 401) return this.#signedOut();
		if (!(me instanceof Error) && (me as Me).user.id !== before) return location.reload();
		this.connection.stop();
		this.connection.start();
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
