/* Which language a file is in, by its name; each is a file of its own, fetched when it is used. */

import { LanguageDescription } from '@codemirror/language';
import { languages } from '@codemirror/language-data';

const ALIASES: [RegExp, string][] = [
	[/\.svelte$/, 'Vue'],
	[/(^|\/)(GNU)?[Mm]akefile[^/]*$|\.(mk|am)$/, 'CMake'],
	[/\.(t|mjs|cjs)$/, 'JavaScript'],
	[/\.(ac|m4|bash|zsh|service|env)$|(^|\/)\.(bashrc|profile|zshrc|envrc)$/, 'Shell'],
	[/\.(conf|ini|cfg|editorconfig|desktop)$|(^|\/)\.(gitconfig|npmrc)$/, 'Properties files'],
];

/** Null: plain text. */
export function languageOfFile(path: string): LanguageDescription | null {
	const name = path.slice(path.lastIndexOf('/') + 1);
	const found = LanguageDescription.matchFilename(languages, name);
	if (found) return found;
	const alias = ALIASES.find(([pattern]) => pattern.test(path))?.[1];
	return alias ? (languages.find((language) => language.name === alias) ?? null) : null;
}
