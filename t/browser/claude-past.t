#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* Conversations that the claude program has kept, also from elsewhere, go on in the browser. */
import { startClaude } from "../lib/claude.mjs";
import { done, equal, match, test } from "../lib/tap.mjs";
import { FAILED_REQUEST, open, setUp } from "./browser.mjs";

const claude = await startClaude();
const d = await claude.serve();
const browser = await open(d);
const key = await setUp(d);
const client = d.client();
const talk = await claude.talk(client);
await talk.say("[[stub:text {\"text\":\"an answer of old\"}]] remember the old days");
await talk.turn();
const { conversation } = (await client.session(talk.id)).claude;
talk.close();
await client.delete(`api/sessions/${talk.id}?force=1`);

const tab = await (await browser.profile({ key })).tab("");
const { page } = tab;

await test("a past conversation of a directory is offered with its first words", async () => {
	await tab.link("live");
	await tab.press("Control+k");
	await page.getByPlaceholder("Go to a session or run an action").fill("Claude");
	await page.getByRole("option", { name: /with options/ }).click();
	const dialog = page.getByRole("dialog", { name: "New Claude session" });
	await dialog.getByLabel("Directory").fill(claude.work);
	await dialog.getByLabel("Directory").blur();
	const past = dialog.locator(`[data-conversation="${conversation}"]`);
	await past.waitFor();
	match(await past.innerText(), /remember the old days/);
	await past.click();
});

await test("chosen, it goes on as the same conversation in a new session", async () => {
	await tab.pane('[data-state="live"]').waitFor();
	const id = await tab.session();
	const session = await client.session(id);
	equal(session.kind, "claude");
	equal(session.claude.conversation, conversation, "conversation");
});

await browser.quiet(FAILED_REQUEST);
await done();
