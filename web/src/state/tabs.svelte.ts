/*
 * The sessions that are open on this page, in the order of their tabs, and the one in front, which
 * is what the address names. Closing a tab ends nothing. The tabs come back after a reload, and a
 * new page of this browser begins with the ones that were open last.
 */

import { formatRoute, parseRoute, type Route } from '../core/router.ts';
import { browserDrawer, tabDrawer } from '../core/storage.ts';

export class Tabs {
	open = $state<string[]>([]);
	route = $state.raw<Route>(parseRoute(location.hash));

	active = $derived(this.route.page === 'session' ? this.route.session : null);

	constructor() {
		this.open = tabDrawer.get<string[]>('tabs') ?? browserDrawer.get<string[]>('tabs') ?? [];
		if (this.active) this.#add(this.active);
		addEventListener('hashchange', () => this.#follow());
	}

	show(session: string): void {
		this.#add(session);
		this.#go({ page: 'session', session });
	}

	home(): void {
		this.#go({ page: 'home' });
	}

	/** Takes the setup code out of the address, where it could be copied or seen. */
	leaveSetup(): void {
		history.replaceState(null, '', formatRoute({ page: 'home' }));
		this.#follow();
	}

	at(index: number): void {
		const session = this.open[index];
		if (session) this.show(session);
	}

	close(session: string): void {
		const index = this.open.indexOf(session);
		if (index < 0) return;
		this.open.splice(index, 1);
		this.#keep();
		if (this.active !== session) return;
		const next = this.open[index] ?? this.open[index - 1];
		if (next) this.#replace({ page: 'session', session: next });
		else this.#replace({ page: 'home' });
	}

	/** Closes the tabs of sessions that are no more. */
	retain(exists: (session: string) => boolean): void {
		for (const session of this.open.filter((id) => !exists(id))) this.close(session);
		if (this.active && !exists(this.active)) this.#replace({ page: 'home' });
	}

	#add(session: string): void {
		if (this.open.includes(session)) return;
		this.open.push(session);
		this.#keep();
	}

	#follow(): void {
		this.route = parseRoute(location.hash);
		if (this.active) this.#add(this.active);
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

	#keep(): void {
		const open = $state.snapshot(this.open);
		tabDrawer.set('tabs', open);
		browserDrawer.set('tabs', open);
	}
}
