/*
 * Times as a person says them: relative up to a day, then absolute. A second counter would make
 * the page twitch, so the smallest step is a minute.
 */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export function ago(then: number, now: number): string {
	const passed = Math.max(0, now - then);
	if (passed < MINUTE) return 'now';
	if (passed < HOUR) return `${Math.floor(passed / MINUTE)} min`;
	if (passed < DAY) return `${Math.floor(passed / HOUR)} h`;
	const date = new Date(then);
	const sameYear = date.getFullYear() === new Date(now).getFullYear();
	return date.toLocaleDateString(undefined, {
		day: 'numeric',
		month: 'short',
		...(sameYear ? {} : { year: 'numeric' }),
	});
}

export function timeOfDay(then: number): string {
	return new Date(then).toLocaleTimeString(undefined, {
		hour: '2-digit',
		minute: '2-digit',
		hour12: false,
	});
}

/** How long something took: `0.4 s`, `12 s`, `3 min 5 s`, `1 h 2 min`. */
export function duration(ms: number): string {
	if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
	if (ms < MINUTE) return `${Math.floor(ms / 1000)} s`;
	if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ${Math.floor((ms % MINUTE) / 1000)} s`;
	return `${Math.floor(ms / HOUR)} h ${Math.floor((ms % HOUR) / MINUTE)} min`;
}

/** How long something has been going on: `0:42`, `1:05:00`. */
export function stopwatch(ms: number): string {
	const seconds = Math.max(0, Math.floor(ms / 1000));
	const two = (value: number) => `${value}`.padStart(2, '0');
	const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
	return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}
