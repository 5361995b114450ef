/* The REST side of tunnels: see api.ts for how requests and errors work. */

import type { Api } from './api.ts';
import type { TunnelInfo, TunnelLine, TunnelSettings, TunnelStatus } from './tunnels.ts';

export type TunnelOrder = 'start' | 'stop' | 'unregister';

export class TunnelsApi {
	constructor(private readonly api: Api) {}

	list() {
		return this.api.json<{ items: TunnelInfo[]; allowed: boolean }>('GET', 'tunnels');
	}

	set(kind: string, settings: TunnelSettings) {
		return this.api.json<TunnelInfo>('PUT', `tunnels/${kind}`, { json: { settings } });
	}

	order(kind: string, order: TunnelOrder) {
		return this.api.json<TunnelInfo>('POST', `tunnels/${kind}/${order}`);
	}

	status(kind: string) {
		return this.api.json<TunnelStatus>('GET', `tunnels/${kind}/status`);
	}

	async lines(kind: string): Promise<TunnelLine[]> {
		return (await this.api.json<{ items: TunnelLine[] }>('GET', `tunnels/${kind}/log`)).items;
	}
}
