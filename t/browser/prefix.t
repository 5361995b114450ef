#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* The same page below another path, and behind the other web server. */
import { serve } from "../lib/dispatch.mjs";
import { done, equal, match, test } from "../lib/tap.mjs";
import { FAILED_REQUEST, open } from "./browser.mjs";

for (const [web, prefix] of [["nginx", "/dispatch/"], ["lighttpd", "/"],
	["lighttpd", "/dispatch/"]]) {
	const d = await serve({ web, prefix });
	const browser = await open(d);
	const desk = await browser.profile();
	const where = `${web} at ${prefix}`;

	await test(`${where}: from the printed link to a shell`, async () => {
		const tab = await desk.tab(`#setup=${await d.setupCode()}`);
		await tab.page.getByLabel("Your name").fill("Ada");
		await tab.press("Enter");
		await tab.button("I saved it").click();
		await tab.ready();
		await tab.prompt();
		await tab.type("echo $((6*7))\n");
		await tab.see("\n42\n");
	});

	await test(`${where}: a reload keeps the shell and the sign-in`, async () => {
		const [tab] = desk.tabs;
		const id = await tab.session();
		await tab.reload();
		equal(await tab.ready(), id, "session");
		await tab.see("\n42\n");
		await tab.type("echo $((7*7))\n");
		await tab.see("\n49\n");
		match(tab.page.url(), new RegExp(`^http://[^/]+${prefix}#/s/${id}$`), "address");
		for (const cookie of await desk.context.cookies())
			equal(cookie.path, prefix, `path of the cookie ${cookie.name}`);
	});

	await browser.quiet(FAILED_REQUEST);
	await d.clean();
}
await done();
