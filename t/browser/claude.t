#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* A Claude session as a person sees it: the real program, against a stand-in for its API. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { startClaude } from "../lib/claude.mjs";
import { done, equal, match, ok, test, until } from "../lib/tap.mjs";
import { DESK, FAILED_REQUEST, open, PHONE, setUp } from "./browser.mjs";
import { overlaps } from "./inspect.mjs";

const claude = await startClaude();
const d = await claude.serve();
const browser = await open(d);
const key = await setUp(d);
const profile = await browser.profile({ key });
const desk = await profile.tab("");
const phone = await (await browser.profile({ key, ...PHONE })).tab("");
const talk = await claude.talk(d.client());
const { page } = desk;

const pane = (tab, state = "") => tab.pane(state);
const composer = tab => pane(tab).getByLabel("Message to Claude");
const card = tab => tab.page.locator("[data-permission]");
const rows = (tab, kind) => pane(tab).locator(`[data-kind="${kind}"]`);

const visit = async tab => {
	await tab.go(`#/s/${talk.id}`);
	await pane(tab, '[data-state="live"]').waitFor();
};
const say = async (text, tab = desk) => {
	await composer(tab).fill(text);
	await composer(tab).press("Enter");
};
const order = (name, options = {}) => `[[stub:${name} ${JSON.stringify(options)}]]`;
/* A question takes no answer in its first half second. */
const readable = tab => tab.page.locator('[data-permission][data-ready="true"]').waitFor();

await test("a session that was not spoken to says where it is and has the cursor", async () => {
	await visit(desk);
	await desk.role("heading", "What shall Claude do?").waitFor();
	await until("the composer has the focus", () => composer(desk).evaluate(field =>
		field === document.activeElement));
});

await test("an answer is shown while it is written, as Markdown, and stays as it was", async () => {
	const text = "Here is **what** I found.\n\n- one\n- two\n\n```c\nint x;\n```\n\n" +
		"<img src=x onerror=alert(1)> is only text.";
	await say(order("text", { n: 60, delay: 20, text }));
	await pane(desk).locator("[data-draft] strong", { hasText: "what" }).waitFor();
	await talk.turn();
	await desk.says(rows(desk, "text").last(), /is only text\.$/);
	await pane(desk).locator("[data-draft]").waitFor({ state: "detached" });
	equal(await rows(desk, "text").last().locator("li").count(), 2, "list items");
	equal(await rows(desk, "text").last().locator("img").count(), 0, "images from HTML");
	await rows(desk, "text").last().locator("[data-code]").first().waitFor();
	await rows(desk, "turn").last().waitFor();
});

await test("a command is asked for on every device, and allowed with Y", async () => {
	await say(order("bash", { cmd: "touch one.txt", description: "Make a file" }));
	await card(desk).getByText("touch one.txt", { exact: true }).waitFor();
	const sheet = phone.page.locator("[data-sheet]");
	await sheet.getByText("touch one.txt", { exact: true }).waitFor();
	await until("the title counts what waits", async () => /^\(1\) /.test(await page.title()));
	await page.locator('link[rel="icon"][href$="favicon-waiting.svg"]').waitFor({ state: "attached" });
	await desk.says(desk.row(talk.id).locator(".preview"), "wants to run: touch one.txt");
	await readable(desk);
	await desk.press("Control+j");
	await until("the question has the focus", () => card(desk).evaluate(element =>
		element === document.activeElement));
	await desk.press("y");
	await talk.turn();
	await card(desk).waitFor({ state: "detached" });
	await sheet.waitFor({ state: "detached" });
	await pane(desk).locator('[data-tool="execute"]').getByText("No output").waitFor();
});

await test("on a phone a question of another session is answered with one thumb", async () => {
	await talk.say(order("bash", { cmd: "touch two.txt" }));
	const sheet = phone.page.locator("[data-sheet]");
	const allow = sheet.getByRole("button", { name: "Allow" });
	await allow.waitFor();
	const box = await allow.boundingBox();
	ok(box.height >= 44 && box.x > 195 && box.y > 422, "Allow is large, right and low");
	await readable(phone);
	await allow.tap();
	await talk.turn();
	await sheet.waitFor({ state: "detached" });
});

await test("a denial tells the model why, and the card keeps it", async () => {
	await say(order("bash", { cmd: "rm -rf build" }));
	await card(desk).getByRole("button", { name: "Deny and say why" }).click();
	await readable(desk);
	await desk.type("Keep it, I need it");
	await desk.press("Enter");
	await talk.turn();
	const tool = pane(desk).locator('[data-tool="execute"]').last();
	await tool.getByText("Keep it, I need it").waitFor();
	equal(await tool.getAttribute("data-outcome"), "denied");
});

await test("a command can be changed before it is allowed", async () => {
	await say(order("bash", { cmd: "touch three.txt" }));
	await card(desk).getByRole("button", { name: "Change the command" }).click();
	await card(desk).getByRole("textbox").fill("touch changed.txt && echo changed");
	await readable(desk);
	await card(desk).getByRole("button", { name: "Allow as changed" }).click();
	await talk.turn();
	const tool = pane(desk).locator('[data-tool="execute"]').last();
	await tool.getByText("changed", { exact: true }).waitFor();
});

await test("what is always allowed is so at the scope that the button names, and is not asked again", async () => {
	const other = await claude.talk(d.client());
	const rules = join(claude.work, ".claude/settings.local.json");
	const always = name => card(desk).getByRole("button", { name });
	await desk.go(`#/s/${other.id}`);
	await pane(desk, '[data-state="live"]').waitFor();
	const bash = order("bash", { cmd: "touch always.txt" });
	await say(bash);
	await readable(desk);
	await always(/touch always.*project/i).click();
	await other.turn();
	match(readFileSync(rules, "utf8"), /touch always/);
	await say(bash);
	await other.turn();
	const write = file => order("tool", { name: "Write",
		input: { file_path: join(claude.work, file), content: "x" } });
	await say(write("first.txt"));
	await readable(desk);
	await always(/edits.*session/i).click();
	await other.turn();
	await until("the mode is the one that was chosen",
		async () => (await d.client().session(other.id)).claude.mode === "acceptEdits");
	await say(write("second.txt"));
	await other.turn();
	equal(other.all("claude:permission", "requested").length, 2, "questions");
	ok(existsSync(join(claude.work, "second.txt")), "it is written");
	await visit(desk);
});

await test("questions are answered in their form", async () => {
	const questions = [{ question: "Which colour?", header: "Colour", multiSelect: false,
		options: [{ label: "Red", description: "warm" },
			{ label: "Blue", description: "cold" }] }];
	await say(order("ask", { questions }));
	await card(desk).getByRole("radio", { name: /Blue/ }).click();
	await readable(desk);
	await card(desk).getByRole("button", { name: "Answer", exact: true }).click();
	await talk.turn();
	await pane(desk).locator('[data-tool="question"]').getByText("Blue").waitFor();
});

await test("at a quarter of a narrow page what is asked and what is chosen can be read", async () => {
	const { id: other } = await d.client().create(["cat"], { title: "Beside" });
	await say(order("ask", { questions: [{ question: "Which of the two colours shall it be?", header: "Colour",
		multiSelect: false, options: [{ label: "Red", description: "warm" }, { label: "Blue", description: "cold" }] }] }));
	await card(desk).waitFor();
	await desk.go(`#/s/${other}`);
	await desk.ready();
	await visit(desk);
	await desk.press("Control+Backslash");
	await page.setViewportSize({ width: 1024, height: 768 });
	await desk.role("separator", "Width of the left side").focus();
	await desk.press("Home");
	const cut = () => pane(desk).evaluate(section => {
		const { left, right } = section.getBoundingClientRect();
		return [...section.querySelectorAll("h1, h3, legend, button, .chosen .cut")].filter(element => {
			if (!element.checkVisibility())
				return false;
			const box = element.getBoundingClientRect();
			return box.left < left - 1 || box.right > right + 1 || box.width === 0 ||
				(element.matches(".chosen .cut") && element.scrollWidth > element.clientWidth);
		}).map(element => element.ariaLabel || element.textContent.trim());
	});
	await until("nothing is cut off", async () => (await cut()).length === 0).catch(async e => {
		e.message += `: ${await cut()}`;
		throw e;
	});
	ok((await pane(desk).locator("h1").boundingBox()).width > 40, "the title");
	equal(await overlaps(desk), [], "one on the other");
	await page.getByRole("button", { name: /^Permissions:/ }).click();
	const { x, width } = await page.getByRole("menu").boundingBox();
	ok(x >= 0 && x + width <= 1024, "the menu is on the page", { x, width });
	await desk.press("Escape");
	await page.setViewportSize(DESK.viewport);
	await desk.press("Control+Backslash");
	await card(desk).getByRole("button", { name: "Do not answer" }).click();
	await talk.turn();
});

await test("what is said while Claude works waits in sight and can be withdrawn", async () => {
	await say(order("bash", { cmd: "touch four.txt" }));
	await card(desk).waitFor();
	await say("Forget this");
	const queued = pane(desk).locator("[data-queued]");
	await queued.getByText("Forget this").waitFor();
	await queued.getByRole("button", { name: "Do not send" }).click();
	await queued.waitFor({ state: "detached" });
	await readable(desk);
	await card(desk).focus();
	await desk.press("n");
	await talk.turn();
	equal(await rows(desk, "prompt").getByText("Forget this").count(), 0);
});

await test("a tab that comes in the middle of an answer shows it from its beginning", async () => {
	const text = "The beginning. " + "And so on. ".repeat(200);
	await say(order("text", { n: 400, delay: 20, text }));
	await pane(desk).locator("[data-draft]").getByText(/And so on/).waitFor();
	const later = await profile.tab("");
	await visit(later);
	await pane(later).locator("[data-draft]").getByText(/^The beginning\. And so on/).waitFor();
	await later.page.close();
	await composer(desk).press("Escape");
	await talk.turn();
});

await test("Escape stops what Claude does, and says so", async () => {
	await say(order("text", { n: 500, delay: 50 }));
	await pane(desk).locator("[data-draft]").waitFor();
	await composer(desk).press("Escape");
	await talk.turn();
	await rows(desk, "turn").last().getByText("Stopped").waitFor();
});

await test("the mode that is shown is the one that the program reports", async () => {
	await pane(desk).getByRole("button", { name: /^Permissions:/ }).click();
	await desk.role("menuitemradio", /Plan first/).click();
	await desk.role("button", "Permissions: Plan first").waitFor();
	await pane(desk).getByRole("button", { name: /^Permissions:/ }).click();
	await desk.role("menuitemradio", /Ask first/).click();
	await desk.role("button", "Permissions: Ask first").waitFor();
});

await test("a plan is read, agreed to, and carried out in the mode that was chosen", async () => {
	await talk.post("mode", { mode: "plan" });
	await desk.role("button", "Permissions: Plan first").waitFor();
	await say(order("plan", { plan: "# The plan\n\n1. Read\n2. Write" }));
	await card(desk).getByText("Go ahead with this plan?").waitFor();
	await readable(desk);
	await card(desk).getByRole("button", { name: "Go ahead, edit freely" }).click();
	await talk.turn();
	await desk.role("button", "Permissions: Edit freely").waitFor();
	await talk.post("mode", { mode: "default" });
	await desk.role("button", "Permissions: Ask first").waitFor();
});

await test("an error of the service is said in words, with what can be done", async () => {
	await say(order("err", { status: 529, type: "overloaded_error" }));
	await pane(desk).locator("[data-retry]").getByText(/overloaded.*Trying again/).waitFor();
	await talk.turn();
	const error = pane(desk).locator('[data-error="api"]').last();
	await error.getByText("The service has a problem.").waitFor();
	await error.getByRole("button", { name: "Try again" }).waitFor();
	await pane(desk).locator("[data-retry]").waitFor({ state: "detached" });
});

await test("the commands of the program are offered after a slash", async () => {
	await composer(desk).pressSequentially("/comp");
	await desk.role("option", /^\/compact/).waitFor();
	await desk.press("Tab");
	equal(await composer(desk).inputValue(), "/compact ");
	await composer(desk).fill("");
});

await test("an image is attached, and what is none is refused with a sentence", async () => {
	const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGA" +
		"WjR9awAAAABJRU5ErkJggg==";
	const picker = pane(desk).locator('input[type="file"]');
	await picker.setInputFiles({ name: "no.png", mimeType: "image/png",
		buffer: Buffer.from("x") });
	await desk.says(page.locator("footer [role=status]"), /no\.png is no PNG/);
	await picker.setInputFiles({ name: "dot.png", mimeType: "image/png",
		buffer: Buffer.from(dot, "base64") });
	await desk.role("img", "dot.png").waitFor();
	await say("What is this?");
	await talk.turn();
	await rows(desk, "prompt").last().getByText(/PNG/).waitFor();
});

await test("after a reload the conversation is the same", async () => {
	const keys = () => pane(desk).locator("[data-key]")
		.evaluateAll(all => all.map(one => one.dataset.key));
	const before = await keys();
	await desk.reload();
	await pane(desk, '[data-state="live"]').waitFor();
	await until("the same rows", async () => {
		const now = await keys(), common = Math.min(now.length, before.length);
		return common > 0 && before.slice(-common).join() === now.slice(-common).join();
	});
});

await test("writing to an ended session brings it back with the same conversation", async () => {
	await talk.post("stop");
	await pane(desk, '[data-status="exited"]').waitFor();
	await say("Are you there?");
	await pane(desk, '[data-status="running"]').waitFor();
	await talk.turn();
	await rows(desk, "prompt").last().getByText("Are you there?").waitFor();
	match(await rows(desk, "text").last().innerText(), /./);
});

await test("where Claude is not signed in, the way to sign in is offered", async () => {
	await say(order("err", { status: 401, type: "authentication_error" }));
	await talk.turn();
	const turn = pane(desk).locator('[data-kind="prompt"]').last()
		.locator("xpath=following-sibling::*");
	await turn.getByText("Claude is not signed in", { exact: true }).waitFor();
	equal(await turn.locator("[data-error]").count(), 1, "cards that say so");
	await turn.locator("[data-error]").getByRole("button", { name: "Sign in" }).waitFor();
});

await browser.quiet(FAILED_REQUEST);
await done();
