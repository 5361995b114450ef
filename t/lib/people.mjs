/*
 * People with every kind of credential, good and ended, written straight into state.db; so
 * that tests need not wait until something expires.
 */
import { createHash } from "node:crypto";
import { newId } from "./client.mjs";

const hash = secret => `x'${createHash("sha256").update(secret).digest("hex")}'`;
const quote = value => value === null ? "NULL" : typeof value === "number" ? `${value}`
	: value.startsWith("x'") ? value : `'${value}'`;
const insert = (table, row) =>
	`INSERT INTO ${table} (${Object.keys(row)}) VALUES (${Object.values(row).map(quote)});`;

const day = 24 * 3600 * 1000;

/** Collects rows and stores them at once. */
export class People {
	constructor(d) {
		Object.assign(this, { d, statements: [] });
	}

	store() {
		this.d.sql("state", `BEGIN; ${this.statements.splice(0).join("\n")} COMMIT;`);
	}

	/** A new person; returns their id. */
	person(name, role, { disabled = false } = {}) {
		const id = newId(), now = Date.now();
		this.statements.push(insert("user", { id, name, role, created_at: now,
			disabled_at: disabled ? now : null }));
		return id;
	}

	/** Headers with a new API key of a person: {scope, expires_at, revoked}. */
	key(user, { scope = "admin", expires_at = null, revoked = false } = {}) {
		const id = newId(), secret = newId() + newId(), now = Date.now();
		this.statements.push(insert("credential", { id, user, kind: "api", label: "test",
			hash: hash(secret), created_at: now, revoked_at: revoked ? now : null, scope,
			expires_at }));
		return { authorization: `Bearer dk_${id}_${secret}` };
	}

	/** Headers with the cookie of a new sign-in: {fresh, age (ms), rested (ms), revoked}. */
	cookie(user, { fresh = true, age = 0, rested = 0, revoked = false } = {}) {
		const token = newId() + newId(), now = Date.now();
		this.statements.push(insert("auth_session", { token: hash(token), id: newId(), user,
			provider: "access-key", created_at: now - age, fresh_at: fresh ? now : 0,
			seen_at: now - rested, expires_at: now - age + 30 * day, address: "127.0.0.1",
			agent: "test", revoked_at: revoked ? now : null }));
		return { cookie: `dispatch=${token}` };
	}
}
