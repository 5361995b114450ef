/* How each kind of question looks and how it is answered: the first row that fits. */

import type { Component } from 'svelte';
import type { PermissionRow, ToolKind } from '../../../core/claude.ts';
import { strings } from '../../../strings.ts';
import { toolName } from '../tools/facts.ts';
import type { Answering } from './answering.svelte.ts';
import AskCommand from './AskCommand.svelte';
import AskEdit from './AskEdit.svelte';
import AskOther from './AskOther.svelte';
import AskPlan from './AskPlan.svelte';
import PlanAnswers from './PlanAnswers.svelte';
import PlainAnswers from './PlainAnswers.svelte';
import QuestionForm from './QuestionForm.svelte';

export interface AskProps {
	row: PermissionRow;
	cwd: string;
	answering: Answering;
}

export interface AnswersProps {
	row: PermissionRow;
	answering: Answering;
}

interface Ask {
	title: string;
	body: Component<AskProps>;
	/** The buttons; null where the body has its own. */
	answers: Component<AnswersProps> | null;
	/** Whether a plain yes answers it. */
	plain: boolean;
	/** Whether it matters where it happens. */
	where: boolean;
}

interface Row extends Omit<Ask, 'title'> {
	fits: (row: PermissionRow, kind: ToolKind | undefined) => boolean;
	/** A name in strings.claude.ask.titles. */
	title: string;
}

const tool = (...names: string[]) => (row: PermissionRow) => names.includes(row.tool);
const PLAIN = { answers: PlainAnswers, plain: true };

const ROWS: readonly Row[] = [
	{ fits: tool('AskUserQuestion'), title: 'question', body: QuestionForm, answers: null, plain: false, where: false },
	{ fits: tool('ExitPlanMode'), title: 'plan', body: AskPlan, answers: PlanAnswers, plain: false, where: false },
	{ fits: tool('Bash', 'BashOutput', 'KillShell'), title: 'execute', body: AskCommand, ...PLAIN, where: true },
	{ fits: tool('Write'), title: 'write', body: AskEdit, ...PLAIN, where: false },
	{ fits: tool('Edit', 'MultiEdit', 'NotebookEdit'), title: 'edit', body: AskEdit, ...PLAIN, where: false },
	{ fits: (_, kind) => kind === 'execute', title: 'execute', body: AskCommand, ...PLAIN, where: true },
	{ fits: (_, kind) => kind === 'edit', title: 'edit', body: AskEdit, ...PLAIN, where: false },
	...(['read', 'search', 'fetch', 'agent'] as const).map((kind) => {
		return { fits: (_: PermissionRow, of?: ToolKind) => of === kind, title: kind, body: AskOther, ...PLAIN, where: true };
	}),
	{ fits: () => true, title: '', body: AskOther, ...PLAIN, where: true },
];

export function askOf(row: PermissionRow, kind?: ToolKind): Ask {
	const found = ROWS.find(({ fits }) => fits(row, kind))!;
	const { titles, other } = strings.claude.ask;
	return { ...found, title: titles[found.title] ?? other(toolName(row.tool)) };
}
