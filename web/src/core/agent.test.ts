import assert from 'node:assert/strict';
import test from 'node:test';
import { agentName, isMobile } from './agent.ts';

const MOZILLA = 'Mozilla/5.0';

test('a browser is called what its person calls it', () => {
	const names: [string, string][] = [
		[`${MOZILLA} (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0`, 'Firefox on Linux'],
		[`${MOZILLA} (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0`, 'Edge on Windows'],
		[`${MOZILLA} (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36`, 'Chrome on Android'],
		[`${MOZILLA} (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1`, 'Safari on iPhone'],
		[`${MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15`, 'Safari on macOS'],
	];
	for (const [agent, name] of names) assert.equal(agentName(agent), name);
});

test('what is no browser keeps its own words, cut', () => {
	assert.equal(agentName('curl/8.5.0'), 'curl/8.5.0');
	assert.equal(agentName(' '), '');
	assert.equal(agentName('x'.repeat(400)).length, 61);
});

test('a telephone is told from a desk', () => {
	assert.equal(isMobile(`${MOZILLA} (Linux; Android 15; Pixel 9)`), true);
	assert.equal(isMobile(`${MOZILLA} (X11; Linux x86_64)`), false);
});
