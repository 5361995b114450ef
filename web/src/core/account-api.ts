/* The REST side of sign-ins, keys, people and the audit: see api.ts for how requests and errors work. */

import type {
	AuditChain,
	AuditPage,
	Begun,
	Device,
	Identity,
	Key,
	NewKey,
	Pairing,
	Person,
	PersonChange,
	Proof,
	Role,
	WaitingDevice,
	WantedKey,
} from './account.ts';
import type { Api } from './api.ts';
import type { User } from './types.ts';

export class AccountApi {
	constructor(private readonly api: Api) {}

	/** Signs in; the cookie comes with the answer. */
	async signIn(proof: Proof): Promise<User> {
		return (await this.api.json<{ user: User }>('POST', 'auth/login', { json: proof })).user;
	}

	begin(provider: string) {
		return this.api.json<Begun>('POST', 'auth/begin', { json: { provider } });
	}

	/** Begins to link who one is elsewhere. */
	link(provider: string) {
		return this.api.json<Begun>('POST', 'auth/link', { json: { provider } });
	}

	devices = () => this.#list<Device>('devices');
	keys = () => this.#list<Key>('keys');
	identities = () => this.#list<Identity>('identities');
	people = () => this.#list<Person>('people');

	revokeDevice(id: string) {
		return this.api.send('DELETE', `devices/${id}`);
	}

	/** Signs out everywhere but here; resolves to how many that were. */
	async revokeOthers(): Promise<number> {
		return (await this.api.json<{ count: number }>('DELETE', 'devices')).count;
	}

	newKey(wanted: WantedKey) {
		return this.api.json<NewKey>('POST', 'keys', { json: wanted });
	}

	revokeKey(id: string) {
		return this.api.send('DELETE', `keys/${id}`);
	}

	removeIdentity(id: string) {
		return this.api.send('DELETE', `identities/${id}`);
	}

	/** Who waits with this code. */
	waiting(user_code: string) {
		return this.api.json<WaitingDevice>('POST', 'auth/device/show', { json: { user_code } });
	}

	approve(user_code: string, scope: string) {
		return this.api.send('POST', 'auth/device/approve', { json: { user_code, scope } });
	}

	deny(user_code: string) {
		return this.api.send('POST', 'auth/device/deny', { json: { user_code } });
	}

	/** An address that signs in the one browser that opens it. */
	pair = () => this.api.json<Pairing>('POST', 'auth/pair', { json: {} });

	addPerson(name: string, role: Role) {
		return this.api.json<NewKey>('POST', 'people', { json: { name, role } });
	}

	changePerson(id: string, change: PersonChange) {
		return this.api.send('PATCH', `people/${id}`, { json: change });
	}

	/** Replaces the access keys of a person. */
	replaceKey(id: string) {
		return this.api.json<NewKey>('POST', `people/${id}/key`, { json: {} });
	}

	audit(query: { before?: number; person?: string; action?: string; limit: number }) {
		const given = Object.entries(query).filter(([, value]) => value);
		const params = new URLSearchParams(given.map(([name, value]) => [name, `${value}`]));
		return this.api.json<AuditPage>('GET', `audit?${params}`);
	}

	chain = () => this.api.json<AuditChain>('GET', 'audit/chain');

	async #list<T>(path: string): Promise<T[]> {
		return (await this.api.json<{ items: T[] }>('GET', path)).items;
	}
}
