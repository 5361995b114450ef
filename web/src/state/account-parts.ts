/* Which pages of the account are for the person: what the server would refuse is not offered. */

import { ACCOUNT_PARTS, type AccountPart } from '../core/router.ts';
import type { App } from './app.svelte.ts';

const ADMINISTRATORS: readonly AccountPart[] = ['people', 'audit'];

export function isForAdmins(part: AccountPart): boolean {
	return ADMINISTRATORS.includes(part);
}

export function accountParts({ isAdmin, signIn }: App): AccountPart[] {
	const byCode = signIn.ways.some(({ name }) => name === 'device');
	return ACCOUNT_PARTS.filter((part) => (isAdmin || !isForAdmins(part)) && (byCode || part !== 'device'));
}
