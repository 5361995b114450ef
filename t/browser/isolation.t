#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* What a session may reach: chosen, shown, and asked about where the system cannot isolate. */
import { serve } from "../lib/dispatch.mjs";
import { isolates } from "../lib/isolation.mjs";
import { isolating, refusing } from "../lib/refusing.mjs";
import { done, equal, match, note, test, until } from "../lib/tap.mjs";
import { FAILED_REQUEST, PHONE, open, setUp } from "./browser.mjs";

const shoot = (tab, name) => process.env.SHOTS &&
	tab.page.screenshot({ path: `${process.env.SHOTS}/${name}.png` });
const last = async client => (await client.get("api/sessions")).json.items.at(-1);

if (isolates()) {
	const d = await serve();
	const browser = await open(d);
	const key = await setUp(d);
	const tab = await (await browser.profile({ key })).tab("");
	const dialog = tab.page.getByRole("dialog");
	const chip = profile => tab.pane(`:has([data-isolation="${profile}"])`);

	const options = async () => {
		await tab.press("Control+k");
		await tab.type("New shell with");
		await tab.press("Enter");
		await dialog.getByLabel("Isolation").waitFor();
	};

	await test("the header of a shell tells what it may reach", async () => {
		await tab.role("heading", "No session is open").waitFor();
		await tab.page.locator(".empty").getByRole("button", { name: "New shell" }).click();
		await tab.ready();
		await chip("open").waitFor();
		match(await tab.pane().locator("[data-isolation]").getAttribute("title"),
			/^Isolation: Open\. Everything that is yours, but for Dispatch/);
		await shoot(tab, "chip");
	});

	await test("a shell with options gets them", async () => {
		await options();
		equal(await dialog.getByLabel("Isolation").inputValue(), "", "what is usual");
		await dialog.getByLabel("Isolation").selectOption({ label: "Project" });
		await tab.says(dialog.locator("#shell-isolation-hint"), /^Writes the workspace/);
		await dialog.getByLabel("Network").selectOption({ label: "None" });
		await shoot(tab, "new-shell");
		await dialog.getByRole("button", { name: "Start" }).click();
		await chip("project").waitFor();
		await tab.says(tab.pane().locator("[data-isolation]"), "Project, no network");
		await tab.ready();
		await tab.prompt();
		await tab.type("touch /usr/x; ls /sys/class/net | wc -l\n");
		await tab.see(/Read-only|denied/);
		const { isolation, network } = await last(d.client());
		equal([isolation, network], ["project", false]);
	});

	await test("a shell that reaches some hosts says which, and what is no host is not sent", async () => {
		await options();
		equal(await dialog.getByLabel("Hosts").count(), 0, "nothing to fill in yet");
		await dialog.getByLabel("Network").selectOption({ label: "These hosts" });
		await tab.says(dialog.locator("#shell-network-hint"), /^Over a proxy/);
		const hosts = dialog.getByLabel("Hosts", { exact: true });
		const start = dialog.getByRole("button", { name: "Start" });
		await start.click();
		equal(await hosts.evaluate(field => field.validationMessage), "Name a host.");
		await hosts.fill("github.com\nhttps://npmjs.org");
		equal(await hosts.evaluate(field => field.validationMessage),
			"“https://npmjs.org” is not a host.");
		await hosts.fill("github.com\n*.npmjs.org, registry.example:8443\n");
		await shoot(tab, "hosts");
		await start.click();
		await tab.says(tab.pane().locator("[data-isolation]"), "Open, 3 hosts");
		match(await tab.pane().locator("[data-isolation]").getAttribute("title"),
			/ Reaches github\.com, \*\.npmjs\.org, registry\.example:8443 and no other host\.$/);
		await tab.ready();
		await tab.prompt();
		await tab.type("curl $http_proxy\n");
		await tab.see(/This session reaches these hosts[^]*registry\.example:8443/);
		const { isolation, network, hosts: reached } = await last(d.client());
		equal([isolation, network, reached],
			["open", true, ["github.com", "*.npmjs.org", "registry.example:8443"]]);
		await shoot(tab, "hosts-chip");
		const { id } = await last(d.client());
		const phone = await (await browser.profile({ key, ...PHONE, colorScheme: "light" }))
			.tab(`#/s/${id}`);
		await phone.pane().getByRole("button", { name: "Session menu" }).click();
		await phone.page.getByText("Isolation: Open, 3 hosts (github.com, *.npmjs.org, ").waitFor();
		await shoot(phone, "phone-hosts");
		await phone.press("Escape");
	});

	await test("an open shell may have processes of its own, and says so", async () => {
		await options();
		const own = dialog.getByRole("checkbox", { name: "Processes of its own" });
		for (const [profile, offered] of [["Project", 0], ["None", 0], ["Open", 1]]) {
			await dialog.getByLabel("Isolation").selectOption({ label: profile });
			equal(await own.count(), offered, profile);
		}
		equal(await own.isChecked(), false, "of its own accord");
		await own.check();
		await shoot(tab, "own-processes");
		await dialog.getByRole("button", { name: "Start" }).click();
		await tab.says(tab.pane().locator("[data-isolation]"), "Open, own processes");
		match(await tab.pane().locator("[data-isolation]").getAttribute("title"),
			/No sudo\. Processes of its own\.$/);
		await tab.ready();
		await tab.prompt();
		await tab.type("tty; ps -eo comm=\n");
		await tab.see(/\/dev\/pts\/0\s+dispatch-init/);
		const { isolation, own_processes } = await last(d.client());
		equal([isolation, own_processes], ["open", true]);
		await shoot(tab, "own-processes-chip");
	});

	await test("none takes a fresh sign-in, and its network cannot be cut off", async () => {
		await options();
		await dialog.getByLabel("Isolation").selectOption({ label: "None" });
		equal(await dialog.getByLabel("Network").isDisabled(), true);
		d.sql("state", "UPDATE auth_session SET fresh_at = fresh_at - 600000");
		await dialog.getByRole("button", { name: "Start" }).click();
		await tab.page.locator("[data-prove]").getByLabel("Access key").fill(key);
		await tab.press("Enter");
		await chip("none").waitFor();
		await tab.ready();
		await shoot(tab, "none");
	});

	await test("Claude is given what is chosen", async () => {
		await tab.press("Control+k");
		await tab.type("Claude session with");
		await tab.press("Enter");
		await dialog.getByLabel("Isolation").selectOption({ label: "Read-only" });
		await dialog.getByLabel("Network").selectOption({ label: "These hosts" });
		equal(await dialog.getByLabel("Hosts", { exact: true }).inputValue(), "api.anthropic.com",
			"without which it says nothing");
		await shoot(tab, "new-claude");
		await tab.press("Escape");
	});

	await test("a workspace has it as its default", async () => {
		await tab.press("Control+k");
		await tab.type("Settings of");
		await tab.press("Enter");
		await dialog.getByRole("radio", { name: "Sessions" }).click();
		await dialog.getByLabel("Isolation of shells").selectOption({ label: "Read-only" });
		await dialog.getByLabel("Network of shells").selectOption({ label: "These hosts" });
		await dialog.getByLabel("Hosts of shells").fill("example.org");
		await shoot(tab, "defaults");
		await dialog.getByRole("button", { name: "Save" }).click();
		await tab.says(dialog.locator("[role=status]"), "Saved");
		await tab.press("Escape");
		await dialog.waitFor({ state: "detached" });
		await tab.page.locator(".new [data-new=pty]").click();
		await chip("read-only").waitFor();
		const { isolation, hosts } = await last(d.client());
		equal([isolation, hosts], ["read-only", ["example.org"]]);
	});

	await test("a workspace has processes of their own as its default for open shells", async () => {
		await tab.press("Control+k");
		await tab.type("Settings of");
		await tab.press("Enter");
		await dialog.getByRole("radio", { name: "Sessions" }).click();
		const own = dialog.getByLabel("Shells have processes of their own");
		equal(await own.count(), 0, "read-only shells always have");
		await dialog.getByLabel("Isolation of shells").selectOption({ label: "Open" });
		await dialog.getByLabel("Isolation of Claude").selectOption({ label: "Open" });
		await own.check();
		await shoot(tab, "own-defaults");
		await dialog.getByRole("button", { name: "Save" }).click();
		await tab.says(dialog.locator("[role=status]"), "Saved");
		await tab.press("Escape");
		await dialog.waitFor({ state: "detached" });
		await tab.page.locator(".new [data-new=pty]").click();
		await tab.says(tab.pane().locator("[data-isolation]"), "Open, own processes, 1 host");
		const { items: [{ defaults }] } = (await d.client().get("api/workspaces")).json;
		equal([defaults.pty.own_processes, defaults.claude.own_processes], [true, false]);
	});

	await test("on a phone the menu of the session tells it, in light as in dark", async () => {
		const { id } = await last(d.client());
		const phone = await (await browser.profile({ key, ...PHONE, colorScheme: "light" }))
			.tab(`#/s/${id}`);
		await phone.pane().getByRole("button", { name: "Session menu" }).click();
		await phone.page.getByText("Isolation: Open, own processes, 1 host (example.org)").waitFor();
		await shoot(phone, "phone-menu");
		await phone.press("Escape");
	});

	await browser.quiet(FAILED_REQUEST);
} else {
	note("The kernel refuses user namespaces: that sessions are isolated is not shown here.");
}

const refused = await serve({ wrap: refusing(), args: isolating });
const elsewhere = await open(refused);
const theirKey = await setUp(refused);
const their = await (await elsewhere.profile({ key: theirKey })).tab("");
const question = their.page.getByRole("dialog", { name: "Start without isolation?" });

await test("where the system cannot isolate a person is asked, and may say no", async () => {
	await their.role("heading", "No session is open").waitFor();
	await their.page.locator(".empty").getByRole("button", { name: "New shell" }).click();
	await their.says(question.locator("p"), /^This system cannot isolate sessions: .*who may sign in/);
	await shoot(their, "question");
	await question.getByRole("button", { name: "Cancel" }).click();
	await question.waitFor({ state: "detached" });
	await until("nothing is left", async () => !await last(refused.client()));
});

await test("who agrees gets a shell that says that it is not isolated", async () => {
	await their.page.locator(".empty").getByRole("button", { name: "New shell" }).click();
	await question.getByRole("button", { name: "Start without isolation" }).click();
	await until("a session", async () => await last(refused.client()));
	await their.pane(':has([data-isolation="none"])').waitFor();
	await their.ready();
	await their.prompt();
	await shoot(their, "without");
});

await elsewhere.quiet(FAILED_REQUEST);
await done();
