/*
 * Where the person is, in the fragment of the address: it works under any prefix, never reaches a
 * server or its log, and needs no rewriting rule. `#/` is the list, `#/s/<id>` a session,
 * `#setup=<code>` the first run.
 */

export type Route =
	| { page: 'home' }
	| { page: 'session'; session: string }
	| { page: 'setup'; code: string };

const ID = /^[a-z2-7]{26}$/;

export function parseRoute(hash: string): Route {
	const text = hash.replace(/^#/, '');
	const setup = /^setup=([A-Za-z0-9_-]{1,128})$/.exec(text);
	if (setup) return { page: 'setup', code: setup[1]! };
	const session = /^\/s\/([^/]+)$/.exec(text)?.[1] ?? '';
	return ID.test(session) ? { page: 'session', session } : { page: 'home' };
}

export function formatRoute(route: Route): string {
	if (route.page === 'session') return `#/s/${route.session}`;
	if (route.page === 'setup') return `#setup=${route.code}`;
	return '#/';
}
