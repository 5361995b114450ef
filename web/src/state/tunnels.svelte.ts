/* The tunnels of this server, as it last told. An event says that there is news; the list is read. */

import type { SystemEvent } from '../core/types.ts';
import type { TunnelInfo, TunnelSettings } from '../core/tunnels.ts';
import type { TunnelOrder, TunnelsApi } from '../core/tunnels-api.ts';

export class Tunnels {
	all = $state.raw<TunnelInfo[]>([]);
	/** An administrator may have switched them off for the whole server. */
	allowed = $state(true);
	loaded = $state(false);

	/** Those through which anybody reaches this server now. */
	exposed = $derived(this.all.filter((one) => one.public && one.state === 'open' && one.url));

	#asked = 0;

	constructor(readonly api: TunnelsApi) {}

	/** The newest question counts: its answer is the newest, too. */
	async load(): Promise<void> {
		const asked = ++this.#asked;
		const { items, allowed } = await this.api.list();
		if (asked !== this.#asked) return;
		this.all = items;
		this.allowed = allowed;
		this.loaded = true;
	}

	apply(event: SystemEvent): void {
		if (event.channel === 'tunnel') void this.load().catch(() => {});
	}

	async order(kind: string, order: TunnelOrder): Promise<void> {
		await this.#put(await this.api.order(kind, order));
	}

	async set(kind: string, settings: TunnelSettings): Promise<void> {
		await this.#put(await this.api.set(kind, settings));
	}

	/* The answer may be older than the news that came while it was on its way: the list is read. */
	async #put(info: TunnelInfo): Promise<void> {
		this.all = this.all.map((one) => (one.kind === info.kind ? info : one));
		await this.load();
	}
}
