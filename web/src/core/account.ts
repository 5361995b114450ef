/* What the server tells of sign-ins, keys, people and the audit, as it tells it. Times: Unix ms. */

import type { User } from './types.ts';

/** A way to sign in. Which of them lead elsewhere, the answer to their beginning says. */
export interface Provider {
	name: string;
	label: string;
	/** Who one is there can belong to a person here. */
	links: boolean;
}

/** How a sign-in goes on that does not end at once: at another address, or on another device. */
export interface Begun {
	url?: string;
	device_code?: string;
	user_code?: string;
	verification_uri?: string;
	/** Seconds. */
	expires_in?: number;
	interval?: number;
}

/** What one proves with who one is: its members are those of the provider. */
export type Proof = { provider: string } & Record<string, string>;

/** A browser that is signed in. */
export interface Device {
	id: string;
	provider: string;
	address: string;
	agent: string;
	current: boolean;
	created_at: number;
	seen_at: number;
	expires_at: number;
}

export type Scope = 'read' | 'drive' | 'admin';
export const SCOPES: readonly Scope[] = ['read', 'drive', 'admin'];

/** `access`: for a person, to sign in with; `api`: for a program, in each request. */
export type KeyKind = 'api' | 'access';

export interface Key {
	id: string;
	kind: KeyKind;
	label: string;
	scope: Scope;
	created_at: number;
	last_used_at: number | null;
	expires_at: number | null;
}

export interface WantedKey {
	label: string;
	kind: KeyKind;
	scope?: Scope;
	/** Absent: it never ends. */
	days?: number;
}

/** Shown once. */
export interface NewKey {
	id: string;
	key: string;
}

export interface Identity {
	id: string;
	provider: string;
	name: string;
	created_at: number;
	seen_at: number;
}

/** A device that shows a code and waits. */
export interface WaitingDevice {
	client: string;
	address: string;
	agent: string;
	scope: Scope;
	created_at: number;
	expires_at: number;
}

export interface Pairing {
	url: string;
	expires_at: number;
}

export type Role = 'admin' | 'member' | 'viewer';
export const ROLES: readonly Role[] = ['admin', 'member', 'viewer'];

export interface Person extends User {
	created_at: number;
	disabled_at: number | null;
	seen_at: number | null;
}

export interface PersonChange {
	name?: string;
	role?: Role;
	disabled?: boolean;
}

export interface AuditLine {
	id: number;
	at: number;
	user: string;
	name: string;
	action: string;
	subject: string;
	address: string;
}

export interface AuditPage {
	items: AuditLine[];
	/** Asked for with `before`; null: that was the end. */
	next: number | null;
}

export interface AuditChain {
	lines: number;
	broken_at: number | null;
}

/** The letters of a user code as they are typed, in capitals and two groups of four. */
export function tidyUserCode(text: string): string {
	const letters = text.toUpperCase().replace(/[^A-Z]/g, '').slice(0, 8);
	return letters.length > 4 ? `${letters.slice(0, 4)}-${letters.slice(4)}` : letters;
}

/** True for eight consonants, as every user code has (RFC 8628, 6.1). */
export function isUserCode(text: string): boolean {
	return /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/.test(text);
}
