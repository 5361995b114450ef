/* The REST side of Claude sessions, and of what programs ask: see api.ts for how requests and errors work. */

import type { Api } from './api.ts';
import type { ClaudeStatus, Conversation, PermissionAnswer, PermissionRow, SentImage, SlashCommand } from './claude.ts';

export class ClaudeApi {
	constructor(private readonly api: Api) {}

	/** Sends a message to the program; the same `uuid` again is stored once. */
	message(id: string, uuid: string, text: string, images: SentImage[]) {
		const json = { uuid, text, ...(images.length > 0 ? { images } : {}) };
		return this.api.send('POST', `sessions/${id}/message`, { json, timeoutMs: 60_000 });
	}

	/** The images of a message that was sent, as long as the program keeps it. */
	async images(id: string, message: string): Promise<SentImage[]> {
		const target = `sessions/${id}/images?message=${encodeURIComponent(message)}`;
		return (await this.api.json<{ items: SentImage[] }>('GET', target, { timeoutMs: 60_000 })).items;
	}

	interrupt(id: string) {
		return this.api.send('POST', `sessions/${id}/interrupt`, { json: {} });
	}

	setMode(id: string, mode: string) {
		return this.api.send('POST', `sessions/${id}/mode`, { json: { mode } });
	}

	setModel(id: string, model: string | null) {
		return this.api.send('POST', `sessions/${id}/model`, { json: { model } });
	}

	/** Withdraws a message that has not been begun. */
	cancelMessage(id: string, uuid: string) {
		return this.api.send('POST', `sessions/${id}/cancel`, { json: { uuid } });
	}

	async permissions(): Promise<PermissionRow[]> {
		return (await this.api.json<{ items: PermissionRow[] }>('GET', 'permissions?state=pending')).items;
	}

	answer(permission: string, answer: PermissionAnswer) {
		return this.api.json<PermissionRow>('POST', `permissions/${permission}`, { json: answer });
	}

	status(workspace?: string) {
		const query = new URLSearchParams(workspace ? { workspace } : {});
		return this.api.json<ClaudeStatus>('GET', `claude/status?${query}`);
	}

	async conversations(cwd: string, limit: number): Promise<Conversation[]> {
		const query = new URLSearchParams({ cwd, limit: `${limit}` });
		return (await this.api.json<{ items: Conversation[] }>('GET', `claude/history?${query}`)).items;
	}

	async slashCommands(cwd: string): Promise<SlashCommand[]> {
		const query = new URLSearchParams({ cwd });
		return (await this.api.json<{ items: SlashCommand[] }>('GET', `claude/commands?${query}`)).items;
	}

	async files(cwd: string, query: string): Promise<string[]> {
		const params = new URLSearchParams({ cwd, query });
		const { items } = await this.api.json<{ items: { path: string }[] }>('GET', `claude/files?${params}`);
		return items.map(({ path }) => path);
	}
}
