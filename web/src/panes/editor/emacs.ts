/* Emacs' keys; C-x C-s saves. */

import type { Extension } from '@codemirror/state';
import { emacs, EmacsHandler } from '@replit/codemirror-emacs';
import { actionsOf } from './setup.ts';

let told = false;

export function emacsKeys(): Extension {
	if (!told) {
		told = true;
		EmacsHandler.addCommands({
			save: (handler: EmacsHandler) => handler.view.state.facet(actionsOf)?.save(),
		});
		EmacsHandler.bindKey('C-x C-s', 'save');
	}
	return emacs();
}
