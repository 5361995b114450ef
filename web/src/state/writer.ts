/*
 * The name of this tab in the log, where it says who decides the size of a terminal. It stays over
 * a reload of the tab, kept in the tab's own drawer, but only while the page is away: a copy of the
 * tab must not find it and believe that it is the same.
 */

import { randomId } from '../core/bytes.ts';
import { tabDrawer } from '../core/storage.ts';

export function tabWriter(): string {
	const writer = tabDrawer.take<string>('writer') ?? randomId();
	addEventListener('pagehide', () => tabDrawer.set('writer', writer));
	addEventListener('pageshow', () => tabDrawer.set('writer', null));
	return writer;
}
