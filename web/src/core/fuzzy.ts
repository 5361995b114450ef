/*
 * Matching for the palette: the letters of the query in order, anywhere in the text. A match scores
 * higher when letters stand together and at the start of words.
 */

/** Higher is better; -1 when the text does not match. */
export function fuzzyScore(query: string, text: string): number {
	const wanted = query.toLowerCase().replace(/\s+/g, '');
	const within = text.toLowerCase();
	let score = 0;
	let at = -1;
	for (const letter of wanted) {
		const next = within.indexOf(letter, at + 1);
		if (next < 0) return -1;
		if (next === at + 1) score += 3;
		if (next === 0 || /[\s/_.-]/.test(within[next - 1]!)) score += 2;
		score -= Math.min(3, (next - at - 1) * 0.1);
		at = next;
	}
	return score - within.length * 0.01 < 0 ? 0 : score - within.length * 0.01;
}
