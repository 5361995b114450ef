/*
 * One session as this page shows it: the terminal, what flows into it from the log, what flows out
 * of it from the person, and the size that both agree on. A component gives it an element and draws
 * what stands around; nothing else touches the terminal.
 */

import { utf8 } from '../../core/bytes.ts';
import { withModifiers } from '../../core/keys.ts';
import { reach } from '../../core/log.ts';
import { isKnownReply } from '../../core/replies.ts';
import { plainLine } from '../../core/text.ts';
import { hasEnded, type LogItem, type SessionInfo, type Snapshot } from '../../core/types.ts';
import type { App } from '../../state/app.svelte.ts';
import { sessionTitle } from '../../state/sessions.svelte.ts';
import { strings } from '../../strings.ts';
import { openLink, openPlace } from './links.ts';
import { handleOsc52 } from './osc52.ts';
import { Older } from './older.svelte.ts';
import { passKeysBy } from './page-keys.ts';
import { warnOfLongLine, watchPaste } from './paste.ts';
import { placeLinks } from './places.ts';
import { Player } from './player.ts';
import { SizeKeeper, type Size } from './size.ts';
import { Sticky } from './sticky.svelte.ts';
import { terminalTheme } from './theme.ts';
import { scrollByTouch } from './touch.ts';
import { tellApart } from './typing.ts';
import { makeHiddenTerminal, makeTerminal, Renderer, type Made } from './xterm.ts';

/* The smallest text that a view shrinks to before it pans instead. */
const LEAST_FONT = 8;
/* After a break, questions this old are still answered: nobody else has. */
const LATE_REPLY_MS = 5000;

export class TerminalView {
	size = $state.raw<Size>({ cols: 80, rows: 24 });
	owner = $state(false);
	/** Another view decides the size, and it does not fit here. */
	foreign = $state(false);
	/** How much of the history is on the screen, 0–100; null once all of it is. */
	replayed = $state<number | null>(0);
	focused = $state(false);
	hoveredLink = $state<string | null>(null);
	/** What the program says of itself (OSC 0/2, OSC 7). */
	programTitle = $state('');
	cwd = $state('');
	readonly sticky = new Sticky();

	readonly #made: Made;
	readonly older: Older;
	readonly #player: Player;
	readonly #keeper: SizeKeeper;
	readonly #renderer: Renderer;
	readonly #cleanup: (() => void)[] = [];
	/** What the log has beyond this is news; all before was there before this page was. */
	readonly #newsFrom: number;
	#host: HTMLElement | null = null;
	#target = 0;
	#visible = true;
	#front = false;
	/* How far the log has come here, and how to follow it no longer; null while this view rests. */
	#position = 0;
	#unfollow: (() => void) | null = null;

	constructor(
		private readonly app: App,
		readonly id: string,
	) {
		const known = Math.max(app.connection.seen(id), this.session?.last_seq ?? 0);
		this.#newsFrom = app.making.claim(id) ? 0 : known;
		this.#made = makeTerminal({
			theme: terminalTheme(app.prefs.scheme),
			fontSize: app.prefs.fontSize,
			screenReader: app.prefs.screenReader,
			links: {
				hover: (uri) => (this.hoveredLink = uri),
				open: (event, uri, declared) => void openLink(app, event, uri, declared),
			},
		});
		const { terminal } = this.#made;
		this.#renderer = new Renderer(terminal, app.prefs.coarse || app.prefs.domRenderer);
		this.older = new Older({ id, api: app.api, terminal, makeTerminal: makeHiddenTerminal });
		this.#player = new Player(terminal, {
			onRendered: (items) => this.#rendered(items),
			onSize: (size, by) => this.#sized(size, by),
			onReset: () => (this.programTitle = ''),
			onSnapshot: (snapshot, gap) => this.#became(snapshot, gap),
		});
		this.#keeper = new SizeKeeper(app.writer, {
			ask: (size) => void this.#askSize(size),
			onOwner: (owner) => this.#ownerChanged(owner),
		});
	}

	get terminal() {
		return this.#made.terminal;
	}

	get search() {
		return this.#made.search;
	}

	get session(): SessionInfo | undefined {
		return this.app.sessions.get(this.id);
	}

	/** Puts the terminal into `host` and begins to follow the log. */
	mount(host: HTMLElement): void {
		this.#host = host;
		this.terminal.open(host);
		/* Tests read all of the text, not only the rows on the screen. */
		if (this.app.prefs.domRenderer) Object.assign(host, { terminal: this.terminal });
		this.#listen(host);
		const observer = new ResizeObserver(() => this.layout());
		observer.observe(host);
		this.#target = this.session?.last_seq ?? 0;
		this.layout();
		if (this.#target === 0) this.#settled();
		this.#follow();
		this.#cleanup.push(
			() => observer.disconnect(),
			() => this.#rest(),
		);
	}

	dispose(): void {
		for (const undo of this.#cleanup) undo();
		this.#player.close();
		this.older.close();
		this.#keeper.close();
		this.#renderer.hide();
		this.terminal.dispose();
	}

	/** On the page it draws, fits and follows; hidden it may rest. */
	setVisible(visible: boolean): void {
		this.#visible = visible;
		if (!visible) return this.#renderer.hide();
		if (!this.#unfollow) this.#follow();
		this.#renderer.show();
		this.layout();
	}

	/** In front it has the keys, and new terminals begin at its size. */
	setFront(front: boolean): void {
		this.#front = front;
		if (!front) return;
		this.app.lastFit = this.#keeper.fit ?? this.app.lastFit;
		if (this.app.tiles.takesFocus) this.terminal.focus();
	}

	restyle(): void {
		this.terminal.options.theme = terminalTheme(this.app.prefs.scheme);
		this.terminal.options.screenReaderMode = this.app.prefs.screenReader;
		this.layout();
	}

	takeSize(): void {
		this.#keeper.take();
		this.terminal.focus();
	}

	async resume(): Promise<void> {
		const size = this.#keeper.fit ?? this.size;
		await this.app.acts.resume(this.id, size.cols, size.rows);
		this.terminal.focus();
	}

	/** Input that did not come through the terminal: the key bar, a finger. */
	type(data: string): void {
		this.terminal.input(data, true);
	}

	paste(text: string): void {
		warnOfLongLine(this.app, this.terminal, text);
		this.terminal.paste(text);
	}

	/** Measures what would fit here, and draws at a size at which the log's size does. */
	layout(): void {
		if (!this.#host || this.#host.clientWidth === 0) return;
		const base = this.app.prefs.fontSize;
		this.#renderer.setFontSize(base);
		const fit = this.#made.fit.proposeDimensions();
		if (!fit || !Number.isFinite(fit.cols) || !Number.isFinite(fit.rows)) return;
		this.#keeper.setFit(fit);
		if (this.#front) this.app.lastFit = { cols: fit.cols, rows: fit.rows };
		if (!this.#alive()) return this.#layoutEnded(fit);
		if (!this.owner) this.#renderer.setFontSize(this.#shrunk(base, fit));
		this.foreign = !this.owner && this.#keeper.differs;
		if (!this.foreign) this.#host.parentElement?.scrollTo(0, 0);
	}

	/* Nobody shares the size of a session that has ended: it may flow as it is best read here. */
	#layoutEnded(fit: Size): void {
		this.foreign = false;
		if (this.replayed === null) this.terminal.resize(fit.cols, fit.rows);
	}

	#shrunk(base: number, fit: Size): number {
		const scale = Math.min(1, fit.cols / this.size.cols, fit.rows / this.size.rows);
		return Math.max(Math.min(LEAST_FONT, base), Math.floor(base * scale * 2) / 2);
	}

	#listen(host: HTMLElement): void {
		const { terminal } = this;
		tellApart(terminal, {
			onTyped: (data) => this.#typed(data),
			onMouse: (bytes) => {
				if (this.focused && this.#alive() && this.app.mayUse) this.app.inputs.of(this.id).write(bytes);
			},
			onReply: (data) => this.#reply(data),
		});
		const whereIt = () => this.cwd || this.session?.cwd || '/';
		terminal.registerLinkProvider(
			placeLinks(terminal, {
				offers: (path) => this.app.canEdit(path),
				open: (event, place) => openPlace(this.app, event, whereIt(), place),
				hover: (name) => (this.hoveredLink = name),
			}),
		);
		terminal.onTitleChange((title) => (this.programTitle = plainLine(title)));
		terminal.parser.registerOscHandler(7, (data) => {
			const path = /^file:\/\/[^/]*(\/.*)$/.exec(data)?.[1];
			if (path) this.cwd = plainLine(decodeSafely(path), 1024);
			return true;
		});
		terminal.onScroll((line) => {
			if (line < terminal.buffer.active.baseY) void this.#lookUp();
		});
		host.addEventListener('wheel', ({ deltaY }) => deltaY < 0 && void this.#lookUp(), { passive: true });
		handleOsc52(terminal, (text) => this.#programCopies(text));
		passKeysBy(this.app, terminal, () => void this.#lookUp());
		terminal.textarea?.addEventListener('focus', () => (this.focused = true));
		/* Later, because a terminal that is being taken off the page loses the focus on the way. */
		terminal.textarea?.addEventListener('blur', () => queueMicrotask(() => (this.focused = false)));
		this.#cleanup.push(
			scrollByTouch(terminal, host, (keys) => this.type(keys), () => void this.#lookUp()),
			watchPaste(host, (text) => warnOfLongLine(this.app, terminal, text)),
		);
	}

	/* Whoever comes near the top may want to see what was before. */
	async #lookUp(): Promise<void> {
		const { terminal } = this;
		while (terminal.buffer.active.viewportY < terminal.rows) {
			if (await this.older.load()) return;
		}
	}

	#typed(data: string): void {
		if (!this.#alive()) return this.app.notices.say(strings.terminal.endedTyping);
		if (!this.app.mayUse) return this.app.notices.say(strings.terminal.onlyLooks);
		const bytes = utf8(withModifiers(data, this.sticky.use()));
		this.#keeper.take();
		this.app.inputs.of(this.id).write(bytes);
	}

	/* The terminal answers only for the view that decides, only what is asked now, and only in
	 * forms that cannot carry the program's own text. */
	#reply(data: string): void {
		if (!this.owner || !this.#alive() || !isKnownReply(data)) return;
		const { asked } = this.#player;
		const since = this.app.connection.serverNow() - LATE_REPLY_MS;
		if (asked && (!asked.live || asked.ts < since)) return;
		this.app.inputs.of(this.id).write(utf8(data));
	}

	#alive(): boolean {
		const session = this.session;
		return !!session && !hasEnded(session.status);
	}

	#follow(): void {
		const listener = { onItem: (item: LogItem) => this.#item(item) };
		this.#unfollow = this.app.connection.attach(this.id, this.#position, listener);
	}

	#rest(): void {
		this.#unfollow?.();
		this.#unfollow = null;
	}

	#item(item: LogItem): void {
		const live = reach(item) > this.#newsFrom;
		if (live && item.kind === 'event' && item.type === 'input-expired') {
			this.app.notices.complain(strings.errors.expired(Number(item.data?.bytes ?? 0)));
		}
		this.#player.play(item, live);
		const floods = item.kind === 'snapshot' && this.#position > 0;
		this.#position = reach(item);
		/* Nobody looks: what a flood is at when somebody does is one snapshot away. */
		if (floods && !this.#visible) this.#rest();
	}

	#rendered(items: LogItem[]): void {
		for (const item of items) this.app.connection.rendered(item);
		const seq = reach(items.at(-1)!);
		this.older.passed(seq);
		if (this.replayed === null) return;
		if (seq >= this.#target) this.#settled();
		else this.replayed = Math.floor((seq / this.#target) * 100);
	}

	#settled(): void {
		this.replayed = null;
		this.#keeper.settle();
		this.layout();
	}

	#became(snapshot: Snapshot, gap: boolean): void {
		this.older.began(snapshot, gap);
		this.#sized(snapshot, snapshot.owner);
	}

	#sized({ cols, rows }: Size, by: string | null): void {
		this.size = { cols, rows };
		this.#keeper.logged(this.size, by);
		this.layout();
	}

	#ownerChanged(owner: boolean): void {
		this.owner = owner;
		this.layout();
	}

	async #askSize(size: Size): Promise<void> {
		if (!this.#alive() || !this.app.mayUse) return this.#keeper.refused(size);
		try {
			await this.app.api.resize(this.id, size.cols, size.rows, this.app.writer);
		} catch {
			this.#keeper.refused(size);
		}
	}

	#programCopies(text: string): void {
		if (!this.focused || !this.#player.asked?.live) return;
		const { session } = this;
		if (session) void this.app.clipboard.copyForProgram(sessionTitle(session), text);
	}
}

function decodeSafely(path: string): string {
	try {
		return decodeURIComponent(path);
	} catch {
		return path;
	}
}
