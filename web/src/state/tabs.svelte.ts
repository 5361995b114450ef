/*
 * What is open on this page, in the order of its tabs: sessions and places of workspaces, each by
 * its key (core/places.ts), and the one in front, which is what the address names. One other may be
 * beside it (core/split.ts). Closing a tab ends nothing. The tabs come back after a reload, and a
 * new page of this browser begins with the ones that were open last. An address of what is not there
 * opens nothing and stays as it is, for the page to say so.
 */

import { parsePlace, placeKey, type Place } from '../core/places.ts';
import { formatRoute, parseRoute, type AccountPart, type Route } from '../core/router.ts';
import { beside, partner, restored, shown, type Split } from '../core/split.ts';
import { browserDrawer, tabDrawer } from '../core/storage.ts';

export class Tabs {
	/* In order; what is not there may be among them, and come yet. */
	#keys = $state<string[]>([]);
	open = $derived.by(() => this.#keys.filter((key) => this.exists(key)));
	route = $state.raw<Route>(parseRoute(location.hash));

	/** The two that are side by side, where there is room for both. */
	split = $state.raw<Split | null>(null);

	/* What the address names, there or not. */
	#named = $derived(keyOf(this.route));
	active = $derived.by(() => (this.#named && this.exists(this.#named) ? this.#named : null));
	/** The address leads to nothing that is there. */
	missing = $derived(this.route.page === 'nowhere' || (!!this.#named && !this.active));
	/** The place in front; null when a session is. */
	place = $derived<Place | null>(parsePlace(this.active));

	/* The tabs that were in front on this page, the newest first. */
	#used: string[] = [];

	/** `exists` tells whether there is anything to show for a key; it is asked again when that changes. */
	constructor(private readonly exists: (key: string) => boolean) {
		this.#keys = tabDrawer.get<string[]>('tabs') ?? browserDrawer.get<string[]>('tabs') ?? [];
		this.split = restored(tabDrawer.get('split'), this.#keys);
		this.#follow();
		addEventListener('hashchange', () => this.#follow());
	}

	show(key: string): void {
		this.#add(key);
		this.#go(routeOf(key));
	}

	home(): void {
		this.#go({ page: 'home' });
	}

	tunnels(): void {
		this.#go({ page: 'tunnels' });
	}

	/** Gives the keys to the other of two: nothing else is shown than before, so no step in the history. */
	enter(key: string): void {
		this.#replace(routeOf(key));
	}

	/** What to show where nothing is in front. */
	get latest(): string | undefined {
		if (this.split) return this.split.keys[this.split.front];
		return this.#used.find((key) => this.open.includes(key)) ?? this.open.at(-1);
	}

	/** The other tab that was in front last; where none was, one that is open. */
	get usedBefore(): string | undefined {
		const other = (key: string) => key !== this.active && this.open.includes(key);
		return this.#used.find(other) ?? this.open.find(other);
	}

	/** Shows two side by side; the tab in front keeps the keys. */
	showBeside(left: string, right: string): void {
		for (const key of [left, right]) this.#add(key);
		const split = beside(left, right);
		this.#keepSplit(split && this.active ? shown(split, this.active) : split);
	}

	endSplit(): void {
		this.#keepSplit(null);
	}

	/** Shows a page of the account. */
	account(part: AccountPart, about?: string): void {
		this.#go({ page: 'account', part, about });
	}

	/** Takes a code out of the address, where it could be copied or seen. */
	leaveSecret(): void {
		history.replaceState(null, '', formatRoute({ page: 'home' }));
		this.#follow();
	}

	at(index: number): void {
		const key = this.open[index];
		if (key) this.show(key);
	}

	close(key: string): void {
		const front = this.#named === key;
		const next = this.#drop(key);
		if (front) this.#replace(next ? routeOf(next) : { page: 'home' });
	}

	/** Closes the tabs of what is no more. What the address names stays: who came by it is told. */
	tidy(): void {
		for (const key of this.#keys.filter((one) => one !== this.#named && !this.exists(one))) this.#drop(key);
	}

	/* Takes a tab away, and returns the one that comes after it. */
	#drop(key: string): string | undefined {
		const index = this.#keys.indexOf(key);
		if (index < 0) return;
		const left = partner(this.split, key);
		this.#keys.splice(index, 1);
		this.#keep();
		if (left) this.endSplit();
		const near = [...this.#keys.slice(index), ...this.#keys.slice(0, index).reverse()];
		return left ?? near.find((one) => this.exists(one));
	}

	#add(key: string): void {
		if (this.#keys.includes(key)) return;
		this.#keys.push(key);
		this.#keep();
	}

	#follow(): void {
		this.route = parseRoute(location.hash);
		const key = this.#named;
		if (!key) return;
		this.#add(key);
		if (!this.active) return;
		this.#used = [key, ...this.#used.filter((one) => one !== key && this.#keys.includes(one))];
		if (this.split) this.#keepSplit(shown(this.split, key));
	}

	#go(route: Route): void {
		const hash = formatRoute(route);
		if (location.hash !== hash) history.pushState(null, '', hash);
		this.#follow();
	}

	#replace(route: Route): void {
		history.replaceState(null, '', formatRoute(route));
		this.#follow();
	}

	#keepSplit(split: Split | null): void {
		this.split = split;
		tabDrawer.set('split', split);
	}

	#keep(): void {
		const open = $state.snapshot(this.#keys);
		tabDrawer.set('tabs', open);
		browserDrawer.set('tabs', open);
	}
}

function keyOf(route: Route): string | null {
	if (route.page === 'session') return route.session;
	return route.page === 'place' ? placeKey(route.place) : null;
}

function routeOf(key: string): Route {
	const place = parsePlace(key);
	return place ? { page: 'place', place } : { page: 'session', session: key };
}
