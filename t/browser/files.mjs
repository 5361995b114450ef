/*
 * Workspaces and their files, for tests of the page: a Dispatch whose person has a home of their
 * own, folders in it, and words for what one sees and does in the file browser.
 */
import { mkdirSync, realpathSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { serve, temporary } from "../lib/dispatch.mjs";
import { equal, until } from "../lib/tap.mjs";

/** A running Dispatch and the home of its person: {d, home}. */
export async function serveHome(options = {}) {
	const home = realpathSync(temporary());
	const d = await serve({ ...options, env: { HOME: home, ...options.env } });
	return { d, home };
}

/** Writes files below a folder: {"src/a.c": "text or bytes", "empty/": null}. */
export function plant(folder, files) {
	mkdirSync(folder, { recursive: true });
	for (const [path, content] of Object.entries(files)) {
		const target = join(folder, path);
		mkdirSync(content === null ? target : dirname(target), { recursive: true });
		if (content !== null)
			writeFileSync(target, content);
	}
	return folder;
}

/** Makes a workspace of a folder that is there; resolves to its row. */
export async function workspaceOf(client, path, name) {
	const reply = await client.post("api/workspaces", { path, ...(name && { name }) });
	equal(reply.status, 201, `workspace: ${reply.body}`);
	return reply.json;
}

/** The file browser of one workspace, in a tab. */
export class FileBrowser {
	constructor(tab, workspace) {
		Object.assign(this, { tab, workspace, page: tab.page });
		this.pane = this.page.locator(`.slot.front section[data-files="${workspace}"]`);
		this.list = this.pane.getByRole("treegrid");
	}

	async open() {
		await this.tab.go(`#/w/${this.workspace}/files`);
		await this.pane.and(this.page.locator('[data-state="ready"]')).waitFor();
		await this.tab.link("live");
		return this;
	}

	row(path) {
		return this.pane.locator(`[data-path="${quoted(path)}"]`);
	}

	/** The names in view, indented as they stand. */
	names() {
		return this.pane.locator("[data-path]").evaluateAll(rows => rows.map(row =>
			"  ".repeat(row.ariaLevel - 1) + row.querySelector(".name").textContent));
	}

	/** Waits until exactly these names are in view. */
	shows(...names) {
		let got = [];
		return until(`the tree shows ${names.join(", ")}`, async () => {
			got = await this.names();
			return JSON.stringify(got) === JSON.stringify(names);
		}).catch(e => {
			e.message += `\nit shows: ${JSON.stringify(got)}`;
			throw e;
		});
	}

	/** Opens folders by clicking on them. */
	async unfold(...paths) {
		for (const path of paths) {
			await this.row(path).click();
			await this.pane.locator(`[data-path="${quoted(path)}"][aria-expanded="true"]`).waitFor();
		}
	}

	/** Chooses an entry of the menu of a row. */
	async choose(path, item) {
		await this.row(path).click({ button: "right" });
		await this.page.getByRole("menuitem", { name: item }).click();
	}

	/** Chooses an entry of the header's menu. */
	async more(item) {
		await this.pane.getByRole("button", { name: "More", exact: true }).click();
		await this.page.getByRole("menuitem", { name: item, exact: true }).click();
	}

	get preview() {
		return this.pane.locator("[data-preview]");
	}
}

const quoted = text => text.replace(/["\\]/g, "\\$&");
