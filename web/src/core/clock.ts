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
