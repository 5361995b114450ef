/*
 * How the items of a session's log fit together. A viewer is at a number: it has everything up to
 * there, in one way or another. An event takes it one further, a snapshot or a gap any distance.
 */

import { fromBase64 } from './bytes.ts';
import type { LogItem } from './types.ts';

const SMALL_BYTES = 64;

/** The number that a viewer is at who has taken the item. */
export function reach(item: LogItem): number {
	return item.kind === 'gap' ? item.to : item.seq;
}

/** Whether a viewer at `have` can go on with it. */
export function follows(item: LogItem, have: number): boolean {
	if (item.kind === 'event') return item.seq === have + 1;
	if (item.kind === 'gap') return item.from <= have + 1 && item.to > have;
	return item.seq >= have;
}

/** What the item weighs on its way to the screen. */
export function weight(item: LogItem): number {
	return item.kind === 'gap' ? SMALL_BYTES : (item.bytes?.length ?? SMALL_BYTES);
}

/** An item as the server words it. */
export function decodeItem<T extends LogItem>(kind: T['kind'], n: number, data: unknown): T {
	const { bytes, ...rest } = data as { bytes?: string };
	const item = { kind, n, ...rest } as T;
	return bytes === undefined ? item : { ...item, bytes: fromBase64(bytes) };
}
