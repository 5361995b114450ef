#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/*
 * The sign-in page with all that can be configured: GitHub and back, what it says when that does not
 * work, and how long to wait after too many failures.
 */
import { serve, temporary } from "../lib/dispatch.mjs";
import { standIn } from "../lib/github.mjs";
import { done, equal, match, ok, test, until } from "../lib/tap.mjs";
import { FAILED_REQUEST, open, setUp } from "./browser.mjs";

const github = await standIn();
const d = await serve({ dir: github.secretIn(temporary()),
	args: github.settings({ users: "4711" }) });
const browser = await open(d);
const key = await setUp(d, "Ada");
const isSignedIn = (tab, name) => tab.page.locator("footer").getByText(name, { exact: true }).waitFor();
const forget = () => d.sql("state", "DELETE FROM rate_limit");

await test("the page offers what the server offers", async () => {
	const tab = await (await browser.profile()).tab("");
	await tab.page.getByLabel("Access key").waitFor();
	const ways = tab.page.getByRole("group", { name: "Other ways to sign in" });
	equal(await ways.getByRole("button").allInnerTexts(), ["Continue with GitHub"]);
	await tab.page.getByText("Lost your key?").click();
	await tab.page.getByText('dispatch key new --label "my key"').waitFor();
});

await test("GitHub leads back to where the address pointed, signed in", async () => {
	const { id } = await d.client().create(["cat"], { title: "Ada's" });
	const tab = await (await browser.profile()).tab(`#/s/${id}`);
	await tab.button("Continue with GitHub").click();
	await isSignedIn(tab, "ann");
	const url = new URL(tab.page.url());
	equal([url.search, tab.page.url().includes("code=")], ["", false], "nothing of it in the address");
	match(url.hash, /^#\//, "the place");
});

await test("whom the list does not name is told so, in a sentence, and may try another way",
	async () => {
		forget();
		github.user = { id: 4712, login: "mallory" };
		const tab = await (await browser.profile()).tab("");
		await tab.button("Continue with GitHub").click();
		await tab.says(tab.role("alert"), "mallory may not sign in here. Ask an administrator.");
		equal(new URL(tab.page.url()).search, "", "the address");
		await tab.page.getByLabel("Access key").fill(key);
		await tab.press("Enter");
		await isSignedIn(tab, "Ada");
	});

await test("a site that cannot be asked, and one that says no, are told apart", async () => {
	forget();
	github.user = { id: 4711, login: "ann" };
	github.fail["/login/oauth/access_token"] = response => response.destroy();
	const tab = await (await browser.profile()).tab("");
	await tab.button("Continue with GitHub").click();
	await tab.says(tab.role("alert"), "GitHub could not be asked who you are. Try again later.");
	delete github.fail["/login/oauth/access_token"];
	await tab.go("?error=access_denied&state=abc");
	await tab.says(tab.role("alert"), /^This sign-in was not begun in this browser\./);
	await tab.page.evaluate(() => localStorage.setItem("dispatch.sign-in",
		JSON.stringify({ provider: "github", purpose: "enter", hash: "#/" })));
	await tab.go("?error=access_denied&state=abc");
	await tab.says(tab.role("alert"), /^GitHub did not let you in, or you did not allow it\./);
});

await test("who is signed in links GitHub, is known by it, and unlinks it", async () => {
	forget();
	github.user = { id: 99, login: "ada99" };
	const profile = await browser.profile({ key });
	const tab = await profile.tab("#/account");
	await tab.button("Link GitHub").click();
	const row = tab.page.locator("[data-row]", { hasText: "ada99" });
	await row.waitFor();
	match(await row.innerText(), /GitHub · linked just now · last used just now/);
	equal(new URL(tab.page.url()).hash, "#/account", "back on the page");
	const other = await (await browser.profile()).tab("");
	await other.button("Continue with GitHub").click();
	await isSignedIn(other, "Ada");
	await tab.button("Unlink ada99").click();
	await tab.page.getByRole("dialog").getByRole("button", { name: "Unlink" }).click();
	await row.waitFor({ state: "detached" });
	await other.role("heading", "Sign in").waitFor();
});

await test("an account that is somebody else's is not linked, and that is said", async () => {
	forget();
	github.user = { id: 4711, login: "ann" };
	const tab = await (await browser.profile({ key })).tab("#/account");
	await tab.button("Link GitHub").click();
	await tab.says(tab.role("alert"), "ann belongs to another person here.");
	equal(new URL(tab.page.url()).hash, "#/account");
});

await test("GitHub proves who one is in a window of its own; what was asked for is then done",
	async () => {
		forget();
		const profile = await browser.profile();
		const tab = await profile.tab("");
		await tab.button("Continue with GitHub").click();
		await isSignedIn(tab, "ann");
		await tab.go("#/account");
		await tab.page.locator("[data-row]").first().waitFor();
		d.sql("state", "UPDATE auth_session SET fresh_at = fresh_at - 600000");
		await tab.button("New key").click();
		await tab.page.getByRole("dialog").getByLabel("Name").fill("By GitHub");
		await tab.press("Enter");
		await tab.page.locator("[data-prove]").waitFor();
		await tab.button("Continue with GitHub").click();
		await tab.page.locator("[data-access-key]").waitFor();
		await until("the window is gone, or says that it can go", async () => {
			const others = profile.context.pages().filter(page => page !== tab.page);
			const texts = await Promise.all(others.map(page => page.innerText("body").catch(() => "")));
			return texts.every(text => /You can close this window/.test(text));
		});
	});

await test("after too many failures the page counts down, and then lets one try again", async () => {
	forget();
	const tab = await (await browser.profile()).tab("");
	const field = tab.page.getByLabel("Access key");
	for (let i = 0; i < 5; i++) {
		await field.fill(`ak_wrong${i}`);
		const answer = tab.page.waitForResponse(/auth\/login/);
		await tab.press("Enter");
		equal((await answer).status(), 401);
		await tab.role("alert").waitFor();
	}
	await field.fill("ak_wrong");
	await tab.press("Enter");
	const [, first] = await tab.says(tab.role("alert"),
		/^There were too many failures\. You can try again in (\d+) seconds\.$/);
	ok(await tab.page.getByRole("button", { name: /^Wait \d+ s$/ }).isDisabled(), "nothing to do meanwhile");
	await tab.says(tab.role("alert"), new RegExp(`in ${first - 1} second`));
	await until("one can try again", async () => await tab.button("Sign in").isEnabled(), 20000);
	equal(await tab.page.getByRole("alert").count(), 0, "nothing to complain of any more");
	await field.fill(key);
	await tab.press("Enter");
	await isSignedIn(tab, "Ada");
});

await browser.quiet(FAILED_REQUEST);
await done();
