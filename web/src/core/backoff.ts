/*
 * How long to wait before trying again. The first second is for a server that restarts: about ten
 * tries a second, the first at once. After that the waits double up to a ceiling. All of them are
 * jittered, so that many clients of one server do not come back in step.
 */

const QUICK_MS = 100;
const QUICK_TRIES = 8;
const CEILING_MS = 3000;

export function backoffMs(attempt: number, random: () => number = Math.random): number {
	if (attempt === 0) return random() * QUICK_MS;
	const full = Math.min(CEILING_MS, QUICK_MS * 2 ** Math.max(0, attempt - QUICK_TRIES + 1));
	return full / 2 + (random() * full) / 2;
}
