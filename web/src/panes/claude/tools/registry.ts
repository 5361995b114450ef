/*
 * How each kind of tool call looks: one row per kind. A card is one line that says what was done;
 * what there is to see opens below it, and is open from the start where that is what one came for.
 */

import type { Component } from 'svelte';
import type { ToolKind } from '../../../core/claude.ts';
import { plainLine } from '../../../core/text.ts';
import type { ToolItem } from '../../../core/transcript-items.ts';
import { strings } from '../../../strings.ts';
import {
	Bot, Brain, CircleHelp, FilePen, FileText, FolderSearch, Globe, ListTodo, Map, Terminal, Wrench,
} from '../../../ui/icons.ts';
import Agent from './Agent.svelte';
import Command from './Command.svelte';
import Edit from './Edit.svelte';
import Fetch from './Fetch.svelte';
import Other from './Other.svelte';
import Plan from './Plan.svelte';
import Question from './Question.svelte';
import Read from './Read.svelte';
import Search from './Search.svelte';
import { field, filePath, relativePath, todosOf, toolName } from './facts.ts';
import TodoList from './TodoList.svelte';

export interface ToolProps {
	item: ToolItem;
	cwd: string;
}

interface Look {
	icon: Component;
	/** What it was done to: the line of the card. */
	subject: (item: ToolItem, cwd: string) => string;
	/** Whether the subject is code: a path, a command, a pattern. */
	mono: boolean;
	/** What opens below the line. */
	body: Component<ToolProps>;
	/** Whether it is open from the start. */
	open: (item: ToolItem) => boolean;
}

const words = strings.claude.tool;
const always = () => true;
const never = () => false;
const titled = (item: ToolItem) => item.title && item.title !== item.name ? plainLine(item.title) : toolName(item.name);

export const tools: Record<ToolKind, Look> = {
	execute: {
		icon: Terminal,
		subject: (item) => plainLine(field(item.input, 'description') || item.title || field(item.input, 'command')),
		mono: false,
		body: Command,
		open: always,
	},
	edit: {
		icon: FilePen,
		subject: (item, cwd) => relativePath(filePath(item.input), cwd) || titled(item),
		mono: true,
		body: Edit,
		open: (item) => !item.result?.is_error,
	},
	read: {
		icon: FileText,
		subject: (item, cwd) => relativePath(filePath(item.input), cwd) || titled(item),
		mono: true,
		body: Read,
		open: never,
	},
	search: {
		icon: FolderSearch,
		subject: (item) => plainLine(field(item.input, 'pattern') || field(item.input, 'query') || titled(item)),
		mono: true,
		body: Search,
		open: never,
	},
	fetch: {
		icon: Globe,
		subject: (item) => plainLine(field(item.input, 'url') || field(item.input, 'query') || titled(item)),
		mono: false,
		body: Fetch,
		open: never,
	},
	think: { icon: Brain, subject: titled, mono: false, body: Other, open: never },
	todo: {
		icon: ListTodo,
		subject: (item) => {
			const todos = todosOf(item.input);
			if (todos.length === 0) return plainLine(field(item.input, 'subject') || titled(item));
			return words.todo(todos.filter(({ state }) => state === 'completed').length, todos.length);
		},
		mono: false,
		body: TodoList,
		open: (item) => todosOf(item.input).length > 0,
	},
	agent: {
		icon: Bot,
		subject: (item) => plainLine(field(item.input, 'description') || titled(item)),
		mono: false,
		body: Agent,
		open: (item) => !item.result,
	},
	mode: {
		icon: Map,
		subject: (item) => (field(item.input, 'plan') ? words.plan : words.planMode),
		mono: false,
		body: Plan,
		open: (item) => !!field(item.input, 'plan'),
	},
	question: {
		icon: CircleHelp,
		subject: () => words.question,
		mono: false,
		body: Question,
		open: always,
	},
	other: { icon: Wrench, subject: titled, mono: false, body: Other, open: never },
};

/** The row of a kind; what nobody has heard of looks like any other tool. */
export function lookOf({ tool }: Pick<ToolItem, 'tool'>): Look {
	return tools[tool] ?? tools.other;
}
