/* A Dispatch on a system that refuses namespaces, as some containers do. */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { temporary } from "./dispatch.mjs";
import { isolates } from "./isolation.mjs";

/** The settings of somebody who has set none, wherever the tests run. */
export const isolating = ["--set", "session.isolation=open", "--set",
	"claude.isolation=project"];

/** Words before a command that runs it where no further namespace may be made. */
export function refusing() {
	if (!isolates())
		return [];
	const script = join(temporary(), "refusing");
	writeFileSync(script, "#!/bin/sh\n" +
		"echo 0 >/proc/sys/user/max_user_namespaces || exit 9\nexec \"$@\"\n");
	chmodSync(script, 0o755);
	return ["unshare", "-Ur", script];
}
