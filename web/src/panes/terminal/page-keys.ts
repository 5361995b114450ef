/* The keys that a terminal with the focus leaves to the page: its shortcuts, copying, scrolling. */

import type { Terminal } from '@xterm/xterm';
import type { App } from '../../state/app.svelte.ts';

/** `onTop`: the person goes to where what is older would be. */
export function passKeysBy(app: App, terminal: Terminal, onTop: () => void): void {
	terminal.attachCustomKeyEventHandler((event) => {
		if (event.ctrlKey && event.shiftKey && event.code === 'KeyC') {
			if (event.type === 'keydown') copySelection(app, terminal);
			event.preventDefault();
			return false;
		}
		if (event.ctrlKey && event.shiftKey && event.code === 'KeyV') return false;
		if (event.shiftKey && event.type === 'keydown' && scrolls(terminal, event, onTop)) return false;
		return !app.shortcuts.taken(event, true);
	});
}

function copySelection(app: App, terminal: Terminal): void {
	const text = terminal.getSelection();
	if (text) void app.clipboard.copy(text);
}

/* True when the terminal does not do it by itself. */
function scrolls(terminal: Terminal, { code, ctrlKey, altKey }: KeyboardEvent, onTop: () => void): boolean {
	if (terminal.buffer.active.type === 'alternate' || altKey) return false;
	if (ctrlKey && code === 'End') terminal.scrollToBottom();
	if (ctrlKey && code === 'Home') terminal.scrollToTop();
	if (code === 'PageUp' || (ctrlKey && code === 'Home')) queueMicrotask(onTop);
	return ctrlKey && (code === 'Home' || code === 'End');
}
