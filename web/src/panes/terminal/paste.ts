/*
 * A program that reads whole lines gets at most 4,095 bytes of each from the kernel; the rest is
 * gone without a word. Programs that ask for marked pastes read key by key and lose nothing.
 */

import type { Terminal } from '@xterm/xterm';
import { COOKED_LINE_BYTES, longestLine } from '../../core/text.ts';
import type { App } from '../../state/app.svelte.ts';
import { strings } from '../../strings.ts';

export function warnOfLongLine(app: App, terminal: Terminal, text: string): void {
	if (text.length <= COOKED_LINE_BYTES / 3 || terminal.modes.bracketedPasteMode) return;
	const bytes = longestLine(text);
	if (bytes > COOKED_LINE_BYTES) app.notices.say(strings.terminal.longPaste(bytes));
}

export function watchPaste(host: HTMLElement, onPaste: (text: string) => void): () => void {
	const pasted = (event: ClipboardEvent) => onPaste(event.clipboardData?.getData('text/plain') ?? '');
	host.addEventListener('paste', pasted, { capture: true });
	return () => host.removeEventListener('paste', pasted, { capture: true });
}
