#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* Several tabs of one browser, and several browsers, on one session. */
import { serve } from "../lib/dispatch.mjs";
import { done, equal, ok, test, until } from "../lib/tap.mjs";
import { PHONE, open, setUp } from "./browser.mjs";

const d = await serve();
const browser = await open(d);
const key = await setUp(d);
const client = d.client();
const desk = await browser.profile({ key });
const first = await desk.tab("");
const id = await first.shell();
await first.run("cat");

const resizes = async () =>
	(await client.events(id, "&channel=pty:resize")).map(event => event.data);

await test("what is typed in one tab is seen in the other, both ways", async () => {
	const second = await desk.tab();
	await second.open(id);
	await first.type("from the first\n");
	await second.see("from the first\nfrom the first\n");
	await second.type("from the second\n");
	for (const tab of [first, second])
		await tab.see("from the second\nfrom the second\n");
	equal(await second.lines(), await first.lines(), "text of both");
});

await test("what is typed in one browser is seen in another, both ways", async () => {
	const other = await (await browser.profile({ key })).tab();
	await other.open(id);
	await first.type("from here\n");
	await other.see("from here\nfrom here\n");
	await other.type("from there\n");
	for (const tab of [first, other])
		await tab.see("from there\nfrom there\n");
	equal(await other.lines(), await first.lines(), "text of both");
});

await test("a renamed session has its new name everywhere", async () => {
	await client.patch(`api/sessions/${id}`, { title: "Shared" });
	for (const { tabs } of browser.profiles)
		for (const tab of tabs)
			await tab.says(tab.pane().locator("h1"), "Shared");
});

await test("nine tabs of one browser are all live, though a browser has six connections",
	async () => {
		const tabs = [];
		for (let i = 0; i < 7; i++)
			tabs.push(await (await desk.tab()).go(`#/s/${id}`));
		for (const tab of tabs)
			await tab.ready();
		await tabs[6].type("from the ninth\n");
		for (const tab of [first, ...tabs])
			await tab.see("from the ninth\nfrom the ninth\n");
		for (const tab of desk.tabs.slice(1, -1))
			await tab.page.close();
		await tabs[6].type("still there\n");
		await first.see("still there\nstill there\n");
	});

await test("a tab takes over the connection when the one that had it closes", async () => {
	const [, ...others] = desk.tabs.filter(tab => !tab.page.isClosed());
	await first.page.close();
	for (const tab of others) {
		await tab.link("live");
		await tab.type("taken over\n");
		await tab.see("taken over\ntaken over\n");
	}
});

const phone = await (await browser.profile({ key, ...PHONE })).tab();
const last = desk.tabs.at(-1);

await test("a phone that looks at a session does not resize it", async () => {
	const before = await resizes(), size = await last.size();
	await phone.open(id);
	await phone.see("taken over");
	equal(await phone.size(), size, "size on the phone");
	await last.type("nobody moved\n");
	await phone.see("nobody moved\nnobody moved\n");
	equal(await resizes(), before, "resizes");
	equal(await last.size(), size, "size on the desk");
});

await test("“Take size” does, and then the desk may take it back", async () => {
	const size = await last.size();
	await phone.button("Take size").tap();
	await until("the phone's size on the desk", async () => (await last.size()).cols < size.cols);
	await until("the same size", async () =>
		JSON.stringify(await phone.size()) === JSON.stringify(await last.size()));
	ok((await phone.size()).cols < 60, "the phone's width", await phone.size());
	await last.button("Take size").click();
	await until("the desk's size", async () => (await phone.size()).cols === size.cols);
	await until("the desk's size on the desk", async () => JSON.stringify(await last.size()) === JSON.stringify(size));
});

await test("who types decides the size", async () => {
	const size = await last.size();
	await phone.pane().locator(".xterm").tap();
	await phone.type("x\n");
	await until("the phone's size on the desk", async () => (await last.size()).cols < size.cols);
	await last.type("y\n");
	await until("the desk's size", async () => (await phone.size()).cols === size.cols);
});

await browser.quiet();
await done();
