/*
 * What is said about a Claude session: the shapes of the stored events, of what streams beside
 * them, and of the REST answers. The model is near the Agent Client Protocol's, so that another
 * program with an adapter of its own can be shown by the same pane. Absent means not known.
 */

export type ToolKind =
	| 'execute'
	| 'edit'
	| 'read'
	| 'search'
	| 'fetch'
	| 'think'
	| 'todo'
	| 'agent'
	| 'mode'
	| 'question'
	| 'other';

export type Fields = Record<string, unknown>;

/** Text of a block that is still being written, to be put at character `at`; 0 begins it anew. */
export interface Piece {
	session: string;
	message: string;
	/** Which block of the message. */
	index: number;
	kind: 'text' | 'thinking' | 'tool';
	/** The tool call of the agent that writes it. */
	parent?: string;
	/** Of a tool. */
	name?: string;
	at: number;
	text: string;
}

export interface PermissionRow {
	id: string;
	session: string;
	tool: string;
	title?: string;
	input: Fields;
	input_sha256: string;
	suggestions?: Suggestion[];
	suppress_always?: boolean;
	reason?: string;
	blocked_path?: string;
	parent_tool?: string;
	tool_use_id?: string;
	state: 'pending' | 'answered' | 'withdrawn';
	requested_at: number;
	answered_at?: number | null;
	answered_by?: string | null;
	decision?: 'allow' | 'deny' | null;
	message?: string | null;
}

/** A rule that the program offers to keep, as it words it. */
export interface Suggestion {
	type: string;
	rules?: { toolName: string; ruleContent?: string }[];
	behavior?: string;
	mode?: string;
	directories?: string[];
	destination?: string;
}

export interface PermissionAnswer {
	decision: 'allow' | 'deny';
	input_sha256: string;
	message?: string;
	updated_input?: Fields;
	/** Which suggestions to keep, by their places. */
	remember?: number[];
	interrupt?: boolean;
	/** The mode to go on in, when a plan is approved. */
	mode?: string;
}

export interface SentImage {
	media_type: string;
	/** Base64. */
	data: string;
}

export interface ClaudeStatus {
	program: string | null;
	version: string | null;
	signed_in: boolean | null;
	method: string | null;
	install: string;
	sign_in: string[];
}

export interface Conversation {
	conversation: string;
	title: string;
	first_prompt: string;
	updated_at: number;
	bytes: number;
	messages: number | null;
	/** The session of Dispatch that has it. */
	session: string | null;
}

export interface SlashCommand {
	name: string;
	description: string;
	argument_hint?: string;
	aliases?: string[];
}

export interface Model {
	value: string;
	/** The model that it stands for at present. */
	resolved?: string;
	name: string;
	description?: string;
}

/** What a Claude session says of itself beside what all sessions say. */
export interface ClaudeFacts {
	conversation: string;
	model: string | null;
	mode: string | null;
	version: string | null;
	/** Permissions that wait for a person. */
	pending: number;
}

export interface Usage {
	input?: number;
	output?: number;
	cache_read?: number;
	cache_write?: number;
}
