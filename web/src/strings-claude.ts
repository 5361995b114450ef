/* The words of Claude sessions; a part of strings.ts. */

import type { PermissionRow, Suggestion } from './core/claude.ts';
import { duration, timeOfDay } from './core/clock.ts';

export const claudeStrings = {
	name: 'Claude',
	label: (title: string) => `Conversation of ${title}`,
	messages: 'Messages',
	loadingOlder: 'Loading what is older',
	atStart: 'Loading the conversation',
	jumpToLive: 'Jump to live',
	jumpToEnd: 'Jump to the end',
	jumpToQuestion: 'Claude waits for you',
	jumpToQuestions: (count: number) => `${count} questions wait for you`,
	gap: 'What was here is no longer in the log',

	wants: wantedText,
	you: 'you',

	start: {
		title: 'What shall Claude do?',
		where: (path: string) => `In ${path}`,
		past: 'Or go on with a past conversation',
		searching: 'Looking for past conversations…',
		open: 'Open in Dispatch',
		messages: (count: number) => (count === 1 ? '1 message' : `${count} messages`),
		more: 'Show more',
	},

	composer: {
		label: 'Message to Claude',
		placeholder: 'Say what to do. / for commands',
		placeholderFiles: 'Say what to do. / for commands, @ for files',
		next: 'Say what to do next',
		waiting: 'Answer above, or say what to do next',
		ended: 'Say what to do to go on',
		send: 'Send',
		stop: 'Stop',
		stopHint: 'Stop what Claude does',
		attach: 'Attach images',
		removeImage: (name: string) => `Remove ${name}`,
		image: 'image',
		dropHere: 'Drop images to attach them',
		notImage: (name: string) => `${name} is no PNG, JPEG, GIF or WebP image.`,
		tooManyImages: (most: number) => `A message takes ${most} images at most.`,
		tooLarge: 'The images of one message may have 12 MB together.',
		tooLong: 'A message may have 1 MB of text.',
		commands: 'Commands',
		files: 'Files',
		noFile: 'No file matches',
	},

	queue: {
		title: (count: number) => (count === 1 ? 'Sent next' : `Sent next, ${count}`),
		cancel: 'Do not send',
		sending: 'Sending…',
		waiting: 'Waits for the connection',
		refused: (reason: string) => `Not sent. ${reason}`,
		edit: 'Edit',
		discard: 'Discard',
		again: 'Send again',
	},

	model: {
		label: 'Model',
		unknown: 'default model',
		byDefault: 'Default',
		other: 'Another model…',
		otherTitle: 'Another model',
		otherLabel: 'Name or id of the model',
		otherSubmit: 'Use this model',
	},

	mode: {
		label: 'Permissions',
		unknown: 'permissions',
		names: {
			default: 'Ask first',
			acceptEdits: 'Edit freely',
			plan: 'Plan first',
			dontAsk: 'Never ask, deny',
			auto: 'Decide itself',
			bypassPermissions: 'Never ask, allow',
		} as Record<string, string>,
		hints: {
			default: 'Asks before it changes files or runs commands',
			acceptEdits: 'Changes files in the directory without asking',
			plan: 'Reads and plans, changes nothing until you agree',
			dontAsk: 'What would be asked is denied',
			auto: 'A model decides what is safe',
			bypassPermissions: 'Everything runs without a question',
		} as Record<string, string>,
	},

	meter: {
		context: (percent: number) => `${percent} % context`,
		contextHint: (used: string, size: string) => `${used} of ${size} tokens of the model's memory are in use`,
		tokens: (input: string, output: string) => `${input} tokens read, ${output} written`,
		cost: 'What the program reports as the price of this session so far',
	},

	turn: {
		working: 'Working',
		thinking: 'Thinking',
		writing: 'Writing',
		calling: (name: string) => `Preparing ${name}`,
		stopped: 'Stopped',
		max_turns: 'Stopped: as many steps as allowed',
		budget: 'Stopped: the budget is used up',
		refused: 'The model refused to answer',
		error: 'Ended with an error',
		took: (ms: number) => duration(ms),
		denials: (count: number) => (count === 1 ? '1 request denied' : `${count} requests denied`),
		silent: (seconds: number) => `No word from Claude for ${duration(seconds * 1000)}. You can wait or stop it.`,
	},

	thought: 'Thought',
	aborted: 'stopped here',
	notDelivered: 'Not delivered: the session ended first',
	withdrawn: 'Not delivered: it was stopped first',

	tool: {
		show: 'Show details',
		hide: 'Hide details',
		showAll: (lines: number) => `Show all ${lines} lines`,
		showLess: 'Show less',
		running: 'running',
		noOutput: 'No output',
		noResult: 'no result',
		exit: (code: number) => `exit ${code}`,
		failed: 'failed',
		denied: 'denied',
		interrupted: 'stopped',
		background: 'in the background',
		lines: (count: number) => (count === 1 ? '1 line' : `${count} lines`),
		steps: (count: number) => (count === 1 ? '1 step' : `${count} steps`),
		truncated: (bytes: string) => `Only the beginning is shown; the whole is ${bytes}.`,
		created: 'created',
		edited: 'edited',
		allowedBy: 'Allowed',
		deniedBy: 'Denied',
		question: 'Question',
		plan: 'Plan',
		planMode: 'Plans first from here on',
		todo: (done: number, all: number) => `${done} of ${all} done`,
		agent: 'Agent',
		input: 'Input',
		output: 'Output',
		copy: 'Copy',
		copied: 'Copied',
		wrap: 'Wrap lines',
	},

	ask: {
		titles: {
			execute: 'Run this command?',
			edit: 'Change this file?',
			write: 'Write this file?',
			read: 'Read this?',
			search: 'Search here?',
			fetch: 'Fetch this from the web?',
			question: 'Claude asks',
			plan: 'Go ahead with this plan?',
			agent: 'Start this agent?',
		} as Record<string, string>,
		other: (tool: string) => `Use ${tool}?`,
		waiting: 'waiting',
		where: (path: string) => `in ${path}`,
		allow: 'Allow',
		deny: 'Deny',
		denyWhy: 'Deny and say why',
		why: 'What should Claude do instead?',
		change: 'Change the command',
		changed: 'Allow as changed',
		unchanged: 'Back to what was asked',
		and: 'and stop',
		more: 'More choices',
		less: 'Fewer choices',
		reason: (reason: string) => `Asked because: ${reason}`,
		blocked: (path: string) => `It reaches ${path}`,
		answered: (decision: string, by: string) => (by ? `${decision} by ${by}` : decision),
		withdrawn: 'No longer asked',
		kept: 'Your answer is kept, and given as soon as the session goes on.',
		tooLate: (you: boolean, allowed: boolean) =>
			`${you ? 'You have' : 'Somebody has'} ${allowed ? 'allowed' : 'denied'} this already, on another device.`,
		changedMeanwhile: 'What is asked has changed. Look again.',
		submit: 'Answer',
		dismiss: 'Do not answer',
		other_answer: 'Something else',
		approveEdits: 'Go ahead, edit freely',
		approveAsk: 'Go ahead, ask first',
		keepPlanning: 'Keep planning',
		feedback: 'What should be different?',
		noPlan: 'Claude wants to leave plan mode. It has written no plan.',
		open: 'Go to the session',
		later: 'Later',
		remember: suggestionText,
	},

	error: {
		retry: (of: number, reason: string) => `${reason} Trying again, up to ${of} times.`,
		again: 'Try again',
		classes: {
			authentication_failed: 'Claude is not signed in, or its key was refused.',
			oauth_org_not_allowed: 'Your organisation does not allow this use.',
			account_on_hold: 'The account is on hold.',
			verification_required: 'The account must be verified first.',
			billing_error: 'The account has no credit left.',
			rate_limit: 'The limit of the account is reached.',
			overloaded: 'The service is overloaded.',
			invalid_request: 'The service did not accept the request.',
			model_not_found: 'This model does not exist or is not for this account.',
			server_error: 'The service has a problem.',
			connection_failed: 'The service cannot be reached.',
			max_output_tokens: 'The answer was longer than allowed.',
			cloud_credential_error: 'The credentials of the cloud provider were refused.',
		} as Record<string, string>,
		unknown: 'The service could not be reached or gave an error.',
		resets: (at: number) => `It is reset at ${timeOfDay(at)}.`,
		login: 'Claude is not signed in',
		loginText: 'Sign in once in a terminal; then send your message again.',
		signIn: 'Sign in',
		signInTitle: 'Sign in to Claude',
		missing: 'The program claude was not found',
		missingText: 'Install it in a shell, then send your message again.',
		openShell: 'Open a shell',
		failed: 'Claude could not be started',
		lost: 'The end of the program was not seen',
		stderr: 'The program said',
		badLine: 'The program said something that Dispatch does not understand',
	},

	limitNear: (used: number | null, at: number | null) => {
		const share = used === null ? 'The limit of the account is near.' : `${Math.floor(used * 100)} % of the account’s limit is used.`;
		return at === null ? share : `${share} It is reset at ${timeOfDay(at)}.`;
	},

	notice: {
		reset: 'A new conversation begins here',
		compacting: 'Making the conversation shorter',
		compacted: 'The conversation was made shorter',
		ended: 'The program ended',
		permission_denied: 'Denied without asking',
	} as Record<string, string>,

	menu: {
		export: 'Save as Markdown',
		find: 'Find in the conversation',
	},

	exported: { you: 'You', claude: 'Claude', thought: 'Thought' },

	create: {
		title: 'New Claude session',
		directory: 'Directory',
		directoryHint: 'Where Claude works. Absolute, or empty for your home.',
		model: 'Model',
		modelHint: 'Default',
		mode: 'Permissions',
		modeDefault: 'As set in Claude',
		submit: 'Start',
		past: 'Past conversations here',
		none: 'No past conversations in this directory.',
	},
};

/* What a session asks, in a line of the list. */
function wantedText({ tool, title, input }: PermissionRow): string {
	const { command, file_path, questions } = input as {
		command?: string;
		file_path?: string;
		questions?: { question?: string }[];
	};
	if (tool === 'AskUserQuestion') return `asks: ${questions?.[0]?.question ?? ''}`;
	if (tool === 'ExitPlanMode') return 'has a plan';
	if (command) return `wants to run: ${command}`;
	if (file_path) return `wants to change: ${file_path}`;
	return `wants to use: ${title ?? tool}`;
}

const SCOPES: Record<string, string> = {
	session: 'for this session',
	localSettings: 'in this project',
	projectSettings: 'in this project, for everybody',
	userSettings: 'everywhere',
};

/* What is kept when this suggestion is taken, as the label of a button. */
function suggestionText({ type, rules, behavior, mode, directories, destination }: Suggestion): string {
	const scope = SCOPES[destination ?? ''] ?? '';
	const names = (rules ?? []).map(({ toolName, ruleContent }) => {
		return ruleContent ? `${toolName} ${ruleContent}` : toolName;
	});
	if (type === 'addRules' && behavior === 'allow') return `Always allow ${names.join(', ')} ${scope}`.trim();
	if (type === 'addDirectories') return `Allow ${(directories ?? []).join(', ')} ${scope}`.trim();
	if (type === 'setMode' && mode === 'acceptEdits') return `Allow all edits ${scope}`.trim();
	if (type === 'setMode') return `${claudeStrings.mode.names[mode ?? ''] ?? mode} ${scope}`.trim();
	return [type, behavior, ...names, scope].filter(Boolean).join(' ');
}
