#!/usr/bin/env -S sh -c 'exec node "${0%/*}/../lib/run.mjs" "$0"'
/* What a Claude session shows beside text: agents, lists, what runs in the background; and what a
 * person gives it: pictures, names of files, another model, a sign-in. The real program. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startClaude } from "../lib/claude.mjs";
import { writeClaudeLog } from "../lib/claude-log.mjs";
import { done, equal, match, ok, test, until } from "../lib/tap.mjs";
import { FAILED_REQUEST, open, PHONE, setUp } from "./browser.mjs";

const claude = await startClaude();
claude.stub.cfg.bodies = true;
const d = await claude.serve();
const browser = await open(d);
const key = await setUp(d);
const todos = ["completed", "in_progress", "pending"].map((status, n) =>
	({ content: `Step ${n}`, status }));
const steps = writeClaudeLog(d.dir, [
	["claude:message", "tool_call", { id: "t", message: "m", name: "TodoWrite",
		kind: "todo", input: { todos } }],
	["claude:message", "tool_result", { id: "t", is_error: false, text: "ok" }],
], { title: "Steps" });
const desk = await (await browser.profile({ key })).tab("");
const phone = await (await browser.profile({ key, ...PHONE })).tab("");
const talk = await claude.talk(d.client(), { title: "Cards" });
const { page } = desk;

const order = (name, options = {}) => `[[stub:${name} ${JSON.stringify(options)}]]`;
const agent = (description, prompt) => ({ name: "Task", input: { description, prompt,
	subagent_type: "general-purpose", run_in_background: false } });
const composer = tab => tab.pane().getByLabel("Message to Claude");
const cards = kind => desk.pane().locator(`[data-tool="${kind}"]`);
const rows = kind => desk.pane().locator(`[data-kind="${kind}"]`);
const readable = () => page.locator('[data-permission][data-ready="true"]').waitFor();

/* What the API was last asked. */
const asked = () => claude.stub.log.findLast(({ body }) => body?.messages).body;

await desk.go(`#/s/${talk.id}`);
await desk.pane('[data-state="live"]').waitFor();

await test("an agent asks in its own card, and the card keeps what it did and what it reports",
	async () => {
		await talk.say(order("multi", { text: "Both are back.", calls: [
			agent("Look at the runner", order("chain", { text: "# The report\n\nIt is **fine**.",
				calls: [{ name: "Bash", input: { command: "touch looked" } },
					{ name: "Bash", input: { command: "echo seen" } }] })),
			agent("Look at the rest", order("text", { text: "Nothing to see." }))] }));
		const runner = cards("agent").first();
		await runner.locator("[data-permission]").getByText("touch looked", { exact: true })
			.waitFor();
		await readable();
		await runner.locator("[data-permission]").focus();
		await desk.press("y");
		await talk.turn();
		await desk.says(runner, /Look at the runner\s*2 steps/);
		equal(await cards("agent").count(), 2, "cards of agents");
		equal(await rows("notice").count(), 0, "lines that say the same again");
		await runner.getByRole("button", { name: /Look at the runner/ }).click();
		await runner.locator('[data-tool="execute"]').last().getByText("seen", { exact: true })
			.waitFor();
		await runner.getByRole("heading", { name: "The report" }).waitFor();
		ok(!/hand-back|agentId|tools-used/.test(await runner.innerText()), "no words for the model");
	});

await test("a command in the background is told when it begins and when it has ended",
	async () => {
		await talk.say(order("bash", { cmd: "sleep 0.3; touch behind", bg: true }));
		await page.locator("[data-permission]").getByText("sleep 0.3; touch behind",
			{ exact: true }).waitFor();
		await readable();
		await page.locator("[data-permission]").focus();
		await desk.press("y");
		await talk.turn();
		await desk.says(cards("execute").last(), /in the background/i);
		await rows("notice").getByText(/^Background command .* completed/).waitFor();
	});

await test("a list of steps shows how far it is, and why it was not taken", async () => {
	/* This version has the tool only where a list of tools names it. */
	await talk.say(order("todo"));
	await desk.says(cards("todo"), /0 of 2 done/);
	await cards("todo").getByText(/^Error: No such tool available/).waitFor();
	await desk.go(`#/s/${steps}`);
	await desk.says(cards("todo"), /1 of 3 done/);
	equal(await cards("todo").getByRole("listitem").allInnerTexts(),
		["Step 0", "Step 1", "Step 2"]);
	await desk.go(`#/s/${talk.id}`);
});

await test("a picture that is pasted goes with the message", async () => {
	await composer(desk).focus();
	await page.evaluate(async () => {
		const canvas = new OffscreenCanvas(8, 8);
		canvas.getContext("2d").fillRect(0, 0, 8, 8);
		const picture = await canvas.convertToBlob({ type: "image/png" });
		await navigator.clipboard.write([new ClipboardItem({ "image/png": picture })]);
	});
	await desk.press("Control+v");
	await desk.role("img", /\.png$/).waitFor();
	await desk.type(`${order("text", { text: "A black square." })} What is it?`);
	await desk.press("Enter");
	await rows("text").getByText("A black square.").waitFor();
	await rows("prompt").last().getByText(/PNG/).waitFor();
	const blocks = asked().messages.flatMap(({ content }) => Array.isArray(content)
		? content : []);
	ok(blocks.some(({ type, source }) => type === "image" &&
		source.media_type === "image/png"), "the API was given it");
});

await test("what is tried again goes with its pictures, also after the page was loaded anew", async () => {
	await composer(desk).focus();
	await desk.press("Control+v");
	await desk.role("img", /\.png$/).waitFor();
	/* The program asks three times by itself. */
	await desk.type(order("err", { status: 529, type: "overloaded_error", times: 3 }));
	await desk.press("Enter");
	await rows("error").last().getByRole("button", { name: "Try again" }).waitFor();
	await desk.reload();
	await desk.pane('[data-state="live"]').waitFor();
	await rows("error").last().getByRole("button", { name: "Try again" }).click();
	await rows("text").getByText("The stub is fine again after 3 failures.").waitFor();
	await rows("prompt").last().getByText(/PNG/).waitFor();
	const said = asked().messages.filter(({ content }) => JSON.stringify(content).includes("stub:err"));
	const pictures = said.flatMap(({ content }) => content).filter(({ type }) => type === "image");
	equal(pictures.length, 2, "pictures of the message and of its repetition");
});

await test("the model is chosen from those that the program offers, on a phone too", async () => {
	for (const [tab, name] of [[desk, "Haiku"], [phone, "Opus"]]) {
		await tab.go(`#/s/${talk.id}`);
		await tab.pane('[data-state="live"]').waitFor();
		await tab.pane().getByRole("button", { name: /^Model:/ }).click();
		await tab.role("menuitemradio", new RegExp(`^${name}`)).click();
		await tab.button(`Model: ${name}`).waitFor();
		await tab.pane().getByRole("button", { name: /^Model:/ }).click();
		const ticked = await tab.page.locator("[role=menuitemradio][aria-checked=true]")
			.allInnerTexts();
		equal(ticked.map(text => text.split("\n")[0]), [name], "what is ticked");
		await tab.press("Escape");
		await talk.say(order("text", { text: `Said by ${name}.` }));
		await tab.pane().getByText(`Said by ${name}.`, { exact: true }).waitFor();
		match(asked().model, new RegExp(name.toLowerCase()), "the model that was asked");
	}
});

await test("a file of the directory is named with a few of its letters", async () => {
	mkdirSync(join(claude.work, "deep/down"), { recursive: true });
	writeFileSync(join(claude.work, "deep/down/treasure.map"), "X");
	await composer(desk).fill("");
	await composer(desk).pressSequentially("Read @trmap");
	await desk.role("option", /treasure\.map/).waitFor();
	await desk.press("Enter");
	equal(await composer(desk).inputValue(), "Read @deep/down/treasure.map ");
	await composer(desk).fill("");
});

await test("signing in happens in a terminal that is ready for it", async () => {
	await talk.say(order("err", { status: 401, type: "authentication_error" }));
	await rows("error").getByRole("button", { name: "Sign in" }).first().click();
	await until("a terminal is in front", async () => await desk.session() !== talk.id);
	await desk.ready();
	await desk.see("Paste code here");
	const { kind, title, command } = await d.client().session(await desk.session());
	equal([kind, title, command.slice(1)], ["pty", "Sign in to Claude", ["auth", "login"]]);
	equal(command[0], claude.program);
});

await browser.quiet(FAILED_REQUEST);
await done();
