/*
 * What a tab can show beside a session: a view of a workspace, which has no program of its own. A
 * tab is named by one string, its key: the id of a session, or `<kind>:<workspace>` of a place.
 */

const KINDS = ['files', 'git', 'search'] as const;

export type PlaceKind = (typeof KINDS)[number];

export interface Place {
	kind: PlaceKind;
	workspace: string;
}

export const ID = /^[a-z2-7]{26}$/;

export function placeKey({ kind, workspace }: Place): string {
	return `${kind}:${workspace}`;
}

/** The place of a kind and a workspace as they stand in a key or an address; null: there is none. */
export function makePlace(kind: string, workspace: string): Place | null {
	const known = KINDS.find((one) => one === kind);
	return known && ID.test(workspace) ? { kind: known, workspace } : null;
}

/** The place that a key names; null when it names a session, or nothing. */
export function parsePlace(key: string | null): Place | null {
	const [kind = '', workspace = '', ...more] = (key ?? '').split(':');
	return more.length > 0 ? null : makePlace(kind, workspace);
}
