/* The words for what sessions may reach. */

import type { Isolation, Reach } from './core/isolation.ts';

interface Network {
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
	offline: 'no network',
	someHosts: (count: number) => (count === 1 ? '1 host' : `${count} hosts`),
	notIsolated: 'Not isolated',
	chip(profile: Isolation, { network, hosts }: Network): string {
		if (profile === 'none') return isolationStrings.notIsolated;
		const name = isolationStrings.names[profile];
		if (hosts) return `${name}, ${isolationStrings.someHosts(hosts.length)}`;
		return network === false ? `${name}, ${isolationStrings.offline}` : name;
	},
	line(profile: Isolation, { network, hosts }: Network): string {
		if (profile === 'none') return isolationStrings.notIsolated;
		const chip = isolationStrings.chip(profile, { network, hosts });
		return `Isolation: ${chip}${hosts ? ` (${hosts.join(', ')})` : ''}`;
	},
	about: (profile: Isolation, { hosts }: Network) =>
		`Isolation: ${isolationStrings.names[profile]}. ${isolationStrings.hints[profile]}` +
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
	shellNetwork: 'Network of shells',
	shellHosts: 'Hosts of shells',
	claudeDefault: 'Isolation of Claude',
	claudeNetwork: 'Network of Claude',
	claudeHostsLabel: 'Hosts of Claude',
};
