/* What a session may reach of the machine. The server decides what each profile means. */

export const profiles = ['open', 'project', 'read-only', 'none'] as const;

export type Isolation = (typeof profiles)[number];

export interface IsolationOptions {
	isolation?: Isolation;
	/** Processes and terminals; true wherever it is neither open nor none. */
	own_processes?: boolean;
	/** False: only loopback. */
	network?: boolean;
	/** All that it reaches: names, *.name, addresses, each with a port or not. */
	hosts?: string[];
}

/** What a session reaches of the network; '': what is usual. */
export type Reach = '' | 'all' | 'hosts' | 'none';

/** A list as it is typed: one in a line, or with spaces or commas between. */
export function hostsOf(text: string): string[] {
	return [...new Set(text.split(/[\s,]+/).filter(Boolean))];
}

/* The server reads them more closely. */
const host = /^((\*\.)?[\w-]+(\.[\w-]+)*\.?|\[[\da-f:.]+\])(:\d{1,5})?$/i;

/** The first of a list that cannot be a host. */
export const notHost = (hosts: readonly string[]) => hosts.find((one) => !host.test(one));

export function networkOptions(reach: Reach, hosts: string): Pick<IsolationOptions, 'network' | 'hosts'> {
	if (reach === 'hosts') return { hosts: hostsOf(hosts) };
	return reach ? { network: reach === 'all' } : {};
}

export function reachOf({ network, hosts }: IsolationOptions): Reach {
	if (hosts) return 'hosts';
	return network === undefined ? '' : network ? 'all' : 'none';
}

/** Said where it can be chosen; what was set stays where the profile is not chosen either. */
export function processOptions(
	isolation: Isolation | '',
	own: boolean,
	set: IsolationOptions = {},
): Pick<IsolationOptions, 'own_processes'> {
	if (isolation === 'open') return { own_processes: own };
	return isolation || set.own_processes === undefined ? {} : { own_processes: set.own_processes };
}

/** The code of a server that cannot isolate although it should. */
export const UNAVAILABLE = 'session.isolation_unavailable';

/** The options of the same session without isolation. */
export function without<T extends IsolationOptions>(options: T | undefined): T {
	const { own_processes: _, network: __, hosts: ___, ...rest } = { ...options } as T;
	return { ...rest, isolation: 'none' } as T;
}
