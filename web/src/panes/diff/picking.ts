/*
 * A diff as it is shown, of which lines may be picked; and how that is done without a mouse: with
 * the arrow keys, and with a finger.
 */

export interface ShownDiff {
	/** Whether lines can be picked and parts of it be staged or discarded. */
	readonly picks: boolean;
	readonly staged: boolean;
	readonly picked: ReadonlySet<number>;
	toggle(id: number, range: boolean): void;
	apply(verb: 'stage' | 'unstage' | 'discard', hunks?: number[]): Promise<void>;
	/** Asks first. */
	discard(hunk: { id: number; lines: number }): Promise<void>;
}

/** A diff that is only looked at. */
export const ONLY_SHOWN: ShownDiff = {
	picks: false,
	staged: false,
	picked: new Set(),
	toggle: () => {},
	apply: async () => {},
	discard: async () => {},
};

/** Up and down lead from one line that can be picked to the next. */
export function moveBetweenPicks(event: KeyboardEvent): void {
	const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
	const target = event.target as HTMLElement;
	if (!step || !target.matches('[aria-pressed]')) return;
	const root = target.closest('[data-diff]') ?? (event.currentTarget as HTMLElement);
	const all = [...root.querySelectorAll<HTMLElement>('[aria-pressed]')];
	const next = all[all.indexOf(target) + step];
	if (!next) return;
	event.preventDefault();
	next.focus();
	if (event.shiftKey) next.click();
}

/** A finger need not hit the numbers: the whole line is the target. */
export function tapped(event: MouseEvent, diff: ShownDiff): void {
	const target = event.target as HTMLElement;
	if (!diff.picks || !matchMedia('(pointer: coarse)').matches || target.closest('button')) return;
	if (String(getSelection()) !== '') return;
	const line = target.closest<HTMLElement>('[data-line]');
	if (line && !line.classList.contains('context')) diff.toggle(Number(line.dataset.line), false);
}
