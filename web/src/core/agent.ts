/*
 * What a browser calls itself, as a person would: "Firefox on Android". Only the browsers that say
 * something else than the name of another one are told apart; the rest stays as it is.
 */

const BROWSERS: readonly [RegExp, string][] = [
	[/\bEdgA?\//, 'Edge'],
	[/\bOPR\//, 'Opera'],
	[/\bSamsungBrowser\//, 'Samsung Internet'],
	[/\bFirefox\/|\bFxiOS\//, 'Firefox'],
	[/\bChrome\/|\bCriOS\/|\bHeadlessChrome\//, 'Chrome'],
	[/\bSafari\//, 'Safari'],
];

const SYSTEMS: readonly [RegExp, string][] = [
	[/\biPhone\b/, 'iPhone'],
	[/\biPad\b/, 'iPad'],
	[/\bAndroid\b/, 'Android'],
	[/\bWindows\b/, 'Windows'],
	[/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
	[/\bCrOS\b/, 'ChromeOS'],
	[/\bLinux\b/, 'Linux'],
];

const LONGEST = 60;

/** "" for what says nothing. */
export function agentName(agent: string): string {
	const find = (table: typeof BROWSERS) => table.find(([pattern]) => pattern.test(agent))?.[1];
	const browser = find(BROWSERS);
	const system = find(SYSTEMS);
	if (browser && system) return `${browser} on ${system}`;
	const plain = agent.trim();
	return plain.length > LONGEST ? `${plain.slice(0, LONGEST)}…` : plain;
}

/** True for a telephone or tablet. */
export function isMobile(agent: string): boolean {
	return /\b(iPhone|iPad|Android|Mobile)\b/.test(agent);
}
