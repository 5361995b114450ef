/* What the server tells of tunnels: programs that make this machine reachable from elsewhere. */

export type TunnelState = 'off' | 'starting' | 'login' | 'open' | 'retrying' | 'failed';

export interface TunnelSettings {
	program?: string;
	start_at_boot?: boolean;
	/** After which it closes; 0: as long as the server allows. */
	minutes?: number;
	port?: number;
	local_host?: string;
	https?: boolean;
	host?: string;
	subdomain?: string;
	name?: string;
	folder?: string;
	provider?: string;
	mode?: string;
}

export interface TunnelInfo {
	kind: string;
	title: string;
	default_program: string;
	state: TunnelState;
	/** Anybody can reach its address. */
	public: boolean;
	/** What goes on is that its name is given up. */
	unregistering: boolean;
	url: string | null;
	/** Opens the same in the program that it is made for. */
	editor_url: string | null;
	login: { url: string; code: string | null; expires_at: number } | null;
	since: number;
	ends_at: number | null;
	retry_at: number | null;
	tries: number;
	error: { code: string; detail: string } | null;
	health: { at: number; problem: string | null } | null;
	settings: TunnelSettings;
}

export interface TunnelLine {
	n: number;
	at: number;
	text: string;
}

/** What the program itself says. */
export interface TunnelStatus {
	running: boolean;
	connected: boolean;
	name: string | null;
	problem: string | null;
}

/** Whether its program runs, or is about to. */
export function isWanted({ state }: TunnelInfo): boolean {
	return state !== 'off' && state !== 'failed';
}

/** What is left of a time, as `14:59`; `0:00` when it is over. */
export function countdown(until: number, now: number): string {
	const seconds = Math.max(0, Math.ceil((until - now) / 1000));
	return `${Math.floor(seconds / 60)}:${`${seconds % 60}`.padStart(2, '0')}`;
}
