/* Web links in a conversation: a model writes them, so where text and address differ, it is asked. */

import type { App } from '../../state/app.svelte.ts';
import { strings } from '../../strings.ts';

export async function openWebLink(app: App, event: MouseEvent, uri: string, text: string): Promise<void> {
	event.preventDefault();
	const same = text === uri || `https://${text}` === uri || text === uri.replace(/^https?:\/\//, '');
	if (!same) {
		const { linkTitle, linkSubmit } = strings.dialog;
		if (!(await app.dialogs.confirm(linkTitle, uri, linkSubmit, false))) return;
	}
	window.open(uri, '_blank', 'noopener,noreferrer');
}
