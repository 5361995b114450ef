#!/usr/bin/env -S sh -c 'exec node "${0%/*}/lib/run.mjs" "$0"'
/*
 * The trash of a workspace that is on another disk: what goes there and comes back is copied.
 * The other disk is a tmpfs in a mount namespace of this test's own; there it calls itself again.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run, serve, temporary } from "./lib/dispatch.mjs";
import { Files, workspaceAt } from "./lib/files.mjs";
import { disk, onSmallDisk } from "./lib/small-disk.mjs";
import { cleanup, done, equal, note, ok, skipAll, test } from "./lib/tap.mjs";

if (!disk) {
	const code = await onSmallDisk([fileURLToPath(import.meta.url)]);
	if (code === null)
		await skipAll("no file system can be mounted here");
	process.exit(code);
}

const d = await serve({ dir: join(temporary(), "d"), args: ["--set", "workspace.roots=/"] });
const root = join(disk, "work");
mkdirSync(join(root, "gone/deep"), { recursive: true });
writeFileSync(join(root, "gone/deep/file"), "text");
writeFileSync(join(root, "gone/stays"), "more");
const files = new Files(d.client(), workspaceAt(d, root));
const items = async () => (await files.trash()).json.items;
const inTrash = () => join(d.dir, "trash", files.workspace);

await test("what is deleted is copied there, and copied back", async () => {
	const { id } = (await files.remove("gone")).json;
	ok(!existsSync(join(root, "gone")), "it is gone");
	equal(readFileSync(join(inTrash(), id, "deep/file"), "utf8"), "text");
	equal((await files.op("restore", { id })).status, 201);
	equal(readFileSync(join(root, "gone/deep/file"), "utf8"), "text");
	equal([await items(), readdirSync(inTrash())], [[], []]);
});

await test("what is back in whole is back, also when the copy in the trash would not go", async () => {
	const { id } = (await files.remove("gone")).json;
	const held = join(inTrash(), id, "stays");
	if (run(["mount", "--bind", held, held]).code !== 0) {
		note("nothing can be mounted here");
		return;
	}
	cleanup(() => run(["umount", "-q", held]));
	const reply = await files.op("restore", { id });
	equal([reply.status, reply.json.name], [201, "gone"], reply.body.toString());
	equal(readFileSync(join(root, "gone/deep/file"), "utf8"), "text");
	equal(readFileSync(join(root, "gone/stays"), "utf8"), "more");
	equal(await items(), [], "it is not there a second time");
	equal((await files.op("restore", { id, to: "again" })).summary, "404 trash.unknown");
	equal(run(["umount", held]).code, 0);
	equal((await d.client().request("DELETE", `api/trash?workspace=${files.workspace}`)).status,
		204);
	equal(readdirSync(inTrash()), [], "what was left of it goes with the rest");
});

await d.clean();
await done();
