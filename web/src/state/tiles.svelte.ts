/*
 * What of the open tabs the page shows: the one in front, or two side by side where the page is wide
 * enough; and how the two share the width, which this browser keeps.
 */

import { tick } from 'svelte';
import { MediaQuery } from 'svelte/reactivity';
import { clampShare } from '../core/split.ts';
import { browserDrawer } from '../core/storage.ts';
import type { App } from './app.svelte.ts';

export class Tiles {
	readonly #wide = new MediaQuery('(min-width: 900px)');
	readonly #strip = new MediaQuery('(min-width: 641px)');
	#share = $state(clampShare(browserDrawer.get('share')));
	#entering = false;

	constructor(private readonly app: App) {}

	/** Whether two have room beside each other. */
	get roomy(): boolean {
		return this.#wide.current;
	}

	/** Whether the tabs are on the page; a phone shows one thing at a time. */
	get tabbed(): boolean {
		return this.#strip.current;
	}

	/** Where two stand, left and right, also behind a page that is no tab; null when one is shown. */
	get sides(): [string, string] | null {
		const { split } = this.app.tabs;
		return split && this.roomy ? split.keys : null;
	}

	/** The two that can be seen side by side now, left and right. */
	get pair(): [string, string] | null {
		return this.app.tabs.active ? this.sides : null;
	}

	/** Whether toggle() would do anything for the one in front. */
	get offered(): boolean {
		const { active } = this.app.tabs;
		return !!active && this.offers(active);
	}

	/** Whether toggle() would do anything for a tab, or for what is no tab yet. */
	offers(key: string): boolean {
		const { active, usedBefore } = this.app.tabs;
		if (!active || !this.roomy) return false;
		return key !== active || this.parts(key) || !!usedBefore || this.app.mayUse;
	}

	/** Whether toggle() would leave one alone. */
	parts(key: string): boolean {
		return !!this.app.tabs.split?.keys.includes(key);
	}

	/** Whether a tab can be seen: it is in front or beside what is. */
	shows(key: string): boolean {
		return key === this.app.tabs.active || !!this.pair?.includes(key);
	}

	/** How much of the width the left one has, in percent. */
	get share(): number {
		return this.#share;
	}

	set share(percent: number) {
		this.#share = clampShare(percent);
		browserDrawer.set('share', this.#share);
	}

	/**
	 * Whether what comes to the front takes the focus. Not on a phone, where the keyboard would rise,
	 * and not when the person has just put it there.
	 */
	get takesFocus(): boolean {
		return !this.app.prefs.coarse && !this.#entering;
	}

	/** The person points or tabs into one of two: it has the keys from now on. */
	enter(key: string): void {
		if (key === this.app.tabs.active || !this.pair?.includes(key)) return;
		this.#entering = true;
		this.app.tabs.enter(key);
		void tick().then(() => (this.#entering = false));
	}

	/**
	 * Shows a tab beside the one in front; beside itself, the tab used last, or a new shell. Of two, it
	 * shows again one alone.
	 */
	async toggle(key = this.app.tabs.active): Promise<void> {
		const { tabs, making } = this.app;
		const { active, usedBefore } = tabs;
		if (!key || !active || !this.offers(key)) return;
		if (this.parts(key)) return tabs.endSplit();
		if (key !== active) return tabs.showBeside(active, key);
		if (usedBefore) return tabs.showBeside(active, usedBefore);
		await making.newShell();
		if (tabs.active && tabs.open.includes(active)) tabs.showBeside(active, tabs.active);
	}
}
