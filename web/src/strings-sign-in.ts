/* The words of the set-up and of signing in; a part of strings.ts. */

export const seconds = (count: number) => (count === 1 ? '1 second' : `${count} seconds`);

export const setupStrings = {
	title: 'Set up Dispatch',
	lead: 'You are the first here and become its administrator.',
	name: 'Your name',
	nameHint: 'Shown to people you share this machine with.',
	submit: 'Continue',
	keyTitle: 'Save your access key',
	keyLead: 'It signs you in on any device. It is shown once and cannot be shown again.',
	key: 'Access key',
	copy: 'Copy',
	copied: 'Copied',
	saved: 'I saved it',
	starting: 'Starting your first shell…',
	needLink: 'Dispatch is not set up yet',
	needLinkText:
		'Open the setup link that the server printed when it started. It ends in #setup= and a code, works once and for ten minutes; then the server prints a new one.',
	needLinkWhere: 'It is in the terminal, or the log, of dispatch serve. From a shell on this machine, a key can be made instead:',
	needLinkWait: 'This page goes on by itself once somebody has set it up.',
};

export const signInStrings = {
	title: 'Sign in',
	key: 'Access key',
	hint: 'It begins with ak_ and was shown when you set up Dispatch, or given to you by an administrator.',
	submit: 'Sign in',
	show: 'Show key',
	hide: 'Hide key',
	again: 'You were signed out. Sign in to go on where you were.',
	linkUsed: 'This setup link was used already. Sign in with your access key.',
	lost: 'Lost your key?',
	lostText: 'Sign in another way, or ask an administrator for a new one. Who has a shell on this machine can make one:',
	lostCommand: 'dispatch key new --label "my key"',
	or: 'or',
	ways: 'Other ways to sign in',
	continueWith: (label: string) => `Continue with ${label}`,
	withDevice: 'Use a device that is signed in',
	limited: (left: number) => `There were too many failures. You can try again in ${seconds(left)}.`,
	wait: (left: number) => `Wait ${left} s`,
	lostWay: 'This sign-in was not begun in this browser. Begin again.',
	refusedThere: (label: string) => `${label} did not let you in, or you did not allow it. Begin again.`,
	elsewhere: (label: string) => `Going to ${label}…`,

	device: {
		lead: 'Scan this with a device that is signed in, or type the code there.',
		typeAt: (address: string) => `On it, open ${address}`,
		code: 'Code',
		qr: (code: string) => `QR code that opens the page for the code ${code}`,
		waiting: 'Waits for the other device',
		expired: 'Nobody answered in time. Get a new code to try again.',
		renew: 'New code',
		back: 'Other ways to sign in',
	},

	pairing: {
		title: 'Sign in on this device',
		lead: (host: string) => `Another device of yours lets this browser in at ${host}. The code works once.`,
		already: (name: string) => `You are signed in here as ${name}. This replaces that sign-in.`,
		submit: 'Sign in here',
		cancel: 'Do not sign in',
	},

	prove: {
		title: 'Is it you?',
		lead: 'This needs a fresh sign-in. Prove once more who you are; what you asked for is then done.',
		opened: (label: string) => `Go on in the window of ${label}. This goes on by itself.`,
		blocked: 'The browser did not open a window. Allow windows for this page and try again.',
		done: 'You are signed in',
		doneText: 'You can close this window and go on in the other one.',
	},
};
