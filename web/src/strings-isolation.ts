/* The words for what sessions may reach. */

import type { Isolation, Reach } from './core/isolation.ts';

/* What a session was given beside its profile. */
interface Facts {
	own_processes?: boolean;
	network?: boolean;
	hosts?: readonly string[] | null;
}

export const isolationStrings = {
	label: 'Isolation',
	names: { open: 'Open', project: 'Project', 'read-only': 'Read-only', none: 'None' } satisfies Record<Isolation, string>,
	/** What each means, in a sentence below its choice. */
	hints: {
		open: 'Everything that is yours, but for Dispatch’s own data. No sudo.',
		project: 'Writes the workspace and caches; the rest is read-only, and your secrets are hidden. No sudo.',
		'read-only': 'Writes nothing but temporary files; your secrets are hidden. No sudo.',
		none: 'Everything that you may, Dispatch’s own data as well. Asks you to prove who you are.',
	} satisfies Record<Isolation, string>,
	usual: 'As set for the workspace',
	usualHint: 'What the workspace, or else the server, has set.',
	server: 'As set on the server',
	ownProcesses: 'Processes of its own',
	ownProcessesHint: 'It sees and signals no others; what it leaves in the background ends with it.',
	network: 'Network',
	reaches: { all: 'All hosts', hosts: 'These hosts', none: 'None' } satisfies Record<Exclude<Reach, ''>, string>,
	/** What each means, in a sentence below its choice. */
	reachHints: {
		'': 'What the workspace has set, or else all hosts.',
		all: 'Whatever this machine reaches.',
		hosts: 'Over a proxy that programs are told of: http, https, git over https. Not ssh.',
		none: 'Nothing but itself.',
	} satisfies Record<Reach, string>,
	hosts: 'Hosts',
	hostsHint: 'One in a line: a name, *.name for all below it, or an address; with :port, else for 80 and 443.',
	noHosts: 'Name a host.',
	notHost: (text: string) => `“${text}” is not a host.`,
	hostsPlaceholder: 'github.com\n*.npmjs.org\nregistry.example:8443',
	/** Without it Claude can say nothing. */
	claudeHosts: 'api.anthropic.com',
	apart: 'own processes',
	offline: 'no network',
	someHosts: (count: number) => (count === 1 ? '1 host' : `${count} hosts`),
	notIsolated: 'Not isolated',
	/** In the other profiles it is always so. */
	isApart: (profile: Isolation, { own_processes }: Facts) => profile === 'open' && own_processes === true,
	chip(profile: Isolation, facts: Facts): string {
		if (profile === 'none') return isolationStrings.notIsolated;
		const parts: string[] = [isolationStrings.names[profile]];
		if (isolationStrings.isApart(profile, facts)) parts.push(isolationStrings.apart);
		if (facts.hosts) parts.push(isolationStrings.someHosts(facts.hosts.length));
		else if (facts.network === false) parts.push(isolationStrings.offline);
		return parts.join(', ');
	},
	line(profile: Isolation, facts: Facts): string {
		if (profile === 'none') return isolationStrings.notIsolated;
		const { hosts } = facts;
		return `Isolation: ${isolationStrings.chip(profile, facts)}${hosts ? ` (${hosts.join(', ')})` : ''}`;
	},
	about: (profile: Isolation, { hosts, ...facts }: Facts) =>
		`Isolation: ${isolationStrings.names[profile]}. ${isolationStrings.hints[profile]}` +
		(isolationStrings.isApart(profile, facts) ? ` ${isolationStrings.ownProcesses}.` : '') +
		(hosts ? ` Reaches ${hosts.join(', ')} and no other host.` : ''),

	newShell: 'New shell with options…',
	shellTitle: 'New shell',
	directory: 'Directory',
	directoryHint: 'Where it begins. Absolute, or empty for the workspace.',
	start: 'Start',

	unavailable: 'Start without isolation?',
	/** With what the server said. */
	unavailableText: (detail: string) =>
		`${detail} Without isolation whatever runs in the session can read and change Dispatch’s own data, ` +
		'such as who may sign in.',
	startWithout: 'Start without isolation',

	shellDefault: 'Isolation of shells',
	shellProcesses: 'Shells have processes of their own',
	shellNetwork: 'Network of shells',
	shellHosts: 'Hosts of shells',
	claudeDefault: 'Isolation of Claude',
	claudeProcesses: 'Claude has processes of its own',
	claudeNetwork: 'Network of Claude',
	claudeHostsLabel: 'Hosts of Claude',
};
