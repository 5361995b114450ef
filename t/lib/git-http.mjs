/* A git server as web servers run it (git-http-backend), which can hold its answers back. */
import { spawn } from "node:child_process";
import http from "node:http";
import { cleanup } from "./tap.mjs";
import { gitEnv } from "./git.mjs";

/** Serves the repositories beneath `dir`; {url, password, hold()}. */
export async function serveGit(dir, { password } = {}) {
	let held = null;
	const server = http.createServer(async (request, response) => {
		const { pathname, search } = new URL(request.url, "http://x");
		const wanted = password && `Basic ${Buffer.from(`ada:${password}`).toString("base64")}`;
		if (wanted && request.headers.authorization !== wanted) {
			response.writeHead(401, { "WWW-Authenticate": 'Basic realm="git"' }).end();
			return;
		}
		held?.asked();
		await held?.open;
		const backend = spawn("git", ["http-backend"], { env: { ...gitEnv,
			GIT_PROJECT_ROOT: dir, GIT_HTTP_EXPORT_ALL: "1", PATH_INFO: pathname,
			QUERY_STRING: search.slice(1), REQUEST_METHOD: request.method,
			CONTENT_TYPE: request.headers["content-type"] ?? "",
			HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
			GIT_PROTOCOL: request.headers["git-protocol"] ?? "",
			REMOTE_USER: "ada", REMOTE_ADDR: "127.0.0.1" } });
		request.pipe(backend.stdin).on("error", () => {});
		const parts = [];
		for await (const part of backend.stdout)
			parts.push(part);
		const all = Buffer.concat(parts), end = all.indexOf("\r\n\r\n");
		const headers = Object.fromEntries(all.subarray(0, end).toString().split("\r\n")
			.map(line => line.split(/: */)));
		const { Status: status = "200", ...others } = headers;
		response.writeHead(parseInt(status, 10), others).end(all.subarray(end + 4));
	});
	await new Promise(done => server.listen(0, "127.0.0.1", done));
	cleanup(() => { server.closeAllConnections(); server.close(); });
	return {
		url: `http://127.0.0.1:${server.address().port}`,
		/** From now on answers wait; `arrived` is when one does; release() lets them go. */
		hold() {
			const gate = {};
			gate.arrived = new Promise(done => { gate.asked = done; });
			gate.open = new Promise(done => { gate.release = done; });
			held = gate;
			return { arrived: gate.arrived, release() { held = null; gate.release(); } };
		},
	};
}
