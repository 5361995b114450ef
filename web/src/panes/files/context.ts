/* The view of the files, and what can be done to them, for everything inside of the pane. */

import { getContext, setContext } from 'svelte';
import type { FileOperations } from './operations.ts';
import type { FilesView } from './view.svelte.ts';

export interface FilesContext {
	view: FilesView;
	operations: FileOperations;
}

const KEY = Symbol('files');

export function provideFiles(context: FilesContext): void {
	setContext(KEY, context);
}

export function useFiles(): FilesContext {
	return getContext<FilesContext>(KEY);
}
