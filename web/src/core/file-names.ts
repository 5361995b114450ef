/* Names of files: which are good, and which to take when the one that is wanted is taken. */

/** Whether the server takes it for the name of one file. */
export function isGoodName(name: string): boolean {
	return name !== '' && name !== '.' && name !== '..' && !/[/\0]/.test(name);
}

/** Where the ending of a name begins, without a dot at its very beginning; its end when there is none. */
export function endingAt(name: string): number {
	const compound = /\.(tar\.(gz|xz|bz2|zst)|d\.ts)$/i.exec(name);
	const at = compound?.index ?? name.lastIndexOf('.');
	return at > 0 ? at : name.length;
}

/** The ending of a name, lower-case and without its dot; "" when there is none. */
export function endingOf(name: string): string {
	const at = name.lastIndexOf('.');
	return at > 0 ? name.slice(at + 1).toLowerCase() : '';
}

/** What its code may be written in: the ending, or the name where there is none, as Makefile. */
export function languageOf(path: string): string {
	const name = path.slice(path.lastIndexOf('/') + 1);
	return endingOf(name) || name.toLowerCase();
}

/** `a copy.txt`, `a copy 2.txt`, …: the first that is not taken. */
export function freeName(name: string, taken: (name: string) => boolean, copyOf: (name: string, n: number) => string): string {
	if (!taken(name)) return name;
	const at = endingAt(name);
	for (let number = 1; ; number++) {
		const candidate = copyOf(name.slice(0, at), number) + name.slice(at);
		if (!taken(candidate)) return candidate;
	}
}

/** Of several paths, those that do not lie in another one of them. */
export function outermost(paths: readonly string[]): string[] {
	const all = new Set(paths);
	return paths.filter((path) => {
		for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
			if (all.has(path.slice(0, at))) return false;
		}
		return true;
	});
}
