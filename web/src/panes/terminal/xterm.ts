/*
 * Makes the xterm.js terminal with everything a view needs of it, and keeps its drawing fast: WebGL
 * while the terminal is looked at with a mouse at hand, the DOM otherwise. Browsers allow a page
 * only a few WebGL contexts and take them away at will, so a hidden terminal gives its own back,
 * and a lost one means the DOM from then on. On touch screens the DOM is what lets fingers select.
 */

import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { WebglAddon } from '@xterm/addon-webgl';
import { Terminal, type ITheme } from '@xterm/xterm';
import { allowInlineStyles } from './inline-styles.ts';

const FONT = '"JetBrains Mono NL", ui-monospace, "DejaVu Sans Mono", monospace';
const FONT_WAIT_MS = 1500;

/* Also where matches of a search are marked. */
const SCROLLBAR_WIDTH = 10;

/* The face stands 1.32 em high by itself; together with this a row is 1.4 em. */
const LINE_HEIGHT = 1.06;

export interface TerminalOptions {
	theme: ITheme;
	fontSize: number;
	screenReader: boolean;
	links: LinkSink;
}

export interface LinkSink {
	/** A link under the mouse, or none. */
	hover(uri: string | null): void;
	/** `declared` when the program gave the text and the target apart (OSC 8). */
	open(event: MouseEvent, uri: string, declared: boolean): void;
}

export interface Made {
	terminal: Terminal;
	fit: FitAddon;
	search: SearchAddon;
}

/** Text measured before its face is there would have the wrong cells. */
export async function fontReady(): Promise<void> {
	const faces = ['400', '700'].map((weight) => document.fonts.load(`${weight} 13px ${FONT}`));
	const limit = new Promise((resolve) => setTimeout(resolve, FONT_WAIT_MS));
	await Promise.race([Promise.allSettled(faces), limit]);
}

export function makeTerminal({ theme, fontSize, screenReader, links }: TerminalOptions): Made {
	allowInlineStyles();
	const terminal = new Terminal({
		allowProposedApi: true,
		cursorBlink: false,
		cursorInactiveStyle: 'outline',
		fontFamily: FONT,
		fontSize,
		lineHeight: LINE_HEIGHT,
		linkHandler: {
			allowNonHttpProtocols: false,
			activate: (event, uri) => links.open(event, uri, true),
			hover: (_event, uri) => links.hover(uri),
			leave: () => links.hover(null),
		},
		macOptionClickForcesSelection: true,
		minimumContrastRatio: 4.5,
		overviewRuler: { width: SCROLLBAR_WIDTH },
		rescaleOverlappingGlyphs: true,
		screenReaderMode: screenReader,
		scrollback: 10_000,
		theme,
	});
	const fit = new FitAddon();
	const search = new SearchAddon();
	terminal.loadAddon(fit);
	terminal.loadAddon(search);
	terminal.loadAddon(new Unicode11Addon());
	terminal.unicode.activeVersion = '11';
	terminal.loadAddon(
		new WebLinksAddon((event, uri) => links.open(event, uri, false), {
			hover: (_event, uri) => links.hover(uri),
			leave: () => links.hover(null),
		}),
	);
	return { terminal, fit, search };
}

/** A terminal that nobody sees, in which the log becomes the same lines. */
export function makeHiddenTerminal(cols: number, rows: number, scrollback: number): Terminal {
	const terminal = new Terminal({ allowProposedApi: true, cols, rows, scrollback });
	terminal.loadAddon(new Unicode11Addon());
	terminal.unicode.activeVersion = '11';
	return terminal;
}

export class Renderer {
	#webgl: WebglAddon | null = null;
	#refused: boolean;

	constructor(
		private readonly terminal: Terminal,
		domOnly: boolean,
	) {
		this.#refused = domOnly;
	}

	show(): void {
		if (this.#refused || this.#webgl) return;
		const webgl = new WebglAddon();
		try {
			webgl.onContextLoss(() => {
				this.#refused = true;
				this.hide();
			});
			this.terminal.loadAddon(webgl);
			this.#webgl = webgl;
		} catch {
			this.#refused = true;
			webgl.dispose();
		}
	}

	hide(): void {
		this.#webgl?.dispose();
		this.#webgl = null;
	}

	/**
	 * Sets the size of the text. WebGL cuts the width of a cell down to whole pixels, which crowds
	 * the letters; where more than half a pixel would be lost, a whole one is added.
	 */
	setFontSize(size: number): void {
		const width = advance(size) * devicePixelRatio;
		const { options } = this.terminal;
		const spacing = this.#webgl && width - Math.floor(width) >= 0.5 ? 1 : 0;
		if (options.fontSize !== size) options.fontSize = size;
		if (options.letterSpacing !== spacing) options.letterSpacing = spacing;
	}
}

const ruler = document.createElement('canvas').getContext('2d');

function advance(fontSize: number): number {
	if (!ruler) return 0;
	ruler.font = `${fontSize}px ${FONT}`;
	return ruler.measureText('W').width;
}
