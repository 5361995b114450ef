/*
 * Scrolling with a finger, which xterm.js 6 leaves to us. A drag moves the history; in a program
 * that has the whole screen it turns into what a wheel would send there, cursor keys.
 */

import type { Terminal } from '@xterm/xterm';

export function scrollByTouch(
	terminal: Terminal,
	element: HTMLElement,
	sendKeys: (data: string) => void,
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
		const rowHeight = element.clientHeight / terminal.rows || 17;
		carry += lastY - touch.clientY;
		lastY = touch.clientY;
		const rows = Math.trunc(carry / rowHeight);
		if (rows === 0) return;
		carry -= rows * rowHeight;
		if (terminal.buffer.active.type === 'normal') terminal.scrollLines(rows);
		else sendKeys(cursorKeys(terminal, rows));
		event.preventDefault();
	};

	element.addEventListener('touchstart', start, { passive: true });
	element.addEventListener('touchmove', move, { passive: false });
	return () => {
		element.removeEventListener('touchstart', start);
		element.removeEventListener('touchmove', move);
	};
}

function cursorKeys(terminal: Terminal, rows: number): string {
	const prefix = terminal.modes.applicationCursorKeysMode ? '\x1bO' : '\x1b[';
	return (prefix + (rows < 0 ? 'A' : 'B')).repeat(Math.min(Math.abs(rows), 20));
}
