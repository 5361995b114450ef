/* What the menu over the composer offers while a command or the name of a file is being written. */

import type { SlashCommand } from '../../../core/claude.ts';
import { fuzzyScore } from '../../../core/fuzzy.ts';
import { plainLine } from '../../../core/text.ts';
import type { App } from '../../../state/app.svelte.ts';
import type { ClaudeView } from '../view.svelte.ts';
import { complete, completingAt, type Completing } from './suggest.ts';

export interface Choice {
	value: string;
	/** What it does. */
	detail?: string;
	/** What may follow it. */
	hint?: string;
}

const MOST_CHOICES = 50;

export class Completion {
	current = $state.raw<Completing | null>(null);
	#chosen = $state(0);
	#commands = $state.raw<SlashCommand[] | null>(null);
	#files = $state.raw<string[]>([]);
	/** Whether the server completes the names of files. */
	knowsFiles = $state(false);

	choices = $derived<Choice[]>(this.#offered());
	at = $derived(Math.min(this.#chosen, this.choices.length - 1));

	constructor(
		private readonly app: App,
		private readonly view: ClaudeView,
	) {
		void this.#loadFiles('');
	}

	/** The text or the place of the caret has changed; `caret` is null while text is selected. */
	follow(text: string, caret: number | null): void {
		const before = this.current;
		this.current = caret === null ? null : completingAt(text, caret);
		const { kind, query } = this.current ?? {};
		if (query === before?.query && kind === before?.kind) return;
		this.#chosen = 0;
		if (kind === 'command' && !this.#commands) void this.#loadCommands();
		if (kind === 'file') void this.#loadFiles(query!);
	}

	close(): void {
		this.current = null;
	}

	move(step: number): void {
		this.#chosen = (this.at + step + this.choices.length) % this.choices.length;
	}

	/** The text with the choice in it and the new place of the caret. */
	take(text: string, choice: Choice | undefined): [string, number] | null {
		if (!this.current || !choice) return null;
		const taken = complete(text, this.current, choice.value);
		this.close();
		return taken;
	}

	#offered(): Choice[] {
		if (!this.current) return [];
		if (this.current.kind === 'file') return this.#files.map((value) => ({ value }));
		const { query } = this.current;
		const scored = (this.#commands ?? [])
			.map((command) => ({ command, score: fuzzyScore(query, command.name) }))
			.filter(({ score }) => score >= 0);
		if (query) scored.sort((a, b) => b.score - a.score);
		return scored.slice(0, MOST_CHOICES).map(({ command: { name, description, argument_hint } }) => {
			return { value: name, detail: plainLine(description, 200), hint: argument_hint };
		});
	}

	async #loadCommands(): Promise<void> {
		this.#commands = this.view.facts.commands ?? [];
		try {
			const known = await this.app.claude.slashCommands(this.#cwd);
			if (known.length > 0) this.#commands = known;
		} catch {
			/* those that the session has told are there */
		}
	}

	async #loadFiles(query: string): Promise<void> {
		const found = await this.app.claude.files(this.#cwd, query).catch(() => null);
		if (found) this.knowsFiles = true;
		if (this.current?.kind === 'file' && this.current.query === query) this.#files = found ?? [];
	}

	get #cwd(): string {
		return this.view.session?.cwd ?? '';
	}
}
