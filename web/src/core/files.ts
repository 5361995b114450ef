/*
 * What the server says of files. Paths are path text: relative to the workspace, without a leading
 * slash, "" for the workspace itself, and each byte of a name that is no UTF-8, or a control
 * character, written as the character U+EF00 + byte. They are shown with `shownPath` and sent back unchanged.
 */

export type FileType = 'file' | 'directory' | 'link' | 'other';

export interface FileEntry {
	name: string;
	type: FileType;
	size: number;
	/** Unix milliseconds, as all times. */
	mtime: number;
	/** As `ls` writes it, without the first letter: `rw-r--r--`. */
	mode: string;
	owner: string;
	/** Of a link: where it leads, and what is there (null: nothing). */
	target?: string;
	target_type?: FileType | null;
}

export interface DirectoryPage {
	path: string;
	/** Of the folder, before it was read: while it stays so, no name has come or gone. */
	mtime: number;
	items: FileEntry[];
	next: string | null;
}

export interface TrashItem {
	id: string;
	path: string;
	type: FileType;
	size: number;
	deleted_at: number;
}

export interface UploadState {
	id: string;
	offset: number;
	size: number;
}

/** A file that was found by its name. */
export interface NameMatch {
	path: string;
	type: FileType;
	/** Indexes of the characters of `path` that match. */
	matches: number[];
}

/** A line that was found by what it says. */
export interface TextMatch {
	path: string;
	/** From 1, as `column`. */
	line: number;
	column: number;
	text: string;
	/** Ranges [from, to) in characters of `text`. */
	matches: [number, number][];
}

export interface TextMatches {
	items: TextMatch[];
	truncated: boolean;
	engine: 'rg' | 'own';
}

export interface TextQuery {
	text: string;
	regex: boolean;
	case: boolean;
	word: boolean;
	glob: string;
	limit: number;
}

/** Where something happened in a workspace that this page watches. */
export interface FilesChange {
	workspace: string;
	path: string;
	/** What changed in the directory `path`; absent: anything. */
	names?: string[];
	/** The server has missed something: read all again. */
	lost?: boolean;
}

const BYTE = /[\uef00-\uefff]/gu;

/** A path or name as it is shown: a byte that is no text or that cannot be seen is written as `\xNN`. */
export function shownPath(path: string): string {
	return path.replace(BYTE, (sign) => `\\x${(sign.codePointAt(0)! - 0xef00).toString(16).padStart(2, '0')}`);
}

export function joinPath(directory: string, name: string): string {
	return directory === '' ? name : `${directory}/${name}`;
}

export function parentOf(path: string): string {
	const at = path.lastIndexOf('/');
	return at < 0 ? '' : path.slice(0, at);
}

export function nameOf(path: string): string {
	return path.slice(path.lastIndexOf('/') + 1);
}

/** Whether `path` is `directory` or lies in it, however deep. */
export function isWithin(path: string, directory: string): boolean {
	return directory === '' || path === directory || path.startsWith(`${directory}/`);
}
