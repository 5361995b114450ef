/*
 * Whether the kernel lets a session be isolated here. Where it does not, which is how some
 * containers and hardened systems are, everything else is tested without: the product would
 * refuse to start a session, and says so in a test of its own.
 */
import { spawnSync } from "node:child_process";
import { note } from "./tap.mjs";

let known;

/** False where there are no user namespaces, or they give no right to mount. */
export function isolates() {
	known ??= spawnSync("unshare", ["-Urmpf", "--mount-proc", "true"]).status === 0;
	return known;
}

let told = false;

/** Settings for a Dispatch whose sessions are to start. */
export function possibleSettings() {
	if (isolates())
		return [];
	if (!told)
		note("The kernel refuses user namespaces: sessions run with the profile none here.");
	told = true;
	return ["--set", "session.isolation=none", "--set", "claude.isolation=none"];
}
