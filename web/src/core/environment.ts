/* A list of variables while a person edits it: what is wrong with it, and what the server is told. */

import type { VariableInput } from './workspaces-api.ts';
import type { Variable } from './workspaces.ts';

export interface EditedVariable {
	/** Of the row, for as long as it is shown. */
	key: number;
	name: string;
	value: string;
	secret: boolean;
	/** The server has a value that it does not tell; kept unless another is typed. */
	stored: boolean;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export function editedOf(variables: readonly Variable[]): EditedVariable[] {
	return variables.map(({ name, value, secret }, key) => {
		return { key, name, value: value ?? '', secret, stored: secret && value === null };
	});
}

export type VariableFault = 'bad-name' | 'twice';

/** What is wrong with a row; null: nothing. A row without any text is no fault: it is left out. */
export function faultOf(row: EditedVariable, rows: readonly EditedVariable[]): VariableFault | null {
	if (isBlank(row)) return null;
	if (!NAME.test(row.name.trim())) return 'bad-name';
	return rows.some((other) => other !== row && other.name.trim() === row.name.trim()) ? 'twice' : null;
}

export function inputOf(rows: readonly EditedVariable[]): VariableInput[] {
	return rows.filter((row) => !isBlank(row)).map(({ name, value, secret, stored }) => {
		const keeps = secret && stored && value === '';
		return { name: name.trim(), secret, ...(keeps ? {} : { value }) };
	});
}

/**
 * Lines as in a file of variables, `NAME=value` each, pasted into one field; null when they are
 * something else. `export ` before a name and one pair of quotes around a value are left out.
 */
export function variablesIn(text: string): { name: string; value: string }[] | null {
	const lines = text.split(/\r?\n/).map((line) => line.trim()).filter((line) => line && !line.startsWith('#'));
	const found = lines.map((line) => /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line));
	if (found.length === 0 || found.some((one) => !one)) return null;
	return found.map((one) => ({ name: one![1]!, value: one![2]!.replace(/^(["'])(.*)\1$/, '$2') }));
}

function isBlank(row: EditedVariable): boolean {
	return row.name.trim() === '' && row.value === '' && !row.stored;
}
