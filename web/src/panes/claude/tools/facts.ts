/* What a card says of a tool call, from what the model asked for and what came back. */

import type { DiffPart } from '../../../core/diff.ts';
import { diffOfPatch, diffOfTexts } from '../../../core/diff.ts';
import { plainLine, visibleText } from '../../../core/text.ts';
import type { LinkPlace } from '../../../core/text-form.ts';
import type { Fields } from '../../../core/claude.ts';
import type { ToolItem, ToolResult } from '../../../core/transcript-items.ts';

/** A member of an input or a result, as text; nothing when it is none. */
export function field(from: unknown, name: string): string {
	const value = (from as Fields | null | undefined)?.[name];
	return typeof value === 'string' ? value : '';
}

/** A tool as a person would say it; those of a server are named mcp__server__tool. */
export function toolName(name: string): string {
	const [, server, tool] = /^mcp__(.+?)__(.+)$/.exec(name) ?? [];
	return plainLine(server && tool ? `${server}: ${tool.replaceAll('_', ' ')}` : name, 100);
}

/** Below the directory of the session, a path is said from there. */
export function relativePath(path: string, cwd: string): string {
	const inside = cwd !== '/' && path.startsWith(`${cwd}/`);
	return plainLine(inside ? path.slice(cwd.length + 1) : path, 1000);
}

export function filePath(input: Fields): string {
	return field(input, 'file_path') || field(input, 'notebook_path') || field(input, 'path');
}

/** The file that a tool reads or changes, at the line that it is about. */
export function placeOf({ tool, input, result }: Pick<ToolItem, 'tool' | 'input' | 'result'>): LinkPlace | null {
	const path = filePath(input);
	if (!path || (tool !== 'edit' && tool !== 'read')) return null;
	const changed = tool === 'edit' ? changesOf(input, result)[0]?.lines.find(({ sign, number }) => sign !== ' ' && number) : null;
	const offset = typeof input.offset === 'number' ? input.offset : 1;
	return { path, line: changed?.number ?? Math.max(1, offset) };
}

/** Escape sequences that colour or move, which have no meaning outside of a terminal. */
const SEQUENCES = /\x1b(?:\[[\d;:?<=>]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][\dA-Z]|[=>78cM])/g;

export function outputText(text: string): string {
	return visibleText(text.replace(SEQUENCES, '').replace(/\r\n/g, '\n')).replace(/\s+$/, '');
}

export interface CommandOutput {
	text: string;
	/** Undefined while it runs and where it is not known. */
	exit: number | undefined;
	background: boolean;
}

/** Of a command: its output, and the code that it ended with. */
export function commandOutput(result: ToolResult): CommandOutput {
	const coded = /^(?:Error: )?Exit code (\d+)\n?/.exec(result.text);
	const said = result.result as Fields | undefined;
	const streams = [field(said, 'stdout'), field(said, 'stderr')].filter(Boolean).join('\n');
	const background = !!field(said, 'backgroundTaskId');
	const silent = said !== undefined && typeof said.stdout === 'string' && !streams && !result.is_error;
	return {
		text: silent ? '' : outputText(streams || result.text.slice(coded?.[0].length ?? 0)),
		exit: coded ? Number(coded[1]) : result.is_error || background ? undefined : 0,
		background,
	};
}

/**
 * What an agent came back with: its own words, without what the program says about them to the
 * model, of which it counts the blocks before and behind them.
 */
export function agentReport({ text, result }: ToolResult): string {
	const { content, harnessNoteCount, harnessTailCount } = (result ?? {}) as Fields;
	if (!Array.isArray(content)) return outputText(text);
	const own = (content as Fields[]).slice(Number(harnessNoteCount ?? 0), content.length - Number(harnessTailCount ?? 0));
	return own.map((block) => outputText(field(block, 'text'))).filter(Boolean).join('\n\n');
}

/** The changes that an edit makes; empty when they are not known. */
export function changesOf(input: Fields, result: ToolResult | null): DiffPart[] {
	const patch = diffOfPatch((result?.result as Fields | undefined)?.structuredPatch);
	if (patch && patch.length > 0) return patch;
	const edits = Array.isArray(input.edits) ? (input.edits as Fields[]) : [input];
	return edits
		.map((edit) => {
			const after = field(edit, 'new_string') || field(edit, 'content') || field(edit, 'new_source');
			return diffOfTexts(field(edit, 'old_string'), after);
		})
		.filter(({ lines }) => lines.length > 0);
}

export function isWrite({ name, result }: Pick<ToolItem, 'name' | 'result'>): boolean {
	if (field(result?.result, 'type') === 'update') return false;
	return name === 'Write';
}

export interface ReadText {
	text: string;
	first: number;
}

/** What was read, without the numbers that the program puts before the lines. */
export function readText({ text, result }: ToolResult): ReadText {
	const file = (result as Fields | undefined)?.file as Fields | undefined;
	const content = field(file, 'content');
	if (content) return { text: content, first: Number(file?.startLine ?? 1) };
	const lines = text.split('\n');
	const numbered = /^\s*(\d+)[→\t]/.exec(lines[0] ?? '');
	if (!numbered) return { text, first: 1 };
	return { text: lines.map((line) => line.replace(/^\s*\d+[→\t]/, '')).join('\n'), first: Number(numbered[1]) };
}

export interface Todo {
	text: string;
	state: 'pending' | 'in_progress' | 'completed';
}

export function todosOf(input: Fields): Todo[] {
	if (!Array.isArray(input.todos)) return [];
	return (input.todos as Fields[]).map((todo) => ({
		text: plainLine(field(todo, 'content') || field(todo, 'subject'), 400),
		state: (field(todo, 'status') || 'pending') as Todo['state'],
	}));
}

export interface Question {
	question: string;
	header: string;
	multiSelect: boolean;
	options: { label: string; description: string; preview: string }[];
}

export function questionsOf(input: Fields): Question[] {
	if (!Array.isArray(input.questions)) return [];
	return (input.questions as Fields[]).map((one) => ({
		question: field(one, 'question'),
		header: field(one, 'header'),
		multiSelect: one.multiSelect === true,
		options: (Array.isArray(one.options) ? (one.options as Fields[]) : []).map((option) => ({
			label: field(option, 'label'),
			description: field(option, 'description'),
			preview: field(option, 'preview'),
		})),
	}));
}

/** The answers to questions, by question. */
export function answersOf({ result, input }: Pick<ToolItem, 'result' | 'input'>): Record<string, string> {
	const said = (result?.result as Fields | undefined)?.answers ?? input.answers;
	return (said as Record<string, string> | undefined) ?? {};
}

export function json(value: unknown): string {
	return visibleText(JSON.stringify(value, null, 2) ?? '');
}
