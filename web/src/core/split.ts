/*
 * Two tabs side by side: which stands on the left and which on the right, and which of them has the
 * keys. The rules are these: showing one of the two gives it the keys and moves nothing; showing a
 * third puts it where the one with the keys was; closing either ends it.
 */

export interface Split {
	/** The keys of the two tabs (core/places.ts): on the left, on the right. */
	keys: [string, string];
	/** Which of them has the keys, or had them last where a page that is no tab is shown. */
	front: 0 | 1;
}

/** How much of the width the left one gets, in percent. */
export const SHARE = { least: 25, most: 75, even: 50, step: 2 };

/** `active` on the left with the keys, `other` on the right. */
export function beside(active: string, other: string): Split | null {
	return active === other ? null : { keys: [active, other], front: 0 };
}

/** What is side by side once `key` has been shown. */
export function shown({ keys, front }: Split, key: string): Split {
	const at = keys.indexOf(key);
	if (at >= 0) return { keys, front: at === 0 ? 0 : 1 };
	return { keys: front === 0 ? [key, keys[1]] : [keys[0], key], front };
}

/** The other of the two; undefined when `key` is neither. */
export function partner(split: Split | null, key: string): string | undefined {
	const at = split?.keys.indexOf(key) ?? -1;
	return at < 0 ? undefined : split?.keys[1 - at];
}

/** What was kept, unless it is no split of two tabs that are open. */
export function restored(kept: unknown, open: readonly string[]): Split | null {
	const { keys, front } = (kept ?? {}) as Partial<Split>;
	if (!Array.isArray(keys) || keys.length !== 2 || keys[0] === keys[1]) return null;
	if (!keys.every((key) => open.includes(key))) return null;
	return { keys: [keys[0], keys[1]], front: front === 1 ? 1 : 0 };
}

/** A share of the width within its bounds, in whole percent. */
export function clampShare(percent: unknown): number {
	if (typeof percent !== 'number' || !Number.isFinite(percent)) return SHARE.even;
	return Math.round(Math.min(SHARE.most, Math.max(SHARE.least, percent)));
}
