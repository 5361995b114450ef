#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* What programs ask of their terminal is answered once, by the view that decides the size, and
 * only when it is asked: not by those who watch, and not when it is shown again. */
import { serve } from "../lib/dispatch.mjs";
import { done, equal, ok, test, until } from "../lib/tap.mjs";
import { open, setUp } from "./browser.mjs";

const ESC = "\x1b", ST = `${ESC}\\`;
const csi = text => `${ESC}[${text}`, osc = text => `${ESC}]${text}${ST}`, dcs = text => `${ESC}P${text}${ST}`;
const modes = [1, 6, 7, 9, 12, 25, 45, 66, 67, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 1048, 1047, 1049,
	2004, 2026, 2031, 9999];

/* Each query, and what the answer is: a pattern, or nothing at all. */
const table = [
	["CSI c", csi("c"), /^\x1b\[\?1;2c$/],
	["CSI 0 c", csi("0c"), /^\x1b\[\?1;2c$/],
	["CSI > c", csi(">c"), /^\x1b\[>0;276;0c$/],
	["CSI > 0 c", csi(">0c"), /^\x1b\[>0;276;0c$/],
	["CSI = c", csi("=c"), /^$/],
	["CSI > q", csi(">q"), /^$/],
	["CSI 5 n", csi("5n"), /^\x1b\[0n$/],
	["CSI 6 n", csi("6n"), /^\x1b\[\d+;\d+R$/],
	...["6", "15", "25", "26", "53", "55", "62", "63;1", "75", "85", "996"].map(n =>
		[`CSI ? ${n} n`, csi(`?${n}n`), n === "6" ? /^\x1b\[\?\d+;\d+R$/ : /^$/]),
	...modes.map(mode => [`DECRQM ? ${mode}`, csi(`?${mode}$p`), /^\x1b\[\?\d+;[0-4]\$y$/]),
	["DECRQM 4", csi("4$p"), /^\x1b\[4;[0-4]\$y$/],
	["DECRQM 20", csi("20$p"), /^\x1b\[20;[0-4]\$y$/],
	...[0, 1, 15, 255].map(n => [`OSC 4 ; ${n}`, osc(`4;${n};?`), new RegExp(`^\\x1b\\]4;${n};rgb:`)]),
	...[10, 11, 12].map(n => [`OSC ${n}`, osc(`${n};?`), new RegExp(`^\\x1b\\]${n};rgb:`)]),
	["OSC 52", osc("52;c;?"), /^$/],
	...["m", "r", "\"p", "\"q", " q"].map(what => [`DECRQSS ${what}`, dcs(`$q${what}`), /^$/]),
	["XTGETTCAP", dcs("+q544e"), /^$/],
	...["11", "13", "14", "15", "16", "18", "19", "20", "21"].map(n => [`CSI ${n} t`, csi(`${n}t`), /^$/]),
	["CSI ? u", csi("?u"), /^$/],
	["CSI ? 4 m", csi("?4m"), /^$/],
	["ENQ", "\x05", /^$/],
	["focus reports", csi("?1004h") + csi("?1004l"), /^(\x1b\[[IO])?$/],
];

/* Asks all of it, one after the other, whenever it reads a "g", and tells what it reads. The
 * answer to CSI 5 n comes behind whatever a query was answered with. */
const asker = `
const queries = JSON.parse(process.argv[1]), end = "\\x1b[0n";
let got = "", at = -1, round = 0;
const say = text => process.stdout.write(text + "\\n");
const ask = () => process.stdout.write(queries[at] + "\\x1b[5n");
const next = () => {
	if (++at < queries.length)
		return ask();
	at = -1;
	say("round " + ++round + " is over");
};
process.stdin.setRawMode(true).setEncoding("latin1").on("data", text => {
	if (at < 0) {
		if (text === "f")
			return process.stdout.write("filler ".repeat(60000), () => say("filled"));
		say(text === "g" ? "begin" : "more: " + JSON.stringify(text));
		return text === "g" && next();
	}
	got += text;
	const own = queries[at] === "\\x1b[5n" ? 2 : 1;
	if (got.split(end).length - 1 < own || !got.endsWith(end))
		return;
	say("answer " + JSON.stringify([at, got.slice(0, -end.length)]));
	got = "";
	next();
});
say("ready");
`;

const d = await serve();
const browser = await open(d);
const key = await setUp(d);
const client = d.client();
const [desk, other] = [await browser.profile({ key }), await browser.profile({ key })];
const { id } = await client.create([process.execPath, "-e", asker,
	JSON.stringify(table.map(([, query]) => query))], { cols: 100, rows: 30 });

/* What each tab has sent to the session. */
async function watched(profile) {
	const tab = await profile.tab();
	tab.sent = "";
	tab.page.on("request", request => {
		if (request.url().includes("/input?"))
			tab.sent += request.postDataBuffer().toString("latin1");
	});
	return tab;
}

const viewers = [await watched(desk), await watched(desk), await watched(other)];
const [first, second, stranger] = viewers;
for (const tab of viewers)
	await tab.open(id);
const sent = () => viewers.map(tab => tab.sent.length);
const clear = () => viewers.forEach(tab => { tab.sent = ""; });

/* The answers of a round as the program read them. */
async function answers(round) {
	for (const tab of viewers)
		await tab.see(`round ${round} is over`, 60000);
	const text = (await client.output(id)).toString("latin1");
	const [before, rest] = text.split(`round ${round} is over`);
	const part = before.slice(before.lastIndexOf("begin\r\n")) + rest;
	return {
		list: [...part.matchAll(/answer (\[.*?\])\r\n/g)].map(([, json]) => JSON.parse(json)),
		more: /more: .*/.exec(part)?.[0] ?? null,
	};
}

async function answeredBy(tab, round) {
	const { list, more } = await answers(round);
	equal(list.map(([at]) => at), table.map((_, at) => at), "queries");
	equal(list.map(([at, text]) => [table[at][0], text, table[at][2]])
		.filter(([, text, wanted]) => !wanted.test(text)), [], "other answers than expected");
	equal(more, null, "input that nobody waited for");
	equal(viewers.filter(one => one !== tab && one.sent).length, 0, "others that answered");
	const said = list.map(([, text]) => text + csi("0n")).join("");
	equal(tab.sent.replace(/^g/, ""), said, "what the view sent");
}

/* Asks without a person at any of the tabs. */
const askAgain = () => client.writer(id).write("g");

/* Types something that asks nothing, and waits until the log says who decides now. */
async function takeOver(tab) {
	await tab.type("x");
	await tab.pane('[data-owner="true"]').waitFor();
	clear();
}

await test("there are at least sixty queries", () => ok(table.length >= 60, "queries", table.length));

await test("of three views the one that was typed in answers, each query once", async () => {
	await takeOver(first);
	await first.type("g");
	await answeredBy(first, 1);
	equal(await Promise.all(viewers.map(tab => tab.pane().getAttribute("data-owner"))),
		["true", "false", "false"], "who decides");
}, 120000);

await test("nothing is answered when it is shown again", async () => {
	clear();
	for (const tab of viewers) {
		await tab.reload();
		await tab.ready();
		await tab.see("round 1 is over");
	}
	equal(sent(), [0, 0, 0], "bytes to the program");
	equal((await answers(1)).more, null, "what the program read");
}, 60000);

await test("a view that was reloaded still answers, for it decided before", async () => {
	await askAgain();
	await answeredBy(first, 2);
}, 120000);

await test("whoever types takes over, also when the size stays the same", async () => {
	await takeOver(stranger);
	await stranger.type("g");
	await answeredBy(stranger, 3);
}, 120000);

await test("a copy of the tab that decides does not decide", async () => {
	await first.button("Take size").click().catch(() => first.type("x"));
	await first.pane('[data-owner="true"]').waitFor();
	const [page] = await Promise.all([desk.context.waitForEvent("page"),
		first.page.evaluate(() => void window.open(location.href))]);
	const copy = page.locator('.slot.front section[data-state="live"]');
	await copy.waitFor();
	equal(await copy.getAttribute("data-owner"), "false", "the copy decides");
	clear();
	await askAgain();
	await answeredBy(first, 4);
	await page.close();
}, 120000);

await test("nothing is answered by views that begin with a snapshot", async () => {
	await client.writer(id).write("f");
	for (const tab of viewers)
		await tab.see("filled");
	clear();
	for (const tab of viewers) {
		await tab.reload();
		await tab.ready();
	}
	equal(sent(), [0, 0, 0], "bytes to the program");
	const output = (await client.output(id)).toString("latin1");
	equal(output.slice(output.lastIndexOf("filled")), "filled\r\n", "what the program read");
}, 60000);

await browser.quiet();
await done();
