/*
 * What Dispatch needs of xterm.js and its public interface does not offer, all in one place: to
 * parse at once, and to put lines in front of the oldest one. The version of xterm.js is pinned,
 * and a part that is missing is an error at once rather than a quiet hole.
 */

import type { Terminal } from '@xterm/xterm';

interface Extended {
	urlId: number;
}

/** One line of a buffer, with everything that is in its cells. */
export interface BufferLine {
	_extendedAttrs: Record<number, Extended | undefined>;
	translateToString(trimRight?: boolean): string;
}

interface Marker {
	readonly line: number;
	readonly isDisposed: boolean;
	dispose(): void;
}

interface Lines {
	length: number;
	get(index: number): BufferLine | undefined;
	splice(start: number, deleted: number, ...lines: BufferLine[]): void;
}

interface NormalBuffer {
	lines: Lines;
	ybase: number;
	ydisp: number;
	addMarker(line: number): Marker;
}

interface Links {
	getLinkData(id: number): unknown;
	registerLink(data: unknown): number;
	addLineToLink(id: number, line: number): void;
}

interface Core {
	_writeBuffer: { writeSync(data: Uint8Array | string): void };
	_bufferService: { _onScroll: { fire(line: number): void } };
	_inputHandler: { _onCursorMove: { fire(): void } };
	_oscLinkService: Links;
	_selectionService?: { _model: Record<'selectionStart' | 'selectionEnd', [number, number] | undefined> };
	buffers: { normal: NormalBuffer; active: NormalBuffer };
}

function coreOf(terminal: Terminal): Core {
	const core = (terminal as unknown as { _core?: Partial<Core> })._core;
	const { _writeBuffer, _bufferService, _inputHandler, _oscLinkService, buffers } = core ?? {};
	if (!_writeBuffer || !_bufferService || !_inputHandler || !_oscLinkService || !buffers) {
		throw new Error('xterm.js is not the one that this was written for');
	}
	return core as Core;
}

export function dimLine(text: string): string {
	return `\x1b[2m— ${text} —\x1b[0m`;
}

/** Parses `data` before it returns. Nothing else may be waiting to be parsed. */
export function writeNow(terminal: Terminal, data: Uint8Array | string): void {
	if (data.length > 0) coreOf(terminal)._writeBuffer.writeSync(data);
}

/** The lines of the normal buffer as an object, which changes when the terminal is reset. */
export function linesOf(terminal: Terminal): Lines {
	return coreOf(terminal).buffers.normal.lines;
}

/** A line of the normal buffer, as it moves. */
export function mark(terminal: Terminal, line: number): Marker {
	return coreOf(terminal).buffers.normal.addMarker(line);
}

/**
 * Puts `count` lines of another terminal, from line `start` on, in front of the oldest line; what
 * is looked at and what is selected stay. There must be room; both must be equally wide; the other
 * one must not be used again.
 */
export function prepend(terminal: Terminal, from: Terminal, start: number, count: number): void {
	const core = coreOf(terminal);
	const { normal, active } = core.buffers;
	const source = coreOf(from);
	const lines: BufferLine[] = [];
	for (let i = 0; i < count; i++) lines.push(source.buffers.normal.lines.get(start + i)!);
	normal.lines.splice(0, 0, ...lines);
	normal.ybase += count;
	normal.ydisp += count;
	moveLinks(lines, source._oscLinkService, normal === active ? core._oscLinkService : null);
	if (normal !== active) return;
	moveSelection(core, count);
	/* A search remembers lines by their numbers until the cursor moves. */
	core._inputHandler._onCursorMove.fire();
	core._bufferService._onScroll.fire(normal.ydisp);
	terminal.refresh(0, terminal.rows - 1);
}

function moveSelection(core: Core, count: number): void {
	const model = core._selectionService?._model;
	if (model?.selectionStart) model.selectionStart[1] += count;
	if (model?.selectionEnd) model.selectionEnd[1] += count;
}

/* A cell names its link by a number, which another terminal counts differently. */
function moveLinks(lines: BufferLine[], from: Links, to: Links | null): void {
	const ids = new Map<number, number>();
	const moved = new Set<Extended>();
	for (const [index, line] of lines.entries()) {
		for (const extended of Object.values(line._extendedAttrs)) {
			if (!extended?.urlId) continue;
			if (!moved.has(extended)) {
				moved.add(extended);
				extended.urlId = moveLink(extended.urlId, ids, from, to);
			}
			to?.addLineToLink(extended.urlId, index);
		}
	}
}

function moveLink(id: number, ids: Map<number, number>, from: Links, to: Links | null): number {
	const data = from.getLinkData(id);
	if (!to || data === undefined) return 0;
	const known = ids.get(id) ?? to.registerLink(data);
	ids.set(id, known);
	return known;
}
