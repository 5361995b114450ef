/*
 * Scrolling with a finger, which xterm.js 6 leaves to us. A drag first moves a terminal that is
 * taller than its place, then the history; in a program that has the whole screen it turns into
 * what a wheel would send there, cursor keys. The style sheet keeps the browser from taking
 * vertical drags (touch-action).
 */

import type { Terminal } from '@xterm/xterm';

export function scrollByTouch(
	terminal: Terminal,
	element: HTMLElement,
	sendKeys: (data: string) => void,
	/** The history was to be scrolled up, whether there was more of it or not. */
	onUp: () => void,
): () => void {
	let lastY = 0;
	let carry = 0;

	const start = (event: TouchEvent) => {
		lastY = event.touches[0]?.clientY ?? 0;
		carry = 0;
	};
	const move = (event: TouchEvent) => {
		const touch = event.touches[0];
		if (!touch || event.touches.length > 1) return;
		const moved = lastY - touch.clientY;
		lastY = touch.clientY;
		if (panned(element.parentElement, moved)) return;
		const rowHeight = (terminal.element?.clientHeight ?? 0) / terminal.rows || 17;
		carry += moved;
		const rows = Math.trunc(carry / rowHeight);
		if (rows === 0) return;
		carry -= rows * rowHeight;
		if (terminal.buffer.active.type === 'normal') {
			terminal.scrollLines(rows);
			if (rows < 0) onUp();
		} else sendKeys(cursorKeys(terminal, rows));
	};

	element.addEventListener('touchstart', start, { passive: true });
	element.addEventListener('touchmove', move, { passive: true });
	return () => {
		element.removeEventListener('touchstart', start);
		element.removeEventListener('touchmove', move);
	};
}

function panned(frame: HTMLElement | null, by: number): boolean {
	if (!frame) return false;
	const before = frame.scrollTop;
	frame.scrollTop += by;
	return frame.scrollTop !== before;
}

function cursorKeys(terminal: Terminal, rows: number): string {
	const prefix = terminal.modes.applicationCursorKeysMode ? '\x1bO' : '\x1b[';
	return (prefix + (rows < 0 ? 'A' : 'B')).repeat(Math.min(Math.abs(rows), 20));
}
