/*
 * Runs a test file, whose name ends in .t, as the ES module that it is; its first line calls
 * this. Node by itself loads modules by other endings only.
 */
import { register } from "node:module";
import { pathToFileURL } from "node:url";

const hooks = `
import { readFile } from "node:fs/promises";
export const load = async (url, context, next) => !url.endsWith(".t") ? next(url, context)
	: { format: "module", source: await readFile(new URL(url)), shortCircuit: true };
`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
await import(pathToFileURL(process.argv[2]));
