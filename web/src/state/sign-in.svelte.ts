/*
 * Proving who one is: the ways that the server offers, those that lead to another site and back, and
 * the proof that a dangerous act asks for once more (Api.onStale).
 *
 * A sign-in that leads elsewhere leaves the page and comes back to it with a code in its address. What
 * it was for is kept in this browser meanwhile. For a proof within the workspace the other site gets a
 * window of its own, so that what the person was doing stays; that window says here how it ended.
 */

import { AccountApi } from '../core/account-api.ts';
import type { Begun, Proof, Provider } from '../core/account.ts';
import type { Api } from '../core/api.ts';
import { browserDrawer } from '../core/storage.ts';
import type { User } from '../core/types.ts';
import { strings } from '../strings.ts';

/** What a sign-in elsewhere is for: to come in, to link it to oneself, to prove who one is. */
export type Purpose = 'enter' | 'link' | 'prove';

interface Left {
	provider: string;
	purpose: Purpose;
	/** Where the person was. */
	hash: string;
}

/** The provider whose proof is typed here. */
export const ACCESS_KEY = 'access-key';

const LEFT = 'sign-in';

export class SignIn {
	/** The ways that the server offers, in its order. */
	ways = $state.raw<Provider[]>([]);
	/** Why coming back from elsewhere did not work. */
	problem = $state('');
	/** A request waits until the person has proved who they are. */
	asked = $state(false);
	/** This is the window of a proof, and it has nothing more to do. */
	finished = $state(false);

	readonly account: AccountApi;
	readonly #channel: BroadcastChannel | null;
	#waiting: ((proved: boolean) => void)[] = [];

	/** `ours`: whether it is still the same person. */
	constructor(
		api: Api,
		private readonly ours: (user: User) => boolean,
	) {
		this.account = new AccountApi(api);
		const name = `dispatch.sign-in ${api.url('')}`;
		this.#channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(name);
		this.#channel?.addEventListener('message', (event) => this.proved(event.data as User));
		api.onStale = () => this.#ask();
	}

	/** What waits is done, or not (null: the person does not want to). */
	proved(user: User | null): void {
		if (!this.asked) return;
		if (user && !this.ours(user)) return location.reload();
		this.asked = false;
		const waiting = this.#waiting;
		this.#waiting = [];
		for (const answer of waiting) answer(!!user);
	}

	/** Goes to the other site that an answer names; `target`: another window than this one. */
	leave(provider: string, begun: Begun, purpose: Purpose, target: Window = window): void {
		const url = new URL(begun.url ?? '', location.href);
		if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new Error(strings.account.badUrl);
		browserDrawer.set(LEFT, { provider, purpose, hash: location.hash } satisfies Left);
		target.location.assign(url.href);
	}

	/** Takes up a sign-in that comes back to this page; resolves to what it was for, null: none did. */
	async comeBack(): Promise<Purpose | null> {
		const query = new URLSearchParams(location.search);
		const state = query.get('state');
		if (!state || !(query.has('code') || query.has('error'))) return null;
		const left = browserDrawer.take<Left>(LEFT);
		history.replaceState(null, '', location.pathname + (left?.hash ?? ''));
		dispatchEvent(new HashChangeEvent('hashchange'));
		try {
			if (!left) throw new Error(strings.signIn.lostWay);
			const code = query.get('code');
			if (!code) throw new Error(strings.signIn.refusedThere(this.labelOf(left.provider)));
			await this.#finish({ provider: left.provider, code, state }, left.purpose);
		} catch (error) {
			this.problem = error instanceof Error ? error.message : String(error);
		}
		return left?.purpose ?? 'enter';
	}

	/** What a provider is called; its own name for one that is not offered (any more). */
	labelOf(name: string): string {
		const known = strings.account.providers[name];
		return known ?? this.ways.find((way) => way.name === name)?.label ?? name;
	}

	async #finish(proof: Proof, purpose: Purpose): Promise<void> {
		const user = await this.account.signIn(proof);
		if (purpose !== 'prove') return;
		this.#channel?.postMessage(user);
		this.finished = true;
		window.close();
	}

	#ask(): Promise<boolean> {
		this.asked = true;
		return new Promise((answer) => this.#waiting.push(answer));
	}
}
