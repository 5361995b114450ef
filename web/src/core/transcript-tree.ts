/*
 * The items of a transcript in the order of their places: a list, and below each agent the list of
 * what it did. Items are replaced, never changed, and so is every agent above one.
 */

import type { Item, ToolItem } from './transcript-items.ts';

export class ItemTree {
	readonly items: Item[] = [];
	#byKey = new Map<string, Item>();
	/* Children whose agent has not come. */
	#orphans = new Map<string, Item[]>();

	/** Puts an item at its place, instead of the one with the same key. */
	put(item: Item): void {
		const known = this.#byKey.get(item.key);
		if (known && (known.seq !== item.seq || known.parent !== item.parent)) this.take(item.key);
		const whole = item.kind === 'tool' ? { ...item, children: this.#withOrphans(item) } : item;
		this.#byKey.set(whole.key, whole);
		const agent = this.#agentOf(whole);
		if (agent) this.put({ ...agent, children: withItem(agent.children, whole) });
		else if (whole.parent !== undefined) this.#keep(whole.parent, whole);
		else insert(this.items, whole);
	}

	take(key: string): void {
		const item = this.#byKey.get(key);
		if (!item) return;
		this.#byKey.delete(key);
		const agent = this.#agentOf(item);
		if (agent) this.put({ ...agent, children: agent.children.filter((child) => child.key !== key) });
		else if (item.parent === undefined) this.items.splice(indexOf(this.items, item), 1);
		else this.#orphans.set(item.parent, (this.#orphans.get(item.parent) ?? []).filter((one) => one !== item));
	}

	/** The item of the list that is, or holds, the one with this key. */
	shownAt(key: string): Item | undefined {
		let item = this.#byKey.get(key);
		while (item?.parent !== undefined) item = this.#agentOf(item);
		return item;
	}

	childrenAt(key: string): Item[] {
		const item = this.#byKey.get(key);
		return item?.kind === 'tool' ? item.children : [];
	}

	freeOrphans(): void {
		const orphans = [...this.#orphans.values()].flat();
		this.#orphans.clear();
		for (const item of orphans) {
			this.#byKey.delete(item.key);
			this.put({ ...item, parent: undefined });
		}
	}

	#withOrphans({ id, seq, children }: ToolItem): Item[] {
		const waiting = this.#orphans.get(id) ?? [];
		const orphans = waiting.filter((orphan) => orphan.seq > seq);
		if (orphans.length === waiting.length) this.#orphans.delete(id);
		return orphans.reduce(withItem, children);
	}

	/* An agent was called before what it did, so that no item can be its own ancestor. */
	#agentOf({ parent, seq }: Item): ToolItem | undefined {
		const agent = parent === undefined ? undefined : this.#byKey.get(`c:${parent}`);
		return agent?.kind === 'tool' && agent.seq < seq ? agent : undefined;
	}

	#keep(parent: string, item: Item): void {
		this.#orphans.set(parent, withItem(this.#orphans.get(parent) ?? [], item));
	}
}

function withItem(list: readonly Item[], item: Item): Item[] {
	const copy = [...list];
	insert(copy, item);
	return copy;
}

/* Replaces the item at its place or makes a place for it. */
function insert(list: Item[], item: Item): void {
	const at = indexOf(list, item);
	list.splice(at, list[at]?.key === item.key ? 1 : 0, item);
}

/* Items come nearly always at the end; the numbers of their events are all different. */
function indexOf(list: readonly Item[], { seq }: Item): number {
	let low = 0;
	let high = list.length;
	if (high > 0 && list[high - 1]!.seq < seq) return high;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (list[middle]!.seq < seq) low = middle + 1;
		else high = middle;
	}
	return low;
}
