/*
 * OSC 52, a program's way to the clipboard, in one direction: a program may put text there, of at
 * most 100 KB, while its terminal is looked at; the person is told. No program reads the clipboard.
 */

import type { IDisposable, Terminal } from '@xterm/xterm';
import { fromBase64 } from '../../core/bytes.ts';

const MAX_TEXT = 100_000;

export function handleOsc52(terminal: Terminal, copy: (text: string) => void): IDisposable {
	return terminal.parser.registerOscHandler(52, (data) => {
		const payload = data.slice(data.indexOf(';') + 1);
		if (payload === '?' || payload.length > (MAX_TEXT / 3) * 4 + 4) return true;
		try {
			const text = new TextDecoder().decode(fromBase64(payload));
			if (text) copy(text);
		} catch {
			/* not base64: nothing to copy */
		}
		return true;
	});
}
