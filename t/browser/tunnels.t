#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* Tunnels: a card for each kind, every state as a person sees it, and the banner on every page. */
import { join } from "node:path";
import { serve } from "../lib/dispatch.mjs";
import { done, equal, ok, test, until } from "../lib/tap.mjs";
import { StandIn, Tunnels } from "../lib/tunnels.mjs";
import { FAILED_REQUEST, open, PHONE, setUp } from "./browser.mjs";
import { brokenMarkup, contrast, nameless, overlaps } from "./inspect.mjs";

const d = await serve({ args: ["tunnel.retry=2000", "tunnel.tries=2", "tunnel.check=200"].flatMap(s => ["--set", s]) });
const browser = await open(d);
const key = await setUp(d);
const profile = await browser.profile({ key });
const tab = await profile.tab("");
const { page } = tab;
const tunnels = new Tunnels(d.client());
const card = (kind, within = page) => within.locator(`[data-tunnel="${kind}"]`);
const banner = (within = page) => within.locator(".banner[data-exposed]");
const shot = async (name, from = page) => process.env.SHOTS &&
	from.screenshot({ path: join(process.env.SHOTS, `${name}.png`) });
const state = (kind, what) => card(kind).and(page.locator(`[data-state="${what}"]`)).waitFor();

const LOGIN = "[2026-11-26 19:00:00] info Using GitHub for authentication\n" +
	"To grant access to the server, please log into https://github.com/login/device and use code AB12-CD34\n";
const LINK = "[2026-11-26 19:00:09] info Open this link in your browser https://vscode.dev/tunnel/den/home/ada\n";
const lt = new StandIn("lt", [{ out: "your url is: https://quiet-owl.example\n" }]);
const code = new StandIn("code", [{ when: "tunnel user show", out: "not logged in\n", exit: 1 },
	{ when: "tunnel user login", out: LOGIN }, { out: LINK }]);

async function sound(from = tab) {
	for (const inspect of [contrast, nameless, brokenMarkup])
		equal(await inspect(from), [], inspect.name);
}

await test("the menu leads to the page, on which all is off", async () => {
	await tab.link("live");
	await page.locator("footer").getByRole("button", { name: "Account" }).click();
	await page.getByRole("menuitem", { name: "Tunnels" }).click();
	equal(await page.evaluate(() => location.hash), "#/tunnels");
	await card("tailscale").waitFor();
	equal(await page.locator("[data-tunnel]").evaluateAll(all => all.map(one => [one.dataset.tunnel, one.dataset.state])),
		["localtunnel", "vscode", "cloudflared", "tailscale"].map(kind => [kind, "off"]));
	await sound();
	await shot("off");
});

await test("a setting that cannot be right is told at its field; a right one is kept", async () => {
	const form = card("localtunnel").locator("form");
	await card("localtunnel").getByRole("button", { name: "Settings" }).click();
	await form.getByLabel("Name in the address").fill("a b");
	await form.getByLabel("Program", { exact: true }).fill(lt.path);
	await form.getByRole("button", { name: "Save" }).click();
	await tab.says(form.locator(".error"), /A subdomain has 4 to 63/);
	equal(await form.getByLabel("Name in the address").getAttribute("aria-invalid"), "true");
	await shot("settings");
	await form.getByLabel("Name in the address").fill("quiet-owl");
	await form.getByRole("button", { name: "Save" }).click();
	await tab.says(form.locator("[role=status]"), "Saved");
	const { settings } = await tunnels.get("localtunnel");
	equal([settings.subdomain, settings.program, settings.port], ["quiet-owl", lt.path, d.port]);
	await sound();
	await card("localtunnel").getByRole("button", { name: "Settings" }).click();
});

await test("opened, it shows its address to copy and to scan, and every page a banner", async () => {
	d.sql("state", "UPDATE auth_session SET fresh_at = fresh_at - 600000");
	await page.getByRole("button", { name: "Open localtunnel" }).click();
	const prove = page.locator("[data-prove]");
	await prove.getByLabel("Access key").fill(key);
	equal((await tunnels.get("localtunnel")).state, "off", "nothing is open before one has proved who one is");
	await tab.press("Enter");
	await state("localtunnel", "open");
	await card("localtunnel").getByRole("button", { name: "Copy the address" }).click();
	equal(await page.evaluate(() => navigator.clipboard.readText()), "https://quiet-owl.example");
	await card("localtunnel").getByRole("button", { name: "Show a QR code" }).click();
	await page.getByRole("img", { name: "QR code of https://quiet-owl.example" }).waitFor();
	await tab.says(banner(), /can be reached by everybody at\s+https:\/\/quiet-owl\.example\s+until/);
	await page.locator("aside [data-exposed=localtunnel]").waitFor();
	await tab.says(card("localtunnel").locator(".health"), /does not answer at this address/);
	await sound();
	await shot("open");
	const other = await (await browser.profile({ key })).tab("");
	await banner(other.page).waitFor();
});

await test("its last lines can be read", async () => {
	await card("localtunnel").getByRole("button", { name: "What it said last" }).click();
	await tab.says(card("localtunnel").getByRole("log"), /\$ .*lt --port=\d+ --subdomain=quiet-owl\s+your url is/);
});

await test("the banner closes it, and goes away with it", async () => {
	await banner().getByRole("button", { name: "Close it" }).click();
	await banner().waitFor({ state: "detached" });
	await state("localtunnel", "off");
	await until("its program ends", () => lt.alive.length === 0);
});

await test("VS Code asks for a sign-in: where, a code to copy, and how long it is good", async () => {
	await tunnels.put("vscode", { program: code.path, name: "den", folder: "/home/ada/my work/Übung" });
	await page.getByRole("button", { name: "Open VS Code" }).click();
	await state("vscode", "login");
	const step = card("vscode").locator(".login");
	equal(await step.locator("a").getAttribute("href"), "https://github.com/login/device");
	await step.getByRole("button", { name: "Copy the code" }).click();
	equal(await page.evaluate(() => navigator.clipboard.readText()), "AB12-CD34");
	await tab.says(step.getByRole("timer"), /The code ends in 1[45]:\d\d/);
	await sound();
	await shot("login");
});

await test("signed in, it opens in the browser and in VS Code, in the folder that was chosen", async () => {
	code.follow([{ when: "tunnel user show", exit: 0 }, { out: LINK }]);
	await tunnels.post("vscode", "start");
	await state("vscode", "open");
	const path = "/home/ada/my%20work/%C3%9Cbung";
	equal(await card("vscode").getByRole("link", { name: "Open in browser" }).getAttribute("href"),
		`https://vscode.dev/tunnel/den${path}`);
	equal(await card("vscode").getByRole("link", { name: "Open in VS Code" }).getAttribute("href"),
		`vscode://vscode-remote/tunnel+den${path}`);
	equal(await banner().count(), 0, "only its account gets in");
});

await test("asked, the program of VS Code tells how it stands", async () => {
	code.follow([{ when: "tunnel status", out: JSON.stringify({ tunnel: { name: "den", tunnel: "Connected" } }), exit: 0 }]);
	await card("vscode").getByRole("button", { name: "What it said last" }).click();
	await card("vscode").getByRole("button", { name: "Ask the program" }).click();
	await tab.says(card("vscode").locator(".ask [role=status]"), "Connected as den.");
	await card("vscode").getByRole("button", { name: "What it said last" }).click();
});

await test("what failed says why and what to do; what is tried again, when", async () => {
	await tunnels.put("cloudflared", { program: "/nowhere/cloudflared" });
	await page.getByRole("button", { name: "Open Cloudflare" }).click();
	await state("cloudflared", "failed");
	await tab.says(card("cloudflared").locator(".error"), /There is no program \/nowhere\/cloudflared\. Install/);
	const serve = new StandIn("tailscale", [{ err: "Something broke\n", exit: 1 }]);
	await tunnels.put("tailscale", { program: serve.path });
	await page.getByRole("button", { name: "Open Tailscale" }).click();
	await state("tailscale", "retrying");
	await tab.says(card("tailscale").locator(".state"), /Trying again, attempt 2 at \d\d:\d\d/);
	await sound();
	await shot("failed");
	await state("tailscale", "failed");
	await tab.says(card("tailscale").locator(".error"), /Something broke.*2 times/);
});

await test("on a phone, light, everything fits and a thumb reaches it", async () => {
	await tunnels.post("localtunnel", "start");
	const phone = await (await browser.profile({ key, ...PHONE, colorScheme: "light" })).tab("#/tunnels");
	await card("localtunnel", phone.page).and(phone.page.locator('[data-state="open"]')).waitFor();
	await banner(phone.page).waitFor();
	for (const inspect of [contrast, nameless, brokenMarkup, overlaps])
		equal(await inspect(phone), [], inspect.name);
	const width = await phone.page.evaluate(() => document.documentElement.scrollWidth);
	ok(width <= 390, "no wider than the screen", width);
	await shot("phone-light", phone.page);
	await card("tailscale", phone.page).getByRole("button", { name: "Settings" }).click();
	await card("tailscale", phone.page).scrollIntoViewIfNeeded();
	await shot("phone-settings", phone.page);
	await phone.page.getByRole("button", { name: "All sessions" }).click();
	await phone.page.locator("aside [data-exposed=localtunnel]").waitFor();
	await shot("phone-list", phone.page);
});

await test("who is no administrator sees the banner, and no way to open or close one", async () => {
	const { json } = await tunnels.client.post("api/people", { name: "Bo", role: "member" });
	const member = await (await browser.profile({ key: json.key })).tab("#/tunnels");
	await banner(member.page).waitFor();
	equal(await banner(member.page).getByRole("button", { name: "Close it" }).count(), 0);
	await card("localtunnel", member.page).waitFor();
	equal(await member.page.locator("[data-tunnel]").getByRole("button", { name: /^(Open|Close) / }).count(), 0);
});

await browser.quiet(FAILED_REQUEST);
await done();
