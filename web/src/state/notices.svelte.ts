/*
 * Things worth a sentence that need no answer now. They stand in the status bar, one at a time, and
 * never cover the terminal. The last one wins; one that offers an action stays until dismissed.
 */

export interface Notice {
	text: string;
	tone: 'plain' | 'bad';
	action?: { label: string; run: () => void };
}

const SHOWN_MS = 8000;

export class Notices {
	current = $state.raw<Notice | null>(null);
	#timer: ReturnType<typeof setTimeout> | undefined;

	say(text: string, action?: Notice['action']): void {
		this.#show({ text, tone: 'plain', action });
	}

	complain(text: string, action?: Notice['action']): void {
		this.#show({ text, tone: 'bad', action });
	}

	dismiss(): void {
		clearTimeout(this.#timer);
		this.current = null;
	}

	#show(notice: Notice): void {
		clearTimeout(this.#timer);
		this.current = notice;
		if (!notice.action) this.#timer = setTimeout(() => (this.current = null), SHOWN_MS);
	}
}
