/* The words of tunnels; a part of strings.ts. */

import { timeOfDay } from './core/clock.ts';
import type { TunnelState } from './core/tunnels.ts';

export const tunnelStrings = {
	title: 'Tunnels',
	lead: 'Reach this machine from anywhere. Whoever signs in has a shell here, so open a tunnel only for as long as you need it.',
	forbidden: 'Tunnels are switched off for this server. Whoever runs it can allow them with the setting tunnel.allowed.',
	adminOnly: 'Only an administrator can open and close tunnels.',
	close: 'Close this page',
	none: 'No tunnel is known to this server.',

	about: {
		localtunnel: 'A public address for this server, from localtunnel or a server of your own.',
		vscode: 'This machine in VS Code and on vscode.dev, for your GitHub or Microsoft account.',
		cloudflared: 'A public address for this server, from Cloudflare, without an account.',
		tailscale: 'An address in your own Tailscale network, or with Funnel for everybody.',
	} as Record<string, string>,

	states: {
		off: 'Off',
		starting: 'Opening…',
		login: 'Waits for your sign-in',
		open: 'Open',
		retrying: 'Trying again',
		failed: 'Failed',
	} satisfies Record<TunnelState, string>,
	unregistering: 'Removing from the account…',
	since: (when: string) => (when === 'now' ? 'just now' : `since ${when}`),
	ends: (at: number) => `closes at ${timeOfDay(at)}`,
	again: (at: number, tries: number) => `attempt ${tries + 1} at ${timeOfDay(at)}`,

	open: (title: string) => `Open ${title}`,
	openShort: 'Open',
	closeShort: 'Close',
	closing: (title: string) => `Close ${title}`,
	publicMark: 'public',

	address: 'Address',
	copy: 'Copy the address',
	copied: 'Copied',
	qr: 'Show a QR code',
	qrOf: (url: string) => `QR code of ${url}`,
	inBrowser: 'Open in browser',
	inEditor: 'Open in VS Code',
	healthy: 'It answers at this address.',
	unhealthy: (why: string) => `It does not answer at this address. ${why}`,

	login: {
		title: 'Sign in to go on',
		step1: 'Open this page, on any device:',
		step2: 'Enter this code:',
		visit: 'Visit this page and allow it:',
		open: 'Open the page',
		copyCode: 'Copy the code',
		left: (time: string) => `The code ends in ${time}.`,
		over: 'The code has ended. A new one comes by itself.',
	},

	status: {
		ask: 'Ask the program',
		none: 'No tunnel of this machine is open.',
		connected: (name: string) => `Connected as ${name}.`,
		apart: (name: string) => `${name} is not connected.`,
	},

	lines: 'What it said last',
	noLines: 'It has not said anything yet.',

	settings: {
		title: 'Settings',
		next: 'They count from the next time it is opened.',
		program: 'Program',
		programHint: (name: string) => `Empty: ${name}, found in the PATH`,
		boot: 'Open when the machine starts',
		minutes: 'Closes after minutes',
		minutesHint: (isPublic: boolean) => (isPublic ? 'Empty: 480' : 'Empty: never'),
		port: 'Port of this machine',
		localHost: 'Host it leads to',
		localHostHint: 'Empty: this machine',
		https: 'It speaks HTTPS there',
		host: 'Server of localtunnel',
		hostHint: 'Empty: https://localtunnel.me',
		subdomain: 'Name in the address',
		subdomainHint: 'Empty: one by chance',
		name: 'Name of this machine',
		nameHint: 'Empty: its host name',
		folder: 'Folder to open',
		folderHint: 'Empty: none',
		provider: 'Sign in with',
		providers: { github: 'GitHub', microsoft: 'Microsoft' } as Record<string, string>,
		mode: 'Who reaches it',
		modes: { serve: 'My own network', funnel: 'Everybody' } as Record<string, string>,
		save: 'Save',
		saved: 'Saved',
		unregister: 'Remove from the account…',
		unregisterTitle: 'Remove this machine from the account?',
		unregisterText: 'The tunnel is closed and its name becomes free. You can open it again later.',
		unregisterSubmit: 'Remove',
	},

	banner: {
		label: (title: string) => `${title} open to the internet`,
		text: 'This server can be reached by everybody at',
		until: (at: number) => `until ${timeOfDay(at)}`,
		show: 'Tunnels',
		close: 'Close it',
	},
};
