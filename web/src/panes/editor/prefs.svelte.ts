/* How this person edits, kept in this browser. */

import { browserDrawer } from '../../core/storage.ts';

export type Keys = 'plain' | 'vim' | 'emacs';

interface Stored {
	keys: Keys;
	minimap: boolean;
	wrap: boolean;
}

const DEFAULTS: Stored = { keys: 'plain', minimap: false, wrap: matchMedia('(pointer: coarse)').matches };

class EditorPrefs {
	#stored = $state<Stored>({ ...DEFAULTS, ...browserDrawer.get<Partial<Stored>>('editor') });

	get keys(): Keys {
		return this.#stored.keys;
	}

	get minimap(): boolean {
		return this.#stored.minimap;
	}

	get wrap(): boolean {
		return this.#stored.wrap;
	}

	change(change: Partial<Stored>): void {
		Object.assign(this.#stored, change);
		browserDrawer.set('editor', $state.snapshot(this.#stored));
	}
}

export const editorPrefs = new EditorPrefs();
