/* How diffs are drawn, everywhere the same. */

import { browserDrawer } from '../../core/storage.ts';

class DiffLook {
	split = $state(browserDrawer.get<boolean>('diff-split') ?? false);
	whitespace = $state(false);

	setSplit(split: boolean): void {
		this.split = split;
		browserDrawer.set('diff-split', split);
	}
}

export const diffLook = new DiffLook();
