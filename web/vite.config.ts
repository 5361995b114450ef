/*
 * The build of the browser UI: one static folder, dist/, that works under any prefix (every URL
 * in it is relative) and under a policy without inline scripts or styles.
 *
 * Each build has an id. The page carries it, dist/build.json tells it to the server, and the
 * server says it in the first event of every stream, so that a page left open over an upgrade
 * notices and reloads itself. The id is the hash of everything that goes into the build, which
 * makes it the same for the same sources on every machine; DISPATCH_BUILD overrides it.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig, type Plugin } from 'vite';

const INPUTS = ['index.html', 'package-lock.json', 'public', 'src', 'vite.config.ts'];

function filesBelow(path: string): string[] {
	try {
		return readdirSync(path)
			.sort()
			.flatMap((name) => filesBelow(join(path, name)));
	} catch {
		return [path];
	}
}

function buildId(root: string): string {
	if (process.env.DISPATCH_BUILD) return process.env.DISPATCH_BUILD;
	const hash = createHash('sha256');
	for (const input of INPUTS) {
		for (const file of filesBelow(join(root, input))) {
			if (file.endsWith('.test.ts')) continue;
			hash.update(file.slice(root.length)).update('\0').update(readFileSync(file)).update('\0');
		}
	}
	return hash.digest('hex').slice(0, 16);
}

function buildFile(build: string): Plugin {
	return {
		name: 'dispatch-build-file',
		apply: 'build',
		generateBundle() {
			this.emitFile({
				type: 'asset',
				fileName: 'build.json',
				source: JSON.stringify({ build }) + '\n',
			});
		},
	};
}

export default defineConfig(({ command }) => {
	const build = buildId(import.meta.dirname);
	return {
		base: './',
		define: { __BUILD__: JSON.stringify(command === 'build' ? build : null) },
		plugins: [svelte(), buildFile(build)],
		build: {
			target: ['chrome111', 'firefox114', 'safari16.4'],
			assetsInlineLimit: 0,
			modulePreload: { polyfill: false },
			chunkSizeWarningLimit: 600,
		},
	};
});
