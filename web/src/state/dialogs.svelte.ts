/* What is open above the page: at most one thing, and who waits for its answer. */

export interface AskWords {
	title: string;
	label: string;
	submit: string;
}

export type OpenDialog =
	| { kind: 'palette'; files: boolean }
	| { kind: 'keys' }
	| { kind: 'new-workspace' }
	| { kind: 'environment' }
	| { kind: 'workspace'; id: string }
	| { kind: 'folder'; workspace: string; title: string; submit: string; answer: (path: string | null) => void }
	| { kind: 'new-claude'; cwd: string }
	| { kind: 'new-shell'; cwd: string; workspace?: string }
	| { kind: 'new-key'; onmade: () => void }
	| { kind: 'person'; name: string; key: string; onmade: () => void }
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

	open(kind: 'keys' | 'new-workspace' | 'environment'): void {
		this.#replace({ kind });
	}

	/** `files`: to find a file by its name, and nothing else. */
	palette(files = false): void {
		this.#replace({ kind: 'palette', files });
	}

	workspaceSettings(id: string): void {
		this.#replace({ kind: 'workspace', id });
	}

	/** Asks for a folder of a workspace; "" is the workspace itself. */
	folder(workspace: string, title: string, submit: string): Promise<string | null> {
		return new Promise((answer) => this.#replace({ kind: 'folder', workspace, title, submit, answer }));
	}

	newClaude(cwd: string): void {
		this.#replace({ kind: 'new-claude', cwd });
	}

	newShell(cwd: string, workspace?: string): void {
		this.#replace({ kind: 'new-shell', cwd, workspace });
	}

	newKey(onmade: () => void): void {
		this.#replace({ kind: 'new-key', onmade });
	}

	newPerson(onmade: () => void): void {
		this.#replace({ kind: 'person', name: '', key: '', onmade });
	}

	/** Shows a new key of a person, once. */
	showKey(name: string, key: string): void {
		this.#replace({ kind: 'person', name, key, onmade: () => {} });
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
		if (before?.kind === 'ask' || before?.kind === 'folder') before.answer(null);
		if (before?.kind === 'confirm') before.answer(false);
	}
}
