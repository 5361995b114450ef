/* Vim's keys; :w saves, :q closes nothing by itself. */

import type { Extension } from '@codemirror/state';
import type { EditorView } from '@codemirror/view';
import { Vim, vim } from '@replit/codemirror-vim';
import { actionsOf } from './setup.ts';

let told = false;

export function vimKeys(): Extension {
	if (!told) {
		told = true;
		Vim.defineEx('write', 'w', (cm: { cm6: EditorView }) => cm.cm6.state.facet(actionsOf)?.save());
	}
	return vim({ status: true });
}
