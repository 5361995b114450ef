/* The time for everything that says "2 min ago", moving once in ten seconds. */

const STEP_MS = 10_000;

export class Clock {
	now = $state(Date.now());

	constructor() {
		setInterval(() => {
			if (document.visibilityState === 'visible') this.now = Date.now();
		}, STEP_MS);
		document.addEventListener('visibilitychange', () => (this.now = Date.now()));
	}
}
