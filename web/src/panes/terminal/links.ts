/*
 * Links in a terminal: web addresses only, never opened by a plain click of a mouse (which sets the
 * cursor or selects), and asked about when the program showed another text than the address.
 */

import type { App } from '../../state/app.svelte.ts';
import { strings } from '../../strings.ts';

/** `declared`: the program gave text and address apart (OSC 8). */
export async function openLink(app: App, event: MouseEvent, uri: string, declared: boolean): Promise<void> {
	if (!/^https?:\/\//i.test(uri)) return;
	if (!app.prefs.coarse && !event.ctrlKey && !event.metaKey) return;
	if (declared) {
		const { linkTitle, linkSubmit } = strings.dialog;
		if (!(await app.dialogs.confirm(linkTitle, uri, linkSubmit, false))) return;
	}
	window.open(uri, '_blank', 'noopener,noreferrer');
}
