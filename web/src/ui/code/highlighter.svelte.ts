/*
 * The colours of code. The grammars are a file of their own, fetched when the first code is shown;
 * until then, and where there is no grammar or too much text, code is plain.
 */

export interface Run {
	text: string;
	/** What it is, in the few words that have a colour; null: plain. */
	name: string | null;
}

type Highlight = (text: string, language: string) => Run[] | null;

const MOST_CHARACTERS = 60_000;

class Highlighter {
	#highlight = $state.raw<Highlight | null>(null);
	#asked = false;

	/** `language`: a name or the ending of a file. */
	runs(text: string, language: string): Run[] {
		if (!language || text.length > MOST_CHARACTERS) return [{ text, name: null }];
		if (!this.#highlight) this.#load();
		return this.#highlight?.(text, language) ?? [{ text, name: null }];
	}

	#load(): void {
		if (this.#asked) return;
		this.#asked = true;
		import('./grammars.ts').then(({ highlight }) => (this.#highlight = highlight), () => {});
	}
}

export const highlighter = new Highlighter();
