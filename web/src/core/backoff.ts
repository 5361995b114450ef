/*
 * How long to wait before trying again: the first retry comes at once (within 100 ms), later ones
 * ever more slowly up to a ceiling, each with jitter so that many clients of a restarted server do
 * not come back in step.
 */

const FIRST_MS = 100;
const CEILING_MS = 3000;

export function backoffMs(attempt: number, random: () => number = Math.random): number {
	if (attempt === 0) return random() * FIRST_MS;
	const full = Math.min(CEILING_MS, FIRST_MS * 2 ** attempt);
	return full / 2 + (random() * full) / 2;
}
