/* The full disk, as a program that is called on one; argv: web server, cycles. */
import { disk } from "../lib/small-disk.mjs";
import { done, test } from "../lib/tap.mjs";
import { fullDisk } from "./parts.mjs";
import { show } from "./report.mjs";

const [web, cycles] = process.argv.slice(-2);
await test(`${web}: a disk that fills and empties ${cycles} times under kills loses nothing`,
	async () => show(await fullDisk(web, disk, +cycles)), 600000);
await done();
