/* For tests: waits until something is so, however slow the machine is. */

import { setTimeout as wait } from 'node:timers/promises';

const LIMIT_MS = 10_000;

export async function until(holds: () => boolean): Promise<void> {
	const begun = Date.now();
	while (!holds()) {
		if (Date.now() - begun > LIMIT_MS) throw new Error(`it never came true: ${holds}`);
		await wait(2);
	}
}
