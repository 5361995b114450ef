/*
 * What leaves a terminal is of three kinds, and xterm.js hands all of them to the same listeners:
 * what the person types or pastes, what the mouse does, and what the terminal itself answers to the
 * program's questions while it parses output. They must be told apart, because an answer given to
 * an old question (a replay) or by several viewers at once would be typed into the program.
 *
 * xterm.js knows the difference: its core service fires `onUserInput` immediately before `onData`,
 * in the same call, for everything that a person did, and only for that (CoreService,
 * triggerDataEvent). The event is not part of the public interface, so the version of xterm.js is
 * pinned and a missing event is an error at once rather than a quiet hole. `onBinary` carries
 * nothing but mouse reports in the oldest encoding.
 */

import type { IDisposable, Terminal } from '@xterm/xterm';
import { fromBinaryString, utf8 } from '../../core/bytes.ts';

export interface TypingSink {
	onTyped(data: string): void;
	onMouse(bytes: Uint8Array): void;
	onReply(data: string): void;
}

interface Inside {
	_core?: { coreService?: { onUserInput?(listener: () => void): IDisposable } };
}

const MOUSE_REPORT = /^\x1b\[(?:<[\d;]+[Mm]|M[\s\S]{3}|\d+;\d+;\d+M)$/;

export function tellApart(terminal: Terminal, sink: TypingSink): void {
	const { coreService } = (terminal as unknown as Inside)._core ?? {};
	if (!coreService?.onUserInput) throw new Error('xterm.js has no onUserInput any more');

	let byPerson = false;
	coreService.onUserInput(() => (byPerson = true));
	terminal.onData((data) => {
		const typed = byPerson;
		byPerson = false;
		if (!typed) sink.onReply(data);
		else if (MOUSE_REPORT.test(data)) sink.onMouse(utf8(data));
		else sink.onTyped(data);
	});
	terminal.onBinary((data) => sink.onMouse(fromBinaryString(data)));
}
