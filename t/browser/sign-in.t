#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* Signing in with the access key, and out again. */
import { serve } from "../lib/dispatch.mjs";
import { done, equal, match, ok, test, until } from "../lib/tap.mjs";
import { FAILED_REQUEST, open, setUp } from "./browser.mjs";

const d = await serve();
const browser = await open(d);
const key = await setUp(d, "Grace Hopper");
const client = d.client();
const { id } = await client.create(["cat"], { title: "Notes" });
const desk = await browser.profile();
const tab = await desk.tab(`#/s/${id}`);
const field = tab.page.getByLabel("Access key");

await test("who is not signed in is asked for the access key", async () => {
	await tab.role("heading", "Sign in").waitFor();
	ok(await tab.button("Sign in").isDisabled(), "nothing to sign in with");
	equal(await field.evaluate(input => input === document.activeElement), true, "focus");
	equal(await field.getAttribute("type"), "password", "the key is hidden");
	equal(await field.getAttribute("autocomplete"), "current-password", "for password managers");
});

await test("a wrong key is told in one clear sentence, and can be typed again", async () => {
	await tab.type("ak_wrong");
	await tab.press("Enter");
	const said = await tab.role("alert").innerText();
	match(said, /^[A-Z][^.]*key[^.]*\.( [A-Z].*\.)?$/, "what it says");
	await tab.type(key.replace(/.$/, last => last === "a" ? "b" : "a"));
	await tab.press("Enter");
	await until("an answer", async () => !await tab.button("Sign in").isDisabled());
	match(await tab.role("alert").innerText(), /key/, "what it says of one wrong letter");
});

await test("the key can be shown while it is typed", async () => {
	await tab.button("Show key").click();
	equal(await field.getAttribute("type"), "text");
	await tab.button("Hide key").click();
	equal(await field.getAttribute("type"), "password");
});

await test("the right key leads to where the address points", async () => {
	await field.fill(` ${key} `);
	await tab.press("Enter");
	equal(await tab.ready(), id, "session");
	await tab.says(tab.pane().locator("h1"), "Notes");
});

await test("another tab of the browser is signed in, and stays so over a reload", async () => {
	const other = await (await desk.tab()).go(`#/s/${id}`);
	await other.ready();
	await other.reload();
	await other.ready();
});

await test("signing out ends it in every tab", async () => {
	await tab.page.locator("footer").getByRole("button", { name: "Account and settings" }).click();
	await tab.page.getByText("Signed in as Grace Hopper").waitFor();
	await tab.role("menuitem", "Sign out").click();
	for (const one of desk.tabs) {
		await one.role("heading", "Sign in").waitFor();
		ok(!(await one.page.locator(".workspace").isVisible()), "the workspace is hidden");
	}
	await tab.reload();
	await tab.role("heading", "Sign in").waitFor();
	equal((await desk.context.cookies()).filter(cookie => cookie.value), [], "cookies");
});

await test("the program went on meanwhile", async () => {
	equal((await client.session(id)).status, "running");
});

await test("signing in again in one tab goes on where it was", async () => {
	await field.fill(key);
	await tab.press("Enter");
	await tab.ready();
	await tab.type("hello again\n");
	await tab.see("hello again\nhello again\n");
});

await browser.quiet(FAILED_REQUEST);
await done();
