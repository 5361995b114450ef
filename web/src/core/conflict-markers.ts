/*
 * The marks that git leaves in a file where both sides changed the same place:
 *
 *	<<<<<<< HEAD
 *	one side
 *	||||||| 1b2c3d4      (only when git is set up to say what was there before)
 *	before
 *	=======
 *	the other side
 *	>>>>>>> topic
 *
 * Read from the text as it stands, so that what somebody has settled by hand already stays. A mark
 * stands at the beginning of its line; text whose marks do not follow each other in this order is no
 * such file.
 */

import { linesOf, type MergePart } from './lines.ts';

export interface MarkedText {
	parts: MergePart[];
	/** What the marks call the two sides, such as HEAD and a branch. */
	mine: string;
	theirs: string;
	/** Whether the marks say what was there before. */
	hasBase: boolean;
}

const BEGIN = '<<<<<<< ';
const MARK = /^(<{7}|\|{7}|={7}|>{7})(?: (.*))?$/;
type Side = 'mine' | 'base' | 'theirs';

/** Quick, also for a long text; true for some that `markedText` cannot read. */
export function mayHaveMarkers(text: string): boolean {
	return text.startsWith(BEGIN) || text.includes(`\n${BEGIN}`);
}

/** Its parts; null when there is no mark in it, or one that does not belong there. */
export function markedText(text: string): MarkedText | null {
	if (!mayHaveMarkers(text)) return null;
	const found: MarkedText = { parts: [], mine: '', theirs: '', hasBase: false };
	let same: string[] = [];
	let open: Record<Side, string[]> | null = null;
	let side: Side = 'mine';
	for (const line of linesOf(text)) {
		const [, mark, label = ''] = MARK.exec(line) ?? [];
		if (!mark || (mark === '=======' && !open)) {
			(open ? open[side] : same).push(line);
		} else if (mark === '<<<<<<<' && !open) {
			if (same.length > 0) found.parts.push({ kind: 'same', base: same, mine: same, theirs: same });
			same = [];
			open = { mine: [], base: [], theirs: [] };
			side = 'mine';
			found.mine ||= label;
		} else if (mark === '|||||||' && open && side === 'mine') {
			side = 'base';
			found.hasBase = true;
		} else if (mark === '=======' && open && side !== 'theirs') {
			side = 'theirs';
		} else if (mark === '>>>>>>>' && open && side === 'theirs') {
			found.parts.push({ kind: 'conflict', ...open });
			open = null;
			found.theirs ||= label;
		} else {
			return null;
		}
	}
	if (open) return null;
	if (same.length > 0) found.parts.push({ kind: 'same', base: same, mine: same, theirs: same });
	return found;
}
