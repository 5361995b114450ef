/* What is being completed in a message: a command at its beginning, a file anywhere. */

export interface Completing {
	kind: 'command' | 'file';
	query: string;
	/** The part of the text that a choice replaces. */
	from: number;
	to: number;
}

export function completingAt(text: string, caret: number): Completing | null {
	const before = text.slice(0, caret);
	const command = /^\/([\w:-]*)$/.exec(before);
	if (command) return { kind: 'command', query: command[1]!, from: 0, to: caret };
	const file = /(?:^|\s)@([^\s@]*)$/.exec(before);
	if (file) return { kind: 'file', query: file[1]!, from: caret - file[1]!.length - 1, to: caret };
	return null;
}

/** The text with the choice in it, and where the caret goes. */
export function complete(text: string, { kind, from, to }: Completing, choice: string): [string, number] {
	const inserted = (kind === 'command' ? '/' : '@') + choice + ' ';
	return [text.slice(0, from) + inserted + text.slice(to).replace(/^ /, ''), from + inserted.length];
}
