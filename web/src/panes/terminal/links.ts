/*
 * Links in a terminal: web addresses, and places in files. Never opened by a plain click of a mouse,
 * which sets the cursor or selects; an address is asked about when the program showed another text.
 */

import type { LinkPlace } from '../../core/text-form.ts';
import type { App } from '../../state/app.svelte.ts';
import { openPath } from '../../state/open-path.ts';
import { strings } from '../../strings.ts';

/** `declared`: the program gave text and address apart (OSC 8). */
export async function openLink(app: App, event: MouseEvent, uri: string, declared: boolean): Promise<void> {
	if (!/^https?:\/\//i.test(uri)) return;
	if (!meant(app, event)) return;
	if (declared) {
		const { linkTitle, linkSubmit } = strings.dialog;
		if (!(await app.dialogs.confirm(linkTitle, uri, linkSubmit, false))) return;
	}
	window.open(uri, '_blank', 'noopener,noreferrer');
}

/** `cwd`: where the program works that has named it. */
export function openPlace(app: App, event: MouseEvent, cwd: string, place: LinkPlace): void {
	if (meant(app, event)) void openPath(app, cwd, place);
}

function meant(app: App, event: MouseEvent): boolean {
	return app.prefs.coarse || event.ctrlKey || event.metaKey;
}
