/* A file-editor session, for tests: asks for things and waits for what is told of them. */
import { createHash, randomUUID } from "node:crypto";
import { cleanup, until } from "./tap.mjs";

export const sha256 = bytes => createHash("sha256").update(bytes).digest("hex");

export class Editor {
	/** Follows a session that is there. */
	constructor(client, session) {
		Object.assign(this, { client, id: session.id, session });
		this.events = [];
		this.answers = new Map();
		this.viewer = client.viewer([session.id], { on: { event: event => this.take(event) } });
		cleanup(() => this.viewer.close());
	}

	/** Makes one. */
	static async start(client, workspace, options) {
		return new Editor(client, await client.create(null,
			{ kind: "file-editor", workspace, ...(options && { options }) }));
	}

	take(event) {
		this.events.push(event);
		const id = event.data?.op_id;
		if (id && this.answers.has(id))
			event.again = true;
		if (id)
			this.answers.set(id, event);
	}

	post(op, more = {}, id = randomUUID()) {
		return this.client.post(`api/sessions/${this.id}/op`, { id, op, ...more });
	}

	/** Asks; resolves to the event that answers. */
	async ask(op, more = {}) {
		const reply = await this.post(op, more);
		if (reply.status !== 202)
			throw new Error(`${op}: ${reply.summary} ${reply.body}`);
		const { id } = reply.json;
		await this.viewer.until(`${op} is answered`, () => this.answers.has(id), 30000);
		return this.answers.get(id);
	}

	/** The same, and it must have been done: the event's data. */
	async did(op, more) {
		const { type, data } = await this.ask(op, more);
		if (type !== "done")
			throw new Error(`${op} was ${type}: ${JSON.stringify(data)}`);
		return data;
	}

	/** The same, and it must be refused: the event's data. */
	async refused(op, more) {
		const { type, data } = await this.ask(op, more);
		if (type !== "refused")
			throw new Error(`${op} was ${type}: ${JSON.stringify(data)}`);
		return data;
	}

	/** The bytes of a content. */
	async content(hash) {
		const reply = await this.client.get(`api/sessions/${this.id}/content?sha256=${hash}`);
		if (reply.status !== 200)
			throw new Error(`content: ${reply.summary}`);
		return reply.body;
	}

	/** What the list of sessions says of a file. */
	async file(path) {
		return (await this.client.session(this.id)).editor.files.find(file => file.path === path);
	}

	/** Waits for an event of a channel that `fits`; its data. */
	async see(channel, fits) {
		let found;
		const find = () => found = this.events.find(event => event.channel === channel && fits(event.data));
		await this.viewer.until(`an event of ${channel}`, find, 10000);
		return found.data;
	}

	async ended() {
		return until("the editor has ended", async () =>
			(await this.client.session(this.id)).status === "exited");
	}
}
