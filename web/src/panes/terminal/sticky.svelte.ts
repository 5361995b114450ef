/*
 * Ctrl and Alt of the key bar. A tap holds the key for the next one, a second tap keeps it held, a
 * third lets go.
 */

import type { Modifiers } from '../../core/keys.ts';

type Hold = 'off' | 'once' | 'kept';

const NEXT: Record<Hold, Hold> = { off: 'once', once: 'kept', kept: 'off' };

export class Sticky {
	ctrl = $state<Hold>('off');
	alt = $state<Hold>('off');

	tap(which: 'ctrl' | 'alt'): void {
		this[which] = NEXT[this[which]];
	}

	/** What is held now; what was held for one key is let go. */
	use(): Modifiers {
		const held = { ctrl: this.ctrl !== 'off', alt: this.alt !== 'off' };
		if (this.ctrl === 'once') this.ctrl = 'off';
		if (this.alt === 'once') this.alt = 'off';
		return held;
	}
}
