/*
 * Between two runs of one session: the program that ended may have left the terminal in any state,
 * and the next one begins below what it has written, on a terminal that behaves.
 */

import type { Terminal } from '@xterm/xterm';
import { strings } from '../../strings.ts';

/* Mouse reports, focus reports, paste marks and application cursor keys off, cursor shown. */
const MODES_OFF = '\x1b[!p\x1b[?1000;1002;1003;1004;1005;1006;1015;2004;2026;1l\x1b[?25h\x1b[0m';

/** What brings a terminal from the end of one run to the beginning of the next. */
export function betweenRuns(terminal: Terminal): string {
	const leave = terminal.buffer.active.type === 'alternate' ? '\x1b[?1049l' : '';
	const line = `\x1b[2m── ${strings.terminal.resumed} ──\x1b[0m`;
	return `${leave}${MODES_OFF}\x1b[${lastWrittenRow(terminal)}H\r\n${line}\r\n`;
}

/* The row of the screen, counted from 1, below which nothing is written. */
function lastWrittenRow(terminal: Terminal): number {
	const { normal } = terminal.buffer;
	for (let row = terminal.rows; row > 1; row--) {
		if (normal.getLine(normal.baseY + row - 1)?.translateToString(true)) return row;
	}
	return 1;
}
