/* What is open above the page: at most one thing, and who waits for its answer. */

export interface AskWords {
	title: string;
	label: string;
	submit: string;
}

export type OpenDialog =
	| { kind: 'palette' }
	| { kind: 'keys' }
	| { kind: 'new-claude'; cwd: string }
	| { kind: 'ask'; value: string; words: AskWords; answer: (value: string | null) => void }
	| {
			kind: 'confirm';
			title: string;
			text: string;
			submit: string;
			danger: boolean;
			answer: (sure: boolean) => void;
	  };

export class Dialogs {
	current = $state.raw<OpenDialog | null>(null);

	open(kind: 'palette' | 'keys'): void {
		this.#replace({ kind });
	}

	newClaude(cwd: string): void {
		this.#replace({ kind: 'new-claude', cwd });
	}

	/** Asks for one line of text. */
	ask(value: string, words: AskWords): Promise<string | null> {
		return new Promise((answer) => this.#replace({ kind: 'ask', value, words, answer }));
	}

	confirm(title: string, text: string, submit: string, danger = true): Promise<boolean> {
		return new Promise((answer) => {
			this.#replace({ kind: 'confirm', title, text, submit, danger, answer });
		});
	}

	/** Closing without an answer is "no". */
	close(): void {
		this.#replace(null);
	}

	#replace(next: OpenDialog | null): void {
		const before = this.current;
		this.current = next;
		if (before?.kind === 'ask') before.answer(null);
		if (before?.kind === 'confirm') before.answer(false);
	}
}
