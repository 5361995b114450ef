/*
 * A GitHub of one's own: a real server of OAuth with GitHub's addresses, behind a front that lets
 * it fail in every way.
 *
 *	const github = await standIn();
 *	github.user = { id: 4711, login: "ann" };      who signs in there
 *	github.organisations = ["friends"];            and what they are members of
 *	github.fail["/login/oauth/access_token"] = response => response.destroy();
 *	await serve({ args: github.settings({ users: "4711" }), dir: github.secretIn(temporary()) });
 */
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { OAuth2Server } from "oauth2-mock-server";
import { cleanup } from "./tap.mjs";

class GitHub {
	user = { id: 4711, login: "ann" };
	organisations = [];
	/* By path: what answers instead. */
	fail = {};
	/* {path, headers} of each request. */
	asked = [];

	constructor(back) {
		this.back = back;
	}

	/** What dispatch serve is told. */
	settings(more = {}) {
		const all = { client_id: "an-id", url: this.url, ...more };
		return Object.entries(all).flatMap(([name, value]) => ["--set", `github.${name}=${value}`]);
	}

	/** Leaves the client's secret in a state directory; returns that. */
	secretIn(dir) {
		writeFileSync(join(dir, "github.secret"), "a-client-secret\n", { mode: 0o600 });
		return dir;
	}

	answer(request, response) {
		const path = request.url.split("?")[0];
		this.asked.push({ path, headers: request.headers });
		const how = this.fail[path];
		if (how)
			return how(response);
		if (path.startsWith("/api/v3/user/memberships/orgs/")) {
			const active = this.organisations.includes(path.split("/").pop());
			response.writeHead(active ? 200 : 404, { "content-type": "application/json" });
			return response.end(JSON.stringify(active ? { state: "active" } : {}));
		}
		request.pipe(http.request(`${this.back}${request.url}`, { method: request.method,
			headers: request.headers }, answer => {
			response.writeHead(answer.statusCode, answer.headers);
			answer.pipe(response);
		}));
	}
}

export async function standIn() {
	const oauth = new OAuth2Server(undefined, undefined, { endpoints: {
		authorize: "/login/oauth/authorize", token: "/login/oauth/access_token",
		userinfo: "/api/v3/user" } });
	await oauth.issuer.keys.generate("RS256");
	await oauth.start(0, "127.0.0.1");
	cleanup(() => oauth.stop());
	const github = new GitHub(`http://127.0.0.1:${oauth.address().port}`);
	oauth.service.on("beforeUserinfo", answer => { answer.body = github.user; });
	const front = http.createServer((request, response) => github.answer(request, response));
	front.listen(0, "127.0.0.1");
	await once(front, "listening");
	cleanup(() => front.closeAllConnections() ?? front.close());
	github.url = `http://127.0.0.1:${front.address().port}`;
	return github;
}
