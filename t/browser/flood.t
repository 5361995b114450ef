#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* A program that never stops printing neither makes its view lag behind nor holds up the others. */
import { serve } from "../lib/dispatch.mjs";
import { done, note, ok, sleep, test, until } from "../lib/tap.mjs";
import { open, setUp } from "./browser.mjs";

const SLOW = 1e6 / 8; /* bytes per second: 1 Mbit/s */
/* Milliseconds behind live. Without jumps they would grow by one second in each. The figure of a
 * machine that does nothing else stands in doc/performance.md. */
const USUALLY_BEHIND = 1500;

const d = await serve();
const browser = await open(d);
const key = await setUp(d);
const client = d.client();
const desk = await browser.profile({ key });
const tab = await desk.tab("");

/* Milliseconds from doing something until the terminal shows it. */
async function took(act, what) {
	const began = Date.now();
	await act();
	await tab.see(what);
	return Date.now() - began;
}

await test("Ctrl-C ends a flood, and the prompt is there soon", async () => {
	await tab.shell();
	await tab.type("yes\n");
	await tab.see("y\ny\ny\ny\n");
	const ms = await took(() => tab.press("Control+c"), /\^C\n?[^]*[$#]\n$/);
	note(`${ms} ms`);
	ok(ms < 5000, "milliseconds until the prompt", ms);
});

await test("typing in another session stays quick", async () => {
	const flooded = await tab.session();
	await tab.type("yes\n");
	await tab.see("y\ny\ny\ny\n");
	await tab.shell();
	const times = [];
	for (let i = 0; i < 10; i++)
		times.push(await took(() => tab.type(`echo $((${i} + 4000))\n`), `\n${i + 4000}\n`));
	times.sort((a, b) => a - b);
	note(`${times.join(" ")} ms`);
	ok(times[5] < 2000, "median of the milliseconds", times);
	await client.delete(`api/sessions/${flooded}?force=1`);
});

/* What the newest line on the screen says of when it was printed. */
const shown = page => page.evaluate(() => {
	const { terminal } = document.querySelector(".slot.front .host") ?? {};
	const normal = terminal?.buffer.normal ?? { length: 0 };
	for (let y = normal.length - 1; y >= 0; y--) {
		const at = /^at (\d{13}) /.exec(normal.getLine(y).translateToString(true));
		if (at)
			return Number(at[1]);
	}
	return 0;
});

await test("on a line of 1 Mbit/s a flood is shown soon after it is printed", async () => {
	const clock = `const fill = "z".repeat(100); setInterval(() => { for (let i = 0; i < 100; i++)
		console.log("at " + Date.now() + " " + fill); }, 5)`;
	const { id } = await client.create([process.execPath, "-e", clock], { cols: 130, rows: 30 });
	const slow = await desk.tab("");
	for (const other of desk.tabs)
		if (other !== slow)
			await other.page.close();
	await slow.open(id);
	const session = await slow.page.context().newCDPSession(slow.page);
	await session.send("Network.enable");
	await session.send("Network.emulateNetworkConditions",
		{ offline: false, latency: 20, downloadThroughput: SLOW, uploadThroughput: SLOW });
	await slow.reload();
	await until("it flows", () => shown(slow.page), 60000);
	await sleep(3000); /* what was under way when the line became slow */
	const behind = [];
	for (let i = 0; i < 50; i++) {
		behind.push(Date.now() - await shown(slow.page));
		await sleep(100);
	}
	behind.sort((a, b) => a - b);
	const [median, worst] = [behind[25], behind[49]];
	note(`${median} ms behind, at most ${worst} ms`);
	ok(median <= USUALLY_BEHIND, "milliseconds behind", behind);
}, 120000);

await browser.quiet();
await done();
