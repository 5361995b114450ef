/* The clipboard, for a person and for a program that asks. */

import { strings } from '../strings.ts';
import type { Notices } from './notices.svelte.ts';

export class Clipboard {
	constructor(private readonly notices: Notices) {}

	/** False when the browser did not let the page, which is said. */
	async copy(text: string): Promise<boolean> {
		try {
			await navigator.clipboard.writeText(text);
			return true;
		} catch {
			this.notices.complain(strings.errors.clipboard);
			return false;
		}
	}

	/** A program asks; where the browser wants to hear it from the person, a button asks again. */
	async copyForProgram(title: string, text: string): Promise<void> {
		try {
			await navigator.clipboard.writeText(text);
			this.notices.say(strings.terminal.copiedByProgram(title));
		} catch {
			this.notices.say(strings.terminal.offersCopy(title), {
				label: strings.terminal.allowCopy,
				run: () => void this.copy(text),
			});
		}
	}
}
