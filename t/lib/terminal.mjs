/*
 * The terminal model beside xterm.js. A recording is a list of what happens to a terminal:
 * { write: Buffer }, { resize: [cols, rows] }, { run: true } (between two runs). An xterm.js
 * here is headless, with unicode11, and is written to at once.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { Terminal } = require("@xterm/headless");
const { Unicode11Addon } = require("@xterm/addon-unicode11");

const build = process.env.DISPATCH_BUILD ?? new URL("../../build", import.meta.url).pathname;
export const program = process.env.TERMINAL_PROGRAM ?? join(build, "t/lib/terminal");
export const RESET = Buffer.from("\x1bc");
export const SCROLLBACK = 1000;
const JOINED = 16;

/** The program t/lib/terminal; one terminal at a time. */
export class Model {
	#child;
	#got = Buffer.alloc(0);
	#wake = null;
	#ended = null;

	constructor() {
		this.#child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
		this.#child.stdout.on("data", data => {
			this.#got = Buffer.concat([this.#got, data]);
			this.#wake?.();
		});
		this.#child.on("exit", (code, signal) => {
			this.#ended = `t/lib/terminal ended: ${signal ?? code}`;
			this.#wake?.();
		});
		this.#child.stdin.on("error", () => {});
	}

	#send(...parts) {
		for (const part of parts)
			this.#child.stdin.write(part);
	}

	async #need(enough) {
		for (;;) {
			const result = enough(this.#got);
			if (result !== null)
				return result;
			if (this.#ended)
				throw new Error(this.#ended);
			await new Promise(resolve => { this.#wake = resolve; });
			this.#wake = null;
		}
	}

	async #line() {
		const at = await this.#need(got => {
			const index = got.indexOf(10);
			return index < 0 ? null : index;
		});
		const line = this.#got.subarray(0, at).toString();
		this.#got = this.#got.subarray(at + 1);
		return line;
	}

	async #bytes(count) {
		await this.#need(got => got.length < count ? null : true);
		const bytes = Buffer.from(this.#got.subarray(0, count));
		this.#got = this.#got.subarray(count);
		return bytes;
	}

	start(cols, rows) { this.#send(`n ${cols} ${rows}\n`); }
	write(bytes) { this.#send(`w ${bytes.length}\n`, bytes); }
	resize(cols, rows) { this.#send(`r ${cols} ${rows}\n`); }
	run() { this.#send("b\n"); }

	/** Does what a recording says; writes in pieces of at most `piece` bytes. */
	play(recording, piece = 1 << 20) {
		for (const event of recording) {
			if (event.resize)
				this.resize(...event.resize);
			else if (event.run)
				this.run();
			else
				for (let i = 0; i < event.write.length; i += piece)
					this.write(event.write.subarray(i, i + piece));
		}
	}

	async snapshot(most = 1 << 30) {
		this.#send(`s ${most}\n`);
		const [scrollback, screen] = (await this.#line()).split(" ").map(Number);
		return { scrollback: await this.#bytes(scrollback),
			screen: await this.#bytes(screen) };
	}

	async widths() {
		this.#send("c\n");
		return this.#bytes(0x110000);
	}

	end() { this.#child.stdin.end(); }
}

export function makeXterm(cols, rows) {
	const terminal = new Terminal({ allowProposedApi: true, cols, rows, logLevel: "off",
		scrollback: SCROLLBACK });
	terminal.loadAddon(new Unicode11Addon());
	terminal.unicode.activeVersion = "11";
	terminal.colours = {};
	terminal.title = "";
	terminal.answers = "";
	const core = terminal._core;
	core._inputHandler.onColor(events => {
		for (const { type, index, color } of events) {
			if (type === 1)
				terminal.colours[index] = color.join();
			else if (type === 2 && index === undefined)
				Object.keys(terminal.colours).filter(key => key < 256)
					.forEach(key => delete terminal.colours[key]);
			else if (type === 2)
				delete terminal.colours[index];
		}
	});
	core._inputHandler.onTitleChange(title => { terminal.title = title; });
	terminal.onData(data => { terminal.answers += data; });
	return terminal;
}

/** What web/src/panes/terminal/runs.ts writes between two runs. */
function betweenRuns(terminal) {
	const { normal } = terminal.buffer;
	let row = terminal.rows;
	while (row > 1 && !normal.getLine(normal.baseY + row - 1)?.translateToString(true))
		row--;
	const leave = terminal.buffer.active.type === "alternate" ? "\x1b[?1049l" : "";
	return `${leave}\x1b[!p\x1b[?1000;1002;1003;1004;1005;1006;1015;2004;2026;1l\x1b[?25h` +
		`\x1b[0m\x1b[${row}H\r\n\x1b[2m── resumed ──\x1b[0m\r\n`;
}

/** Does what a recording says; `before` is written in front of its first write. */
export function playXterm(terminal, recording, before = Buffer.alloc(0)) {
	const write = bytes => terminal._core.writeSync(bytes);
	for (const event of recording) {
		if (!event.write && before.length) {
			write(before);
			before = Buffer.alloc(0);
		}
		if (event.resize)
			terminal.resize(...event.resize);
		else if (event.run)
			write(Buffer.from(betweenRuns(terminal)));
		else {
			write(Buffer.concat([before, event.write]));
			before = Buffer.alloc(0);
		}
	}
	if (before.length)
		write(before);
	return terminal;
}

/* Bits of xterm.js' attributes. */
const UNDERLINE = 0x10000000, STYLED = 0x10000000, COLOUR = 0x3ffffff, KIND = 0x3000000;
const RGB = 0x3000000;

const colour = value => (value & KIND) === RGB ? value & COLOUR :
	(value & KIND) ? value & (KIND | 0xff) : 0;

function linkOf(core, id) {
	if (!id)
		return "";
	const data = core._oscLinkService.getLinkData(id);
	return data ? `${data.id ?? ""};${data.uri}` : "?";
}

/* An underline without style is none, a style underlines; as terminal_pen.c has it. */
function look(core, fg, bg, extended, ofPen) {
	let shape = extended ? extended._ext >>> 26 & 7 : 0;
	let link = extended?.urlId ?? 0;
	if (!(bg & STYLED)) {
		link = 0;
		shape = fg & UNDERLINE ? 1 : 0;
	} else if (link) {
		shape = !(fg & UNDERLINE) ? 0 : shape || 1;
	}
	const shown = shape || link || ofPen;
	return [colour(fg), (fg & ~COLOUR & ~UNDERLINE) >>> 0, colour(bg),
		(bg & ~COLOUR & ~STYLED) >>> 0, shape,
		shown && extended ? colour(extended.underlineColor) : 0,
		linkOf(core, link)].join();
}

/* Printing gives it none; joined to a blank, xterm.js does. */
function alone(line, cols, unicode) {
	return Array.from({ length: cols }, (_, x) => x).some(x => line.hasContent(x) &&
		line.getWidth(x) > 0 && unicode.wcwidth(line.getString(x).codePointAt(0)) === 0);
}

/** Whether something in the line is half a wide character, or too many in one cell. */
function halves(line, cols) {
	for (let x = 0; x < cols; x++) {
		const width = line.getWidth(x);
		if ([...line.getString(x)].length > JOINED)
			return true;
		if (width === 2 && line.hasContent(x) && x + 1 < cols &&
			line.getWidth(x + 1) === 0 && !line.hasContent(x + 1))
			x++;
		else if (width === 2 || (width === 0 && !line.hasContent(x)) ||
			(width === 1 && !line.hasContent(x) && line.isCombined(x)))
			return true;
	}
	return false;
}

/** Whether the last two cells are blanks with more than a background. */
function oddEnd(line, cols) {
	return [cols - 2, cols - 1].every(x => line.getWidth(x) === 1 && !line.hasContent(x) &&
		(line.getFg(x) || (line.getBg(x) & ~COLOUR)));
}

function cells(core, line, cols) {
	const row = [];
	for (let x = 0; x < cols; x++) {
		const width = line.getWidth(x);
		const whole = width === 2 ? line.hasContent(x) && x + 1 < cols &&
			line.getWidth(x + 1) === 0 && !line.hasContent(x + 1) :
			width === 1 || line.hasContent(x);
		if (!whole) {
			row.push(`,1,0,0,${colour(line.getBg(x))},0,0,0,`);
			continue;
		}
		const bg = line.getBg(x);
		row.push(`${line.getString(x)},${width},${look(core, line.getFg(x), bg,
			bg & STYLED ? line._extendedAttrs[x] : null)}`);
		if (width === 2) {
			x++;
			row.push("");
		}
	}
	return row;
}

const clamp = (value, low, high) => Math.max(low, Math.min(value, high));

function bufferState(core, buffer, active) {
	const { cols, rows } = core;
	const lines = [];
	for (let i = 0; i < buffer.lines.length; i++) {
		const line = buffer.lines.get(i);
		lines.push({ cells: cells(core, line, cols), wrapped: i > 0 && line.isWrapped });
	}
	const shown = lines.length > 0;
	const saved = buffer.savedCurAttrData;
	const savedStyled = saved.bg & STYLED;
	return { lines, base: buffer.ybase,
		y: shown && (active ? buffer.y : clamp(buffer.y, 0, rows - 1)),
		region: shown && [buffer.scrollTop, buffer.scrollBottom],
		saved: [clamp(buffer.savedX, 0, cols - 1),
			clamp(buffer.savedY - buffer.ybase, 0, rows - 1), colour(saved.fg),
			(saved.fg & ~COLOUR) >>> 0, colour(saved.bg), (saved.bg & ~COLOUR) >>> 0,
			savedStyled].join(),
		savedCharset: JSON.stringify(buffer.savedCharset) ?? "",
		tabs: shown && Object.keys(buffer.tabs).map(Number)
			.filter(x => x < cols && buffer.tabs[x]).join() };
}

/** Everything that can be compared of an xterm.js. */
export function stateOf(terminal) {
	const core = terminal._core;
	const { coreService, coreMouseService, _charsetService: charset, _inputHandler: input,
		buffers } = core;
	const pen = input._curAttrData;
	const normal = bufferState(core, buffers.normal, buffers.active === buffers.normal);
	const alternate = bufferState(core, buffers.alt, buffers.active === buffers.alt);
	return { size: [terminal.cols, terminal.rows].join(), normal, alternate,
		active: buffers.active === buffers.alt ? "alternate" : "normal",
		x: Math.min(buffers.active.x, terminal.cols),
		pen: look(core, pen.fg, pen.bg, pen.extended, true),
		modes: JSON.stringify({ ...coreService.modes, ...coreService.decPrivateModes }),
		hidden: coreService.isCursorHidden,
		options: [terminal.options.cursorBlink, terminal.options.convertEol].join(),
		mouse: [coreMouseService.activeProtocol, coreMouseService.activeEncoding].join(),
		charsets: JSON.stringify([0, 1, 2, 3].map(i => charset._charsets[i] ?? null)),
		charset: JSON.stringify([charset.glevel, charset.charset ?? null]),
		title: terminal.title, colours: JSON.stringify(
			Object.entries(terminal.colours).sort(([a], [b]) => a - b)) };
}

const linkFree = cell => cell.replace(/,[^,]*$/, ",");

function sameCell(a, b) {
	return a === b || ((a.endsWith(",?") || b.endsWith(",?")) && linkFree(a) === linkFree(b));
}

/** The first difference between two states, as text; null when there is none. */
export function difference(a, b, scrollback = true) {
	for (const key of Object.keys(a)) {
		if (key === "normal" || key === "alternate")
			continue;
		if (a[key] !== b[key] && !(key === "pen" && sameCell(a[key], b[key])))
			return `${key}: ${a[key]} / ${b[key]}`;
	}
	for (const name of ["normal", "alternate"]) {
		const found = bufferDifference(a[name], b[name], scrollback);
		if (found)
			return `${name}: ${found}`;
	}
	return null;
}

function bufferDifference(a, b, scrollback) {
	for (const key of ["y", "region", "saved", "savedCharset", "tabs"])
		if (JSON.stringify(a[key]) !== JSON.stringify(b[key]))
			return `${key}: ${a[key]} / ${b[key]}`;
	if (scrollback && a.base !== b.base)
		return `lines above the screen: ${a.base} / ${b.base}`;
	const count = a.lines.length - a.base;
	if (count !== b.lines.length - b.base)
		return `rows: ${count} / ${b.lines.length - b.base}`;
	for (let y = scrollback ? -a.base : 0; y < count; y++) {
		const one = a.lines[a.base + y], two = b.lines[b.base + y];
		if (one.wrapped !== two.wrapped && (scrollback || y > 0))
			return `row ${y} wrapped: ${one.wrapped} / ${two.wrapped}`;
		for (let x = 0; x < one.cells.length; x++)
			if (!sameCell(one.cells[x], two.cells[x]))
				return `row ${y} col ${x}: ${JSON.stringify(one.cells[x])} / ` +
					JSON.stringify(two.cells[x]);
	}
	return null;
}

const isEmpty = extended => !(extended._ext >>> 26 & 7) && !extended.urlId;

function agrees(fg, bg, extended) {
	const shape = extended._ext >>> 26 & 7;
	return !!(bg & STYLED) === !isEmpty(extended) &&
		(!!(fg & UNDERLINE) === !!shape);
}

/**
 * What the terminal has that no bytes can say, or null: then what follows (`rest`) may
 * differ. Some of it only another size brings to light.
 */
export function unsayable(terminal, rest = []) {
	const text = Buffer.concat(rest.map(event => event.write ?? Buffer.alloc(0))).toString();
	const resized = rest.some(event => event.resize) || text.includes("3J");
	const tabbed = resized && /[Hg]|\x88/.test(text);
	const core = terminal._core;
	const { cols, rows, buffers, _charsetService: charset, _inputHandler: input } = core;
	const active = buffers.active;
	const pen = input._curAttrData;
	if (!agrees(pen.fg, pen.bg, pen.extended))
		return "the pen disagrees with itself";
	if (JSON.stringify(charset.charset) !== JSON.stringify(charset._charsets[charset.glevel]))
		return "a character set from a saved cursor";
	if (active.x > cols)
		return "cursor beyond the edge";
	for (const buffer of [buffers.normal, buffers.alt]) {
		const saved = buffer.savedY - buffer.ybase;
		if ((resized && saved < 0) || saved >= rows || (resized && buffer.savedX >= cols))
			return "a saved cursor off the screen";
		if (!!(buffer.savedCurAttrData.fg & UNDERLINE) &&
			!(buffer.savedCurAttrData.bg & STYLED))
			return "a saved pen that disagrees with itself";
		if (buffer.lines.length && buffer.lines.length !== buffer.ybase + rows)
			return "rows missing";
		const tabs = Object.keys(buffer.tabs).map(Number).filter(x => buffer.tabs[x]);
		if (tabs.some(x => x >= cols) && (tabbed || tabs.some(x => x % 8) ||
			tabs.filter(x => x < cols).length !== Math.ceil(cols / 8)))
			return "tabs behind the edge";
		for (let i = 0; i < buffer.lines.length; i++) {
			const line = buffer.lines.get(i);
			if (line.length !== cols)
				return "cells behind the edge";
			if (rows === 1 && line.isWrapped)
				return "a wrapped row on a screen of one";
			if (oddEnd(line, cols))
				return "two blanks with a look at the edge";
			if (halves(line, cols))
				return "half a character";
			if (alone(line, cols, core.unicodeService))
				return "a combining character that has columns of its own";
			if (resized && Object.keys(line._combined).some(x => !line.isCombined(+x)))
				return "stale joined characters";
		}
	}
	if (buffers.alt.ybase || buffers.alt.lines.maxLength !== rows)
		return "lines above the alternate screen";
	if (resized && (buffers.normal.lines.get(0).isWrapped))
		return "the first line is a continuation";
	const line = active.lines.get(active.ybase + active.y);
	if (active.x === cols && !line.hasContent(cols - 1) && line.getWidth(cols - 1))
		return "behind a blank at the edge";
	if (buffers.active === buffers.normal ? false : buffers.normal.y >= rows)
		return "the hidden cursor is off the screen";
	if (core.coreService.decPrivateModes.origin &&
		(active.y < active.scrollTop || active.y > active.scrollBottom))
		return "the cursor is outside the region";
	return null;
}
