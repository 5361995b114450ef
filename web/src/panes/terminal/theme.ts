/*
 * The colours inside a terminal. They are not the UI's tokens, because programs expect sixteen
 * colours that they know; the default pair only matches the UI's two themes in surface and mood.
 */

import type { ITheme } from '@xterm/xterm';

const dark: ITheme = {
	background: '#08090b',
	foreground: '#e4e6ea',
	cursor: '#e4e6ea',
	cursorAccent: '#08090b',
	selectionBackground: '#3a5ea880',
	selectionInactiveBackground: '#3a5ea859',
	overviewRulerBorder: '#00000000',
	scrollbarSliderBackground: '#ffffff1f',
	scrollbarSliderHoverBackground: '#ffffff33',
	scrollbarSliderActiveBackground: '#ffffff4d',
	black: '#1c1f25',
	red: '#f2726a',
	green: '#4cc38a',
	yellow: '#e8b24a',
	blue: '#6e9cf7',
	magenta: '#c792ea',
	cyan: '#56c2d6',
	white: '#c6cad2',
	brightBlack: '#7a808c',
	brightRed: '#ff938b',
	brightGreen: '#74dba8',
	brightYellow: '#f6ca72',
	brightBlue: '#95b8ff',
	brightMagenta: '#dcb3f5',
	brightCyan: '#84dbea',
	brightWhite: '#ffffff',
};

const light: ITheme = {
	background: '#fdfdfe',
	foreground: '#1d2026',
	cursor: '#1d2026',
	cursorAccent: '#fdfdfe',
	selectionBackground: '#7aa2f759',
	selectionInactiveBackground: '#7aa2f740',
	overviewRulerBorder: '#00000000',
	scrollbarSliderBackground: '#00000024',
	scrollbarSliderHoverBackground: '#0000003d',
	scrollbarSliderActiveBackground: '#00000057',
	black: '#1d2026',
	red: '#c22f2f',
	green: '#1a7f4b',
	yellow: '#8f5f00',
	blue: '#2a5fd0',
	magenta: '#8b3fb8',
	cyan: '#0f7286',
	white: '#6a707c',
	brightBlack: '#656b77',
	brightRed: '#d43c3c',
	brightGreen: '#1d8a52',
	brightYellow: '#966400',
	brightBlue: '#366fe6',
	brightMagenta: '#9a4ccb',
	brightCyan: '#117c92',
	brightWhite: '#3c414b',
};

export function terminalTheme(scheme: 'dark' | 'light'): ITheme {
	return scheme === 'dark' ? dark : light;
}

/** How matches of a search are marked, and the one that is looked at. */
export function searchColours(scheme: 'dark' | 'light') {
	const [all, one, edge] =
		scheme === 'dark' ? ['#263c69', '#3f6fd8', '#d5e1fb'] : ['#d3e2ff', '#8fb4fb', '#1f4fb5'];
	return {
		matchBackground: all,
		matchOverviewRuler: all,
		activeMatchBackground: one,
		/* The selection lies over its ground: the edge tells it from the others. */
		activeMatchBorder: edge,
		activeMatchColorOverviewRuler: one,
	};
}
