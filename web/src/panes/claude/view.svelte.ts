/*
 * One Claude session as this page shows it: the transcript, filled from the newest part of the log
 * and from the stream behind it, and what is older when somebody scrolls or searches there. A
 * component draws it; nothing else touches the transcript.
 */

import { SvelteSet } from 'svelte/reactivity';
import { backoffMs } from '../../core/backoff.ts';
import type { PermissionRow } from '../../core/claude.ts';
import { Drafts } from '../../core/drafts.ts';
import type { Item, PromptItem } from '../../core/transcript-items.ts';
import { Transcript } from '../../core/transcript.ts';
import type { LogItem, SessionEvent, SessionInfo } from '../../core/types.ts';
import { lookOf } from './tools/registry.ts';
import type { SessionOutbox } from '../../state/outbox.svelte.ts';
import type { App } from '../../state/app.svelte.ts';

const FIRST_EVENTS = 200;
const PAGE_EVENTS = 500;

export class ClaudeView {
	/** Grows whenever the transcript or a draft has changed. */
	version = $state(0);
	/** Whether the newest part is there. */
	loaded = $state(false);
	loadingOlder = $state(false);
	/** A message is about to be sent again. */
	repeating = $state(false);
	/** Whether the log has nothing before what is here. */
	complete = $state(false);
	/** The cards that the person has opened or shut against their custom. */
	readonly toggled = new SvelteSet<string>();

	readonly outbox: SessionOutbox;

	readonly #transcript = new Transcript();
	readonly #drafts = new Drafts();

	items = $derived.by(() => this.#now(() => [...this.#transcript.items]));
	queue = $derived.by(() => this.#now(() => this.#transcript.queue));
	pending = $derived.by(() => this.#now(() => this.#transcript.pending));
	drafts = $derived.by(() => this.#now(() => this.#drafts.all));
	facts = $derived.by(() => this.#now(() => this.#transcript.facts));
	retry = $derived.by(() => this.#now(() => this.#transcript.retry));
	silent = $derived.by(() => this.#now(() => this.#transcript.silent));
	context = $derived.by(() => this.#now(() => this.#transcript.context));
	workingSince = $derived.by(() => this.#now(() => this.#transcript.workingSince));

	#oldest = 0;
	#visible = true;
	#frame = 0;
	#closed = false;
	#older: Promise<void> | null = null;
	#unfollow: () => void = () => {};

	constructor(
		readonly app: App,
		readonly id: string,
	) {
		this.outbox = app.outbox.of(id);
		void this.#begin();
	}

	get session(): SessionInfo | undefined {
		return this.app.sessions.get(this.id);
	}

	/** The program is at it, or waits for an answer. */
	get working(): boolean {
		const session = this.session;
		return session?.status === 'running' && ['working', 'waiting'].includes(session.attention);
	}

	dispose(): void {
		this.#closed = true;
		cancelAnimationFrame(this.#frame);
		this.#unfollow();
	}

	/** Hidden, it goes on reading and draws nothing. */
	setVisible(visible: boolean): void {
		this.#visible = visible;
		if (visible) this.#show();
	}

	/** The item above one in the list. */
	above(key: string): Item | undefined {
		const at = this.items.findLastIndex((item) => item.key === key);
		return this.items[at - 1];
	}

	/** The newest message of the person in what is here. */
	get lastPrompt(): PromptItem | undefined {
		return this.items.findLast((item) => item.kind === 'prompt');
	}

	/** Says the newest message again, with its images. */
	async sendAgain(): Promise<void> {
		const prompt = this.lastPrompt;
		if (!prompt || this.repeating) return;
		this.repeating = true;
		await this.app.attempt(async () => {
			const images = prompt.images.length > 0 ? await this.app.claude.images(this.id, prompt.uuid) : [];
			this.outbox.send(prompt.text, images);
		});
		this.repeating = false;
	}

	whereIs(permission: string): string | undefined {
		return this.#transcript.whereIs(permission)?.key;
	}

	answered(row: PermissionRow): void {
		this.#transcript.answered(row);
		this.#show();
	}

	toggle(key: string): void {
		if (!this.toggled.delete(key)) this.toggled.add(key);
	}

	/** Opens a card so that what is in it can be seen. */
	openFor(key: string): void {
		const item = this.items.find((one) => one.key === key);
		if (item?.kind === 'thinking') this.toggled.add(key);
		if (item?.kind !== 'tool') return;
		if (lookOf(item).open(item)) this.toggled.delete(key);
		else this.toggled.add(key);
	}

	/** Loads the part before what is here; several calls at a time are one. */
	loadOlder(): Promise<void> {
		if (this.complete || !this.loaded) return Promise.resolve();
		this.#older ??= this.#readOlder().finally(() => (this.#older = null));
		return this.#older;
	}

	/** Loads all there is. */
	async loadAll(): Promise<void> {
		while (!this.complete && !this.#closed) await this.loadOlder();
	}

	/* Derived values read the version, so that they are asked again when it grows. */
	#now<T>(read: () => T): T {
		void this.version;
		return read();
	}

	async #begin(): Promise<void> {
		for (let attempt = 0; !this.#closed; attempt++) {
			try {
				return await this.#readNewest();
			} catch {
				await new Promise((done) => setTimeout(done, backoffMs(attempt)));
			}
		}
	}

	async #readNewest(): Promise<void> {
		const last = this.session?.last_seq ?? 0;
		const page = last > 0 ? await this.#page(last + 1, FIRST_EVENTS) : [];
		if (this.#closed) return;
		this.#oldest = page[0]?.seq ?? last + 1;
		this.#noteBeginning();
		this.loaded = true;
		this.#show();
		this.#unfollow = this.app.connection.attach(this.id, page.at(-1)?.seq ?? last, {
			onItem: (item) => this.#take(item),
			onPiece: (piece) => {
				if (this.#drafts.add(piece)) this.#changed();
			},
		});
	}

	async #readOlder(): Promise<void> {
		this.loadingOlder = true;
		try {
			const page = await this.#page(this.#oldest, PAGE_EVENTS);
			if (this.#closed) return;
			this.#oldest = page[0]?.seq ?? 1;
			this.#noteBeginning();
			this.#show();
		} finally {
			this.loadingOlder = false;
		}
	}

	async #page(before: number, limit: number): Promise<SessionEvent[]> {
		const page = await this.app.api.events(this.id, { before, limit });
		for (const event of page) this.#transcript.add(event);
		return page;
	}

	#noteBeginning(): void {
		const first = this.session?.first_seq ?? 1;
		if (this.#oldest > first) return;
		if (first > 1) this.#transcript.gap(1, first - 1);
		this.#transcript.finish();
		this.complete = true;
	}

	/* Reading is quick and drawing comes by the frame, so nothing is held back from the server. */
	#take(item: LogItem): void {
		if (item.kind === 'event') {
			this.#transcript.add(item);
			this.#drafts.settle(item);
		} else if (item.kind === 'gap') {
			this.#transcript.gap(item.from, item.to);
		}
		this.app.connection.rendered(item);
		this.#changed();
	}

	#changed(): void {
		if (!this.#visible || this.#frame) return;
		this.#frame = requestAnimationFrame(() => this.#show());
	}

	#show(): void {
		cancelAnimationFrame(this.#frame);
		this.#frame = 0;
		this.version++;
		this.outbox.settle((id) => this.#transcript.knows(id));
	}
}
