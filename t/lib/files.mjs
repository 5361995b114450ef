/* Workspaces and their files, for tests. */
import { realpathSync } from "node:fs";
import { newId } from "./client.mjs";

/** Notes a workspace at a directory that is there; its id. */
export function workspaceAt(d, path, user = "(SELECT id FROM user ORDER BY created_at LIMIT 1)") {
	const id = newId(), now = Date.now();
	d.sql("state", `INSERT INTO workspace (id, owner, name, path, position, created_at, updated_at)
		VALUES ('${id}', ${user}, 'Test', '${realpathSync(path)}', 1, ${now}, ${now});`);
	return id;
}

/** The path text of bytes. */
export function pathText(bytes) {
	let text = "";
	const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
	for (let i = 0; i < bytes.length;) {
		let size = 0;
		for (let n = 4; n >= 1 && !size; n--)
			try {
				const part = decoder.decode(bytes.subarray(i, i + n));
				if ([...part].length === 1 && !/[\0-\x1f\x7f\uef00-\uefff]/.test(part)) {
					text += part;
					size = Math.min(n, bytes.length - i);
				}
			} catch { /* longer or shorter */ }
		if (!size) {
			text += String.fromCodePoint(0xef00 + bytes[i]);
			size = 1;
		}
		i += size;
	}
	return text;
}

/** The files of one workspace, by REST. */
export class Files {
	constructor(client, workspace) {
		Object.assign(this, { client, workspace });
	}

	target(path, more = {}) {
		return `api/files?${new URLSearchParams({ workspace: this.workspace, path, ...more })}`;
	}

	get(path = "", more = {}, headers = {}) {
		return this.client.get(this.target(path, more), { headers });
	}

	/** Writes bytes; `expected` is an ETag, "*" for anything, null for nothing. */
	put(path, body, expected = null) {
		return this.client.request("PUT", this.target(path), { body, headers: {
			"content-type": "application/octet-stream",
			"content-length": Buffer.byteLength(body),
			...(expected ? { "if-match": expected } : { "if-none-match": "*" }),
		} });
	}

	op(op, more) {
		return this.client.post("api/files", { workspace: this.workspace, op, ...more });
	}

	remove(path) {
		return this.client.request("DELETE", this.target(path));
	}

	trash() {
		return this.client.get(`api/trash?workspace=${this.workspace}`);
	}

	/** The names in a directory, in order. */
	async names(path = "", more) {
		return (await this.get(path, more)).json.items.map(item => item.name);
	}
}
