/* What the editor's program is asked and what it answers; each answer is an event in the log. */

import type { SessionEvent } from './types.ts';

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'latin1';
export type LineEnd = 'lf' | 'crlf' | 'cr' | 'mixed';

export interface TextForm {
	encoding: Encoding;
	bom: boolean;
	line_end: LineEnd;
}

/** A file as it was when it was opened. */
export interface OpenedFile extends TextForm {
	path: string;
	sha256: string;
	size: number;
	mode: string;
	read_only?: 'large' | 'binary' | 'denied';
}

export interface DraftFacts {
	/** What the text was written upon; null: a file that was not there. */
	base: string | null;
	sha256: string;
	at: number;
}

/** In the envelope of an editor's session. */
export interface EditorFacts {
	files: { path: string; sha256: string | null; open: boolean; dirty: boolean; draft?: DraftFacts }[];
}

export type EditorOp =
	| { op: 'open' | 'close' | 'discard' | 'delete'; path: string }
	| { op: 'draft'; path: string; base: string | null; text: string; writer?: string }
	| ({ op: 'save'; path: string; base: string | null; text: string; force?: boolean } & Partial<TextForm>)
	| { op: 'create'; path: string; kind: 'file' | 'directory' }
	| { op: 'rename'; path: string; to: string }
	| { op: 'restore'; path: string; sha256: string; base: string | null };

export interface SavedFile {
	path: string;
	before: string | null;
	after: string;
	size: number;
	added: number;
	removed: number;
}

export interface Refusal {
	path: string;
	code: string;
	detail: string;
	/** What the file is now, when that is why. */
	current?: string | null;
}

/** A step in the life of a file, as the log of any session tells it. */
export interface HistoryEntry {
	session: string;
	seq: number;
	at: number;
	by: string;
	op: string;
	before: string | null;
	after: string | null;
	added: number | null;
	removed: number | null;
	path: string;
}

export class OpRefused extends Error {
	override readonly name = 'OpRefused';

	constructor(readonly refusal: Refusal) {
		super(refusal.detail);
	}
}

/** The answer of the program among the events of its session; null: not one. */
export function editorEvent(event: SessionEvent): { op: string; type: string; data: Record<string, unknown> } | null {
	if (!event.channel.startsWith('editor:') || !event.data) return null;
	return { op: event.channel.slice('editor:'.length), type: event.type, data: event.data };
}
