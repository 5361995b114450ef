#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* Names, contrast and room: each page, in both themes, at a desk and on a phone. */
import { serve } from "../lib/dispatch.mjs";
import { done, equal, test } from "../lib/tap.mjs";
import { DESK, FAILED_REQUEST, PHONE, open, setUp } from "./browser.mjs";
import { brokenMarkup, contrast, nameless, overlaps, small } from "./inspect.mjs";

const d = await serve({ args: ["--set", "auth.device=1"] });
const browser = await open(d);

const fresh = await Promise.all([["light", DESK], ["dark", PHONE]].map(async ([scheme, device]) => {
	const tab = await (await browser.profile({ colorScheme: scheme, ...device })).tab();
	return { tab, scheme, touch: device === PHONE };
}));

/* The least that a pointer and a finger can hit. */
const LEAST = { mouse: 24, touch: 44 };

async function inspect(what, { tab, touch }) {
	const named = (kind, faults) => faults.map(fault => `${what}: ${kind}: ${fault}`);
	return [
		...named("too little contrast", await contrast(tab)),
		...named("without a name", await nameless(tab)),
		...named("markup", await brokenMarkup(tab)),
		...named("one on the other", await overlaps(tab)),
		...named("too small to hit", await small(tab, touch ? LEAST.touch : LEAST.mouse)),
	];
}

/* A test that looks at each of the pages; `fn` brings one there and resolves to its faults. */
const look = (name, pages, fn) => test(`${name}: named, legible, within reach`, async () => {
	const faults = [];
	for (const page of pages)
		faults.push(...await fn(page, `${page.scheme}, ${page.touch ? "phone" : "desk"}`));
	equal(faults, [], "faults");
});

await look("first run", fresh, async (page, where) => {
	await page.tab.go(`#setup=${await d.setupCode()}`);
	await page.tab.role("heading", "Set up Dispatch").waitFor();
	return inspect(`name, ${where}`, page);
});

await look("the access key", fresh.slice(1), async (page, where) => {
	await page.tab.page.getByLabel("Your name").fill("Ada");
	await page.tab.press("Enter");
	await page.tab.page.locator("[data-access-key]").waitFor();
	return inspect(`key, ${where}`, page);
});

await look("sign-in, with a wrong key", fresh.slice(0, 1), async (page, where) => {
	await page.tab.reload();
	await page.tab.page.getByLabel("Access key").fill("wrong");
	await page.tab.press("Enter");
	await page.tab.role("alert").waitFor();
	return inspect(`sign-in, ${where}`, page);
});

const key = await fresh[1].tab.page.locator("[data-access-key]").innerText();
const client = d.client();
await client.create(["cat"], { title: "A session with a rather long title, longer than its row" });
await client.create(["sh", "-c", "exit 3"], { title: "Failed" });
const killed = await client.create(["sh", "-c", "kill -9 $$"], { title: "Killed" });
const live = await client.create(["sh", "-c", "echo hello; exec cat"], { title: "Live" });

const pages = await Promise.all(["light", "dark"].flatMap(scheme =>
	[DESK, PHONE].map(async device => {
		const profile = await browser.profile({ key, colorScheme: scheme, ...device });
		return { tab: await profile.tab(""), scheme, touch: device === PHONE };
	})));

await look("the list", pages, async (page, where) => {
	await page.tab.row(live.id).waitFor();
	return inspect(`list, ${where}`, page);
});

await look("a terminal", pages, async (page, where) => {
	await page.tab.open(live.id);
	await page.tab.see("hello");
	if (page.touch)
		await page.tab.pane().locator(".xterm").tap();
	return inspect(`terminal, ${where}`, page);
});

await look("a session that has ended", pages, async (page, where) => {
	await page.tab.go(`#/s/${killed.id}`);
	await page.tab.pane('[data-status="exited"]').waitFor();
	return inspect(`ended, ${where}`, page);
});

await look("menus", pages, async (page, where) => {
	await page.tab.go(`#/s/${live.id}`);
	await page.tab.pane(`[data-session="${live.id}"]`).getByRole("button",
		{ name: "Session menu" }).click();
	await page.tab.role("menuitem", "Delete").waitFor();
	const faults = await inspect(`session menu, ${where}`, page);
	await page.tab.press("Escape");
	return faults;
});

await look("dialogs", pages, async (page, where) => {
	const dialog = page.tab.page.getByRole("dialog");
	await page.tab.pane().getByRole("button", { name: "Session menu" }).click();
	await page.tab.role("menuitem", "Delete").click();
	await dialog.waitFor();
	const faults = await inspect(`confirmation, ${where}`, page);
	await page.tab.press("Escape");
	await dialog.waitFor({ state: "detached" });
	await page.tab.press("Control+k");
	await dialog.waitFor();
	faults.push(...await inspect(`palette, ${where}`, page));
	await page.tab.press("Escape");
	await dialog.waitFor({ state: "detached" });
	return faults;
});

await look("the pages of the account", pages, async (page, where) => {
	const faults = [];
	for (const [part, there] of [["account", "[data-row]"], ["pair", "[data-pairing=ready]"],
		["device", "#user-code"], ["people", "[data-row]"], ["audit", "[data-chain=whole]"]]) {
		await page.tab.go(`#/${part}`);
		await page.tab.page.locator(there).first().waitFor();
		faults.push(...await inspect(`${part}, ${where}`, page));
	}
	const dialog = page.tab.page.getByRole("dialog");
	await page.tab.go("#/people");
	await page.tab.button("Add a person").click();
	await dialog.waitFor();
	faults.push(...await inspect(`new person, ${where}`, page));
	await page.tab.press("Escape");
	await page.tab.go("#/account");
	await page.tab.button("New key").click();
	await dialog.waitFor();
	faults.push(...await inspect(`new key, ${where}`, page));
	await page.tab.press("Escape");
	await page.tab.go(`#/s/${live.id}`);
	return faults;
});

await look("a device that waits, and one that is let in", fresh, async (page, where) => {
	const faults = [];
	await page.tab.go("");
	await page.tab.profile.context.clearCookies();
	await page.tab.reload();
	await page.tab.button("Use a device that is signed in").click();
	await page.tab.page.locator("[data-user-code]").waitFor();
	const code = await page.tab.page.locator("[data-user-code]").getAttribute("data-user-code");
	faults.push(...await inspect(`code, ${where}`, page));
	await page.tab.go("#pair=abc");
	await page.tab.role("heading", "Sign in on this device").waitFor();
	faults.push(...await inspect(`pairing, ${where}`, page));
	const same = pages.find(({ scheme, touch }) => scheme === page.scheme && touch === page.touch);
	await same.tab.go(`#/device/${code}`);
	await same.tab.page.locator("[data-asks]").waitFor();
	faults.push(...await inspect(`who asks, ${where}`, same));
	await same.tab.go(`#/s/${live.id}`);
	return faults;
});

await look("offline, with something that waits", pages, async (page, where) => {
	const { context } = page.tab.profile;
	await page.tab.pane().locator(".xterm").click();
	await context.setOffline(true);
	await page.tab.type("typed while the network is away");
	await page.tab.link("offline");
	await page.tab.page.locator(".slot.front [data-pending]").waitFor();
	const faults = await inspect(`offline, ${where}`, page);
	await context.setOffline(false);
	await page.tab.link("live");
	return faults;
});

await browser.quiet(FAILED_REQUEST);
await done();
