/* What is dragged from one place of a tree to another. */

export const DRAGGED = 'application/x-dispatch-files';

export interface Dragged {
	workspace: string;
	paths: string[];
}

/** What was dropped, when it came from a tree. */
export function draggedIn(data: DataTransfer): Dragged | null {
	try {
		const { workspace, paths } = JSON.parse(data.getData(DRAGGED)) as Partial<Dragged>;
		const good = typeof workspace === 'string' && Array.isArray(paths) && paths.every((path) => typeof path === 'string');
		return good ? { workspace, paths } : null;
	} catch {
		return null;
	}
}
