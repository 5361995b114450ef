/* Opens the place in a file that a program has named, in the workspace that the file lies in. */

import { ApiError } from '../core/api.ts';
import { shownPath } from '../core/files.ts';
import { resolvePath, type LinkPlace } from '../core/text-form.ts';
import { strings } from '../strings.ts';
import type { App } from './app.svelte.ts';

const HOME = /^(?:\/home\/[^/]+|\/root)(?=\/|$)/;

export async function openPath(app: App, cwd: string, place: LinkPlace): Promise<void> {
	const whole = resolvePath(cwd, place.path, HOME.exec(cwd)?.[0] ?? '');
	const within = app.workspaces.current
		.filter(({ path }) => path === '/' || whole.startsWith(`${path}/`))
		.sort((a, b) => b.path.length - a.path.length)[0];
	if (!within) return app.notices.complain(strings.editor.nowhere(shownPath(whole)));
	const path = whole.slice(within.path === '/' ? 1 : within.path.length + 1);
	try {
		await app.files.api.info(within.id, path);
	} catch (error) {
		if (error instanceof ApiError && error.status === 404) {
			return app.notices.complain(strings.editor.notThere(shownPath(whole)));
		}
	}
	await app.files.openFile(within.id, path, { line: place.line, column: place.column });
}
