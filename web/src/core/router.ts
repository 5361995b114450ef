/*
 * Where the person is, in the fragment of the address: it works under any prefix, never reaches a
 * server or its log, and needs no rewriting rule. `#/` is the list, `#/s/<id>` a session,
 * `#/w/<workspace>/<kind>` a place of a workspace, `#/tunnels` the ways in from elsewhere, `#/account`
 * and its neighbours the pages of who may come in, `#setup=<code>` the first run, `#pair=<code>` a
 * device that is let in. Any other leads nowhere, which the page says.
 */

import { isUserCode } from './account.ts';
import { ID, makePlace, type Place } from './places.ts';

/** The pages of who may come in. */
export const ACCOUNT_PARTS = ['account', 'pair', 'device', 'people', 'audit'] as const;
export type AccountPart = (typeof ACCOUNT_PARTS)[number];

export type Route =
	| { page: 'home' }
	| { page: 'session'; session: string }
	| { page: 'place'; place: Place }
	| { page: 'tunnels' }
	/** `about`: the code that a device shows, or the person whose acts the audit shows. */
	| { page: 'account'; part: AccountPart; about?: string }
	| { page: 'pairing'; code: string }
	| { page: 'setup'; code: string }
	| { page: 'nowhere'; address: string };

export function parseRoute(hash: string): Route {
	const text = hash.replace(/^#/, '');
	const setup = /^setup=([A-Za-z0-9_-]{1,128})$/.exec(text);
	if (setup) return { page: 'setup', code: setup[1]! };
	if (text === '/tunnels') return { page: 'tunnels' };
	const pairing = /^pair=([A-Za-z0-9_-]{1,128})$/.exec(text);
	if (pairing) return { page: 'pairing', code: pairing[1]! };
	const [, about = '', name = ''] = /^\/(device|audit)\/([^/]+)$/.exec(text) ?? [];
	if (about === 'device' && isUserCode(name)) return { page: 'account', part: 'device', about: name };
	if (about === 'audit' && ID.test(name)) return { page: 'account', part: 'audit', about: name };
	const part = ACCOUNT_PARTS.find((one) => text === `/${one}`);
	if (part) return { page: 'account', part };
	const [, workspace = '', kind = ''] = /^\/w\/([^/]+)\/([^/]+)$/.exec(text) ?? [];
	const place = makePlace(kind, workspace);
	if (place) return { page: 'place', place };
	const session = /^\/s\/([^/]+)$/.exec(text)?.[1] ?? '';
	if (ID.test(session)) return { page: 'session', session };
	return text === '' || text === '/' ? { page: 'home' } : { page: 'nowhere', address: text };
}

export function formatRoute(route: Route): string {
	if (route.page === 'session') return `#/s/${route.session}`;
	if (route.page === 'place') return `#/w/${route.place.workspace}/${route.place.kind}`;
	if (route.page === 'tunnels') return '#/tunnels';
	if (route.page === 'account') return `#/${route.part}${route.about ? `/${route.about}` : ''}`;
	if (route.page === 'pairing') return `#pair=${route.code}`;
	if (route.page === 'setup') return `#setup=${route.code}`;
	if (route.page === 'nowhere') return `#${route.address}`;
	return '#/';
}
